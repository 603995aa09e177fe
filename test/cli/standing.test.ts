import { expect, test } from 'vitest';
import { observer } from '../../src/cli/standing.ts';
import type { Progress } from '../../src/connect.ts';

const WALL = 1_700_000_000_000;

/** Looks at the work at moments of our choice. */
function watcher() {
  const time = { now: 0 };
  const observe = observer({ stopwatch: () => time.now, wall: () => WALL + time.now });
  return (now: number, progress: Progress, since = 0) => {
    time.now = now;
    return observe({ progress, since });
  };
}

type Stats = NonNullable<Progress['asked']>['stats'];
const waiting = { host: 'registry.example', reason: 'no answer yet', until: WALL + 12_300 };
const packages = (done: number, stats: Partial<Stats> = {}): Progress => ({
  phase: 'packages',
  done,
  total: 100,
  asked: { stats: { requests: 1, bytes: 2, fromStore: 3, ...stats } },
});

test('numbers of whoever is asked come with it', () => {
  const look = watcher();
  expect(look(10, { phase: 'lockfile', done: 0, total: 0 })).toEqual({
    phase: 'lockfile',
    done: 0,
    total: 0,
    stats: undefined,
    waitSeconds: 0,
    perSecond: undefined,
    secondsLeft: undefined,
  });
  expect(look(20, packages(0)).stats).toEqual({ requests: 1, bytes: 2, fromStore: 3, waiting: undefined });
});

test('a host that is slow is waited for once nothing else gets done', () => {
  const look = watcher();
  expect(look(3_000, packages(30, { waiting })).stats?.waiting).toBeUndefined();
  expect(look(3_900, packages(30, { waiting })).stats?.waiting).toBeUndefined();
  const still = look(4_000, packages(30, { waiting }));
  expect(still).toMatchObject({ stats: { waiting }, waitSeconds: 9, secondsLeft: undefined });
  expect(look(5_000, packages(31, { waiting })).stats?.waiting).toBeUndefined();
  expect(look(20_000, packages(31, { waiting })).waitSeconds).toBe(0);
});

test('in a phase that counts nothing the wait is told after a moment', () => {
  const look = watcher();
  const trust: Progress = { ...packages(0, { waiting }), phase: 'trust', total: 0 };
  expect(look(500, trust).stats?.waiting).toBeUndefined();
  expect(look(1_000, trust).stats?.waiting).toEqual(waiting);
});

test('the pace is that of a phase, and begins anew with it', () => {
  const look = watcher();
  for (let now = 200; now <= 4_000; now += 200) look(now, packages(now / 100));
  expect(look(4_200, packages(42))).toMatchObject({ perSecond: 10, secondsLeft: 6 });
  expect(look(4_400, { ...packages(1), phase: 'again' }, 4_300)).toMatchObject({ perSecond: undefined });
  expect(look(4_600, packages(2), 4_500)).toMatchObject({ perSecond: undefined });
});
