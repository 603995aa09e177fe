import { describe, expect, test } from 'vitest';
import { createEstimator, type Estimate } from '../../src/cli/estimate.ts';

interface Series {
  /** How many are done after so many milliseconds. */
  readonly done: (ms: number) => number;
  readonly total: number;
  readonly waiting?: (ms: number) => boolean;
  readonly tick?: number;
}

interface Seen extends Estimate {
  readonly at: number;
  /** Seconds that it really takes from here. */
  readonly real: number;
}

/** What is shown at each tick until all is done. */
function watch({ done, total, waiting = () => false, tick = 200 }: Series): readonly Seen[] {
  const estimator = createEstimator(0);
  let end = 0;
  while (done(end) < total) end += 10;
  const seen: Seen[] = [];
  for (let at = tick; at < end; at += tick) {
    const estimate = estimator.update(at, Math.min(total, Math.floor(done(at))), total, waiting(at));
    seen.push({ ...estimate, at, real: (end - at) / 1_000 });
  }
  return seen;
}

const told = (seen: readonly Seen[]): readonly (Seen & { readonly secondsLeft: number })[] =>
  seen.flatMap((one) => (one.secondsLeft === undefined ? [] : [{ ...one, secondsLeft: one.secondsLeft }]));

/** How often it was put up without having been away. */
function rises(seen: readonly Seen[]): number {
  return seen.filter(({ secondsLeft }, index) => {
    const before = seen[index - 1]?.secondsLeft;
    return secondsLeft !== undefined && before !== undefined && secondsLeft > before;
  }).length;
}

const even = (perSecond: number) => (ms: number) => (ms * perSecond) / 1_000;

describe('the time left', () => {
  test.each<[string, Series, { from: number; within: number; rises: number }]>([
    ['at an even pace', { done: even(33), total: 1_000 }, { from: 2_000, within: 0.4, rises: 0 }],
    [
      'looked at once a second',
      { done: even(33), total: 1_000, tick: 1_000 },
      { from: 2_000, within: 0.4, rises: 0 },
    ],
    ['of ten minutes', { done: even(17), total: 10_000 }, { from: 2_000, within: 0.4, rises: 0 }],
    [
      'where packages end in batches',
      { done: (ms) => Math.floor(ms / 1_500) * 64, total: 1_000 },
      { from: 2_000, within: 0.6, rises: 0 },
    ],
    [
      'at a pace that wavers',
      { done: (ms) => ms / 60 + 40 * Math.sin(ms / 7_000) + 10 * Math.sin(ms / 1_300), total: 10_000 },
      { from: 2_000, within: 0.6, rises: 4 },
    ],
    [
      'where the store ends after most of it',
      { done: (ms) => (ms < 1_000 ? ms * 0.8 : 800 + (ms - 1_000) / 100), total: 1_000 },
      { from: 2_000, within: 0.6, rises: 1 },
    ],
    [
      'where it goes on at half the pace',
      { done: (ms) => (ms < 15_000 ? ms / 30 : 500 + (ms - 15_000) / 60), total: 1_000 },
      { from: 2_000, within: 0.6, rises: 2 },
    ],
    ['of a few slow packages', { done: (ms) => ms / 4_000, total: 8 }, { from: 12_000, within: 1, rises: 1 }],
  ])('%s is near what it really takes, and does not jump', (_, series, expected) => {
    const all = watch(series);
    const shown = told(all);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown[0]!.at).toBeGreaterThanOrEqual(expected.from);
    for (const { secondsLeft, real } of shown) {
      expect(Math.abs(secondsLeft - real)).toBeLessThan(3 + real * expected.within);
    }
    expect(rises(all)).toBeLessThanOrEqual(expected.rises);
  });

  test('goes down step by step at an even pace', () => {
    const values = [
      ...new Set(told(watch({ done: even(100 / 7), total: 1_000 })).map((one) => one.secondsLeft)),
    ];
    expect(values).toEqual([75, 60, 55, 50, 45, 40, 35, 30, 25, 20, 15, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  test('is not told of what is over in a moment', () => {
    expect(told(watch({ done: even(333), total: 1_000 }))).toEqual([]);
  });

  test('is not told while something is waited for, and afterwards is what it would have been', () => {
    const pause = { from: 10_000, to: 30_000 };
    const done = (ms: number): number =>
      ms < pause.from ? ms / 30 : ms < pause.to ? pause.from / 30 : (ms - pause.to + pause.from) / 30;
    const waiting = (ms: number): boolean => ms > pause.from && ms < pause.to;
    const seen = watch({ done, total: 1_000, waiting });
    expect(told(seen.filter(({ at }) => waiting(at)))).toEqual([]);
    const after = told(seen).filter(({ at }) => at > pause.to + 500);
    expect(after[0]!.at).toBeLessThan(pause.to + 1_000);
    for (const { secondsLeft, real } of after) expect(Math.abs(secondsLeft - real)).toBeLessThan(6);
  });

  test('is not told where nothing moves, nor a pace', () => {
    const done = (ms: number): number =>
      ms < 10_000 ? ms / 30 : ms < 30_000 ? 333 : 333 + (ms - 30_000) / 30;
    const still = watch({ done, total: 1_000 }).filter(({ at }) => at > 14_000 && at < 30_000);
    expect(still.length).toBeGreaterThan(50);
    expect(still.every((one) => one.secondsLeft === undefined && one.perSecond === undefined)).toBe(true);
  });

  test('is no longer told where it turned out to be wrong', () => {
    const done = (ms: number): number => (ms < 20_000 ? (ms * 990) / 20_000 : 990 + (ms - 20_000) / 1_500);
    const late = watch({ done, total: 1_000 }).filter(({ at }) => at > 25_000);
    expect(told(late)).toEqual([]);
  });

  test('is told by two digits of the pace', () => {
    const paces = new Set(watch({ done: even(347), total: 10_000 }).map(({ perSecond }) => perSecond));
    expect([...paces]).toEqual([undefined, 350]);
  });

  test('needs no time to pass between two looks', () => {
    const estimator = createEstimator(5);
    for (const done of [0, 0, 7]) {
      expect(estimator.update(5, done, 10, false)).toEqual({ perSecond: undefined, secondsLeft: undefined });
    }
  });
});
