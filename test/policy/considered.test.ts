import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { type ConsideredRule, consideredRules } from '../../src/policy/considered.ts';
import { demandsOn } from '../../src/policy/match.ts';
import type { Policy } from '../../src/policy/types.ts';
import { consideredLines, consideredOut } from '../../src/report/considered.ts';
import { plain } from '../../src/report/style.ts';
import { attested, evidence, failureOf, foreign, node, policyOf, subject } from './support.ts';

const policy = await policyOf(`version: 1
rules:
  - { name: others, match: 'lodash', require: { baseline: warn } }
  - { name: all, match: '*', require: { baseline: warn, provenance: warn } }
  - { name: production, match: { dependency: prod }, require: { provenance: warn } }
  - { name: development, match: { dependency: [dev, optional] }, require: { provenance: 'off' } }
  - { name: ours, match: '@acme/*', require: { provenance: error } }
  - { name: next, match: { name: '@acme/log', version: '>=3' }, require: { provenance: 'off' } }
  - { name: log, match: '@acme/log', minimum: { buildLevel: 3 }, require: { buildLevel: warn } }
  - { name: mirror, match: { name: '@acme/log', registry: 'https://mirror.example' }, require: { resolved: 'off' } }
  - { name: scripts, match: { installScript: true }, require: { baseline: error } }
  - { name: deep, match: { direct: false }, require: { resolved: error } }
  - { name: git, match: { source: git }, require: { resolved: error } }
`);

function by(item: Evidence, name: string, from: Policy = policy): ConsideredRule {
  return consideredRules(item, from).find(({ rule }) => rule === name)!;
}

describe('rules are told in the order in which they are asked', () => {
  test('most specific first, other names last', () => {
    expect(consideredRules(attested(), policy).map(({ rule }) => rule)).toEqual([
      'next',
      'mirror',
      'log',
      'ours',
      'production',
      'development',
      'scripts',
      'deep',
      'git',
      'all',
      'others',
    ]);
  });

  test('each with its place', () => {
    expect(by(attested(), 'ours').at).toMatchObject({ line: 7, column: 5 });
    expect(by(attested(), 'ours').at.file).toMatch(/verify-deps\.yaml$/);
  });

  test.each([
    ['others', 'name', ['lodash'], ['@acme/log']],
    ['next', 'version', ['>=3'], ['2.1.0']],
    ['mirror', 'registry', ['https://mirror.example/'], ['https://registry.example/']],
    ['development', 'dependency', ['dev', 'optional'], ['prod']],
    ['scripts', 'installScript', ['true'], ['false']],
    ['deep', 'direct', ['false'], ['true']],
    ['git', 'source', ['git'], ['registry']],
  ])('%s does not apply for its %s', (name, criterion, expected, actual) => {
    const rule = by(attested(), name);
    expect(rule.unmet).toEqual({ criterion, expected, actual });
    expect([rule.decides, rule.overruled, rule.elsewhere]).toEqual([[], [], undefined]);
  });

  test.each([
    [{ declared: { repository: undefined, hasInstallScript: true } }, 'scripts'],
    [{ subject: subject({ version: '3.0.0' }) }, 'next'],
    [{ registry: 'https://mirror.example' }, 'mirror'],
    [{ subject: subject({}, [node({ depth: 2 })]) }, 'deep'],
    [{ subject: subject({ name: 'lodash' }) }, 'others'],
  ])('%j makes %s apply', (over, name) => {
    expect(by(attested(over), name).unmet).toBeUndefined();
  });

  test('credentials of a registry are not told', () => {
    const { unmet } = by(attested({ registry: 'https://me:secret@registry.example' }), 'mirror');
    expect(unmet?.actual).toEqual(['https://registry.example/']);
  });

  test('a package that does not come from a registry meets no registry', () => {
    const item = foreign({ kind: 'git', url: 'https://github.com/acme/log', commit: undefined });
    expect(by(item, 'mirror').unmet).toMatchObject({ criterion: 'registry', actual: [] });
    expect(by(item, 'git').unmet).toBeUndefined();
  });
});

describe('who decides', () => {
  test('a rule decides what no more specific one does', () => {
    expect(by(attested(), 'ours').decides).toEqual(['provenance']);
    expect(by(attested(), 'log').decides).toEqual(['buildLevel', 'minimum.buildLevel']);
    expect(by(attested(), 'all').decides).toEqual(['baseline']);
  });

  test('less specific than, with the demand and the place of the other', () => {
    const [overruled] = by(attested(), 'production').overruled;
    expect(overruled).toMatchObject({ demand: 'provenance', same: false, by: { rule: 'ours' } });
    expect(overruled!.by.at.line).toBe(7);
  });

  test('as specific as another, and the same', async () => {
    const twice = await policyOf(`version: 1
rules:
  - { name: a, match: { name: x, dependency: prod }, require: { provenance: error } }
  - { name: b, match: { name: x, direct: true }, require: { provenance: error } }
`);
    const item = evidence({ subject: subject({ name: 'x' }) });
    expect(by(item, 'a', twice).decides).toEqual(['provenance']);
    expect(by(item, 'b', twice).overruled).toMatchObject([{ by: { rule: 'a' }, same: true }]);
  });

  test('in one place and not in another', () => {
    const nodes = [node({ dependency: 'dev' }), node({ dependency: 'prod', depth: 3 })];
    const item = evidence({ subject: subject({ name: 'x' }, nodes) });
    expect(by(item, 'production')).toMatchObject({
      unmet: undefined,
      elsewhere: { criterion: 'dependency', actual: ['dev'] },
      decides: ['provenance'],
    });
    expect(by(item, 'all').overruled).toMatchObject([
      { demand: 'provenance', by: { rule: 'development' } },
      { demand: 'provenance', by: { rule: 'production' } },
    ]);
  });

  test('what is equally specific and different is refused, as it is when judging', async () => {
    const twice = await policyOf(`version: 1
rules:
  - { name: a, match: { name: x, dependency: prod }, require: { provenance: error } }
  - { name: b, match: { name: x, direct: true }, require: { provenance: warn } }
`);
    const item = evidence({ subject: subject({ name: 'x' }) });
    const failure = failureOf(Promise.resolve().then(() => consideredRules(item, twice)));
    await expect(failure).resolves.toMatch(/^policy-conflict/);
  });

  test('the rule that is said to decide is the one that judging goes by', () => {
    const kind = fc.constantFrom('prod' as const, 'dev' as const, 'optional' as const);
    fc.assert(
      fc.property(
        fc.constantFrom('@acme/log', '@acme/x', 'lodash', 'y'),
        fc.constantFrom('2.1.0', '3.0.0', 'weird'),
        fc.array(fc.record({ dependency: kind, depth: fc.constantFrom(1, 2) }), {
          minLength: 1,
          maxLength: 3,
        }),
        fc.boolean(),
        (name, version, places, hasInstallScript) => {
          const nodes = places.map((place) => node({ name, version, ...place }));
          const declared = { repository: undefined, hasInstallScript };
          const item = attested({ subject: subject({ name, version }, nodes), declared });
          const rules = consideredRules(item, policy);
          const { levels } = demandsOn(item.subject, hasInstallScript, policy, item.registry);
          for (const [demand, { byRule, rule }] of Object.entries(levels)) {
            const deciders = rules.filter(({ decides }) => decides.includes(demand)).map((one) => one.rule);
            if (byRule) expect(deciders).toContain(rule);
            else if (places.length === 1) expect(deciders).toEqual([]);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('told', () => {
  const page = { style: plain, width: 100 };
  const bare = (text: string): string => text.replace(/[^ (]*verify-deps\.yaml/g, 'verify-deps.yaml');

  test('to people', () => {
    const item = evidence({
      subject: subject({ name: '@acme/x' }, [node({ dependency: 'dev' }), node({ depth: 2 })]),
    });
    expect(
      `\n${consideredLines(page, consideredRules(item, policy)).map(bare).join('\n')}\n`,
    ).toMatchSnapshot();
  });

  test('nobody asked, and no rules', async () => {
    expect(consideredLines(page, undefined)).toEqual([]);
    expect(consideredLines(page, [])).toHaveLength(2);
    expect(consideredOut(undefined)).toBeUndefined();
  });

  test('rules about other names are counted where there are many', () => {
    const other = by(attested(), 'others');
    const lines = consideredLines(
      page,
      Array.from({ length: 1200 }, () => ({ ...other })),
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain('1,200 rules about other names');
  });

  test('to programs, all of them, with file, line and column', () => {
    const out = consideredOut(consideredRules(attested(), policy)) as readonly Record<string, unknown>[];
    expect(out).toHaveLength(policy.rules.length);
    expect(out[3]).toMatchObject({
      rule: 'ours',
      line: 7,
      column: 5,
      applies: true,
      decides: ['provenance'],
    });
    expect(out[0]).toMatchObject({ applies: false, unmet: { criterion: 'version' } });
  });
});
