/**
 * The form of a policy file, version 1: the one source of its validation and of `policies/policy.schema.json`.
 * What JSON Schema cannot say (name patterns, ranges, dates, conflicts) is checked in `convert.ts`.
 */
import { z } from 'zod';
import { type Code, codes } from '../core/codes.ts';
import type { PolicyFile } from './file-types.ts';
import { lockedParts } from './types.ts';

const LIST_MAX = 1000;
const text = z.string().min(1).max(4096);
const visible = text.regex(/\S/, { error: 'must not be blank' });
const listOf = <T extends z.ZodType>(item: T, max = LIST_MAX) => z.array(item).min(1).max(max);
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, listOf(item)]);
const level = z
  .enum(['error', 'warn', 'off'])
  .describe('error fails the run, warn is reported, off is not looked at');
const worth = (what: string) => level.describe(what).optional();

const require = z.strictObject({
  integrity: worth('The lockfile pins a sha512 digest, and the registry has the same for this version.'),
  registrySignature: worth(
    'A signature of the registry, by a trusted key, over exactly the bytes the lockfile pins.',
  ),
  publishAttestation: worth(
    'The publish attestation of the registry, wherever there is any attestation or provenance is demanded.',
  ),
  provenance: worth('Verified provenance: who built these bytes, from which source.'),
  announced: worth('Attestations that the registry announces are handed over.'),
  inclusionProof: worth(
    'For each attestation a proof, not only a promise, that the transparency log has its entry.',
  ),
  signedTime: worth('A signed publish time where the key of the registry signature has expired since.'),
  declaredRepository: worth(
    'Provenance names the repository that the package declares. A package that declares none is worth one level less.',
  ),
  baseline: worth('No step back from what verify-deps.lock.json recorded for the same release line.'),
  resolved: worth('The lockfile takes the tarball from the configured registry.'),
  releaseAge: worth(
    'It was published at least minimum.releaseAge ago, by the time a transparency log signed for, else by the unsigned word of the registry.',
  ),
  buildLevel: worth('It was built at SLSA build level minimum.buildLevel or above; see builders.'),
  versionTag: worth('What was built is a git tag that names this version: v1.2.3, 1.2.3, name@1.2.3.'),
  manifest: worth(
    'The lockfile, the manifest of the registry and, where the tarball is at hand, its package.json say the same about the package.',
  ),
  installed: worth('The files in node_modules are those of the tarballs. Looked at with --installed only.'),
  unreachable: worth(
    'What it is worth when something could not be asked. At error the run is undecided (exit code 3).',
  ),
  uncovered: worth(
    'What it is worth at most that a demanded signature or provenance is there in a form this version cannot judge, or cannot speak about these bytes.',
  ),
});

const buildLevel = z.literal([0, 1, 2, 3]);
const minimumFields = {
  releaseAge: text
    .regex(/^(?:0|[1-9]\d{0,3})[hdw]$/, { error: 'must be hours, days or weeks: 72h, 3d or 2w' })
    .describe('How long ago it must have been published: 72h, 3d, 2w. 0h: no time at all.')
    .optional(),
  buildLevel: buildLevel.describe('SLSA build level: 0 to 3.').optional(),
};
const minimum = z.strictObject(minimumFields);

const coverage = text
  .max(16)
  .describe('A share of the packages in production (60%), or ratchet: no less than the report recorded.')
  .optional();

const pin = (what: string) =>
  oneOrMore(text)
    .describe(`${what} Exact, or a prefix with one * at the end; several mean any of them.`)
    .optional();

const number = (what: string) =>
  oneOrMore(text)
    .describe(
      `Number the host gave the ${what}, in quotes: a renamed one keeps it, one registered anew under the old name has another.`,
    )
    .optional();

const identity = z.strictObject({
  repository: pin('Source repository: https://github.com/acme/mono or https://github.com/acme/*.'),
  owner: pin('Owner of the source repository: https://github.com/acme.'),
  repositoryId: number('repository'),
  ownerId: number('owner'),
  workflow: pin(
    'Path of the workflow or CI file within the source repository: .github/workflows/release.yml.',
  ),
  ref: pin('Git ref that was built: refs/heads/main or refs/tags/*.'),
  trigger: pin('Event that started the build: push, release, workflow_dispatch.'),
  runner: pin('Kind of machine: github-hosted, self-hosted.'),
  builder: pin('Builder id of the provenance.'),
  issuer: pin('Issuer of the token the build identified itself with.'),
});

const dependencyKind = z.enum(['prod', 'dev', 'optional', 'peer']);
const sourceKind = z.enum(['registry', 'git', 'remote', 'file', 'directory', 'workspace', 'bundled']);
const names = oneOrMore(text).describe(
  'Package name: exact, @scope/*, prefix-* or *. Several mean any of them; without it, every package.',
);

const match = z.strictObject({
  name: names.optional(),
  version: text
    .max(256)
    .describe('semver range; prereleases inside it count: ^2 covers 2.1.0-beta.1')
    .optional(),
  dependency: oneOrMore(dependencyKind).describe('How the project depends on it.').optional(),
  direct: z
    .boolean()
    .describe('true: the project itself names it; false: only another package does')
    .optional(),
  source: oneOrMore(sourceKind).describe('Where the lockfile takes it from.').optional(),
  registry: oneOrMore(text.max(2048))
    .describe('Base URL of the registry that answers for it; several mean any of them.')
    .optional(),
  installScript: z.boolean().describe('Whether it runs a script when it is installed.').optional(),
});

const rule = z.strictObject({
  name: visible.max(200).describe('Name for reports; without it rules[0], rules[1], …').optional(),
  match: z
    .union([text, match])
    .describe('Which packages: a name pattern, or a map of criteria that must all hold.'),
  require: require.describe('What is demanded of these packages instead of the defaults.').optional(),
  minimum: minimum.describe('How much is demanded of these packages; worth what require says.').optional(),
  identity: identity
    .describe('Who must have built these packages. A mismatch, or no provenance, is an error.')
    .optional(),
  deny: z
    .union([z.literal('off'), identity])
    .describe(
      'What no build of these packages may be: trigger: pull_request_target, runner: self-hosted. One value that matches is an error. off: a less specific deny does not hold here.',
    )
    .optional(),
});

const source = (what: string) =>
  z
    .union([level, z.strictObject({ direct: level.optional(), transitive: level.optional() })])
    .describe(`${what} One level, or one for direct and one for transitive dependencies.`)
    .optional();

const fromPlace = (what: string) =>
  z
    .union([
      level,
      z.strictObject({
        direct: level.optional(),
        transitive: level.optional(),
        allow: z
          .union([text.max(2048), z.array(text.max(2048)).max(LIST_MAX)])
          .describe(
            'Places from which it is allowed: https://github.com/acme/mono or https://github.com/acme/*.',
          )
          .optional(),
      }),
    ])
    .describe(`${what} One level, or one for direct and one for transitive dependencies, and allowed places.`)
    .optional();

const sources = z.strictObject({
  git: fromPlace('From a git repository.'),
  remote: fromPlace('A tarball at a plain URL.'),
  file: source('A tarball on this disk.'),
  directory: source('A folder on this disk that is not part of the project.'),
  workspace: source('A part of the project itself.'),
  bundled: source('Inside the tarball of another package.'),
});

const usage = z.enum(['signatures', 'attestations']);
const pinnedKey = z.strictObject({
  keyid: visible.max(200).describe('As the registry quotes it: SHA256:…'),
  key: visible.describe('Public key: base64 of its SubjectPublicKeyInfo, or PEM.'),
  usage: oneOrMore(usage).describe('What it may sign; without it, both.').optional(),
  validFrom: text.describe('ISO date or time from which its signatures count.').optional(),
  validUntil: text.describe('ISO date or time until which its signatures count.').optional(),
});

const registry = z.strictObject({
  url: text.max(2048).describe('Base URL of the registry.'),
  keys: z
    .union([z.enum(['tuf', 'mirror', 'registry', 'none']), listOf(pinnedKey, 64)])
    .describe(
      'Whose keys count. tuf: those of the trust root for this very host; mirror: those of mirrorOf; registry: whatever it serves itself; none: it signs nothing; or a list of pinned keys.',
    )
    .optional(),
  mirrorOf: text
    .max(2048)
    .describe("URL of the registry it mirrors, or default for npm's default registry.")
    .optional(),
  scopes: oneOrMore(text.max(214))
    .describe('Scopes whose packages come from this registry and from no other: @acme.')
    .optional(),
});

const exemption = z.strictObject({
  package: text
    .max(512)
    .describe(
      'name@1.2.3, or name@^1.2: a range within one major version (several with ||). The name alone goes with integrity.',
    ),
  integrity: text
    .regex(/^sha(1|256|384|512)-[A-Za-z0-9+/]{4,128}={0,2}$/, {
      error: 'must be a digest as lockfiles write it: sha512-…',
    })
    .describe(
      'Digest as in the lockfile. Pins the exemption to these bytes; required, with an exact version, to accept a proof that is wrong.',
    )
    .optional(),
  codes: listOf(z.enum(Object.keys(codes) as [Code, ...Code[]]))
    .describe('Findings it accepts. Without it: everything but a proof that is there and wrong.')
    .optional(),
  reason: visible.describe('Why this is acceptable.'),
  owner: visible.max(200).describe('Who answers for it: a team or a person that can be asked.'),
  expires: z
    .string()
    .regex(/^\d{4}-\d{2}-\d{2}$/, { error: 'must be a day: 2027-03-01' })
    .describe('Last day it counts, UTC.'),
});

export const policySchema: z.ZodType<PolicyFile> = z
  .strictObject({
    $schema: z.string().max(2048).describe('For editors; not read.').optional(),
    version: z.literal(1).describe('Version of this format.'),
    extends: oneOrMore(text)
      .describe(
        'A preset (observe, recommended, strict, slsa-build-l3, ssdf), a path (./team.yaml), a package (npm:@acme/policy@1.0.0), a URL with digest (https://…#sha256-…), or a list of them. Later entries win over earlier ones, this file over all of them. Without it: recommended.',
      )
      .optional(),
    locked: z
      .union([z.literal(true), oneOrMore(z.enum(lockedParts))])
      .describe(
        'What policies that extend this one may not weaken; true means all of it. Stricter is always allowed.',
      )
      .optional(),
    mode: z.enum(['enforce', 'observe']).describe('observe reports everything and fails nothing').optional(),
    practices: z
      .enum(['ssdf', 'none'])
      .describe('ssdf names the tasks of NIST SP 800-218 that each finding bears on.')
      .optional(),
    require: require
      .extend({
        coverage: worth(
          'So much of what production installs has verified provenance as minimum.coverage says. Of the whole run: no rule and no exemption touches it.',
        ),
      })
      .describe('Defaults: what is demanded of every package.')
      .optional(),
    minimum: z
      .strictObject({ ...minimumFields, coverage })
      .describe('How much is demanded, where a demand of require is a matter of more or less.')
      .optional(),
    builders: z
      .record(text.max(2048), buildLevel)
      .describe(
        'SLSA build level of builders, in addition to the built-in ones: URI of a workflow or runner, exact or a prefix with one * at the end.',
      )
      .optional(),
    rules: z
      .array(rule)
      .max(LIST_MAX)
      .describe('Other demands on some packages; the most specific rule decides.')
      .optional(),
    sources: sources.describe('What it is worth that a package does not come from a registry.').optional(),
    registries: z
      .array(registry)
      .max(100)
      .describe('Registries whose keys are not in the trust root.')
      .optional(),
    exemptions: z.array(exemption).max(5000).describe('Dated exceptions for single packages.').optional(),
  })
  .meta({
    title: 'verify-deps policy',
    description: 'What verify-deps demands of the packages in a lockfile.',
  });

/** JSON Schema of the file format; draft 7 is what editors understand. */
export function policyJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(policySchema, { target: 'draft-7', io: 'input' }) as Record<string, unknown>;
}
