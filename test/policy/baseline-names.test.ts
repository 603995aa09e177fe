/** A repository that was renamed while releases still declare its old name. */
import { describe, expect, test } from 'vitest';
import type { Evidence, Provenance } from '../../src/evidence/types.ts';
import { nextBaseline } from '../../src/policy/baseline.ts';
import { acceptChanges } from '../../src/policy/baseline-accept.ts';
import { isFormerName } from '../../src/policy/baseline-names.ts';
import { judge } from '../../src/policy/evaluate.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Baseline, BaselineEntry } from '../../src/policy/types.ts';
import {
  attested,
  folderOf,
  judged,
  NO_BASELINE,
  NOW,
  policyOf,
  presetOf,
  provenance,
  subject,
} from './support.ts';

const recommended = await presetOf('recommended');
const MISMATCH = 'failed, error repository-mismatch';
const RENAMED = 'passed, info repository-renamed';

/** Built in one repository of one number, and declaring a name. */
function built(name: string, declared: string, version = '2.1.0', over: Partial<Provenance> = {}): Evidence {
  const sourceRepository = `https://github.com/${name}`;
  return attested({
    subject: subject({ version }),
    declared: { repository: `git+https://github.com/${declared}.git`, hasInstallScript: false },
    provenance: provenance({
      sourceRepository,
      signer: `${sourceRepository}/.github/workflows/release.yml@refs/tags/v${version}`,
      ...over,
    }),
  });
}
function recordAfter(items: readonly Evidence[], previous: Baseline = NO_BASELINE): Baseline {
  return nextBaseline(
    previous,
    items.map((item) => judge(item, recommended, previous, NOW)),
  );
}
const before = recordAfter([built('acme/mono', 'acme/mono')]);
const renamed = (version = '2.2.0', over: Partial<Provenance> = {}): Evidence =>
  built('acme/single', 'acme/mono', version, over);
const entryOf = (baseline: Baseline, key = '@acme/log@2'): BaselineEntry | undefined => baseline.get(key);

describe('the record proves a rename', () => {
  test('by the signed numbers, in this run and in the next ones', () => {
    expect(judged(renamed(), recommended, NO_BASELINE)).toBe(MISMATCH);
    expect(judged(renamed(), recommended, before)).toBe(RENAMED);
    const next = recordAfter([renamed()], before);
    expect(entryOf(next)).toMatchObject({
      provenance: { sourceRepository: 'https://github.com/acme/single' },
      formerly: ['https://github.com/acme/mono'],
    });
    expect(judged(renamed(), recommended, next)).toBe(RENAMED);
    expect(recordAfter([renamed()], next)).toEqual(next);
    // Also where the declaration was mended in between.
    const mended = recordAfter([built('acme/single', 'acme/single', '2.3.0')], next);
    expect(judged(renamed('2.3.1'), recommended, mended)).toBe(RENAMED);
  });

  test('is told once, with both names', () => {
    const { findings } = judge(renamed(), recommended, before, NOW);
    expect(findings.map(({ args }) => args)).toEqual([
      { expected: 'https://github.com/acme/mono', actual: 'https://github.com/acme/single' },
    ]);
  });

  test.each<readonly [string, Evidence]>([
    ['another repository', renamed('2.2.0', { sourceRepositoryId: '9' })],
    ['another owner', renamed('2.2.0', { sourceOwnerId: '9' })],
    ['no number of the repository', renamed('2.2.0', { sourceRepositoryId: undefined })],
    ['no number of the owner', renamed('2.2.0', { sourceOwnerId: undefined })],
    ['a name that was never its own', built('acme/single', 'acme/other', '2.2.0')],
    ['another release line', renamed('3.0.0')],
    [
      'the same numbers on another host',
      renamed('2.2.0', { sourceRepository: 'https://gitlab.com/acme/single', issuer: 'https://gitlab.com' }),
    ],
  ])('not %s', (_, item) => {
    expect(judged(item, recommended, before)).toContain('error repository-mismatch');
  });

  test.each(['repositoryId', 'ownerId'] as const)('not where it has no %s', (id) => {
    const { [id]: _, ...less } = entryOf(before)!.provenance!;
    const baseline: Baseline = new Map([['@acme/log@2', { provenance: less }]]);
    expect(judged(renamed(), recommended, baseline)).toContain('error repository-mismatch');
    const empty: Baseline = new Map([['@acme/log@2', { provenance: { ...less, [id]: '' } }]]);
    const claim = id === 'ownerId' ? 'sourceOwnerId' : 'sourceRepositoryId';
    expect(judged(renamed('2.2.0', { [claim]: '' }), recommended, empty)).toContain('repository-mismatch');
  });

  test('of releases is good for prereleases, and goes over to their own', () => {
    expect(judged(renamed('2.2.0-rc.1'), recommended, before)).toBe(RENAMED);
    const next = recordAfter([renamed('2.2.0-rc.1')], before);
    expect(entryOf(next, '@acme/log@2-prerelease')?.formerly).toEqual(['https://github.com/acme/mono']);
    expect(judged(renamed('2.2.0-rc.2'), recommended, next)).toBe(RENAMED);
  });

  test('says nothing at off', async () => {
    const off = await policyOf('version: 1\nrequire: { declaredRepository: "off", baseline: "off" }\n');
    expect(judged(renamed(), off, before)).toBe('passed');
  });
});

describe('former names', () => {
  const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => `acme/${name}`);
  const through = (declared: string): Baseline =>
    NAMES.slice(1).reduce(
      (baseline, name, at) => recordAfter([built(name, declared, `2.2.${at}`)], baseline),
      recordAfter([built(NAMES[0]!, NAMES[0]!)]),
    );

  test('are four at most, and the one that is still declared is not cut off', () => {
    const baseline = through(NAMES[0]!);
    expect(entryOf(baseline)?.formerly).toEqual(
      ['acme/a', 'acme/f', 'acme/e', 'acme/d'].map((name) => `https://github.com/${name}`),
    );
    expect(judged(built('acme/g', 'acme/a'), recommended, baseline)).toBe(RENAMED);
  });

  test('do not hold the name of today, also where it comes back', () => {
    const back = recordAfter([built('acme/mono', 'acme/mono', '2.3.0')], recordAfter([renamed()], before));
    expect(entryOf(back)?.formerly).toEqual(['https://github.com/acme/single']);
  });

  test('are kept by an acceptance, and dropped with the repository', () => {
    const known = recordAfter([renamed()], before);
    const accept = (item: Evidence): Baseline =>
      acceptChanges([judge(item, recommended, known, NOW)], known, 'why').baseline;
    expect(entryOf(accept(renamed('2.3.0', { ref: 'refs/heads/main' })))?.formerly).toEqual([
      'https://github.com/acme/mono',
    ]);
    expect(entryOf(accept(renamed('2.3.0', { sourceRepositoryId: '9' })))).not.toHaveProperty('formerly');
  });

  test.each([
    ['https://github.com/acme/mono', true],
    ['https://github.com/Acme/mono', false],
    ['https://github.com/acme/mono.git', false],
    ['https://gitlab.com/acme/mono', false],
    ['acme/mono', false],
    ['javascript:alert(1)', false],
    ['', false],
  ])('%s can be one of a repository on GitHub: %s', (name, expected) => {
    expect(isFormerName(name, { sourceRepository: 'https://github.com/acme/single' })).toBe(expected);
    expect(isFormerName(name, { sourceRepository: 'nowhere' })).toBe(false);
  });
});

describe('a pin is stronger than what the package declares', () => {
  const pinned = (identity: string) =>
    policyOf(`version: 1\nrules: [{ match: '*', identity: ${identity} }]\n`);
  const INFO = 'passed, info repository-mismatch';
  test.each([
    ['the repository', '{ repository: https://github.com/acme/single }', INFO],
    ['one of several', '{ repository: [https://github.com/acme/x, https://github.com/acme/single] }', INFO],
    ['its number', '{ repositoryId: "1" }', INFO],
    ['both', '{ repository: https://github.com/acme/single, repositoryId: "1" }', INFO],
    ['a prefix leaves it open', '{ repository: https://github.com/acme/* }', MISMATCH],
    ['a prefix beside its number', '{ repository: https://github.com/acme/*, repositoryId: "1" }', MISMATCH],
    ['its owner', '{ owner: https://github.com/acme }', MISMATCH],
    [
      'another repository',
      '{ repository: https://github.com/acme/mono }',
      'failed, error identity-mismatch, error repository-mismatch',
    ],
    [
      'another number',
      '{ repository: https://github.com/acme/single, repositoryId: "9" }',
      'failed, error identity-mismatch, error repository-mismatch',
    ],
  ])('%s', async (_, identity, expected) => {
    expect(judged(renamed(), await pinned(identity))).toBe(expected);
  });

  test('a number alone does not speak for another host', async () => {
    const elsewhere = renamed('2.2.0', { sourceRepository: 'https://gitlab.com/acme/single' });
    expect(judged(elsewhere, await pinned('{ repositoryId: "1" }'))).toBe(MISMATCH);
  });

  test('names the rule', async () => {
    const policy = await pinned('{ repository: https://github.com/acme/single }');
    expect(judge(renamed(), policy, NO_BASELINE, NOW).findings[0]).toMatchObject({
      decidedBy: { rule: 'rules[0]', at: { line: 2 } },
    });
  });

  test('but not than a locked demand: no file that extends it gets around it with a pin', async () => {
    const pin = "{ match: '@acme/log', identity: { repository: https://github.com/acme/single } }";
    const under = async (lock: string, own: string): Promise<string> =>
      judged(
        renamed(),
        await loadPolicy({
          from: await folderOf({
            'verify-deps.yaml': `version: 1\nextends: ./company.yaml\n${own}\n`,
            'company.yaml': `version: 1\n${lock}\n`,
          }),
        }),
      );
    expect(await under('locked: true', `rules: [${pin}]`)).toBe(MISMATCH);
    expect(await under('locked: require', `rules: [${pin}]`)).toBe(MISMATCH);
    expect(await under('locked: mode', `rules: [${pin}]`)).toBe(INFO);
    expect(await under(`locked: true\nrules: [${pin}]`, '')).toBe(INFO);
  });
});
