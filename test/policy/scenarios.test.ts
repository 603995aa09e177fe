/**
 * Attacks that have happened, or that the design says must be caught: the tree before, what the attacker changes, and what
 * the presets say of it. Those that no verdict on origin can catch are in `uncaught`, and in docs/threat-model.md.
 */
import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Policy, Verdict } from '../../src/policy/types.ts';
import { explainVerdict } from '../../src/report/explain.ts';
import { jsonReport } from '../../src/report/json.ts';
import { sample } from '../report/samples.ts';
import { built, gitBelow, published, recordOf, wrong } from './releases.ts';
import { foreign, judged, NOW, node, OTHER_SRI, policyOf, presetOf, SRI } from './support.ts';

interface Attack {
  readonly name: string;
  readonly before: readonly Evidence[];
  readonly attack: Evidence;
  readonly recommended: string;
  readonly strict: string;
  /** A policy of one's own, where it takes one, and what that says. */
  readonly own?: readonly [yaml: string, said: string];
}

const presets: Readonly<Record<'recommended' | 'strict', Policy>> = {
  recommended: await presetOf('recommended'),
  strict: await presetOf('strict'),
};
const absent = unproven('absent', 'attestations-absent');
const unsigned = unproven('absent', 'signature-absent');
const NEW = Date.UTC(2026, 10, 21, 18);

const caught: readonly Attack[] = [
  // what an attacker publishes
  {
    name: 'a stolen token publishes a version without provenance on a line that had it (eslint-config-prettier, nx, axios)',
    before: [built('axios@1.14.0')],
    attack: published('axios@1.14.1'),
    recommended: 'failed, error provenance-lost',
    strict: 'failed, error provenance-absent, error provenance-lost',
  },
  {
    name: 'a transitive git dependency appears in a patch release (TanStack)',
    before: [built('@tanstack/router@1.120.0')],
    attack: gitBelow('@tanstack/setup', '@tanstack/router'),
    recommended: 'failed, error source-unverifiable',
    strict: 'failed, error source-unverifiable',
  },
  {
    name: 'a transitive tarball of a URL appears in a patch release',
    before: [built('router@1.120.0')],
    attack: foreign({ kind: 'remote', url: 'https://files.example/setup.tgz' }, [node({ depth: 2 })], {
      name: 'setup',
    }),
    recommended: 'failed, error source-unverifiable',
    strict: 'failed, error source-unverifiable',
  },
  {
    name: 'the workflow runs on a branch pushed by a stolen account (Miasma)',
    before: [built('@acme/client@2.0.0')],
    attack: built('@acme/client@2.0.1', { claims: { ref: 'refs/heads/snapshot-1' } }),
    recommended: 'failed, error ref-kind-changed',
    strict: 'failed, error ref-kind-changed',
  },
  {
    name: 'the same line, built from another branch than ever before (snapshot branches)',
    before: [built('@acme/client@2.0.0', { claims: { ref: 'refs/heads/main' } })],
    attack: built('@acme/client@2.0.1', { claims: { ref: 'refs/heads/snapshot-1' } }),
    recommended: 'failed, error ref-kind-changed',
    strict: 'failed, error ref-kind-changed',
  },
  {
    name: 'an account taken over attests for the first time, from a repository of its own (@antv)',
    before: [built('lib@1.0.0'), published('@antv/g2@5.0.0')],
    attack: built('@antv/g2@5.0.1', { claims: { sourceRepository: 'https://github.com/stranger/g2' } }),
    recommended: 'failed, error repository-mismatch, info baseline-first-seen',
    strict: 'failed, error repository-mismatch, info baseline-first-seen',
  },
  {
    name: 'a young version of a package that never had provenance (chalk, debug, keyv)',
    before: [published('chalk@5.6.0')],
    attack: published('chalk@5.6.1', { over: { claimedTime: { status: 'verified', value: NEW } } }),
    recommended: 'passed',
    strict: 'failed, error provenance-absent',
    own: [
      'version: 1\nrequire: { releaseAge: error }\nminimum: { releaseAge: 3d }',
      'failed, error release-too-young',
    ],
  },
  {
    name: 'a new install script without provenance (ua-parser-js, Shai-Hulud)',
    before: [published('ua-parser-js@0.7.28')],
    attack: published('ua-parser-js@0.7.29', { place: { hasInstallScript: true } }),
    recommended: 'passed',
    strict: 'failed, error provenance-absent',
    own: [
      'version: 1\nrules: [{ name: scripts, match: { installScript: true }, require: { provenance: error } }]',
      'failed, error provenance-absent',
    ],
  },
  // who built it
  {
    name: 'a stranger attests with a sound certificate of another repository',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', {
      claims: {
        sourceRepository: 'https://github.com/stranger/lib',
        sourceRepositoryId: '9',
        sourceOwnerId: '9',
      },
    }),
    recommended: 'failed, error repository-changed, error repository-mismatch',
    strict: 'failed, error repository-changed, error repository-mismatch',
  },
  {
    name: 'the name of a deleted repository is registered again: the same URL, other numbers',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { claims: { sourceRepositoryId: '9', sourceOwnerId: '9' } }),
    recommended: 'failed, error repository-changed',
    strict: 'failed, error repository-changed',
  },
  {
    name: 'the repository is transferred to another owner',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { claims: { sourceOwnerId: '9' } }),
    recommended: 'failed, error owner-changed',
    strict: 'failed, error owner-changed',
  },
  {
    name: 'the same repository, another workflow',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { claims: { workflow: '.github/workflows/test.yml' } }),
    recommended: 'passed, warn workflow-changed',
    strict: 'passed, warn workflow-changed',
    own: [
      "version: 1\nrules: [{ match: 'lib', identity: { workflow: .github/workflows/release.yml } }]",
      'failed, error identity-mismatch, warn workflow-changed',
    ],
  },
  {
    name: 'a pull request of a stranger starts the build',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { claims: { trigger: 'pull_request_target' } }),
    recommended: 'failed, error trigger-changed',
    strict: 'failed, error identity-denied, error trigger-changed',
  },
  {
    name: 'a machine of the attacker joins as a runner',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', {
      claims: { runner: 'self-hosted', builderId: 'https://github.com/actions/runner/self-hosted' },
    }),
    recommended: 'failed, error runner-changed',
    strict: 'failed, error identity-denied, error runner-changed',
  },
  {
    name: 'a tag of another version is built again',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { claims: { ref: 'refs/tags/v0.9.0' } }),
    recommended: 'passed',
    strict: 'passed',
    own: ['version: 1\nrequire: { versionTag: error }', 'failed, error version-tag-mismatch'],
  },
  {
    name: 'the predicate claims what the certificate does not bear',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', {
      over: { provenance: wrong('claim-mismatch', { field: 'repository', expected: 'a', actual: 'b' }) },
    }),
    recommended: 'failed, error claim-mismatch',
    strict: 'failed, error claim-mismatch',
  },
  {
    name: 'sound provenance of another version is replayed',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', {
      over: {
        provenance: wrong('subject-name-mismatch', {
          expected: 'pkg:npm/lib@1.0.1',
          actual: 'pkg:npm/lib@1.0.0',
        }),
      },
    }),
    recommended: 'failed, error subject-name-mismatch',
    strict: 'failed, error subject-name-mismatch',
  },
  {
    name: 'the provenance has one subject more',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { over: { provenance: wrong('subject-extra', { count: 2 }) } }),
    recommended: 'failed, error subject-extra',
    strict: 'failed, error subject-extra',
  },
  {
    name: 'the log entry belongs to another bundle',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', { over: { provenance: wrong('tlog-entry-mismatch', { logIndex: '7' }) } }),
    recommended: 'failed, error tlog-entry-mismatch',
    strict: 'failed, error tlog-entry-mismatch',
  },
  // who answers for the registry
  {
    name: 'a mirror serves other bytes',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', {
      over: { integrity: wrong('integrity-mismatch', { expected: SRI, actual: OTHER_SRI }) },
    }),
    recommended: 'failed, error integrity-mismatch',
    strict: 'failed, error integrity-mismatch',
  },
  {
    name: 'a mirror signs with a key of its own',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', {
      over: { registrySignature: unproven('uncovered', 'signature-key-unknown', { keyid: 'SHA256:own' }) },
    }),
    recommended: 'failed, error signature-key-unknown',
    strict: 'failed, error signature-key-unknown',
  },
  {
    name: 'a mirror strips signatures and attestations',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', {
      over: { registrySignature: unsigned, publish: absent, provenance: absent },
    }),
    recommended: 'failed, error provenance-lost, error signature-absent',
    strict: 'failed, error provenance-absent, error provenance-lost, error signature-absent',
  },
  {
    name: 'the registry announces attestations and hands over an empty list',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1', {
      over: {
        publish: unproven('absent', 'attestations-withheld'),
        provenance: unproven('absent', 'attestations-withheld'),
      },
    }),
    recommended: 'failed, error attestations-withheld, error provenance-lost',
    strict: 'failed, error attestations-withheld, error provenance-lost',
  },
  {
    name: 'a private name is answered by a public registry (dependency confusion)',
    before: [],
    attack: published('@acme/internal@99.0.0', { over: { registry: 'https://public.example/' } }),
    recommended: 'passed',
    strict: 'failed, error provenance-absent',
    own: [
      "version: 1\nregistries: [{ url: 'https://npm.acme.example/', keys: none, scopes: ['@acme'] }]",
      'failed, error scope-elsewhere',
    ],
  },
  // who changes the lockfile
  {
    name: 'the lockfile takes the tarball of another package of the same registry',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', {
      over: {
        integrity: wrong('integrity-mismatch', { expected: OTHER_SRI, actual: SRI }),
        resolved: wrong('resolved-mismatch', { expected: 'lib-1.0.0.tgz', actual: 'evil-1.0.0.tgz' }),
      },
    }),
    recommended: 'failed, error integrity-mismatch, error resolved-mismatch',
    strict: 'failed, error integrity-mismatch, error resolved-mismatch',
  },
  {
    name: 'the lockfile no longer pins a digest',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', { over: { integrity: unproven('uncovered', 'integrity-missing') } }),
    recommended: 'failed, error integrity-missing',
    strict: 'failed, error integrity-missing',
  },
  {
    name: 'the manifest is that of another package (manifest confusion)',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.0', {
      over: { integrity: wrong('manifest-mismatch', { expected: 'lib@1.0.0', actual: 'evil@1.0.0' }) },
    }),
    recommended: 'failed, error manifest-mismatch',
    strict: 'failed, error manifest-mismatch',
  },
];

/** Sound evidence of a malicious release: no preset can tell, or only by what it demands of every package. */
const uncaught: readonly Attack[] = [
  {
    name: 'first provenance of a package, from the attacker’s repository, which its manifest now declares too',
    before: [built('lib@1.0.0'), published('@antv/g2@5.0.0')],
    attack: built('@antv/g2@5.0.1', {
      claims: { sourceRepository: 'https://github.com/stranger/g2' },
      over: { declared: { repository: 'stranger/g2', hasInstallScript: false } },
    }),
    recommended: 'passed, info baseline-first-seen',
    strict: 'passed, info baseline-first-seen',
  },
  {
    name: 'a maintainer hands over a package that never had provenance (event-stream)',
    before: [published('event-stream@3.3.5')],
    attack: published('event-stream@3.3.6'),
    recommended: 'passed',
    strict: 'failed, error provenance-absent',
  },
  {
    name: 'malicious code is pushed to the default branch and released by the usual workflow',
    before: [built('lib@1.0.0')],
    attack: built('lib@1.0.1'),
    recommended: 'passed',
    strict: 'passed',
  },
  {
    name: 'a poisoned build cache makes the usual workflow build something else (TanStack, the package itself)',
    before: [built('@tanstack/router@1.120.0')],
    attack: built('@tanstack/router@1.120.1'),
    recommended: 'passed',
    strict: 'passed',
  },
];

function verdictOf({ before, attack }: Attack, policy: Policy): Verdict {
  return judge(attack, policy, recordOf(before, presets.recommended), NOW);
}

function saidOf({ before, attack }: Attack, policy: Policy): string {
  return judged(attack, policy, recordOf(before, presets.recommended));
}

describe.each([...caught, ...uncaught])('$name', (scenario) => {
  test('the tree before passes', () => {
    const { before } = scenario;
    const record = recordOf(before, presets.recommended);
    for (const item of before) expect(judged(item, presets.recommended, record)).toMatch(/^passed/);
  });

  test('recommended and strict', () => {
    expect(saidOf(scenario, presets.recommended)).toBe(scenario.recommended);
    expect(saidOf(scenario, presets.strict)).toBe(scenario.strict);
  });

  test.runIf(scenario.own !== undefined)('a policy of one’s own', async () => {
    const [text, said] = scenario.own!;
    expect(saidOf(scenario, await policyOf(text))).toBe(said);
  });
});

test.each(caught)('caught by a preset or a policy of one’s own: $name', ({ recommended, strict, own }) => {
  expect([recommended, strict, own?.[1]].some((said) => said?.startsWith('failed'))).toBe(true);
});

test.each([...caught, ...uncaught])('strict stops whatever recommended stops: $name', (scenario) => {
  if (scenario.recommended.startsWith('failed')) expect(scenario.strict).toMatch(/^failed/);
});

test.each(caught)('what people and programs are told: $name', (scenario) => {
  const verdict = verdictOf(scenario, presets.strict);
  const report = sample([verdict]);
  const text = explainVerdict(verdict, report);
  const json = JSON.parse(jsonReport(report)) as {
    readonly packages: readonly { readonly findings: unknown }[];
  };
  const begin = text.search(/^(?:error|warn|info) /m);
  expect(`\n${text.slice(begin)}`).toMatchSnapshot('human');
  expect(json.packages[0]?.findings).toMatchSnapshot('json');
});
