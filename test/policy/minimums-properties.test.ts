import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Check, unproven, verified } from '../../src/core/check.ts';
import type { Evidence, VerifiedAttestation } from '../../src/evidence/types.ts';
import { buildLevelOf } from '../../src/policy/build-level.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { BuildLevel, Level, Outcome, Policy, RequirementName, Rule } from '../../src/policy/types.ts';
import {
  attested,
  bundle,
  judged,
  NO_BASELINE,
  NOW,
  node,
  policyOf,
  provenance,
  subject,
} from './support.ts';

const DAY = 86_400_000;
const LEVELS: readonly Level[] = ['off', 'warn', 'error'];
const NAMES: readonly RequirementName[] = [
  'provenance',
  'releaseAge',
  'buildLevel',
  'versionTag',
  'uncovered',
  'unreachable',
];
const RANK: Readonly<Record<Outcome, number>> = {
  passed: 0,
  'passed-with-exemption': 1,
  undecided: 2,
  failed: 3,
};
const base = await policyOf(`version: 1
require: { registrySignature: error, releaseAge: warn }
rules:
  - { match: { dependency: dev }, require: { buildLevel: warn }, minimum: { buildLevel: 1, releaseAge: 1d } }
exemptions:
  - { package: "@acme/log@2.1.0", codes: [provenance-absent], owner: a, reason: x, expires: 2027-01-01 }
`);

const dated = (ago: number): VerifiedAttestation => ({
  ...bundle(),
  times: [{ source: 'transparency-log', time: NOW - ago, authority: 'a', operator: 'a' }],
});
const lacking = fc.constantFrom(
  unproven('absent', 'provenance-absent'),
  unproven('uncovered', 'format-unsupported'),
  unproven('unreachable', 'registry-unreachable'),
);
const ages = fc.constantFrom(-DAY, 0, DAY, 3 * DAY, 30 * DAY);
const claims = fc.constantFrom(
  provenance(),
  provenance({ runner: 'self-hosted', ref: 'refs/heads/main' }),
  provenance({ runner: undefined, ref: 'refs/tags/v2.1.1' }),
);
const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    publish: fc.oneof(
      ages.map((ago): Check<VerifiedAttestation> => verified(dated(ago))),
      lacking,
    ),
    provenance: fc.oneof(claims, lacking),
    claimedTime: fc.oneof(
      ages.map((ago): Check<number> => verified(NOW - ago)),
      lacking,
    ),
    kinds: fc.array(fc.constantFrom('prod' as const, 'dev' as const), { minLength: 1, maxLength: 3 }),
  })
  .map(({ kinds, ...checks }) =>
    attested({
      ...checks,
      subject: subject(
        {},
        kinds.map((dependency) => node({ dependency })),
      ),
    }),
  );
const anyLevels = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom(...LEVELS)])),
) as fc.Arbitrary<Record<(typeof NAMES)[number], Level>>;

function policyWith(
  levels: Partial<Record<RequirementName, Level>>,
  age: number,
  buildLevel: BuildLevel,
): Policy {
  const defaults = { ...base.defaults };
  for (const [name, value] of Object.entries(levels) as [RequirementName, Level][]) {
    defaults[name] = { value, at: base.defaults[name].at };
  }
  const { at } = base.minimum.releaseAge;
  return {
    ...base,
    defaults,
    minimum: { releaseAge: { value: age, at }, buildLevel: { value: buildLevel, at } },
  };
}

const rankOf = (item: Evidence, policy: Policy) => RANK[judge(item, policy, NO_BASELINE, NOW).outcome];
const sorted = (ranks: readonly number[]) => [...ranks].sort((a, b) => a - b);

test('a stricter level never makes a verdict milder', () => {
  fc.assert(
    fc.property(anyEvidence, anyLevels, fc.constantFrom(...NAMES), (item, levels, name) => {
      const ranks = LEVELS.map((level) => rankOf(item, policyWith({ ...levels, [name]: level }, 2 * DAY, 2)));
      expect(ranks).toEqual(sorted(ranks));
    }),
    { numRuns: 400 },
  );
});

test('a greater minimum never makes a verdict milder', () => {
  fc.assert(
    fc.property(anyEvidence, anyLevels, (item, levels) => {
      const byAge = [0, DAY, 3 * DAY, 90 * DAY].map((age) => rankOf(item, policyWith(levels, age, 2)));
      expect(byAge).toEqual(sorted(byAge));
      const byLevel = ([0, 1, 2, 3] as const).map((level) => rankOf(item, policyWith(levels, DAY, level)));
      expect(byLevel).toEqual(sorted(byLevel));
    }),
    { numRuns: 300 },
  );
});

test('a package only gets older: what passes passes later', () => {
  fc.assert(
    fc.property(anyEvidence, anyLevels, (item, levels) => {
      const policy = policyWith(levels, 3 * DAY, 2);
      const ranks = [0, 1, 5, 20].map(
        (days) => RANK[judge(item, policy, NO_BASELINE, NOW + days * DAY).outcome],
      );
      expect(ranks).toEqual(sorted(ranks).reverse());
    }),
    { numRuns: 200 },
  );
});

test('the order of rules, places and builders changes nothing', () => {
  const rules: readonly Rule[] = base.rules;
  const builders = [
    'https://github.com/acme/*',
    'https://github.com/acme/mono/*',
    'https://github.com/x/y',
  ].map((pattern, index) => ({ pattern, level: (index + 1) as BuildLevel, at: base.mode.at }));
  fc.assert(
    fc.property(
      anyEvidence,
      anyLevels,
      fc.shuffledSubarray(builders, { minLength: 3 }),
      (item, levels, mixed) => {
        const policy = { ...policyWith(levels, 2 * DAY, 2), builders };
        const turned = { ...policy, builders: mixed, rules: [...rules].reverse() };
        const places = subject({}, [...item.subject.nodes].reverse());
        expect(judged({ ...item, subject: places }, turned)).toBe(judged(item, policy));
        const { provenance: check } = item;
        if (check.status !== 'verified') return;
        expect(buildLevelOf(check.value.claims, mixed)).toBe(buildLevelOf(check.value.claims, builders));
      },
    ),
  );
});
