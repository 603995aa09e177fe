import fc from 'fast-check';
import parse from 'semver/functions/parse.js';
import satisfies from 'semver/functions/satisfies.js';
import { expect, test } from 'vitest';
import { inRange } from '../../src/policy/criteria.ts';
import { matchName } from '../../src/policy/patterns.ts';
import { rulesNaming } from '../../src/policy/rule-index.ts';
import type { Policy, Rule } from '../../src/policy/types.ts';
import { policyOf } from './support.ts';

const base = await policyOf('version: 1');
const at = { file: 'verify-deps.yaml', line: 1, column: 1 };

function policyWith(patterns: readonly (readonly string[])[]): Policy {
  const rules = patterns.map((name, i): Rule => {
    const match = {
      name,
      version: undefined,
      dependency: undefined,
      direct: undefined,
      source: undefined,
      registry: undefined,
      installScript: undefined,
    };
    return { id: `rules[${i}]`, at, match, require: {}, minimum: {}, identity: undefined, deny: undefined };
  });
  return { ...base, rules };
}

/** What the index stands for: every pattern of every rule, one by one. */
function oneByOne({ rules }: Policy, name: string): readonly { rule: Rule; rank: number }[] {
  return rules
    .map((rule) => ({ rule, rank: Math.max(...rule.match.name.map((text) => matchName(text, name) ?? -1)) }))
    .filter(({ rank }) => rank >= 0);
}

const word = fc.constantFrom('a', 'ab', 'b', 'log', 'constructor', '__proto__');
const name = fc.oneof(
  word,
  fc.tuple(word, word).map(([x, y]) => `@${x}/${y}`),
  fc.tuple(word, word).map(([x, y]) => `${x}-${y}`),
  fc.tuple(word, word, word).map(([x, y, z]) => `@${x}/${y}-${z}`),
);
const pattern = fc.oneof(
  fc.constant('*'),
  name,
  name.map((text) => `${text}-*`),
  name.map((text) => `${text.slice(0, text.search(/[-/]/) + 1)}*`),
);

test('the index finds exactly the rules that one pattern after the other finds, in their order', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(pattern, { minLength: 1, maxLength: 4 }), { maxLength: 12 }),
      fc.array(name, { minLength: 1, maxLength: 5 }),
      (patterns, names) => {
        const policy = policyWith(patterns);
        for (const text of names) expect(rulesNaming(policy, text)).toEqual(oneByOne(policy, text));
      },
    ),
    { numRuns: 500 },
  );
});

test.each([
  ['@acme/*', '@acme/', 0],
  ['@acme/*', '@acme/log', 1],
  ['@acme/log', '@acme/log', 1],
  ['@acme/log', '@acme/logs', 0],
  ['acme-*', 'acme-', 0],
  ['*', 'toString', 1],
])('%s names %s: %i', (text, package_, count) => {
  expect(rulesNaming(policyWith([[text]]), package_)).toHaveLength(count);
});

const number = fc.constantFrom('0', '1', '2', '3', '10');
const version = fc
  .tuple(number, number, number, fc.constantFrom('', '', '-0', '-alpha', '-beta.1', '-1', '+build'))
  .map(([major, minor, patch, rest]) => `${major}.${minor}.${patch}${rest}`);
const bound = fc
  .tuple(
    fc.constantFrom('', '=', '<', '<=', '>', '>=', '^', '~'),
    fc.oneof(version, number, fc.constant('1.x')),
  )
  .map(([operator, text]) => `${operator}${text}`);
const range = fc.oneof(
  fc.constantFrom('*', '', 'x', '1.2 - 2.x'),
  fc
    .array(fc.array(bound, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 3 })
    .map((sets) => sets.map((set) => set.join(' ')).join(' || ')),
);

test('a version lies in a range exactly where semver says so, prereleases included', () => {
  fc.assert(
    fc.property(range, fc.array(version, { minLength: 1, maxLength: 5 }), (text, versions) => {
      const [rule] = policyWith([['*']]).rules;
      for (const item of versions) {
        const expected = satisfies(item, text, { includePrerelease: true });
        expect([text, item, inRange(rule!, text, parse(item) ?? undefined)]).toEqual([text, item, expected]);
      }
    }),
    { numRuns: 1000 },
  );
});
