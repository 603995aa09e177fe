import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { namesVersion } from '../../src/policy/version-tag.ts';
import { attested, judged, NO_BASELINE, NOW, policyOf, presetOf, provenance, subject } from './support.ts';

const policy = await policyOf('version: 1\nrequire: { versionTag: error }\n');
const built = (ref: string) => attested({ provenance: provenance({ ref }) });

describe('a tag names the version', () => {
  const SCOPED = { name: '@acme/log', version: '2.1.0' };
  test.each([
    'v2.1.0',
    '2.1.0',
    'log@2.1.0',
    '@acme/log@2.1.0',
    'log-v2.1.0',
    'log@v2.1.0',
    'log-2.1.0',
    'log/v2.1.0',
    'log/2.1.0',
    '@acme/log@v2.1.0',
    '@acme/log/v2.1.0',
  ])('%s', (tag) => {
    expect(namesVersion(tag, SCOPED)).toBe(true);
  });

  test.each([
    '',
    'v2.1',
    '2.1.00',
    'v2.1.0-rc.1',
    'v2.1.0.',
    'v2.1.01',
    'V2.1.0',
    'vv2.1.0',
    'xv2.1.0',
    'v12.1.0',
    '12.1.0',
    '2x1x0',
    'release-2.1.0',
    'latest',
    'other@2.1.0',
    'catalog@2.1.0',
    '@evil/log@2.1.0',
    'acme/log@2.1.0',
    '@acme/log',
    '@acme/log2.1.0',
    'log--2.1.0',
    'v2.1.0/log',
    'refs/tags/v2.1.0',
  ])('not %j', (tag) => {
    expect(namesVersion(tag, SCOPED)).toBe(false);
  });

  test.each<[string, string, string, boolean]>([
    ['prerelease', '3.0.0-rc.1', 'v3.0.0-rc.1', true],
    ['another prerelease', '3.0.0-rc.1', 'v3.0.0-rc.10', false],
    ['release of a prerelease', '3.0.0-rc.1', 'v3.0.0', false],
    ['build metadata', '1.0.0+7', 'v1.0.0+7', true],
    ['build metadata that is dropped', '1.0.0+7', 'v1.0.0', true],
    ['other build metadata', '1.0.0+7', 'v1.0.0+8', false],
    ['build metadata that the registry dropped', '1.0.0', 'v1.0.0+7', true],
    ['build metadata of a name', '1.0.0', 'left-pad@1.0.0+build.7', true],
    ['build metadata of another version', '1.0.0', 'v1.0.1+7', false],
    ['what looks like build metadata', '1.0.0', 'v1.0.0+', false],
  ])('%s: %s by %s', (_, version, tag, expected) => {
    expect(namesVersion(tag, { name: 'left-pad', version })).toBe(expected);
  });

  test('a name that looks like a version is no way round', () => {
    expect(namesVersion('v1', { name: 'v1', version: '2.0.0' })).toBe(false);
    expect(namesVersion('v1@2.0.0', { name: 'v1', version: '2.0.0' })).toBe(true);
  });
});

describe('judgement', () => {
  test.each([
    ['refs/tags/v2.1.0', 'passed'],
    ['refs/tags/@acme/log@2.1.0', 'passed'],
    ['refs/tags/v2.1.1', 'failed, error version-tag-mismatch'],
    ['refs/heads/main', 'failed, error version-tag-absent'],
    ['refs/heads/v2.1.0', 'failed, error version-tag-absent'],
    ['refs/pull/1/merge', 'failed, error version-tag-absent'],
    ['v2.1.0', 'failed, error version-tag-absent'],
    ['REFS/TAGS/v2.1.0', 'failed, error version-tag-absent'],
    ['', 'failed, error version-tag-absent'],
  ])('%s', (ref, expected) => {
    expect(judged(built(ref), policy)).toBe(expected);
  });

  test('tells both values and what decided', () => {
    const finding = (ref: string) => judge(built(ref), policy, NO_BASELINE, NOW).findings[0];
    expect(finding('refs/tags/v9.9.9')).toMatchObject({
      args: { expected: 'v2.1.0', actual: 'v9.9.9' },
      decidedBy: { rule: 'require.versionTag', at: { file: 'verify-deps.yaml', line: 2 } },
    });
    expect(finding('refs/heads/main')?.args).toEqual({ expected: 'v2.1.0', actual: 'refs/heads/main' });
  });

  test('without provenance there is nothing to judge', () => {
    for (const status of ['absent', 'uncovered'] as const) {
      const item = attested({ provenance: unproven(status, 'provenance-absent') });
      expect(judged(item, policy)).toBe('passed');
    }
  });

  test('the presets do not ask for it, and a rule can', async () => {
    const branch = built('refs/heads/main');
    for (const name of ['recommended', 'strict'] as const)
      expect(judged(branch, await presetOf(name))).toBe('passed');
    const rules = await policyOf(`version: 1
require: { versionTag: error }
rules: [{ match: '@acme/*', require: { versionTag: warn } }]
`);
    expect(judged(branch, rules)).toBe('passed, warn version-tag-absent');
    expect(judged({ ...branch, subject: subject({ name: 'left-pad' }) }, rules)).toBe(
      'failed, error version-tag-absent',
    );
  });
});
