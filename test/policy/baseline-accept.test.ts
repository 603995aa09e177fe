import { expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence, Provenance } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { type Accepted, acceptChanges } from '../../src/policy/baseline-accept.ts';
import { judge } from '../../src/policy/evaluate.ts';
import type { Baseline } from '../../src/policy/types.ts';
import {
  attested,
  bundle,
  evidence,
  foreign,
  judged,
  NOW,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const recommended = await presetOf('recommended');
const built = (version: string, over: Partial<Provenance> = {}, rest: Partial<Evidence> = {}): Evidence =>
  attested({ subject: subject({ version }), provenance: provenance(over), declared: undefined, ...rest });
const bare = (version: string, rest: Partial<Evidence> = {}): Evidence =>
  evidence({ subject: subject({ version }), ...rest });
const recordedFrom = (...items: readonly Evidence[]): Baseline =>
  nextBaseline(
    new Map(),
    items.map((item) => judge(item, recommended, new Map(), NOW)),
  );
const before = recordedFrom(built('2.1.0'));
const accept = (items: readonly Evidence[], baseline = before): Accepted =>
  acceptChanges(
    items.map((item) => judge(item, recommended, baseline, NOW)),
    baseline,
    'why',
  );

const fork: Partial<Provenance> = {
  sourceRepository: 'https://github.com/acme/new',
  sourceRepositoryId: '9',
  signer: 'https://github.com/acme/new/.github/workflows/release.yml@refs/tags/v2.2.0',
};
const gitlab: Partial<Provenance> = {
  issuer: 'https://gitlab.com',
  sourceRepository: 'https://gitlab.com/acme/mono',
  sourceRepositoryId: '7',
  sourceOwnerId: '8',
  workflow: '.gitlab-ci.yml',
  signer: 'https://gitlab.com/acme/mono//.gitlab-ci.yml@refs/tags/v2.2.0',
  builderId: 'https://gitlab.com/acme/mono/-/runners/1',
  runner: 'gitlab-hosted',
};

test.each([
  ['another repository', fork],
  ['another service', gitlab],
  ['another owner', { sourceOwnerId: '3' }],
  ['a branch', { ref: 'refs/heads/main' }],
  ['a rename', { sourceRepository: 'https://github.com/acme/single' }],
] as const)('%s passes after it was accepted, and the old one does not', (_, over) => {
  const item = built('2.2.0', over);
  const { lines, refusals, baseline } = accept([item]);
  expect(refusals).toEqual([]);
  expect(lines).toMatchObject([{ key: '@acme/log@2', versions: ['2.2.0'], mixed: false }]);
  expect(baseline.get('@acme/log@2')?.accepted).toEqual({ reason: 'why' });
  expect(judged(item, recommended, baseline)).toBe('passed');
  expect(judged(built('2.3.0', over), recommended, baseline)).toBe('passed');
  expect(accept([item], baseline).lines[0]?.changes).toEqual([]);
});

test('a line of several repositories has nothing to be held to, until it agrees again', () => {
  const items = [built('2.1.0'), built('2.2.0', fork)];
  const { lines, baseline } = accept(items);
  expect(lines).toMatchObject([{ versions: ['2.2.0', '2.1.0'], mixed: true }]);
  expect(baseline.get('@acme/log@2')).toEqual({ provenance: undefined, accepted: { reason: 'why' } });
  for (const item of items) expect(judged(item, recommended, baseline)).toMatch(/^passed/);
  const verdicts = [judge(built('2.2.0', fork), recommended, baseline, NOW)];
  const later = nextBaseline(baseline, verdicts).get('@acme/log@2');
  expect(later?.provenance?.repositoryId).toBe('9');
  expect(later?.accepted).toBeUndefined();
});

test('other packages, and the other kind of version of the line, stay as they were', () => {
  const both = recordedFrom(built('2.1.0'), built('2.2.0-rc.1'));
  const { baseline } = accept([built('2.2.0', fork)], both);
  expect(baseline.get('@acme/log@2-prerelease')).toEqual(both.get('@acme/log@2-prerelease'));
  expect(judged(built('2.3.0-rc.1', fork), recommended, baseline)).toBe('failed, error repository-changed');
});

test('a prerelease that has lost what only its releases had gets an entry of its own', () => {
  const item = bare('2.2.0-rc.1');
  expect(judged(item, recommended, before)).toBe('failed, error provenance-lost');
  const { baseline } = accept([item]);
  expect(judged(item, recommended, baseline)).toBe('passed');
  expect(judged(bare('2.2.0'), recommended, baseline)).toBe('failed, error provenance-lost');
});

test('nothing was recorded and nothing can be', () => {
  expect(accept([bare('3.0.0')]).lines).toMatchObject([
    { key: '@acme/log@3', changes: [], entry: undefined },
  ]);
  const git = foreign({ kind: 'git', url: 'https://git.example/a.git', commit: undefined });
  expect(accept([git])).toEqual({ lines: [], refusals: [], baseline: before });
});

const WITHHELD = unproven('absent', 'attestations-withheld');
const down = unproven('unreachable', 'registry-unreachable');
test.each<readonly [string, Evidence, string]>([
  [
    'a signature that does not hold',
    built('2.2.0', fork, { registrySignature: unproven('invalid', 'signature-invalid') }),
    'signature-invalid',
  ],
  [
    'provenance that does not hold',
    built('2.2.0', {}, { provenance: unproven('invalid', 'claim-mismatch') }),
    'claim-mismatch',
  ],
  [
    'a publish attestation that does not hold',
    built('2.2.0', fork, { publish: unproven('invalid', 'publish-claim-mismatch') }),
    'publish-claim-mismatch',
  ],
  [
    'another tarball',
    built('2.2.0', fork, { tarball: unproven('invalid', 'tarball-mismatch') }),
    'tarball-mismatch',
  ],
  [
    'a wrong proof of an unknown kind',
    built('2.2.0', fork, {
      other: [{ predicateType: 'x', check: unproven('invalid', 'tlog-proof-invalid') }],
    }),
    'tlog-proof-invalid',
  ],
  [
    'a digest that nobody confirms',
    built('2.2.0', fork, { integrity: unproven('uncovered', 'integrity-weak') }),
    'integrity-weak',
  ],
  [
    'no registry signature',
    built('2.2.0', fork, { registrySignature: unproven('absent', 'signature-absent') }),
    'signature-absent',
  ],
  [
    'provenance that is withheld',
    bare('2.2.0', { provenance: WITHHELD, publish: WITHHELD }),
    'attestations-withheld',
  ],
  [
    'provenance of tomorrow',
    built('2.2.0', {}, { provenance: unproven('uncovered', 'format-unsupported') }),
    'format-unsupported',
  ],
  [
    'a registry that is down',
    built('2.2.0', {}, { provenance: down, publish: down }),
    'registry-unreachable',
  ],
  [
    'lost provenance without any signature',
    bare('2.2.0', { registrySignature: unproven('uncovered', 'registry-keys-unknown') }),
    'registry-keys-unknown',
  ],
])('refuses on %s, and with it all others', (_, item, code) => {
  const good = built('2.1.0', fork, { publish: { status: 'verified', value: bundle() } });
  const { lines, refusals, baseline } = accept([good, item]);
  expect(lines).toEqual([]);
  expect(refusals).toMatchObject([{ name: '@acme/log', version: '2.2.0', code }]);
  expect(baseline).toBe(before);
});
