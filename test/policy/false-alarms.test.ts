/**
 * Ordinary changes that other tools take for attacks: `recommended` lets each of them pass, and the run after it too. Where a
 * person has to look once, that is said, and it passes after `accept`.
 */
import { describe, expect, test } from 'vitest';
import { unproven, verified } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { acceptChanges } from '../../src/policy/baseline-accept.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline, Verdict } from '../../src/policy/types.ts';
import { built, builtOnGitLab, published, recordOf } from './releases.ts';
import { bundle, judged, NOW, presetOf, provenance } from './support.ts';

const recommended = await presetOf('recommended');

interface Ordinary {
  readonly name: string;
  readonly before: readonly Evidence[];
  readonly after: readonly Evidence[];
  /** Of each release after, what recommended says. */
  readonly said: readonly string[];
}

const main = { ref: 'refs/heads/main' };
const ordinary: readonly Ordinary[] = [
  {
    name: 'old majors of semver never had provenance',
    before: [published('semver@5.7.1'), published('semver@6.3.0'), built('semver@7.6.0')],
    after: [published('semver@5.7.2'), published('semver@6.3.1'), built('semver@7.7.2')],
    said: ['passed', 'passed', 'passed'],
  },
  {
    name: 'undici-types 6 is published without, 7 with',
    before: [published('undici-types@6.20.0'), built('undici-types@7.10.0')],
    after: [published('undici-types@6.21.0'), built('undici-types@7.16.0')],
    said: ['passed', 'passed'],
  },
  {
    name: 'a project goes back to an older line that never had provenance',
    before: [built('undici-types@7.10.0')],
    after: [published('undici-types@6.21.0')],
    said: ['passed'],
  },
  {
    name: 'ua-parser-js 1 lives on beside 2',
    before: [published('ua-parser-js@1.0.39'), built('ua-parser-js@2.0.3')],
    after: [published('ua-parser-js@1.0.41'), published('ua-parser-js@0.7.41'), built('ua-parser-js@2.0.6')],
    said: ['passed', 'passed', 'passed'],
  },
  {
    name: 'below 1.0 each minor is a line',
    before: [published('axios@0.29.0'), built('axios@0.30.0')],
    after: [published('axios@0.29.1'), built('axios@0.30.1')],
    said: ['passed', 'passed'],
  },
  {
    name: 'a new major without provenance is not a step back on its line',
    before: [built('lib@2.9.0')],
    after: [published('lib@3.0.0')],
    said: ['passed'],
  },
  {
    name: 'the repository is renamed: another name, the same numbers',
    before: [built('lib@1.0.0')],
    after: [
      built('lib@1.0.1', {
        claims: { sourceRepository: 'https://github.com/acme/library' },
        over: { declared: { repository: 'acme/library', hasInstallScript: false } },
      }),
    ],
    said: ['passed, info repository-renamed'],
  },
  {
    name: 'the repository is renamed, and the manifest still declares the old name',
    before: [built('lib@1.0.0')],
    after: [built('lib@1.0.1', { claims: { sourceRepository: 'https://github.com/acme/library' } })],
    said: ['passed, info repository-renamed'],
  },
  {
    name: 'the owner is renamed: another name, the same numbers',
    before: [built('lib@1.0.0')],
    after: [
      built('lib@1.0.1', {
        claims: { sourceRepository: 'https://github.com/acme-labs/lib' },
        over: { declared: { repository: 'acme-labs/lib', hasInstallScript: false } },
      }),
    ],
    said: ['passed, info repository-renamed'],
  },
  {
    name: 'from a token without provenance to trusted publishing',
    before: [built('other@1.0.0'), published('lib@1.0.0')],
    after: [built('other@1.0.0'), built('lib@1.0.1')],
    said: ['passed', 'passed, info baseline-first-seen'],
  },
  {
    name: 'from a token with provenance to trusted publishing, by a workflow of its own on a release',
    before: [built('lib@1.0.0', { claims: { workflow: '.github/workflows/ci.yml' } })],
    after: [built('lib@1.0.1', { claims: { trigger: 'release' } })],
    said: ['passed, warn trigger-changed, warn workflow-changed'],
  },
  {
    name: 'releases are built of main, and then of tags',
    before: [built('lib@1.0.0', { claims: main })],
    after: [built('lib@1.1.0')],
    said: ['passed, info ref-kind-changed'],
  },
  {
    name: 'the default branch is renamed from master to main',
    before: [built('lib@1.0.0', { claims: { ref: 'refs/heads/master' } })],
    after: [built('lib@1.1.0', { claims: main })],
    said: ['passed, warn ref-kind-changed'],
  },
  {
    name: 'a backport comes from the branch of its line',
    before: [built('lib@7.1.0', { claims: main }), built('lib@8.0.0', { claims: main })],
    after: [built('lib@7.1.1', { claims: { ref: 'refs/heads/7.x' } }), built('lib@8.0.1', { claims: main })],
    said: ['passed, warn ref-kind-changed', 'passed'],
  },
  {
    name: 'prereleases are built of a branch, releases of tags',
    before: [built('lib@2.0.0-beta.1', { claims: { ref: 'refs/heads/next' } }), built('lib@1.9.0')],
    after: [built('lib@2.0.0')],
    said: ['passed'],
  },
  {
    name: 'a prerelease of the next major comes without provenance',
    before: [built('lib@1.9.0')],
    after: [published('lib@2.0.0-rc.1')],
    said: ['passed'],
  },
  {
    name: 'nuxt has always been built by pull_request_target',
    before: [built('nuxt@4.1.1', { claims: { trigger: 'pull_request_target', ...main } })],
    after: [built('nuxt@4.1.2', { claims: { trigger: 'pull_request_target', ...main } })],
    said: ['passed'],
  },
  {
    name: 'first seen, built by pull_request_target',
    before: [],
    after: [built('nuxt@4.1.2', { claims: { trigger: 'pull_request_target', ...main } })],
    said: ['passed'],
  },
  {
    name: 'GitLab to GitHub in a new major',
    before: [builtOnGitLab('lib@1.0.0')],
    after: [built('lib@2.0.0')],
    said: ['passed, info baseline-first-seen'],
  },
  {
    name: 'a mirror writes its own host into the lockfile',
    before: [built('lib@1.0.0')],
    after: [
      built('lib@1.0.0', {
        over: {
          resolved: unproven('uncovered', 'resolved-elsewhere', { url: 'https://mirror.example/lib.tgz' }),
        },
      }),
    ],
    said: ['passed, warn resolved-elsewhere'],
  },
  {
    name: 'an old attestation has the promise of the log only',
    before: [],
    after: [
      built('lib@1.0.0', {
        over: { provenance: provenance({ sourceRepository: 'https://github.com/acme/lib' }, ['promise']) },
      }),
    ],
    said: ['passed'],
  },
  {
    name: 'signed by a key that has expired since, in time by the word of the registry',
    before: [],
    after: [
      published('left-pad@1.3.0', {
        over: {
          registrySignature: verified({
            keyid: 'SHA256:old',
            keyOrigin: 'tuf',
            publishTime: { time: Date.UTC(2018, 3, 9), signed: false },
          }),
        },
      }),
    ],
    said: ['passed'],
  },
  {
    name: 'a manifest that declares no repository',
    before: [],
    after: [built('lib@1.0.0', { over: { declared: { repository: undefined, hasInstallScript: false } } })],
    said: ['passed, warn repository-undeclared'],
  },
  ...[
    'git+ssh://git@github.com/Acme/lib.git',
    'github:acme/lib',
    'https://github.com/acme/lib/tree/main/packages/lib',
  ].map(
    (repository): Ordinary => ({
      name: `the same repository, declared as ${repository}`,
      before: [],
      after: [built('lib@1.0.0', { over: { declared: { repository, hasInstallScript: false } } })],
      said: ['passed'],
    }),
  ),
  {
    name: 'a publish attestation of the registry, and no provenance',
    before: [],
    after: [
      published('lib@1.0.0', {
        over: { publish: verified(bundle()), provenance: unproven('absent', 'provenance-absent') },
      }),
    ],
    said: ['passed'],
  },
];

function run(releases: readonly Evidence[], baseline: Baseline): readonly Verdict[] {
  return releases.map((item) => judge(item, recommended, baseline, NOW));
}

describe.each(ordinary)('$name', ({ before, after, said }) => {
  test('passes', () => {
    const record = recordOf(before, recommended);
    for (const item of before) expect(judged(item, recommended, record)).toMatch(/^passed/);
    expect(after.map((item) => judged(item, recommended, record))).toEqual(said);
  });

  test('and again', () => {
    const record = recordOf(before, recommended);
    const next = nextBaseline(record, run(after, record));
    for (const { outcome } of run(after, next)) expect(outcome).toBe('passed');
  });
});

/** Who builds it has changed, and nothing that is signed says that it is the same people: somebody has to say so once. */
describe.each([
  ['GitLab to GitHub within a line', [builtOnGitLab('lib@1.0.0')], built('lib@1.0.1'), 'issuer-changed'],
  [
    'the repository goes to another owner',
    [built('lib@1.0.0')],
    built('lib@1.0.1', {
      claims: { sourceRepository: 'https://github.com/foundation/lib', sourceOwnerId: '9' },
      over: { declared: { repository: 'foundation/lib', hasInstallScript: false } },
    }),
    'owner-changed',
  ],
  [
    'from a repository of its own into a monorepo',
    [built('lib@1.0.0')],
    built('lib@1.0.1', {
      claims: { sourceRepository: 'https://github.com/acme/mono', sourceRepositoryId: '9' },
      over: { declared: { repository: 'acme/mono', hasInstallScript: false } },
    }),
    'repository-changed',
  ],
] as const)('%s', (_, before, after, code) => {
  test(`is ${code}, and passes once it was accepted`, () => {
    const record = recordOf(before, recommended);
    expect(judged(after, recommended, record)).toBe(`failed, error ${code}`);
    const { baseline, refusals } = acceptChanges(
      run([after], record),
      record,
      'announced by the maintainers',
    );
    expect(refusals).toEqual([]);
    expect(judged(after, recommended, baseline)).toBe('passed');
  });
});
