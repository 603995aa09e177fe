/**
 * How many requests to have under way. More of them help only while this process has nothing else to do: a registry nearby
 * answers faster than answers are verified, one far away leaves most of the time unused. So the number doubles while
 * requests wait for a place, the process idles and the last step brought more answers a second; it goes back where a step
 * brought none, and is halved where many answers are failures.
 */
import { stopwatch } from '../core/clock.ts';
import { createGate, type Gate } from './limiter.ts';

export interface Concurrency extends Pick<Gate, 'run'> {
  /** An answer has come, or none. */
  answered(failed: boolean): void;
  /** A host has said that these are too many: half of them, and no more for a while. */
  tooMany(): void;
  readonly limit: number;
}

export interface ConcurrencySettings {
  /** Never more than this. */
  readonly max: number;
  /** Milliseconds, by a clock that never goes back. */
  readonly clock?: () => number;
  /** Share of the time since the last call during which the process was busy, 0 to 1. */
  readonly busy?: () => number;
}

/** Half of that would do on a machine at rest; a busy one never finds the time to ask for more, and waits. */
const START = 48;
const LEAST = 4;
const STEP = 2;
/** One answer for each place is what is decided about, over so long a time at least: less would be noise. */
const WINDOW_MS = 20;
/** Above it, the process is the one that is too slow. */
const BUSY = 0.75;
/** Where twice as many requests bring fewer more answers than this, the host is what is too slow. */
const GAIN = 1.2;
const FAILED = 0.25;
/** Decisions to sit out before another try. */
const PATIENCE = 6;

export function createConcurrency(settings: ConcurrencySettings): Concurrency {
  const { max, clock = stopwatch } = settings;
  let busy = settings.busy;
  let limit = Math.min(START, max);
  const gate = createGate(limit);
  let since = clock();
  let answers = 0;
  let failures = 0;
  let patience = 0;
  /** Before the step that is on trial. */
  let before: { readonly limit: number; readonly rate: number } | undefined;
  /** The first answers after a step were asked for before it. */
  let settling = false;

  const resize = (to: number): void => {
    limit = Math.min(Math.max(Math.round(to), Math.min(LEAST, max)), max);
    gate.resize(limit);
  };

  const halve = (): void => {
    before = undefined;
    patience = PATIENCE;
    resize(limit / 2);
  };

  const decide = (elapsedMs: number): void => {
    const rate = answers / elapsedMs;
    const idle = (busy?.() ?? 1) < BUSY;
    if (failures >= answers * FAILED) {
      halve();
      return;
    }
    if (before !== undefined) {
      if (settling) {
        settling = false;
        return;
      }
      const tried = before;
      before = undefined;
      if (rate < tried.rate * GAIN) {
        patience = PATIENCE;
        resize(tried.limit);
        return;
      }
    }
    if (patience > 0) {
      patience--;
      return;
    }
    if (!gate.crowded || !idle || limit >= max) return;
    before = { limit, rate };
    settling = true;
    resize(limit * STEP);
  };

  return {
    run(task, ahead) {
      // From the first request on: a run that asks nobody need not load what measures it.
      busy ??= utilization();
      return gate.run(task, ahead);
    },
    get limit() {
      return limit;
    },
    tooMany: halve,
    answered(failed) {
      answers++;
      if (failed) failures++;
      if (answers < limit) return;
      const elapsedMs = clock() - since;
      if (elapsedMs < WINDOW_MS) return;
      decide(elapsedMs);
      since = clock();
      answers = 0;
      failures = 0;
    },
  };
}

/** Of the event loop: it idles while all there is to do is to wait. */
function utilization(): () => number {
  // bun does not measure it: there the limit stays where it begins, unless requests fail.
  if (typeof performance.eventLoopUtilization !== 'function') return () => 1;
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization: share } = performance.eventLoopUtilization(now, last);
    last = now;
    return share;
  };
}
