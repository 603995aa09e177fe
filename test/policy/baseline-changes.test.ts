import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence, Provenance } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { isBranchOfLine } from '../../src/policy/baseline-changes.ts';
import { refKindOf } from '../../src/policy/baseline-record.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline, BaselineEntry, Policy } from '../../src/policy/types.ts';
import {
  attested,
  evidence,
  judged,
  NO_BASELINE,
  NOW,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const recommended = await presetOf('recommended');
const warn = await policyOf('version: 1\nrequire: { baseline: warn }\n');
const off = await policyOf('version: 1\nrequire: { baseline: "off" }\n');

const built = (over: Partial<Provenance> = {}, version = '2.1.0'): Evidence =>
  attested({ subject: subject({ version }), provenance: provenance(over), declared: undefined });

/** What a passing run over this evidence leaves behind. */
function recordAfter(items: readonly Evidence[], previous: Baseline = NO_BASELINE): Baseline {
  return nextBaseline(
    previous,
    items.map((item) => judge(item, recommended, previous, NOW)),
  );
}
/** The record of `built(was)`, and the judgement of `built(is)`, version 2.2.0. */
function change(was: Partial<Provenance>, is: Partial<Provenance>, policy: Policy = recommended): string {
  return judged(built(is, '2.2.0'), policy, recordAfter([built(was)])).replaceAll(
    ', info repository-undeclared',
    '',
  );
}

const moved = (repository: string, over: Partial<Provenance> = {}): Partial<Provenance> => ({
  sourceRepository: `https://github.com/${repository}`,
  signer: `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/v2.2.0`,
  ...over,
});
const gitlab: Partial<Provenance> = {
  builderId: 'https://gitlab.com/acme/mono/-/runners/12',
  ci: 'gitlab',
  issuer: 'https://gitlab.com',
  sourceRepository: 'https://gitlab.com/acme/mono',
  sourceRepositoryId: '77',
  sourceOwnerId: '78',
  workflow: '.gitlab-ci.yml',
  signer: 'https://gitlab.com/acme/mono//.gitlab-ci.yml@refs/heads/main',
  ref: 'refs/heads/main',
  runner: 'gitlab-hosted',
};
const generator = 'https://github.com/slsa/generator/.github/workflows/build.yml';
const branch = (name: string): Partial<Provenance> => ({ ref: `refs/heads/${name}` });

describe('what changed', () => {
  test.each<readonly [string, Partial<Provenance>, Partial<Provenance>, string]>([
    ['nothing', {}, {}, 'passed'],
    [
      'the tag and the run',
      {},
      { ref: 'refs/tags/v2.2.0', commit: 'd'.repeat(40), invocation: 'x' },
      'passed',
    ],
    ['spelling', {}, moved('Acme/Mono', { sourceRepositoryId: undefined }), 'passed'],
    ['renamed', {}, moved('acme/single'), 'passed, info repository-renamed'],
    ['renamed owner', {}, moved('acme-inc/mono'), 'passed, info repository-renamed'],
    [
      'another repository',
      {},
      moved('evil/mono', { sourceRepositoryId: '9' }),
      'failed, error repository-changed',
    ],
    ['the same name, another number', {}, { sourceRepositoryId: '9' }, 'failed, error repository-changed'],
    [
      'the same name, both numbers others: told once',
      {},
      { sourceRepositoryId: '9', sourceOwnerId: '10' },
      'failed, error repository-changed',
    ],
    [
      'another name, no number',
      {},
      moved('acme/single', { sourceRepositoryId: undefined }),
      'failed, error repository-changed',
    ],
    ['transferred', {}, moved('other/mono', { sourceOwnerId: '3' }), 'failed, error owner-changed'],
    ['owner taken again', {}, { sourceOwnerId: '3' }, 'failed, error owner-changed'],
    [
      'another owner by name, and no number of it',
      {},
      moved('other/mono', { sourceOwnerId: undefined }),
      'failed, error owner-changed',
    ],
    ['numbers not recorded', { sourceRepositoryId: undefined, sourceOwnerId: undefined }, {}, 'passed'],
    ['numbers not said', {}, { sourceRepositoryId: undefined, sourceOwnerId: undefined }, 'passed'],
    ['GitHub to GitLab, told once', {}, gitlab, 'failed, error issuer-changed'],
    ['GitLab to GitHub, told once', gitlab, {}, 'failed, error issuer-changed'],
    [
      'GitLab, another runner',
      gitlab,
      { ...gitlab, builderId: 'https://gitlab.com/acme/mono/-/runners/99' },
      'passed',
    ],
    ['tag to branch', {}, branch('main'), 'failed, error ref-kind-changed'],
    ['tag to a pull request', {}, { ref: 'refs/pull/7/merge' }, 'failed, error ref-kind-changed'],
    [
      'branch to a pull request',
      branch('main'),
      { ref: 'refs/pull/7/merge' },
      'failed, error ref-kind-changed',
    ],
    ['branch to tag', branch('main'), {}, 'passed, info ref-kind-changed'],
    ['the same branch', branch('main'), branch('main'), 'passed'],
    ['another branch', branch('main'), branch('snapshot-a1b2'), 'failed, error ref-kind-changed'],
    ['the branch of the line', branch('main'), branch('2.x'), 'passed, warn ref-kind-changed'],
    ['the branch of another line', branch('main'), branch('3.x'), 'failed, error ref-kind-changed'],
    ['master renamed', branch('master'), branch('main'), 'passed, warn ref-kind-changed'],
    ['another trigger', {}, { trigger: 'workflow_dispatch' }, 'passed, warn trigger-changed'],
    ['a trigger for strangers', {}, { trigger: 'pull_request_target' }, 'failed, error trigger-changed'],
    ['comments as trigger', {}, { trigger: 'issue_comment' }, 'failed, error trigger-changed'],
    ['back from that trigger', { trigger: 'pull_request_target' }, {}, 'passed, warn trigger-changed'],
    [
      'a machine of their own, told once',
      {},
      { runner: 'self-hosted', builderId: 'https://github.com/actions/runner/self-hosted' },
      'failed, error runner-changed',
    ],
    ['a kind nobody knows', {}, { runner: 'moon-hosted' }, 'failed, error runner-changed'],
    ['back to a machine of the service', { runner: 'self-hosted' }, {}, 'passed, info runner-changed'],
    [
      'another workflow, told once',
      {},
      { workflow: '.github/workflows/x.yml', signer: 'x' },
      'passed, warn workflow-changed',
    ],
    [
      'a reusable workflow that signs',
      {},
      { signer: 'https://github.com/evil/ci/.github/workflows/publish.yml@refs/heads/main' },
      'passed, warn workflow-changed',
    ],
    [
      'another builder, told once',
      {},
      { builderId: `${generator}@refs/tags/v1`, signer: `${generator}@refs/tags/v1` },
      'passed, warn builder-changed',
    ],
    [
      'a newer version of that builder',
      { builderId: `${generator}@refs/tags/v1`, signer: `${generator}@refs/tags/v1` },
      { builderId: `${generator}@refs/tags/v2`, signer: `${generator}@refs/tags/v2` },
      'passed',
    ],
    [
      'a reusable workflow whose file begins alike',
      { signer: `${generator}@refs/tags/v1` },
      { signer: `${generator}@other.yml@refs/heads/main` },
      'passed, warn workflow-changed',
    ],
    [
      'a tag with an @ in it',
      { signer: `${generator}@refs/tags/@acme/log@1.0.0` },
      { signer: `${generator}@refs/tags/@acme/log@1.0.1` },
      'passed',
    ],
    [
      'a reusable workflow that is called by its commit',
      { signer: `${generator}@${'a'.repeat(40)}` },
      { signer: `${generator}@${'b'.repeat(40)}` },
      'passed',
    ],
    [
      'a builder whose branch is named as a machine of GitLab',
      { builderId: `${generator}@refs/heads/x/-/runners/1`, signer: `${generator}@refs/heads/x/-/runners/1` },
      {
        builderId: 'https://github.com/evil/b/.github/workflows/b.yml@refs/heads/x/-/runners/1',
        signer: 'https://github.com/evil/b/.github/workflows/b.yml@refs/heads/x/-/runners/1',
      },
      'passed, warn builder-changed',
    ],
    ['what is not said any more', {}, { trigger: undefined, runner: undefined }, 'passed'],
    [
      'several at once',
      {},
      { ...moved('evil/mono', { sourceRepositoryId: '9' }), ...branch('x'), trigger: 'issues' },
      'failed, error ref-kind-changed, error repository-changed, error trigger-changed',
    ],
  ])('%s', (_, was, is, expected) => {
    expect(change(was, is)).toBe(expected);
  });

  test('both values are told', () => {
    const baseline = recordAfter([built()]);
    const argsOf = (is: Partial<Provenance>): unknown =>
      judge(built(is), recommended, baseline, NOW).findings.map(({ args }) => args);
    expect(argsOf({ sourceRepositoryId: '9' })).toEqual([
      { expected: 'https://github.com/acme/mono (id 1)', actual: 'https://github.com/acme/mono (id 9)' },
    ]);
    expect(argsOf(gitlab)).toEqual([
      {
        expected: 'https://token.actions.githubusercontent.com (https://github.com/acme/mono)',
        actual: 'https://gitlab.com (https://gitlab.com/acme/mono)',
      },
    ]);
    expect(argsOf(branch('snapshot-x'))).toEqual([{ expected: 'a tag', actual: 'refs/heads/snapshot-x' }]);
  });

  test.each([
    ['a warning at warn', {}, { sourceRepositoryId: '9' }, warn, 'passed, warn repository-changed'],
    ['one step less', {}, { trigger: 'release' }, warn, 'passed, info trigger-changed'],
    ['nothing at off', {}, { sourceRepositoryId: '9', trigger: 'issues' }, off, 'passed'],
  ])('%s', (_, was, is, policy, expected) => {
    expect(change(was, is, policy)).toBe(expected);
  });
});

describe('first seen', () => {
  const other: Baseline = new Map([['b@1', { provenance: { sourceRepository: 'https://github.com/b/b' } }]]);
  const never: BaselineEntry = { provenance: undefined };
  test.each([
    ['not in a first run', built(), NO_BASELINE, 'passed'],
    ['a new package', built(), other, 'passed, info baseline-first-seen'],
    ['provenance gained', built(), new Map([['@acme/log@2', never]]), 'passed, info baseline-first-seen'],
    ['a new line', built({}, '3.0.0'), recordAfter([built()]), 'passed, info baseline-first-seen'],
    ['nothing without provenance', evidence(), other, 'passed'],
  ] as const)('%s', (_, item, baseline, expected) => {
    expect(judged(item, recommended, baseline)).toBe(expected);
  });
});

describe('prereleases', () => {
  const canary = { ...branch('next'), workflow: '.github/workflows/canary.yml', trigger: 'push' };
  const released = recordAfter([built()]);
  test.each([
    ['may be built in another way', built(canary, '2.2.0-rc.1'), released, 'passed'],
    [
      'not by another',
      built({ sourceRepositoryId: '9' }, '2.2.0-rc.1'),
      released,
      'failed, error repository-changed',
    ],
    [
      'not without provenance',
      evidence({ subject: subject({ version: '2.2.0-rc.1' }) }),
      released,
      'failed, error provenance-lost',
    ],
    [
      'are held to earlier prereleases',
      built({ ...canary, ...branch('snapshot-1') }, '2.2.0-rc.2'),
      recordAfter([built(canary, '2.2.0-rc.1')]),
      'failed, error ref-kind-changed',
    ],
    ['do not bind the release', built(), recordAfter([built(canary, '2.1.0-rc.1')]), 'passed'],
    [
      'but for who builds it',
      built({ sourceOwnerId: '9' }),
      recordAfter([built(canary, '2.1.0-rc.1')]),
      'failed, error owner-changed',
    ],
    [
      'of a line that gave provenance up are not asked for it',
      evidence({ subject: subject({ version: '2.2.0-rc.1' }) }),
      new Map<string, BaselineEntry>([...released, ['@acme/log@2-prerelease', { provenance: undefined }]]),
      'passed',
    ],
  ])('%s', (_, item, baseline, expected) => {
    expect(judged(item, recommended, baseline)).toBe(expected);
  });

  test('are recorded apart', () => {
    const next = recordAfter([built(), built(canary, '2.2.0-rc.1')]);
    expect([...next].map(([key, { provenance: it }]) => [key, it?.refKind])).toEqual([
      ['@acme/log@2', 'tag'],
      ['@acme/log@2-prerelease', 'branch'],
    ]);
  });

  test('without provenance leave the line unrecorded, or the release would be held to what its own line lacks', () => {
    expect(recordAfter([built(), evidence({ subject: subject({ version: '2.2.0-rc.1' }) })]).size).toBe(0);
  });
});

test.each([
  ['refs/heads/2.x', '2', true],
  ['refs/heads/v2', '2', true],
  ['refs/heads/release/2.4', '2', true],
  ['refs/heads/release-2.4.x', '2', true],
  ['refs/heads/maintenance/v2.x', '2', true],
  ['refs/heads/0.4.x', '0.4', true],
  ['refs/heads/0.5.x', '0.4', false],
  ['refs/heads/20.x', '2', false],
  ['refs/heads/2.x-evil', '2', false],
  ['refs/heads/2.', '2', false],
  ['refs/heads/snapshot-2', '2', false],
  ['refs/heads/releases/v2.x', '2', true],
  ['refs/heads/snapshot/2.x', '2', false],
  ['refs/heads/evil/release/2.x', '2', false],
  ['refs/heads/main', '2', false],
  [`refs/heads/2.${'1'.repeat(100_000)}!`, '2', false],
])('%.40s is a branch of line %s: %s', (ref, line, expected) => {
  expect(isBranchOfLine(ref, line)).toBe(expected);
});

test.each([
  ['refs/tags/v1', 'tag'],
  ['refs/heads/main', 'branch'],
  ['refs/heads/refs/tags/v1', 'branch'],
  ['refs/pull/1/merge', 'other'],
  ['v1', 'other'],
])('%s is a %s', (ref, kind) => {
  expect(refKindOf(ref)).toBe(kind);
});

describe('the record', () => {
  test('stays while somebody objects, for the whole line', () => {
    const before = recordAfter([built(), built({}, '2.0.0-rc.1')]);
    const items = [built({ trigger: 'release' }, '2.2.0'), built(moved('acme/new'), '2.3.0-rc.1')];
    expect(recordAfter(items, before)).toEqual(before);
  });

  test('follows a rename', () => {
    const next = recordAfter([built(moved('acme/single'), '2.2.0')], recordAfter([built()]));
    expect(next.get('@acme/log@2')?.provenance?.sourceRepository).toBe('https://github.com/acme/single');
  });

  test('keeps what the certificate of a backport does not say', () => {
    const silent = { sourceRepositoryId: undefined, sourceOwnerId: undefined, runner: undefined };
    const next = recordAfter([built(silent, '2.0.1')], recordAfter([built()]));
    expect(next.get('@acme/log@2')?.provenance).toMatchObject({
      repositoryId: '1',
      ownerId: '2',
      runner: 'github-hosted',
    });
    const since = { sourceRepositoryId: '9' };
    expect(judged(built(since), recommended, next)).toBe('failed, error repository-changed');
  });

  test('does not keep the branch when a tag came', () => {
    const next = recordAfter([built({}, '2.2.0')], recordAfter([built(branch('main'))]));
    expect(next.get('@acme/log@2')?.provenance).not.toHaveProperty('ref');
  });

  test('says nothing about a branch where versions of the line differ', () => {
    const next = recordAfter([built({}, '2.2.0'), built(branch('main'))]);
    expect(next.get('@acme/log@2')?.provenance).not.toHaveProperty('ref');
    expect(next.get('@acme/log@2')?.provenance).not.toHaveProperty('refKind');
  });

  test('has no numbers of which the versions of the line have several', () => {
    const none = { sourceRepositoryId: undefined };
    const items = [built(none, '2.3.0'), built({}, '2.2.0'), built({ sourceRepositoryId: '9' }, '2.1.0')];
    expect(recordAfter(items).get('@acme/log@2')?.provenance).not.toHaveProperty('repositoryId');
  });

  test('keeps the reason of an acceptance with what was accepted, and no longer', () => {
    const [[key, { provenance: was }]] = [...recordAfter([built()])] as [[string, BaselineEntry]];
    const accepted = new Map([[key, { provenance: was, accepted: { reason: 'moved' } }]]);
    expect(recordAfter([built({ ref: 'refs/tags/v2.2.0' }, '2.2.0')], accepted).get(key)?.accepted).toEqual({
      reason: 'moved',
    });
    expect(recordAfter([built(moved('acme/single'), '2.2.0')], accepted).get(key)?.accepted).toBeUndefined();
  });

  test('of provenance given up on purpose stays until there is some again', () => {
    const given = new Map([
      ['@acme/log@2', { provenance: undefined, accepted: { reason: 'no CI any more' } }],
    ]);
    const bare = evidence({ provenance: unproven('absent', 'attestations-absent') });
    expect(judged(bare, recommended, given)).toBe('passed');
    expect(recordAfter([bare], given)).toEqual(given);
    expect(recordAfter([built()], given).get('@acme/log@2')?.provenance?.trigger).toBe('push');
  });
});
