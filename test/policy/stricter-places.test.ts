import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Evidence } from '../../src/evidence/types.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Outcome, Policy } from '../../src/policy/types.ts';
import {
  attested,
  evidence,
  foreign,
  NO_BASELINE,
  NOW,
  node,
  policyOf,
  provenance,
  subject,
} from './support.ts';

const RANK: Readonly<Record<Outcome, number>> = {
  passed: 0,
  'passed-with-exemption': 1,
  undecided: 2,
  failed: 3,
};
const file = (parts: { sources?: string; rules?: string; scopes?: string }): Promise<Policy> =>
  policyOf(`version: 1
sources: { git: { transitive: error, allow: [${parts.sources ?? ''}] } }
registries: [{ url: https://npm.acme.example/, ${parts.scopes ?? ''} }]
rules:
  - { match: "@acme/*", require: { provenance: warn } }
${parts.rules ?? ''}`);

const ALLOW = 'https://github.com/acme/log, https://github.com/acme/tools-*';
const lax = await file({ sources: ALLOW });
const stricter = await Promise.all([
  file({ sources: ALLOW, rules: '  - { match: "*", deny: { trigger: push, runner: self-* } }\n' }),
  file({
    sources: ALLOW,
    rules: '  - { match: "@acme/*", identity: { ownerId: "2", ref: refs/tags/v* } }\n',
  }),
  file({ sources: ALLOW, scopes: 'scopes: ["@acme"]' }),
  file({ sources: 'https://github.com/acme/log' }),
  file({}),
]);

const anyEvidence: fc.Arbitrary<Evidence> = fc
  .record({
    name: fc.constantFrom('@acme/log', '@acme-evil/log', 'log'),
    registry: fc.constantFrom('https://npm.acme.example/', 'https://registry.example/'),
    claims: fc.constantFrom(
      {},
      { trigger: 'pull_request_target' },
      { runner: 'self-hosted' },
      { sourceOwnerId: '9' },
    ),
    url: fc.constantFrom(
      'github:acme/log',
      'git@github.com:acme/tools-x',
      'git+https://github.com/evil/log',
      undefined,
    ),
    proven: fc.boolean(),
    depth: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ name, registry, claims, url, proven, depth }) => {
    if (url !== undefined) {
      const source = { kind: 'git', url, commit: 'c'.repeat(40) } as const;
      return foreign(source, [node({ name, source, depth })], { name });
    }
    const about = { registry, subject: subject({ name }, [node({ name, depth })]) };
    return proven ? attested({ ...about, provenance: provenance(claims) }) : evidence(about);
  });

test('denying more, pinning a scope or allowing fewer places never makes a verdict milder', () => {
  fc.assert(
    fc.property(anyEvidence, fc.constantFrom(...stricter), (item, policy) => {
      const outcome = (by: Policy) => RANK[judge(item, by, NO_BASELINE, NOW).outcome];
      expect(outcome(policy)).toBeGreaterThanOrEqual(outcome(lax));
    }),
    { numRuns: 600 },
  );
});

test('each of them fails something that passed', () => {
  const items = fc.sample(anyEvidence, { numRuns: 400, seed: 7 });
  for (const policy of stricter) {
    const caught = items.some(
      (item) =>
        judge(item, lax, NO_BASELINE, NOW).outcome === 'passed' &&
        judge(item, policy, NO_BASELINE, NOW).outcome === 'failed',
    );
    expect(caught).toBe(true);
  }
});
