import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Check, type Unproven, unproven, verified } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { matchName, nameProblem } from '../../src/policy/patterns.ts';
import { normalizeRepository } from '../../src/policy/repository.ts';
import type { Baseline, Level, Outcome, Policy, RequirementName } from '../../src/policy/types.ts';
import {
  attested,
  bundle,
  evidence,
  judged,
  NOW,
  node,
  policyOf,
  provenance,
  SRI,
  subject,
} from './support.ts';

const LEVELS: readonly Level[] = ['off', 'warn', 'error'];
const base = await policyOf(`
version: 1
rules:
  - { name: prod, match: { dependency: prod }, require: { baseline: warn } }
  - { name: deep, match: { direct: false }, require: { resolved: error } }
exemptions:
  - { package: "@acme/log@2.1.0", codes: [signature-absent], reason: x, owner: y, expires: 2027-01-01 }
`);
const names = Object.keys(base.defaults) as RequirementName[];
const recorded: Baseline = new Map([
  ['@acme/log@2', { provenance: { sourceRepository: 'https://github.com/acme/mono' } }],
]);

const lacking = (...pairs: readonly (readonly [Unproven['status'], Code])[]): fc.Arbitrary<Unproven> =>
  fc.constantFrom(...pairs.map(([status, code]) => unproven(status, code)));
const down = ['unreachable', 'registry-unreachable'] as const;
const either = <T>(good: Check<T>, bad: fc.Arbitrary<Unproven>): fc.Arbitrary<Check<T>> =>
  fc.oneof(fc.constant(good), bad);

const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    integrity: either(
      verified(SRI),
      lacking(['uncovered', 'integrity-weak'], ['absent', 'version-absent'], down),
    ),
    resolved: either(
      verified(''),
      lacking(['uncovered', 'resolved-elsewhere'], ['invalid', 'resolved-mismatch']),
    ),
    registrySignature: either(
      verified({ keyid: 'k', keyOrigin: 'tuf' as const, publishTime: { time: NOW, signed: false } }),
      lacking(['absent', 'signature-absent'], ['uncovered', 'registry-keys-unknown'], down),
    ),
    publish: either(
      verified(bundle(['promise'])),
      lacking(
        ['absent', 'publish-absent'],
        ['absent', 'attestations-absent'],
        ['absent', 'attestations-withheld'],
        down,
      ),
    ),
    provenance: fc.oneof(
      fc.constantFrom(
        provenance(),
        provenance({ sourceRepository: 'https://github.com/evil/mono' }, ['promise']),
      ),
      lacking(
        ['absent', 'provenance-absent'],
        ['absent', 'attestations-absent'],
        ['absent', 'attestations-withheld'],
        ['uncovered', 'format-unsupported'],
        down,
      ),
    ),
    declared: fc.constantFrom(
      undefined,
      { repository: undefined, hasInstallScript: false },
      { repository: 'acme/mono', hasInstallScript: true },
    ),
    kinds: fc.array(fc.constantFrom('prod' as const, 'dev' as const), { minLength: 1, maxLength: 3 }),
  })
  .map(({ kinds, ...checks }) => {
    const nodes = kinds.map((dependency, depth) => node({ dependency, depth: depth + 1 }));
    return evidence({ ...checks, subject: subject({}, nodes) });
  });

const anyLevels = fc.record(
  Object.fromEntries(names.map((name) => [name, fc.constantFrom(...LEVELS)])),
) as fc.Arbitrary<Record<RequirementName, Level>>;

function withLevels(levels: Record<RequirementName, Level>, policy: Policy = base): Policy {
  const defaults = Object.fromEntries(
    names.map((name) => [name, { value: levels[name], at: policy.defaults[name].at }]),
  ) as Policy['defaults'];
  return { ...policy, defaults };
}

const RANK: Readonly<Record<Outcome, number>> = {
  passed: 0,
  'passed-with-exemption': 1,
  undecided: 2,
  failed: 3,
};

test('a stricter level never makes a verdict milder', () => {
  fc.assert(
    fc.property(anyEvidence, anyLevels, fc.constantFrom(...names), (item, levels, name) => {
      const outcomes = LEVELS.map(
        (level) => judge(item, withLevels({ ...levels, [name]: level }), recorded, NOW).outcome,
      );
      const ranks = outcomes.map((outcome) => RANK[outcome]);
      expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    }),
    { numRuns: 400 },
  );
});

test('wrong evidence fails at any level', () => {
  fc.assert(
    fc.property(
      anyEvidence,
      anyLevels,
      fc.constantFrom('integrity', 'resolved', 'registrySignature', 'publish', 'provenance', 'tarball'),
      (item, levels, check) => {
        const wrong = { ...item, [check]: unproven('invalid', 'claim-mismatch') };
        expect(judge(wrong, withLevels(levels), recorded, NOW).outcome).toBe('failed');
      },
    ),
  );
});

test('the order of places, notes and other attestations does not matter', () => {
  const other = [
    { predicateType: 'a', check: unproven('invalid', 'claim-mismatch') },
    { predicateType: 'b', check: unproven('invalid', 'subject-absent') },
    { predicateType: 'c', check: unproven('uncovered', 'format-unsupported') },
  ];
  const notes = [
    { code: 'signature-key-unknown' as const, args: { keyid: 'a' } },
    { code: 'signature-key-unknown' as const, args: { keyid: 'b' } },
  ];
  fc.assert(
    fc.property(
      anyEvidence,
      anyLevels,
      fc.shuffledSubarray(other, { minLength: 3 }),
      fc.shuffledSubarray(notes, { minLength: 2 }),
      (item, levels, others, mixed) => {
        const policy = withLevels(levels);
        const turned = subject({}, [...item.subject.nodes].reverse());
        const a = judged({ ...item, other, notes }, policy, recorded);
        expect(judged({ ...item, subject: turned, other: others, notes: mixed }, policy, recorded)).toBe(a);
      },
    ),
  );
});

test('the order of verdicts does not matter to the run', () => {
  const verdicts = [attested(), evidence(), attested({ subject: subject({ name: 'b' }) })].map((item) =>
    judge(item, base, recorded, NOW),
  );
  fc.assert(
    fc.property(fc.shuffledSubarray(verdicts, { minLength: 3 }), (mixed) => {
      expect(exemptionFindings(base, mixed, NOW)).toEqual(exemptionFindings(base, verdicts, NOW));
    }),
  );
});

test('a valid prefix never matches outside of its scope or beyond a separator', () => {
  const part = fc.stringMatching(/^[a-z]{1,6}$/);
  fc.assert(
    fc.property(part, part, part, (scope, other, name) => {
      const pattern = `@${scope}/*`;
      expect(nameProblem(pattern)).toBeUndefined();
      expect(matchName(pattern, `@${scope}/${name}`)).toBeDefined();
      expect(matchName(pattern, `@${scope}${other}/${name}`)).toBeUndefined();
      expect(matchName(pattern, `@${scope}-${other}/${name}`)).toBeUndefined();
      expect(matchName(`${scope}-*`, `${scope}${other}`)).toBeUndefined();
    }),
  );
});

test('a normalised repository stays as it is, and nothing throws', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^(git\+ssh:\/\/)?git@[a-z.]+[:/][A-Za-z./]+$/)),
      (text) => {
        const once = normalizeRepository(text);
        if (once !== undefined) expect(normalizeRepository(once)).toBe(once);
      },
    ),
    { numRuns: 500 },
  );
});
