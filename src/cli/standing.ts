import type { Progress } from '../connect.ts';
import { type Clock, stopwatch, systemClock } from '../core/clock.ts';
import { createEstimator } from './estimate.ts';
import type { Standing } from './progress-text.ts';
import type { Latest } from './ui.ts';

/** Clocks; other ones in tests. */
export interface Clocks {
  readonly stopwatch: Clock;
  readonly wall: Clock;
}

export const processClocks: Clocks = { stopwatch, wall: systemClock };

/** While packages get done, one host that is slow is not what the run waits for. */
const STILL_MS = 1_000;

/**
 * Looks at the work again and again, at any times: what it has seen so far tells the pace.
 * @returns how things stand now
 */
export function observer(clocks: Clocks = processClocks): (latest: Latest) => Standing {
  let seen = phaseOf(undefined, 0);
  return ({ progress, since }) => {
    const { phase, done, total, asked } = progress;
    if (seen.phase !== phase || seen.since !== since) seen = phaseOf(phase, since);
    const now = clocks.stopwatch();
    if (done !== seen.done) {
      seen.done = done;
      seen.movedAt = now;
    }
    const stats = asked?.stats;
    const waiting = now - seen.movedAt < STILL_MS ? undefined : stats?.waiting;
    const estimate = seen.estimator.update(now, done, total, waiting !== undefined);
    const waitSeconds = waiting === undefined ? 0 : Math.ceil((waiting.until - clocks.wall()) / 1_000);
    return {
      phase,
      done,
      total,
      stats: stats && { ...stats, waiting },
      waitSeconds: Math.max(0, waitSeconds),
      ...estimate,
    };
  };
}

function phaseOf(phase: Progress['phase'] | undefined, since: number) {
  return { phase, since, done: 0, movedAt: since, estimator: createEstimator(since) };
}
