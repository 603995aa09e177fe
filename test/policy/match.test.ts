import { describe, expect, test } from 'vitest';
import { demandsOn } from '../../src/policy/match.ts';
import { matchesAny, matchName, nameProblem } from '../../src/policy/patterns.ts';
import { failureOf, node, policyOf, subject } from './support.ts';

describe('name patterns', () => {
  test.each([
    ['@acme/log', '@acme/log', true],
    ['@acme/log', '@acme/log2', false],
    ['@acme/log', '@acme/lo', false],
    ['@acme/*', '@acme/log', true],
    ['@acme/*', '@acme-evil/log', false],
    ['@acme/*', '@acme', false],
    ['@acme/*', '@acme/', false],
    ['@acme/*', 'x@acme/log', false],
    ['@acme/*', '@ACME/log', false],
    ['acme-*', 'acme-log', true],
    ['acme-*', 'acme', false],
    ['acme-*', 'acme-', false],
    ['acme-*', 'acmelog', false],
    ['acme-*', 'my-acme-log', false],
    ['acme-*', '@acme-/log', false],
    ['*', '@acme/log', true],
    ['a.b', 'aXb', false],
  ])('%s on %s: %s', (pattern, name, matches) => {
    expect(matchName(pattern, name) !== undefined).toBe(matches);
  });

  test.each([
    ['acme', true],
    ['@acme/log', true],
    ['@acme/*', true],
    ['@acme/log-*', true],
    ['acme-*', true],
    ['lodash.*', true],
    ['*', true],
    ['JSONStream', true],
    ['@acme*', false],
    ['@acme-*', false],
    ['@*', false],
    ['acme*', false],
    ['@acme/l*', false],
    ['*acme', false],
    ['@*/log', false],
    ['**', false],
    ['a-*-*', false],
    ['(a+)+$', false],
    ['a b', false],
    ['', false],
    ['@acme/', false],
    [`${'a'.repeat(215)}`, false],
  ])('%s is a pattern: %s', (pattern, valid) => {
    expect(nameProblem(pattern) === undefined).toBe(valid);
  });

  test.each([
    [['refs/tags/*'], 'refs/tags/v1', true],
    [['refs/tags/*'], 'refs/tag', false],
    [['refs/heads/main'], 'refs/heads/main2', false],
    [['push', 'release'], 'release', true],
    [['*'], undefined, false],
  ])('values: %s on %s: %s', (patterns, value, matches) => {
    expect(matchesAny(patterns, value)).toBe(matches);
  });
});

/** Which of the rules decides about provenance; each is `MATCH`, and its id is its number. */
async function decider(
  matches: readonly string[],
  nodes: Parameters<typeof node>[0][] = [{}],
  script = false,
) {
  const rules = matches.map(
    (match, index) => `  - { name: r${index}, match: ${match}, require: { provenance: error } }`,
  );
  const policy = await policyOf(`version: 1\nrules:\n${rules.join('\n')}\n`);
  const all = nodes.map((over) => node(over));
  const { name, version } = all[0]!;
  return demandsOn(subject({ name, version }, all), script, policy).levels.provenance.rule;
}

describe('the most specific rule decides', () => {
  test.each([
    ['nothing matches', ['left-pad'], 'require.provenance'],
    ['exact before scope', ['"@acme/*"', '"@acme/log"'], 'r1'],
    ['exact before scope, whatever the order', ['"@acme/log"', '"@acme/*"'], 'r0'],
    ['longer prefix', ['"@acme/*"', '"*"'], 'r0'],
    [
      'a prefix inside the scope',
      ['{ name: ["@acme/*"], version: ">1", direct: true }', '{ name: "@acme/log" }'],
      'r1',
    ],
    ['range before none', ['"@acme/log"', '{ name: "@acme/log", version: "^2" }'], 'r1'],
    [
      'range before criteria',
      ['{ name: "@acme/log", direct: true, dependency: prod }', '{ name: "@acme/log", version: "^2" }'],
      'r1',
    ],
    [
      'more criteria',
      ['{ name: "@acme/log", direct: true }', '{ name: "@acme/log", direct: true, dependency: prod }'],
      'r1',
    ],
    ['the best of several names counts', ['{ name: ["*", "@acme/log"] }', '"@acme/*"'], 'r0'],
    ['a range it is not in', ['"@acme/*"', '{ name: "@acme/log", version: "^3" }'], 'r0'],
    ['a kind it is not', ['{ dependency: [dev, optional] }'], 'require.provenance'],
    ['not direct', ['{ direct: false }'], 'require.provenance'],
    ['another source', ['{ source: [git] }'], 'require.provenance'],
    ['no script', ['{ installScript: true }'], 'require.provenance'],
    ['no name means all', ['{ dependency: prod }'], 'r0'],
  ])('%s', async (_, matches, rule) => {
    expect(await decider(matches)).toBe(rule);
  });

  test('install scripts count by the word of the lockfile or of the registry', async () => {
    expect(await decider(['{ installScript: true }'], [{ hasInstallScript: true }])).toBe('r0');
    expect(await decider(['{ installScript: true }'], [{}], true)).toBe('r0');
    expect(await decider(['{ installScript: false }'], [{}], true)).toBe('require.provenance');
  });

  test.each([
    ['2.1.0-beta.1', '^2', true],
    ['3.0.0-beta.1', '^2', false],
    ['2.0.0-beta.1', '^2', true],
    ['2.1.0-beta.1', '>=2.1.0', false],
    ['not-semver', '*', false],
    ['2.1.0+build', '2.1.0', true],
  ])('%s in %s: %s', async (version, range, inside) => {
    expect(await decider([`{ version: "${range}" }`], [{ version }])).toBe(
      inside ? 'r0' : 'require.provenance',
    );
  });
});

test('each place is judged by itself and the strictest counts', async () => {
  const policy = await policyOf(`
version: 1
require: { provenance: off }
rules:
  - { name: dev, match: { dependency: dev }, require: { provenance: off, registrySignature: off } }
  - { name: prod, match: { dependency: prod }, require: { provenance: error } }
  - { name: deep, match: { dependency: prod, direct: true }, require: { provenance: warn } }
`);
  const levels = (...nodes: Parameters<typeof node>[0][]) => {
    const demands = demandsOn(
      subject(
        {},
        nodes.map((over) => node(over)),
      ),
      false,
      policy,
    ).levels;
    return `${demands.provenance.level} by ${demands.provenance.rule}, ${demands.registrySignature.level}`;
  };
  expect(levels({ dependency: 'dev' })).toBe('off by dev, off');
  expect(levels({ dependency: 'dev' }, { dependency: 'prod', depth: 2 })).toBe('error by prod, error');
  expect(levels({ dependency: 'prod', depth: 2 }, { dependency: 'dev' })).toBe('error by prod, error');
  // No single place is both direct and in production here.
  expect(levels({ dependency: 'dev', depth: 1 }, { dependency: 'prod', depth: 2 })).toBe(
    'error by prod, error',
  );
  expect(levels({ dependency: 'prod', depth: 1 })).toBe('warn by deep, error');
  expect(levels({ dependency: 'prod', depth: 1 }, { dependency: 'prod', depth: 5 })).toBe(
    'error by prod, error',
  );
});

describe('conflicts', () => {
  test('the same match is found when the policy is loaded', async () => {
    const text = `version: 1
rules:
  - { match: { name: [b, a], dependency: [prod, dev] }, require: { provenance: error } }
  - { name: second, match: { name: a, dependency: [dev, prod] }, require: { provenance: warn } }
`;
    expect(await failureOf(policyOf(text))).toBe(
      'policy-conflict verify-deps.yaml:4:5: rules "rules[0]" (verify-deps.yaml:3:5) and "second" are equally specific and set provenance differently',
    );
  });

  test.each([
    [
      'other demands',
      '{ match: a, require: { provenance: error } }',
      '{ match: a, require: { baseline: warn } }',
    ],
    [
      'the same demand',
      '{ match: a, require: { provenance: error } }',
      '{ match: a, require: { provenance: error } }',
    ],
    [
      'the same pins in another order',
      '{ match: a, identity: { ref: [x, y] } }',
      '{ match: a, identity: { ref: [y, x] } }',
    ],
  ])('none: %s', async (_, a, b) => {
    expect((await policyOf(`version: 1\nrules:\n  - ${a}\n  - ${b}\n`)).rules).toHaveLength(2);
  });

  test('different pins conflict', async () => {
    const text =
      'version: 1\nrules:\n  - { match: a, identity: { ref: x } }\n  - { match: a, identity: { ref: y } }\n';
    expect(await failureOf(policyOf(text))).toMatch(/^policy-conflict .* set identity differently$/);
  });

  test('other matches of the same weight are found at the package where they meet', async () => {
    const text = (second: string) => `version: 1
rules:
  - { match: { name: "@acme/log", direct: true }, require: { provenance: error } }
  - { match: { name: "@acme/log", dependency: ${second} }, require: { provenance: warn } }
`;
    const policy = await policyOf(text('prod'));
    const run = async () => demandsOn(subject(), false, policy);
    expect(await failureOf(run())).toMatch(
      /^policy-conflict verify-deps.yaml:4:5: rules "rules\[0\]" \(verify-deps.yaml:3:5\) and "rules\[1\]"/,
    );
    const apart = await policyOf(text('dev'));
    expect(demandsOn(subject(), false, apart).levels.provenance.level).toBe('error');
  });

  test('a nearer file wins instead', async () => {
    const { loadPolicy } = await import('../../src/policy/load.ts');
    const { folderOf } = await import('./support.ts');
    const from = await folderOf({
      'verify-deps.yaml':
        'version: 1\nextends: ./team.yaml\nrules:\n  - { name: mine, match: "@acme/log", require: { provenance: warn } }\n',
      'team.yaml':
        'version: 1\nrules:\n  - { name: team, match: "@acme/log", require: { provenance: error } }\n',
    });
    const { levels } = demandsOn(subject(), false, await loadPolicy({ from }));
    expect(levels.provenance).toMatchObject({
      level: 'warn',
      rule: 'mine',
      at: { file: 'verify-deps.yaml', line: 4 },
    });
  });
});
