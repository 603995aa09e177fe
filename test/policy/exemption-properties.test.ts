import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Unproven, unproven } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { exemptionFindings } from '../../src/policy/exemption-findings.ts';
import { placeKey } from '../../src/policy/exemptions.ts';
import { deadExemptions } from '../../src/policy/fix.ts';
import type { Exemption, Policy, Verdict } from '../../src/policy/types.ts';
import { evidence, NO_BASELINE, NOW, OTHER_SRI, policyOf, provenance, SRI, subject } from './support.ts';

const base = await policyOf('version: 1\nrequire: { provenance: error, resolved: warn }\n');
const FILE = base.files[0]!;
const CODES: readonly Code[] = [
  'signature-invalid',
  'provenance-absent',
  'signature-absent',
  'resolved-elsewhere',
];

const anyExemption: fc.Arbitrary<Omit<Exemption, 'at'>> = fc
  .record({
    name: fc.constantFrom('@acme/log', 'b'),
    version: fc.constantFrom('2.1.0', '2.1.1', '^2.0', '~2.1.0 || 3.x', undefined),
    integrity: fc.constantFrom(SRI, OTHER_SRI, undefined),
    codes: fc.option(fc.uniqueArray(fc.constantFrom(...CODES), { minLength: 1 }), { nil: undefined }),
    reason: fc.constantFrom('x', 'y'),
    owner: fc.constant('o'),
    expires: fc.constantFrom(NOW - 1, NOW, NOW + 1, NOW + 1e12),
  })
  .map((one) => ({ ...one, integrity: one.version === undefined ? SRI : one.integrity }));

const anyExemptions: fc.Arbitrary<readonly Exemption[]> = fc
  .array(anyExemption, { maxLength: 8 })
  .map((list) =>
    list.map((one, i) => ({
      ...one,
      at: { file: i % 3 === 2 ? 'team.yaml' : FILE, line: i + 1, column: 1 },
    })),
  );

const anyItem: fc.Arbitrary<Evidence> = fc
  .record({
    name: fc.constantFrom('@acme/log', 'b', 'c'),
    version: fc.constantFrom('2.1.0', '2.1.1', '3.0.0'),
    sri: fc.constantFrom(SRI, OTHER_SRI),
    signature: fc.constantFrom<Unproven | undefined>(
      undefined,
      unproven('invalid', 'signature-invalid'),
      unproven('absent', 'signature-absent'),
      unproven('unreachable', 'registry-unreachable'),
    ),
    proven: fc.boolean(),
    elsewhere: fc.boolean(),
  })
  .map(({ name, version, sri, signature, proven, elsewhere }) =>
    evidence({
      subject: subject({ name, version, integrity: { kind: 'sha512', sri } }),
      ...(signature === undefined ? {} : { registrySignature: signature }),
      ...(proven ? { provenance: provenance() } : {}),
      ...(elsewhere ? { resolved: unproven('uncovered', 'resolved-elsewhere') } : {}),
    }),
  );
const anyTree = fc.array(anyItem, { minLength: 1, maxLength: 6 });

const judgedBy = (policy: Policy, items: readonly Evidence[]): readonly Verdict[] =>
  items.map((item) => judge(item, policy, NO_BASELINE, NOW));

test('a wrong proof is accepted by version, digest and code together, and by nothing less', () => {
  fc.assert(
    fc.property(anyExemptions, anyTree, (exemptions, items) => {
      for (const { evidence: item, findings, outcome } of judgedBy({ ...base, exemptions }, items)) {
        const { name, version, integrity } = item.subject;
        for (const finding of findings.filter(({ status }) => status === 'invalid')) {
          const knowing = exemptions.some(
            (one) =>
              one.name === name &&
              one.version === version &&
              integrity.kind !== 'none' &&
              one.integrity === integrity.sri &&
              one.codes?.includes(finding.code) === true &&
              NOW <= one.expires,
          );
          expect(finding.severity).toBe(knowing ? 'info' : 'error');
          if (!knowing) expect(outcome).toBe('failed');
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('the order of exemptions changes nothing', () => {
  fc.assert(
    fc.property(
      anyExemptions.chain((list) =>
        fc.tuple(fc.constant(list), fc.shuffledSubarray([...list], { minLength: list.length })),
      ),
      anyTree,
      ([exemptions, mixed], items) => {
        const one = { ...base, exemptions };
        const other = { ...base, exemptions: mixed };
        expect(judgedBy(other, items)).toEqual(judgedBy(one, items));
        expect(exemptionFindings(other, judgedBy(other, items), NOW)).toEqual(
          exemptionFindings(one, judgedBy(one, items), NOW),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('without the dead ones every verdict is the same, and none is dead any more', () => {
  fc.assert(
    fc.property(anyExemptions, anyTree, (exemptions, items) => {
      const before: Policy = { ...base, exemptions };
      const verdicts = judgedBy(before, items);
      const dead = new Set(
        deadExemptions(exemptionFindings(before, verdicts, NOW), FILE).map(({ decidedBy }) =>
          placeKey(decidedBy!.at),
        ),
      );
      const after: Policy = { ...base, exemptions: exemptions.filter(({ at }) => !dead.has(placeKey(at))) };
      expect(judgedBy(after, items)).toEqual(verdicts);
      expect(deadExemptions(exemptionFindings(after, judgedBy(after, items), NOW), FILE)).toEqual([]);
      expect(exemptions.filter(({ at }) => dead.has(placeKey(at)) && at.file !== FILE)).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('one exemption more never makes a verdict stricter, nor one less milder', () => {
  const rank = { passed: 0, 'passed-with-exemption': 0, undecided: 1, failed: 2 };
  fc.assert(
    fc.property(anyExemptions, anyTree, fc.nat(7), (exemptions, items, gone) => {
      const fewer = exemptions.filter((_, index) => index !== gone);
      const all = judgedBy({ ...base, exemptions }, items);
      for (const [i, { outcome }] of judgedBy({ ...base, exemptions: fewer }, items).entries()) {
        expect(rank[outcome]).toBeGreaterThanOrEqual(rank[all[i]!.outcome]);
      }
    }),
  );
});
