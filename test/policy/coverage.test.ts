import { describe, expect, it } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import type { Evidence } from '../../src/evidence/types.ts';
import {
  type Coverage,
  coverageFindings,
  coverageGoal,
  coverageOf,
  coverageText,
  nextRecorded,
  unprovenDirect,
} from '../../src/policy/coverage.ts';
import type { CoverageDemand, Verdict } from '../../src/policy/types.ts';
import type { DependencyKind, Source } from '../../src/tree/types.ts';
import { evidence, failureOf, node, policyOf, presetOf, provenance, subject } from './support.ts';

interface Like {
  readonly kinds?: readonly DependencyKind[];
  readonly depth?: number;
  readonly source?: Source;
  readonly check?: Evidence['provenance'];
}

function like({ kinds = ['prod'], depth = 1, source, check = provenance() }: Like = {}): Verdict {
  const nodes = kinds.map((dependency) => node({ dependency, depth }));
  return {
    outcome: 'passed',
    evidence: evidence({ subject: subject(source ? { source } : {}, nodes), provenance: check }),
    findings: [],
  };
}

const absent = unproven('absent', 'provenance-absent', {});
const unreachable = unproven('unreachable', 'registry-unreachable', {});
const at = { file: 'verify-deps.yaml', line: 3, column: 5 };

function demand(goal: string, level: 'error' | 'warn' | 'off' = 'error'): CoverageDemand {
  return { level: { value: level, at }, goal: { value: goal, at } };
}

/** So many proven, unproven and unasked packages. */
function tree(proven: number, lacking: number, open = 0): readonly Verdict[] {
  return [
    ...Array.from({ length: proven }, () => like()),
    ...Array.from({ length: lacking }, () => like({ check: absent })),
    ...Array.from({ length: open }, () => like({ check: unreachable })),
  ];
}

describe('coverageGoal', () => {
  it.each([
    ['60%', 600],
    ['62.5%', 625],
    ['60 %', 600],
    ['0%', 0],
    ['100%', 1000],
  ])('%s', (text, tenths) => expect(coverageGoal(text)).toEqual({ kind: 'share', tenths }));
  it('ratchet', () => expect(coverageGoal('ratchet')).toEqual({ kind: 'ratchet' }));
  it.each(['100.1%', '101%', '60', '-1%', '1e1%', '60.55%', 'Ratchet', ' 60%', '0x1%', '%'])(
    'refuses %s',
    (text) => expect(coverageGoal(text)).toBeUndefined(),
  );
});

describe('coverageOf', () => {
  it.each<[string, Like, Coverage]>([
    ['production', {}, { production: 1, proven: 1 }],
    ['optional', { kinds: ['optional'] }, { production: 1, proven: 1 }],
    ['peer', { kinds: ['peer'], check: absent }, { production: 1, proven: 0 }],
    ['development', { kinds: ['dev'] }, { production: 0, proven: 0 }],
    ['both', { kinds: ['dev', 'prod'] }, { production: 1, proven: 1 }],
    ['not from a registry', { source: { kind: 'file', path: 'x.tgz' } }, { production: 0, proven: 0 }],
    ['a wrong proof', { check: unproven('invalid', 'claim-mismatch', {}) }, { production: 1, proven: 0 }],
  ])('%s', (_, item, expected) => expect(coverageOf([like(item)])).toEqual(expected));
});

describe('coverageFindings', () => {
  const found = (
    verdicts: readonly Verdict[],
    goal: string,
    recorded?: Coverage,
    level: 'error' | 'warn' | 'off' = 'error',
    mode: 'enforce' | 'observe' = 'enforce',
  ): readonly string[] =>
    coverageFindings(verdicts, recorded, demand(goal, level), mode).map(
      ({ code, severity, status }) => `${code} ${severity}${status === undefined ? '' : ` ${status}`}`,
    );

  it.each<[string, readonly string[], readonly string[]]>([
    ['a share that is reached', found(tree(6, 4), '60%'), []],
    ['a share that is just not', found(tree(5999, 4001), '60%'), ['coverage-low error']],
    ['a share with a decimal', found(tree(625, 375), '62.5%'), []],
    ['nothing in production', found([], '100%'), []],
    ['off', found(tree(0, 1), '100%', undefined, 'off'), []],
    ['warn', found(tree(0, 1), '100%', undefined, 'warn'), ['coverage-low warn']],
    ['observed', found(tree(0, 1), '100%', undefined, 'error', 'observe'), ['coverage-low warn']],
    [
      'who could not be asked may make up for it',
      found(tree(5, 4, 1), '60%'),
      ['coverage-low error unreachable'],
    ],
    ['who could not be asked cannot', found(tree(4, 5, 1), '60%'), ['coverage-low error']],
    ['a ratchet without a record', found(tree(0, 9), 'ratchet'), []],
    ['a ratchet that holds', found(tree(6, 4), 'ratchet', { production: 5, proven: 3 }), []],
    ['a ratchet that rises', found(tree(7, 3), 'ratchet', { production: 5, proven: 3 }), []],
    [
      'a fall of one in a thousand',
      found(tree(600, 401), 'ratchet', { production: 5, proven: 3 }),
      ['coverage-fell error'],
    ],
    [
      'perhaps no fall',
      found(tree(5, 4, 1), 'ratchet', { production: 5, proven: 3 }),
      ['coverage-fell error unreachable'],
    ],
    ['an empty record', found(tree(0, 4), 'ratchet', { production: 0, proven: 0 }), []],
  ])('%s', (_, actual, expected) => expect(actual).toEqual(expected));

  it('says both values, never rounded up, and who decided', () => {
    const [finding] = coverageFindings(tree(5999, 4001), undefined, demand('60%'), 'enforce');
    expect(finding).toMatchObject({
      args: { expected: '60 %', actual: '59.9 % (5999 of 10000)' },
      decidedBy: { rule: 'minimum.coverage', at },
    });
    expect(coverageText({ production: 0, proven: 0 })).toBe('none in production');
  });

  it('a fall moves the record only when nobody objects', () => {
    const recorded = { production: 5, proven: 3 };
    const now = { production: 10, proven: 5 };
    const fall = (level: 'error' | 'warn' | 'off'): Coverage =>
      nextRecorded(
        recorded,
        now,
        coverageFindings(tree(5, 5), recorded, demand('ratchet', level), 'enforce'),
      );
    expect(fall('error')).toEqual(recorded);
    expect(fall('warn')).toEqual(recorded);
    expect(fall('off')).toEqual(now);
    expect(nextRecorded(undefined, now, [])).toEqual(now);
    expect(nextRecorded(recorded, { production: 0, proven: 0 }, [])).toEqual(recorded);
  });
});

it('unprovenDirect: what the project itself names in production', () => {
  const verdicts = [
    like({ check: absent }),
    like({ check: absent, depth: 2 }),
    like({ check: absent, kinds: ['dev'] }),
    like(),
    like({ check: absent, source: { kind: 'file', path: 'x.tgz' } }),
  ];
  expect(unprovenDirect(verdicts)).toEqual([verdicts[0]]);
});

describe('in a policy', () => {
  it('is off by default, and a warning under strict', async () => {
    expect((await presetOf('recommended')).coverage).toMatchObject({
      level: { value: 'off' },
      goal: { value: 'ratchet' },
    });
    expect((await presetOf('strict')).coverage.level.value).toBe('warn');
  });
  it('level and goal come from the nearest file, each by itself', async () => {
    const { coverage } = await policyOf('version: 1\nextends: strict\nminimum:\n  coverage: 60%\n');
    expect(coverage.goal).toEqual({ value: '60%', at: { file: 'verify-deps.yaml', line: 4, column: 13 } });
    expect(coverage.level).toMatchObject({ value: 'warn', at: { file: 'preset:strict' } });
  });
  it.each([
    ['a goal that is none', 'minimum: { coverage: half }', 'is no share of packages'],
    [
      'a goal that nothing demands',
      'minimum: { coverage: 60% }',
      'does nothing while require.coverage is off',
    ],
    ['in a rule', "rules: [{ match: 'a', require: { coverage: error } }]", 'unknown key "coverage"'],
  ])('refuses %s', async (_, text, why) => {
    expect(await failureOf(policyOf(`version: 1\n${text}\n`))).toContain(why);
  });
});
