import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence, Provenance } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { acceptChanges } from '../../src/policy/baseline-accept.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline, Policy, Verdict } from '../../src/policy/types.ts';
import { attested, evidence, NO_BASELINE, NOW, policyOf, presetOf, provenance, subject } from './support.ts';

const policies = [
  await presetOf('recommended'),
  await policyOf('version: 1\nrequire: { baseline: warn }\n'),
  await policyOf('version: 1\nrequire: { baseline: "off" }\n'),
] as const;

const anyClaims: fc.Arbitrary<Partial<Provenance>> = fc
  .record({
    host: fc.constantFrom('https://github.com', 'https://github.com', 'https://gitlab.com'),
    repository: fc.constantFrom('acme/mono', 'acme/mono', 'acme/new', 'other/mono'),
    sourceRepositoryId: fc.constantFrom('1', '1', '9', undefined),
    sourceOwnerId: fc.constantFrom('2', '2', '3', undefined),
    ref: fc.constantFrom(
      'refs/tags/v2.1.0',
      'refs/heads/main',
      'refs/heads/2.x',
      'refs/heads/snapshot-1',
      'refs/pull/1/merge',
    ),
    trigger: fc.constantFrom('push', 'release', 'pull_request_target', undefined),
    runner: fc.constantFrom('github-hosted', 'self-hosted', undefined),
    workflow: fc.constantFrom('a.yml', 'b.yml'),
    builderId: fc.constantFrom(
      'https://github.com/actions/runner',
      'https://github.com/x/y/.github/workflows/z.yml@v1',
    ),
  })
  .map(({ host, repository, ...rest }) => ({
    ...rest,
    sourceRepository: `${host}/${repository}`,
    issuer: host === 'https://gitlab.com' ? host : 'https://token.actions.githubusercontent.com',
    signer: `${host}/${repository}/${rest.workflow}@${rest.ref}`,
  }));

const anyItem: fc.Arbitrary<Evidence> = fc
  .record({
    name: fc.constantFrom('a', '@acme/log'),
    version: fc.constantFrom('2.1.0', '2.0.0', '2.2.0-rc.1', '2.2.0-rc.2', '1.9.0', '0.4.1', 'odd'),
    claims: fc.option(anyClaims, { freq: 5 }),
    signed: fc.boolean().map((less) => !less),
    repository: fc.constantFrom(undefined, undefined, 'acme/mono', 'acme/new', 'other/mono'),
  })
  .map(({ name, version, claims, signed, repository }) => {
    const about = subject({ name, version });
    if (claims === null) return evidence({ subject: about });
    return attested({
      subject: about,
      provenance: provenance(claims),
      declared: repository === undefined ? undefined : { repository, hasInstallScript: false },
      ...(signed ? {} : { registrySignature: unproven('absent', 'signature-absent') }),
    });
  });
const anyTree = fc.uniqueArray(anyItem, {
  maxLength: 6,
  selector: ({ subject: { name, version } }) => `${name}@${version}`,
});
const anyPolicy: fc.Arbitrary<Policy> = fc.constantFrom(...policies);

const judgeAll = (tree: readonly Evidence[], policy: Policy, baseline: Baseline): readonly Verdict[] =>
  tree.map((item) => judge(item, policy, baseline, NOW));
/** All that would make a difference to anybody: outcomes, errors and warnings. */
const said = (verdicts: readonly Verdict[]): unknown =>
  verdicts.map(({ outcome, findings }) => [
    outcome,
    findings.filter(({ severity }) => severity !== 'info').map(({ code, severity }) => `${severity} ${code}`),
  ]);
const entries = (baseline: Baseline): unknown => JSON.stringify([...baseline]);

test('an unchanged tree is judged the same twice, and leaves the same record', () => {
  fc.assert(
    fc.property(anyTree, anyTree, anyPolicy, (earlier, tree, policy) => {
      const before = nextBaseline(NO_BASELINE, judgeAll(earlier, policies[2], NO_BASELINE));
      const first = judgeAll(tree, policy, before);
      const next = nextBaseline(before, first);
      const second = judgeAll(tree, policy, next);
      expect(said(second)).toEqual(said(first));
      expect(entries(nextBaseline(next, second))).toBe(entries(next));
    }),
    { numRuns: 1500 },
  );
});

test('the baseline of a passing run passes again, under every level', () => {
  fc.assert(
    fc.property(anyTree, (tree) => {
      const [strict] = policies;
      const next = nextBaseline(NO_BASELINE, judgeAll(tree, strict, NO_BASELINE));
      for (const policy of policies) {
        const changed = judgeAll(tree, policy, next).flatMap(({ findings }) =>
          findings.filter(({ about, severity }) => about === 'baseline' && severity !== 'info'),
        );
        expect(changed).toEqual([]);
      }
    }),
    { numRuns: 800 },
  );
});

test('the order of packages changes nothing', () => {
  fc.assert(
    fc.property(anyTree, anyTree, (earlier, tree) => {
      const before = nextBaseline(NO_BASELINE, judgeAll(earlier, policies[2], NO_BASELINE));
      const verdicts = judgeAll(tree, policies[0], before);
      expect(entries(nextBaseline(before, [...verdicts].reverse()))).toBe(
        entries(nextBaseline(before, verdicts)),
      );
    }),
    { numRuns: 300 },
  );
});

test('what was accepted is not objected to any more', () => {
  fc.assert(
    fc.property(anyTree, anyTree, (earlier, tree) => {
      const before = nextBaseline(NO_BASELINE, judgeAll(earlier, policies[2], NO_BASELINE));
      const accepted = acceptChanges(judgeAll(tree, policies[0], before), before, 'why');
      fc.pre(accepted.refusals.length === 0);
      const after = judgeAll(tree, policies[0], accepted.baseline);
      for (const { outcome, findings } of after) {
        const grave = findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code);
        // What the package itself declares is no change, and is not accepted.
        expect(grave.filter((code) => code !== 'repository-mismatch')).toEqual([]);
        if (grave.length === 0) expect(outcome).toBe('passed');
      }
      const again = acceptChanges(after, accepted.baseline, 'another reason');
      expect(again.lines.flatMap(({ changes }) => changes)).toEqual([]);
      expect(entries(again.baseline)).toBe(entries(accepted.baseline));
    }),
    { numRuns: 1500 },
  );
});

test('a stricter level never turns a failure into a pass', () => {
  const rank = { passed: 0, 'passed-with-exemption': 0, undecided: 1, failed: 2 };
  fc.assert(
    fc.property(anyTree, anyTree, (earlier, tree) => {
      const before = nextBaseline(NO_BASELINE, judgeAll(earlier, policies[2], NO_BASELINE));
      const [error, warn, off] = policies.map((policy) => judgeAll(tree, policy, before));
      for (const i of tree.keys()) {
        expect(rank[error![i]!.outcome]).toBeGreaterThanOrEqual(rank[warn![i]!.outcome]);
        expect(rank[warn![i]!.outcome]).toBeGreaterThanOrEqual(rank[off![i]!.outcome]);
      }
    }),
    { numRuns: 300 },
  );
});
