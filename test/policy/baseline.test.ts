import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { baselineKey, nextBaseline, releaseLine } from '../../src/policy/baseline.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline, Policy } from '../../src/policy/types.ts';
import type { Source } from '../../src/tree/types.ts';
import {
  attested,
  evidence,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const recommended = await presetOf('recommended');

test.each([
  ['2.1.0', '2'],
  ['2.1.0-beta.1', '2'],
  ['2.1.0+build', '2'],
  ['0.4.2', '0.4'],
  ['0.0.7', '0.0'],
  ['10.0.0', '10'],
  ['git-main', 'git-main'],
])('%s is of line %s', (version, line) => {
  expect(releaseLine(version)).toBe(line);
});

test('the key keeps scope and line apart', () => {
  expect(baselineKey('@acme/log', '2.1.0')).toBe('@acme/log@2');
  expect(baselineKey('@acme/log', '2.1.0-rc.1')).toBe('@acme/log@2-prerelease');
  expect(baselineKey('a', 'git-main')).toBe('a@git-main');
});

const at = (version: string, over: Partial<Evidence> = {}): Evidence =>
  attested({ subject: subject({ version }), ...over });
const bare = (version: string): Evidence => evidence({ subject: subject({ version }) });
const from = (repository: string) => ({
  provenance: provenance({
    sourceRepository: `https://github.com/${repository}`,
    sourceRepositoryId: undefined,
    signer: `https://github.com/${repository}/.github/workflows/release.yml@refs/tags/v2.1.0`,
  }),
  declared: undefined,
});

/** Keys and repositories after a run over this evidence. */
function entriesAfter(
  previous: Baseline,
  items: readonly Evidence[],
  policy: Policy = recommended,
): Record<string, string> {
  const next = nextBaseline(
    previous,
    items.map((item) => judge(item, policy, previous, NOW)),
  );
  return Object.fromEntries(
    [...next].map(([key, entry]) => [key, entry.provenance?.sourceRepository.slice(19) ?? 'none']),
  );
}
const recorded = (entries: Record<string, string>): Baseline =>
  new Map(
    Object.entries(entries).map(([key, repository]) => [
      key,
      { provenance: { sourceRepository: `https://github.com/${repository}` } },
    ]),
  );

describe('next baseline', () => {
  const before = recorded({ '@acme/log@2': 'acme/mono' });
  test.each([
    [
      'records what passed with provenance',
      NO_BASELINE,
      [at('2.1.0'), at('1.0.0', { subject: subject({ name: 'b', version: '1.0.0' }) })],
      { '@acme/log@2': 'acme/mono', 'b@1': 'acme/mono' },
    ],
    ['nothing for what has none', NO_BASELINE, [bare('2.1.0')], {}],
    ['keeps what a failed run would wipe', before, [bare('2.1.0')], { '@acme/log@2': 'acme/mono' }],
    [
      'keeps other lines of a package in the tree',
      before,
      [at('3.0.0')],
      { '@acme/log@2': 'acme/mono', '@acme/log@3': 'acme/mono' },
    ],
    [
      'drops what has left the tree',
      before,
      [at('1.0.0', { subject: subject({ name: 'b', version: '1.0.0' }) })],
      { 'b@1': 'acme/mono' },
    ],
    ['a like-named package is another', before, [evidence({ subject: subject({ name: '@acme/logs' }) })], {}],
    [
      'not to a repository that failed',
      before,
      [at('2.2.0', from('evil/mono'))],
      { '@acme/log@2': 'acme/mono' },
    ],
    [
      'not by a package that failed otherwise',
      NO_BASELINE,
      [at('2.1.0', { registrySignature: unproven('absent', 'signature-absent') })],
      {},
    ],
    [
      'not by one that is undecided',
      NO_BASELINE,
      [at('2.1.0', { registrySignature: unproven('unreachable', 'registry-unreachable') })],
      {},
    ],
    ['not if another version of the line has none', NO_BASELINE, [at('2.1.0'), bare('2.0.0')], {}],
    ['not if versions of the line differ', NO_BASELINE, [at('2.1.0'), at('2.0.0', from('old/mono'))], {}],
    [
      'nothing outside of registries',
      NO_BASELINE,
      [at('2.1.0', { subject: subject({ source: { kind: 'workspace', path: 'a' } }) })],
      {},
    ],
  ] as const)('%s', (_, previous, items, expected) => {
    expect(entriesAfter(previous, items)).toEqual(expected);
    expect(entriesAfter(previous, [...items].reverse())).toEqual(expected);
  });

  test('a warning is given until somebody accepts it', async () => {
    const warn = await policyOf('version: 1\nrequire: { baseline: warn }\n');
    const moved = [at('2.2.0', from('acme/new'))];
    expect(entriesAfter(before, moved, warn)).toEqual({ '@acme/log@2': 'acme/mono' });
    const accepted = await policyOf(
      'version: 1\nexemptions: [{ package: "@acme/log@2.2.0", codes: [repository-changed], reason: moved, owner: y, expires: 2027-01-01 }]\n',
    );
    expect(entriesAfter(before, moved, accepted)).toEqual({ '@acme/log@2': 'acme/new' });
  });

  test('of what is only observed, nothing that is wrong is recorded', async () => {
    const observe = await policyOf('version: 1\nmode: observe\n');
    const wrong = at('2.1.0', { registrySignature: unproven('invalid', 'signature-invalid') });
    expect(judge(wrong, observe, NO_BASELINE, NOW).outcome).toBe('passed');
    expect(entriesAfter(NO_BASELINE, [wrong], observe)).toEqual({});
    expect(entriesAfter(NO_BASELINE, [at('2.1.0')], observe)).toEqual({ '@acme/log@2': 'acme/mono' });
  });

  test('a release from elsewhere than a registry has lost its provenance, and moves no record', async () => {
    const from = (source: Source) => foreign(source, [], { version: '2.2.0' });
    const git = from({ kind: 'git', url: 'https://github.com/acme/log.git', commit: 'c'.repeat(40) });
    const LOST = /^failed, error provenance-lost/;
    expect(judged(git, recommended, before)).toMatch(LOST);
    expect(judged(from({ kind: 'remote', url: 'https://x.example/log.tgz' }), recommended, before)).toMatch(
      LOST,
    );
    expect(judged(from({ kind: 'file', path: 'log.tgz' }), recommended, before)).toMatch(LOST);
    expect(judged(from({ kind: 'workspace', path: 'log' }), recommended, before)).toBe('passed');
    expect(judged(git, recommended, NO_BASELINE)).toBe('passed, warn source-unverifiable');
    expect(entriesAfter(before, [git])).toEqual({ '@acme/log@2': 'acme/mono' });
    const allow = await policyOf('version: 1\nsources: { git: { allow: https://github.com/acme/* } }\n');
    expect(judged(git, allow, before)).toBe('passed');
  });

  test('an unchanged tree is judged the same twice', () => {
    const items = [at('2.1.0'), bare('2.0.0'), at('3.0.0'), at('3.1.0', from('acme/new'))];
    const first = items.map((item) => judge(item, recommended, NO_BASELINE, NOW));
    const next = nextBaseline(NO_BASELINE, first);
    expect(items.map((item) => judge(item, recommended, next, NOW).outcome)).toEqual(
      first.map(({ outcome }) => outcome),
    );
  });

  test('takes the particulars of the newest version, without those in which the others differ', () => {
    const newer = {
      workflow: 'new.yml',
      ref: 'refs/tags/v2.10.0',
      sourceRepository: 'https://github.com/acme/new',
      signer: 'https://github.com/acme/new/.github/workflows/release.yml@refs/tags/v2.10.0',
    };
    const items = [at('2.9.0'), at('2.10.0', { provenance: provenance(newer), declared: undefined })];
    const next = nextBaseline(
      NO_BASELINE,
      items.map((item) => judge(item, recommended, NO_BASELINE, NOW)),
    );
    expect(next.get('@acme/log@2')?.provenance).toEqual({
      sourceRepository: 'https://github.com/acme/new',
      repositoryId: '1',
      ownerId: '2',
      refKind: 'tag',
      signer: newer.signer,
      trigger: 'push',
      runner: 'github-hosted',
      builder: 'https://github.com/actions/runner/github-hosted',
      issuer: 'https://token.actions.githubusercontent.com',
    });
  });
});
