import { describe, expect, test } from 'vitest';
import { overruledRules, unmatchedRules } from '../../src/policy/idle-rules.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { folderOf, node, policyOf } from './support.ts';

const ERROR = 'require: { provenance: error }';
const WARN = 'require: { provenance: warn }';
const rulesOf = (...rules: readonly string[]): string =>
  `version: 1\nrules:\n${rules.map((rule) => `  - { ${rule} }\n`).join('')}`;

describe('a rule that another overrules', () => {
  const overruled = async (own: string, team: string): Promise<readonly string[]> => {
    const from = await folderOf({
      'verify-deps.yaml': own.replace('version: 1', 'version: 1\nextends: ./team.yaml'),
      'team.yaml': team,
    });
    return overruledRules(await loadPolicy({ from })).map(
      ({ rule, at, by }) => `${rule} ${at.file}:${at.line} ${by?.rule} ${by?.at.file}:${by?.at.line}`,
    );
  };

  test.each([
    ['of the same match in a nearer file', `match: a, ${WARN}`, `match: a, ${ERROR}`],
    ['in each of its names', `match: { name: [a, b] }, ${WARN}`, `match: { name: [b, a] }, ${ERROR}`],
    [
      'in each place',
      `match: { name: a, dependency: [prod, dev] }, ${WARN}`,
      `match: { name: a, dependency: dev }, ${ERROR}`,
    ],
    [
      'in its versions',
      `match: { name: a, version: ^1 }, ${WARN}`,
      `match: { name: a, version: ^1 }, ${ERROR}`,
    ],
  ])('is told: %s', async (_, own, team) => {
    expect(await overruled(rulesOf(own), rulesOf(team))).toEqual([
      'rules[0] team.yaml:3 rules[0] verify-deps.yaml:4',
    ]);
  });

  test.each([
    ['that says more', `match: a, ${WARN}`, `match: a, require: { provenance: error, baseline: warn }`],
    ['that has more names', `match: a, ${WARN}`, `match: { name: [a, b] }, ${ERROR}`],
    ['that is more specific', `match: 'a-*', ${WARN}`, `match: a-b, ${ERROR}`],
    [
      'that has other versions',
      `match: { name: a, version: ^1 }, ${WARN}`,
      `match: { name: a, version: ^2 }, ${ERROR}`,
    ],
    ['that has no versions', `match: { name: a, version: ^1 }, ${WARN}`, `match: a, ${ERROR}`],
    ['that is also about development', `match: { name: a, dependency: prod }, ${WARN}`, `match: a, ${ERROR}`],
    ['that outranks it for one name', `match: { name: ['a-*', b] }, ${WARN}`, `match: a-b, ${ERROR}`],
  ])('is not told where it may decide: %s', async (_, own, team) => {
    expect(await overruled(rulesOf(own), rulesOf(team))).toEqual([]);
  });

  test('is told of a copy in the same file, and by several', async () => {
    expect(
      (await overruled(rulesOf(`match: a, ${WARN}`, `match: a, ${WARN}`), 'version: 1\n')).map((one) => one),
    ).toEqual(['rules[1] verify-deps.yaml:5 rules[0] verify-deps.yaml:4']);
    expect(
      await overruled(
        rulesOf(`name: x, match: a, ${WARN}`, "name: y, match: '@b/*', require: { provenance: warn }"),
        rulesOf(`match: { name: [a, '@b/*'] }, ${ERROR}`),
      ),
    ).toEqual(['rules[0] team.yaml:3 x verify-deps.yaml:4']);
  });

  test('is not told of a preset', async () => {
    const policy = await policyOf(
      "version: 1\nextends: strict\nrules: [{ match: '*', deny: 'off' }, { match: { dependency: [prod, optional, peer] }, require: { provenance: warn } }]\n",
    );
    expect(overruledRules(policy)).toEqual([]);
  });
});

describe('a rule that matches no package', () => {
  const nodes = [
    node({ name: '@acme/log', version: '2.1.0', dependency: 'prod', depth: 1 }),
    node({ name: 'lodash', version: '4.0.0-rc.1', dependency: 'dev', depth: 3 }),
  ];
  const unmatched = async (match: string): Promise<number> =>
    unmatchedRules(await policyOf(rulesOf(`match: ${match}, ${ERROR}`)), nodes).length;

  test.each([
    ["'@acme/*'", 0],
    ["'*'", 0],
    ['lodash', 0],
    ['{ name: lodash, version: ^4.0.0-0 }', 0],
    ['{ name: lodash, direct: false }', 0],
    ['{ name: [gone, lodash] }', 0],
    // Known only to whoever asks the registry.
    ["{ name: lodash, registry: 'https://r.example' }", 0],
    ['{ name: lodash, installScript: true }', 0],
    ['gone', 1],
    ["'@acme/l-*'", 1],
    ['{ name: lodash, version: ^5 }', 1],
    ['{ name: lodash, direct: true }', 1],
    ["{ name: '@acme/*', dependency: dev }", 1],
    ['{ source: git }', 1],
  ])('%s: %i', async (match, count) => {
    expect(await unmatched(match)).toBe(count);
  });

  test('is not told of files that are for others too', async () => {
    const from = await folderOf({
      '.git/HEAD': '',
      'verify-deps.yaml': `${rulesOf(`match: gone, ${ERROR}`)}extends: strict\n`,
      'a/package.json': '{}',
    });
    expect(unmatchedRules(await loadPolicy({ from: `${from}/a` }), nodes)).toEqual([]);
    expect(unmatchedRules(await loadPolicy({ from }), []).map(({ rule }) => rule)).toEqual(['rules[0]']);
  });
});
