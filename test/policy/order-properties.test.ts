import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { consideredRules } from '../../src/policy/considered.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { demandsOn } from '../../src/policy/match.ts';
import type { Level, Policy } from '../../src/policy/types.ts';
import { built, published, recordOf } from './releases.ts';
import { folderOf, judged, NOW, policyOf, presetOf } from './support.ts';

const policy = await policyOf(`version: 1
rules:
  - { name: all, match: '*', require: { provenance: warn, inclusionProof: error } }
  - { name: production, match: { dependency: prod }, require: { provenance: error } }
  - { name: deep, match: { dependency: prod, direct: false }, require: { provenance: warn } }
  - { name: ours, match: '@acme/*', identity: { owner: 'https://github.com/acme' } }
  - { name: log, match: '@acme/log', identity: { repository: 'https://github.com/acme/log' } }
  - { name: next, match: { name: '@acme/log', version: '>=2' }, require: { baseline: warn } }
  - { name: same, match: { direct: true }, require: { baseline: error } }
  - { name: twice, match: { dependency: [prod, dev] }, require: { baseline: error } }
  - { name: scripts, match: { installScript: true, dependency: prod }, deny: { trigger: push } }
`);
const recommended = await presetOf('recommended');
const packages = [
  built('@acme/log@2.1.0'),
  built('@acme/log@1.0.0', { place: { dependency: 'dev' } }),
  built('@acme/x@1.0.0', { claims: { sourceRepository: 'https://github.com/evil/x' } }),
  published('left-pad@1.3.0', { place: { depth: 3 } }),
  published('esbuild@0.20.0', { place: { hasInstallScript: true } }),
  built('keyv@5.0.1', { place: { hasInstallScript: true }, claims: { ref: 'refs/heads/main' } }),
];
const record = recordOf(
  [built('@acme/log@2.0.0'), built('keyv@5.0.0'), built('left-pad@1.2.0')],
  recommended,
);
const shuffled = <T>(all: readonly T[]): fc.Arbitrary<T[]> =>
  fc.shuffledSubarray([...all], { minLength: all.length });

test('the order of rules changes no verdict, and who is said to decide', () => {
  const told = (from: Policy): unknown =>
    packages.map((item) => [
      judged(item, from, record),
      consideredRules(item, from)
        .map(({ rule, unmet }) => `${rule} ${unmet?.criterion}`)
        .sort(),
    ]);
  fc.assert(
    fc.property(shuffled(policy.rules), (rules) => {
      expect(told({ ...policy, rules })).toEqual(told(policy));
    }),
  );
});

test('the order of packages changes no verdict and no record', () => {
  const run = (items: readonly (typeof packages)[number][]): unknown => {
    const verdicts = items.map((item) => judge(item, recommended, record, NOW));
    const said = verdicts.map(({ outcome, evidence }) => [evidence.subject.purl, outcome]).sort();
    return [said, [...nextBaseline(record, verdicts)]];
  };
  fc.assert(
    fc.property(shuffled(packages), (mixed) => {
      expect(run(mixed)).toEqual(run(packages));
    }),
  );
});

const level = fc.constantFrom<Level>('off', 'warn', 'error');
const file = fc.record(
  {
    mode: fc.constantFrom('enforce', 'observe'),
    require: fc.record(
      { provenance: level, baseline: level, resolved: level, buildLevel: fc.constantFrom('warn', 'error') },
      { requiredKeys: ['buildLevel'] },
    ),
    minimum: fc.record({ buildLevel: fc.constantFrom(0, 1, 2, 3) }, { requiredKeys: [] }),
    sources: fc.record({ git: level, file: level }, { requiredKeys: [] }),
    rules: fc.array(
      fc.record({
        match: fc.constantFrom('a', 'b-*', '*'),
        require: fc.record({ inclusionProof: fc.constant('warn') }),
      }),
      { maxLength: 1 },
    ),
  },
  // A minimum that nothing makes a demand is refused.
  { requiredKeys: ['require'] },
);

/** Everything that decides, without where it was written. */
function values({ mode, defaults, minimum, sources, rules, builders, exemptions }: Policy): unknown {
  const plainly = JSON.stringify(
    [mode, defaults, minimum, sources, rules, builders, exemptions],
    (key, value) => (key === 'at' || key === 'id' ? undefined : value),
  );
  return JSON.parse(plainly);
}

test('extends is associative: to group neighbours of a list into a file of their own changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(file, file, file, async (a, b, c) => {
      const whole = (list: readonly string[]): string => JSON.stringify({ version: 1, extends: list });
      const files = Object.entries({ a, b, c }).map(
        ([name, text]) => [`${name}.json`, JSON.stringify({ version: 1, ...text })] as const,
      );
      const folder = await folderOf({
        ...Object.fromEntries(files),
        'ab.json': whole(['./a.json', './b.json']),
        'bc.json': whole(['./b.json', './c.json']),
        'flat.json': whole(['./a.json', './b.json', './c.json']),
        'left.json': whole(['./ab.json', './c.json']),
        'right.json': whole(['./a.json', './bc.json']),
      });
      const load = async (name: string): Promise<unknown> =>
        values(await loadPolicy({ from: folder, file: `${folder}/${name}` }));
      const flat = await load('flat.json');
      expect(await load('left.json')).toEqual(flat);
      expect(await load('right.json')).toEqual(flat);
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('what was judged before changes nothing: a policy that is new says the same of each package', () => {
  const told = (item: (typeof packages)[number], from: Policy): unknown =>
    demandsOn(item.subject, item.declared?.hasInstallScript === true, from, item.registry);
  fc.assert(
    fc.property(shuffled(packages), (mixed) => {
      const used = { ...policy };
      for (const item of mixed) expect(told(item, used)).toEqual(told(item, { ...policy }));
    }),
  );
});
