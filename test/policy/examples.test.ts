import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { unproven, verified } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { policyJsonSchema } from '../../src/policy/schema.ts';
import type { Policy } from '../../src/policy/types.ts';
import type { PackageNode } from '../../src/tree/types.ts';
import {
  attested,
  bundle,
  evidence,
  folderOf,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  node,
  OTHER_SRI,
  provenance,
  SRI,
  subject,
} from './support.ts';

const FOLDER = fileURLToPath(new URL('../../docs/policies/', import.meta.url));
const DAY = 86_400_000;
const names = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.slice(0, -'.yaml'.length));

/** As in a repository that has the file and nothing else of this one. */
async function example(name: string): Promise<Policy> {
  const text = readFileSync(path.join(FOLDER, `${name}.yaml`), 'utf8');
  return loadPolicy({ from: await folderOf({ '.git/HEAD': '', 'verify-deps.yaml': text }) });
}

/** A package at one place of the tree. */
function at(
  name: string,
  place: Partial<PackageNode> = {},
  version: string = '2.1.0',
  sri: string = SRI,
): Pick<Evidence, 'subject'> {
  const integrity = { kind: 'sha512', sri } as const;
  const over = { name, version, integrity };
  return { subject: subject(over, [node({ ...over, ...place })]) };
}

/** With a publish attestation that is so many days old. */
function aged(days: number): Pick<Evidence, 'publish'> {
  const time = {
    time: NOW - days * DAY,
    source: 'transparency-log',
    authority: 'https://log.example',
    operator: 'x',
  } as const;
  return { publish: verified({ ...bundle(), times: [time] }) };
}

/** Without attestations, published so many days ago by the word of the registry. */
function bare(place: Pick<Evidence, 'subject'>, days: number): Evidence {
  return evidence({ ...place, claimedTime: verified(NOW - days * DAY) });
}

const SCRIPT = { hasInstallScript: true } as const;
const DEV = { dependency: 'dev' } as const;
const DEEP = { depth: 3, parents: ['node_modules/x'] } as const;
const bank = {
  sourceRepository: 'https://github.com/acme-bank/ui',
  sourceOwnerId: '7340032',
  ref: 'refs/tags/v2.1.0',
};
const bankDeclared = { declared: { repository: 'github:acme-bank/ui', hasInstallScript: false } };
const BANK = 'https://npm.bank.example/';
const ACME = 'https://npm.acme.example/';
const git = (url: string) => ({ kind: 'git', url, commit: 'c'.repeat(40) }) as const;

type Case = readonly [what: string, evidence: Evidence, verdict: RegExp];

const cases: Readonly<Record<string, readonly Case[]>> = {
  'regulated-bank': [
    ['proven and a month old', attested({ ...at('lib'), ...aged(30) }), /^passed$/],
    ['proven, but of yesterday', attested({ ...at('lib'), ...aged(1) }), /^failed.*release-too-young/],
    ['unproven in production', bare(at('lib'), 90), /^failed.*error provenance-absent/],
    ['an unproven tool', bare(at('tool', DEV), 90), /^passed.*warn build-level-low.*warn provenance-absent/],
    [
      'an unproven tool with a script',
      bare(at('tool', { ...DEV, ...SCRIPT }), 90),
      /^failed.*provenance-absent/,
    ],
    ['a script of two weeks', attested({ ...at('lib', SCRIPT), ...aged(14) }), /^failed.*release-too-young/],
    ['a script of five weeks', attested({ ...at('lib', SCRIPT), ...aged(35) }), /^passed$/],
    [
      'not built from the tag of its version',
      attested({ ...at('lib', {}, '2.1.1'), ...aged(30) }),
      /^passed, warn version-tag/,
    ],
    [
      'on a machine of their own',
      attested({ ...at('lib'), ...aged(30), provenance: provenance({ runner: 'self-hosted' }) }),
      /^failed.*identity-denied/,
    ],
    [
      'our own, of today',
      attested({
        ...at('@bank/ui'),
        ...aged(0),
        registry: BANK,
        ...bankDeclared,
        provenance: provenance(bank),
      }),
      /^passed$/,
    ],
    [
      'our own, by a namesake of our account',
      attested({
        ...at('@bank/ui'),
        ...aged(0),
        registry: BANK,
        ...bankDeclared,
        provenance: provenance({ ...bank, sourceOwnerId: '9' }),
      }),
      /^failed.*identity-mismatch/,
    ],
    [
      'our own, by another workflow',
      attested({
        ...at('@bank/ui'),
        ...aged(0),
        registry: BANK,
        ...bankDeclared,
        provenance: provenance({ ...bank, workflow: '.github/workflows/ci.yml' }),
      }),
      /^failed.*identity-mismatch/,
    ],
    [
      'our name in a public registry',
      attested({ ...at('@bank/ui'), ...aged(30), ...bankDeclared, provenance: provenance(bank) }),
      /^failed.*scope-elsewhere/,
    ],
    ['from git', foreign(git('git+https://github.com/o/r.git')), /^failed.*source-unverifiable/],
    ['exempted', bare(at('legacy-charts', {}, '4.1.2'), 90), /^passed-with-exemption/],
    [
      'exempted, but other bytes',
      bare(at('legacy-charts', {}, '4.1.2', OTHER_SRI), 90),
      /^failed.*provenance-absent/,
    ],
    [
      'exempted, but the next version',
      bare(at('legacy-charts', {}, '4.1.3'), 90),
      /^failed.*provenance-absent/,
    ],
  ],
  'open-source-library': [
    ['a proven dependency', attested({ ...at('lib'), ...aged(3) }), /^passed$/],
    ['an unproven one', bare(at('lib'), 90), /^failed.*error provenance-absent/],
    ['an unproven one of a dependency', bare(at('lib', DEEP), 90), /^passed, warn provenance-absent/],
    ['an unproven tool', bare(at('tool', DEV), 90), /^passed$/],
    [
      'an unproven tool with a script',
      bare(at('tool', { ...DEV, ...SCRIPT, ...DEEP }), 90),
      /^failed.*provenance-absent/,
    ],
    ['of an hour ago', attested({ ...at('lib'), ...aged(1 / 24) }), /^failed.*release-too-young/],
    [
      'a build that strangers can start',
      attested({
        ...at('tool', DEV),
        ...aged(3),
        provenance: provenance({ trigger: 'pull_request_target' }),
      }),
      /^failed.*identity-denied/,
    ],
    [
      'git, from a pull request',
      foreign(git('git+https://github.com/o/r.git')),
      /^failed.*source-unverifiable/,
    ],
    ['a fixture beside the tests', foreign({ kind: 'directory', path: 'test/fixture' }), /^passed$/],
  ],
  'monorepo-private-registry': [
    [
      'our own package',
      evidence({
        ...at('@acme/log'),
        registry: ACME,
        registrySignature: unproven('absent', 'signature-absent'),
      }),
      /^passed$/,
    ],
    ['our name in a public registry', attested(at('@acme/log')), /^failed.*scope-elsewhere/],
    ['a public package without provenance', evidence(at('lib')), /^passed$/],
    [
      'one that lost its signature',
      evidence({ ...at('lib'), registrySignature: unproven('absent', 'signature-absent') }),
      /^failed.*signature-absent/,
    ],
    [
      'the framework',
      attested({
        ...at('@framework/core'),
        declared: undefined,
        provenance: provenance({ sourceRepository: 'https://github.com/framework/framework' }),
      }),
      /^passed$/,
    ],
    [
      'the framework from a fork',
      attested({ ...at('@framework/core'), declared: undefined }),
      /^failed.*identity-mismatch/,
    ],
    [
      'the framework from git',
      foreign(git('git+https://github.com/framework/framework.git'), [], { name: '@framework/core' }),
      /^failed.*source-not-allowed/,
    ],
    ['a script, unproven', evidence(at('native', SCRIPT)), /^failed.*provenance-absent/],
    ['a script, proven', attested(at('native', SCRIPT)), /^passed$/],
    ['our fork', foreign(git('git+ssh://git@github.com/acme/lib.git')), /^passed$/],
    [
      'a fork by somebody whose name begins like ours',
      foreign(git('git+ssh://git@github.com/acme-evil/lib.git')),
      /^failed.*source-unverifiable/,
    ],
    [
      'a tarball from another place',
      evidence({
        ...at('lib'),
        resolved: unproven('uncovered', 'resolved-elsewhere', { expected: 'a', actual: 'b' }),
      }),
      /^failed.*resolved-elsewhere/,
    ],
  ],
  'air-gapped': [
    ['all came along', attested(at('lib')), /^passed$/],
    [
      'a promise only',
      attested({ ...at('lib'), provenance: provenance({}, ['promise']) }),
      /^failed.*tlog-proof-missing/,
    ],
    [
      'attestations left behind',
      attested({ ...at('lib'), provenance: unproven('absent', 'attestations-withheld') }),
      /^failed.*attestations-withheld/,
    ],
    [
      'the mirror does not answer',
      attested({ ...at('lib'), provenance: unproven('unreachable', 'registry-unreachable') }),
      /^undecided/,
    ],
    [
      'a form not known here',
      attested({ ...at('lib'), provenance: unproven('uncovered', 'format-unsupported') }),
      /^failed.*format-unsupported/,
    ],
    [
      'a URL that leads out',
      attested({
        ...at('lib'),
        resolved: unproven('uncovered', 'resolved-elsewhere', { expected: 'a', actual: 'b' }),
      }),
      /^failed.*resolved-elsewhere/,
    ],
    ['an unproven tool', evidence(at('tool', DEV)), /^passed, warn provenance-absent/],
    [
      'an unproven tool with a script',
      evidence(at('tool', { ...DEV, ...SCRIPT })),
      /^failed.*provenance-absent/,
    ],
    [
      'a tarball of our own',
      foreign({ kind: 'file', path: 'vendor/a.tgz' }),
      /^passed, warn source-unverifiable/,
    ],
    [
      'a tarball without a digest',
      foreign({ kind: 'file', path: 'vendor/a.tgz' }, [], { integrity: { kind: 'none' } }),
      /^failed.*integrity-missing/,
    ],
  ],
  startup: [
    ['an ordinary package', bare(at('lib'), 90), /^passed$/],
    ['of an hour ago', bare(at('lib'), 1 / 24), /^passed, warn release-too-young/],
    ['a script, unproven', bare(at('native', SCRIPT), 90), /^failed.*provenance-absent/],
    [
      'a script, proven, of yesterday',
      attested({ ...at('native', SCRIPT), ...aged(1) }),
      /^failed.*release-too-young/,
    ],
    ['a script, proven, of last week', attested({ ...at('native', SCRIPT), ...aged(7) }), /^passed$/],
    ['the one exempted', bare(at('native-thing', SCRIPT, '2.5.0'), 90), /^passed-with-exemption/],
    ['its next major', bare(at('native-thing', SCRIPT, '3.0.0'), 90), /^failed.*provenance-absent/],
    [
      'payments',
      attested({
        ...at('@payments/sdk'),
        ...aged(7),
        declared: undefined,
        provenance: provenance({ sourceRepository: 'https://github.com/payments/sdk' }),
      }),
      /^passed$/,
    ],
    [
      'payments, by somebody else',
      attested({ ...at('@payments/sdk'), ...aged(7), declared: undefined }),
      /^failed.*identity-mismatch/,
    ],
    ['our fork', foreign(git('git+ssh://git@github.com/startup/lib.git')), /^passed$/],
    [
      'a git dependency of a dependency',
      foreign(git('git+https://github.com/o/r.git'), [
        node({ ...DEEP, source: git('git+https://github.com/o/r.git') }),
      ]),
      /^failed.*source-unverifiable/,
    ],
    [
      'a signature that does not hold',
      evidence({
        ...at('lib'),
        claimedTime: verified(0),
        registrySignature: unproven('invalid', 'signature-invalid'),
      }),
      /^failed.*signature-invalid/,
    ],
  ],
};

test('there are five, each is tested, each passes and each fails something', () => {
  expect(Object.keys(cases).sort()).toEqual([...names].sort());
  expect(names).toHaveLength(5);
  for (const [name, list] of Object.entries(cases)) {
    expect(
      list.some(([, , verdict]) => verdict.source.startsWith('^passed')),
      name,
    ).toBe(true);
    expect(
      list.some(([, , verdict]) => verdict.source.startsWith('^failed')),
      name,
    ).toBe(true);
  }
});

test('the page lists each of them', async () => {
  const page = await readFile(path.join(FOLDER, 'README.md'), 'utf8');
  for (const name of names) expect(page).toContain(`(${name}.yaml)`);
});

test.each(['ssdf.md', 'scripts.md'])('the policies in docs/%s are read as they stand', async (name) => {
  const page = await readFile(path.join(FOLDER, '..', name), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text!);
  expect(blocks.length).toBeGreaterThan(0);
  for (const text of blocks) {
    const from = await folderOf({ '.git/HEAD': '', 'verify-deps.yaml': text });
    expect((await loadPolicy({ from })).files[0]).toBe('verify-deps.yaml');
  }
});

describe.each(names)('%s', (name) => {
  test('meets the schema, also as YAML 1.1, and says why', async () => {
    const text = await readFile(path.join(FOLDER, `${name}.yaml`), 'utf8');
    const isMet = new Ajv({ strict: false }).compile(policyJsonSchema());
    expect(isMet(parse(text)), JSON.stringify(isMet.errors)).toBe(true);
    expect(parse(text, { version: '1.1' })).toEqual(parse(text));
    expect(text.split('\n').filter((line) => /^\s*#/.test(line)).length).toBeGreaterThan(8);
  });

  test.each(cases[name] ?? [])('%s', async (_, item, verdict) => {
    expect(judged(item, await example(name), NO_BASELINE, NOW)).toMatch(verdict);
  });
});
