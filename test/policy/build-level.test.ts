import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Provenance } from '../../src/evidence/types.ts';
import { buildLevelOf } from '../../src/policy/build-level.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import {
  attested,
  evidence,
  failureOf,
  folderOf,
  foreign,
  judged,
  NO_BASELINE,
  NOW,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const GENERATOR = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows';
const SHARED = 'https://github.com/acme/builders/.github/workflows/npm.yml@refs/tags/v2.0.0';
const demanding = (level: number, rest = '') =>
  policyOf(`version: 1\nrequire: { buildLevel: error }\nminimum: { buildLevel: ${level} }\n${rest}`);
const LOW = 'failed, error build-level-low';

function levelOf(over: Partial<Provenance>, builders: Readonly<Record<string, 0 | 1 | 2 | 3>> = {}): number {
  const check = provenance(over);
  if (check.status !== 'verified') throw new Error('not reached');
  const at = { file: 'x', line: 1, column: 1 };
  const table = Object.entries(builders).map(([pattern, level]) => ({ pattern, level, at }));
  return buildLevelOf(check.value.claims, table);
}
const gitlab = (over: Partial<Provenance> = {}): Partial<Provenance> => ({
  ci: 'gitlab',
  issuer: 'https://gitlab.com',
  sourceRepository: 'https://gitlab.com/acme/mono',
  signer: 'https://gitlab.com/acme/mono//.gitlab-ci.yml@refs/tags/v2.1.0',
  builderId: 'https://gitlab.com/acme/mono/-/runners/12270852',
  runner: 'gitlab-hosted',
  ...over,
});

describe('the built-in table', () => {
  test.each<[string, Partial<Provenance>, number]>([
    ['hosted runner, own workflow', {}, 2],
    ['self-hosted runner', { runner: 'self-hosted' }, 1],
    ['a certificate that names no runner', { runner: undefined }, 1],
    ['a runner of another spelling', { runner: 'GitHub-hosted' }, 1],
    ['isolated builder, release', { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v2.0.0` }, 3],
    ['isolated generator', { signer: `${GENERATOR}/generator_generic_slsa3.yml@refs/tags/v1.10.0` }, 3],
    [
      'isolated delegator',
      { signer: `${GENERATOR}/delegator_lowperms-generic_slsa3.yml@refs/tags/v2.1.0` },
      3,
    ],
    [
      'the same on a self-hosted runner',
      { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v2.0.0`, runner: 'self-hosted' },
      1,
    ],
    ['the same from a branch', { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/heads/main` }, 2],
    [
      'the same from a tag that is no release',
      { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v2.0.0-rc.0` },
      2,
    ],
    [
      'a branch that looks like one',
      { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/heads/refs/tags/v2.0.0` },
      2,
    ],
    ['another workflow of the same place', { signer: `${GENERATOR}/pre-submit.yml@refs/tags/v2.0.0` }, 2],
    ['a folder deeper', { signer: `${GENERATOR}/x/builder_nodejs_slsa3.yml@refs/tags/v2.0.0` }, 2],
    [
      'a look-alike',
      {
        signer:
          'https://github.com/slsa-framework-x/slsa-github-generator/.github/workflows/builder_nodejs_slsa3.yml@refs/tags/v2.0.0',
      },
      2,
    ],
    ['a reusable workflow of another repository', { signer: SHARED }, 2],
    // The path in the predicate is nobody's signed word.
    [
      'a predicate that names a better builder',
      { builderId: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v2.0.0` },
      2,
    ],
    ['GitLab.com', gitlab(), 2],
    ['GitLab.com, own runner', gitlab({ runner: 'self-hosted' }), 1],
    ['GitLab.com, no runner named', gitlab({ runner: undefined }), 1],
    ["GitLab.com, GitHub's word for hosted", gitlab({ runner: 'github-hosted' }), 1],
  ])('%s', (_, claims, expected) => {
    expect(levelOf(claims)).toBe(expected);
  });
});

describe('builders', () => {
  const HOSTED = 'https://github.com/actions/runner/github-hosted';
  test.each<[string, Partial<Provenance>, Record<string, 0 | 1 | 2 | 3>, number]>([
    ['exact', { signer: SHARED }, { [SHARED]: 3 }, 3],
    ['a prefix', { signer: SHARED }, { 'https://github.com/acme/builders/*': 3 }, 3],
    ['not a prefix without *', { signer: SHARED }, { 'https://github.com/acme/builders/': 3 }, 2],
    ['another owner', { signer: SHARED }, { 'https://github.com/acme-evil/builders/*': 3 }, 2],
    ['exact before prefix', { signer: SHARED }, { 'https://github.com/acme/*': 3, [SHARED]: 1 }, 1],
    [
      'longer before shorter',
      { signer: SHARED },
      { 'https://github.com/acme/builders/*': 1, 'https://github.com/acme/*': 3 },
      1,
    ],
    ['on hosted runners only', { signer: SHARED, runner: 'self-hosted' }, { [SHARED]: 3 }, 1],
    ['nor where none is named', { signer: SHARED, runner: undefined }, { [SHARED]: 3 }, 1],
    ['the workflow before the machine', { signer: SHARED }, { [SHARED]: 3, [HOSTED]: 1 }, 3],
    ['the machine', {}, { [HOSTED]: 1 }, 1],
    [
      "a machine of one's own",
      { runner: 'self-hosted' },
      { 'https://github.com/actions/runner/self-hosted': 2 },
      2,
    ],
    ['not the predicate', { builderId: SHARED }, { [SHARED]: 3 }, 2],
    [
      'lower than built in',
      { signer: `${GENERATOR}/builder_nodejs_slsa3.yml@refs/tags/v2.0.0` },
      { [`${GENERATOR}/*`]: 2 },
      2,
    ],
    [
      'runners of a GitLab project',
      gitlab({ runner: 'self-hosted' }),
      { 'https://gitlab.com/acme/mono/-/runners/*': 2 },
      2,
    ],
    [
      'not of another project',
      gitlab({ runner: 'self-hosted' }),
      { 'https://gitlab.com/acme/mon/-/runners/*': 2 },
      1,
    ],
  ])('%s', (_, claims, builders, expected) => {
    expect(levelOf(claims, builders)).toBe(expected);
  });

  test('the nearest file decides about a pattern, the rest add up', async () => {
    const folder = await folderOf({
      '.git/HEAD': '',
      'base.yaml': `version: 1\nextends: recommended\nbuilders:\n  https://github.com/acme/*: 3\n  ${SHARED}: 3\n`,
      'verify-deps.yaml': `version: 1\nextends: ./base.yaml\nbuilders:\n  https://github.com/acme/*: 1\n`,
    });
    const { builders } = await loadPolicy({ from: folder });
    expect(builders).toEqual([
      {
        pattern: 'https://github.com/acme/*',
        level: 1,
        at: { file: 'verify-deps.yaml', line: 4, column: 3 },
      },
      { pattern: SHARED, level: 3, at: { file: 'base.yaml', line: 5, column: 3 } },
    ]);
  });

  test.each([
    ['https://github.com/*: 3', '3:3: "https://github.com/*" must be a URL with a path'],
    [
      'https://github.com/acme*: 3',
      '3:3: "https://github.com/acme*" must have host, owner and a slash before the *',
    ],
    ['https://github.com/: 3', 'must be a URL with a path'],
    ["'*': 3", 'must be a URL with a path'],
    ['http://github.com/acme/x: 3', 'must be a URL'],
    ['https://github.com/a/*/b: 3', 'may have one * only, at its end'],
    ['https://github.com/a/b**: 3', 'may have one * only, at its end'],
    ['https://gitlab.com/a/b/-/runners/7: 2', 'ends in the number of a runner'],
    ['https://github.com/a/b: 4', 'must be 0, 1, 2 or 3, not 4'],
    ["https://github.com/a/b: '3'", 'must be 0, 1, 2 or 3, not "3"'],
    ['__proto__: 3', 'unknown key "__proto__"'],
  ])('%s is refused', async (line, message) => {
    expect(await failureOf(policyOf(`version: 1\nbuilders:\n  ${line}\n`))).toContain(message);
  });

  test('a table without end is refused', async () => {
    const lines = Array.from({ length: 1001 }, (_, index) => `  https://github.com/a/${index}/x: 2`);
    expect(await failureOf(policyOf(`version: 1\nbuilders:\n${lines.join('\n')}\n`))).toContain(
      'longer than 1000',
    );
  });
});

describe('judgement', () => {
  test.each<[string, Parameters<typeof attested>[0], number, string]>([
    ['met', {}, 2, 'passed'],
    ['more than met', {}, 1, 'passed'],
    ['not met', {}, 3, LOW],
    ['nothing demanded', { provenance: provenance({ runner: 'self-hosted' }) }, 0, 'passed'],
    ['self-hosted', { provenance: provenance({ runner: 'self-hosted' }) }, 2, LOW],
    ['no provenance', { provenance: unproven('absent', 'attestations-absent') }, 1, LOW],
    [
      'no provenance, nothing demanded',
      { provenance: unproven('absent', 'attestations-absent') },
      0,
      'passed',
    ],
    [
      'unreachable',
      { provenance: unproven('unreachable', 'registry-unreachable') },
      1,
      'undecided, error registry-unreachable',
    ],
    [
      'a service not known here',
      { provenance: unproven('uncovered', 'format-unsupported') },
      1,
      'failed, error format-unsupported',
    ],
    ['wrong', { provenance: unproven('invalid', 'claim-mismatch') }, 1, 'failed, error claim-mismatch'],
  ])('%s', async (_, over, level, expected) => {
    expect(judged(attested(over), await demanding(level))).toBe(expected);
  });

  test('tells both levels and the builder', async () => {
    const finding = judge(attested(), await demanding(3), NO_BASELINE, NOW).findings[0];
    expect(finding).toMatchObject({
      about: 'build level',
      args: {
        expected: 3,
        actual: 2,
        builder: 'https://github.com/acme/mono/.github/workflows/release.yml@refs/tags/v2.1.0',
      },
      decidedBy: { rule: 'require.buildLevel', at: { line: 2 } },
    });
  });

  test('a table makes the difference', async () => {
    const item = attested({ provenance: provenance({ signer: SHARED }) });
    expect(judged(item, await demanding(3))).toBe(LOW);
    expect(judged(item, await demanding(3, 'builders: { "https://github.com/acme/builders/*": 3 }\n'))).toBe(
      'passed',
    );
  });

  test('the presets demand none', async () => {
    const item = attested({ provenance: provenance({ runner: undefined }) });
    for (const name of ['recommended', 'strict'] as const)
      expect(judged(item, await presetOf(name))).toBe('passed');
  });

  test('a rule that names packages means a registry', async () => {
    const item = foreign({ kind: 'git', url: 'https://github.com/acme/x', commit: 'c'.repeat(40) }, [], {
      name: '@acme/log',
    });
    const by = (rule: string, rest = '') =>
      policyOf(`version: 1\nsources: { git: off }\n${rest}rules: [${rule}]\n`);
    const denied = 'failed, error source-not-allowed';
    expect(judged(item, await by("{ match: '@acme/*', require: { buildLevel: error } }"))).toBe(denied);
    const on = 'require: { buildLevel: error }\n';
    expect(judged(item, await by("{ match: '@acme/*', minimum: { buildLevel: 3 } }", on))).toBe(denied);
    expect(judged(item, await by("{ match: '@acme/*', minimum: { buildLevel: 0 } }", on))).toBe('passed');
    expect(judged(item, await by("{ match: '*', require: { buildLevel: error } }"))).toBe('passed');
    expect(judged(item, await by('{ match: other, require: { buildLevel: error } }'))).toBe('passed');
  });

  test('the most specific rule says how much, another what it is worth', async () => {
    const policy = await policyOf(`version: 1
rules:
  - { match: '*', require: { buildLevel: error }, minimum: { buildLevel: 3 } }
  - { match: '@acme/*', minimum: { buildLevel: 2 } }
  - { match: '@acme/tools', require: { buildLevel: warn }, minimum: { buildLevel: 3 } }
`);
    const named = (name: string) => attested({ subject: subject({ name }) });
    expect(judged(named('@acme/log'), policy)).toBe('passed');
    expect(judged(named('@acme/tools'), policy)).toBe('passed, warn build-level-low');
    expect(judged(named('left-pad'), policy)).toBe(LOW);
    expect(judged(evidence(), policy)).toBe(LOW);
  });
});
