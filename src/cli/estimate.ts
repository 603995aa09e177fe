/**
 * How fast work goes and how long it will still take. A number that jumps is believed by nobody: it is shown once two
 * averages over different spans agree, the end is drawn towards what the pace promises and never leaps there, and what is
 * shown goes down by itself but up only for a reason. Where nothing is known, nothing is said.
 */

export interface Estimate {
  /** Per second, two digits of it; undefined where too little is known, or nothing moves. */
  readonly perSecond: number | undefined;
  /** Seconds still to go, in steps that grow with them; undefined likewise, and for what ends at once. */
  readonly secondsLeft: number | undefined;
}

export interface Estimator {
  /**
   * @param now      milliseconds of a clock that never goes back
   * @param waiting  it is known that nothing can move now: the pace is that of the time between
   */
  update(now: number, done: number, total: number, waiting: boolean): Estimate;
}

/** Before that the start-up of connections is all there is to see. */
const KNOWN_MS = 2_000;
/** Of the whole, and at most so many: a few packages tell little about the rest. */
const KNOWN = { share: 0.05, min: 3, max: 40 } as const;
/** What the long average remembers: half of the time behind us, within bounds. */
const LONG = { share: 0.5, minMs: 4_000, maxMs: 30_000 } as const;
const SHORT_MS = 2_500;
/** Averages that differ by more do not agree; if they go on so for that long, the short one is right. */
const APART = { factor: 1.7, ms: 2_500 } as const;
/** To begin with they should agree better; after that long the pace is as unsteady as this. */
const SETTLED = { factor: 1.25, ms: 4_000 } as const;
/** How fast the end that is shown follows the one that is computed. */
const DRAW_MS = { earlier: 1_500, later: 3_000 } as const;
/** Beyond the end that was shown: it was wrong. */
const LATE_MS = 1_500;
/** Without any progress for so many times the time between two, there is no pace. */
const STALL = { gaps: 8, minMs: 3_000 } as const;
/** Not worth beginning to say. */
const WORTH_SECONDS = 3;
/** A longer time is shown only from here on. */
const UP = { factor: 1.3, seconds: 3 } as const;
/** The pace that is shown stands for so long, and until it differs by so much. */
const PACE = { ms: 2_000, share: 0.1 } as const;
const NOTHING: Estimate = { perSecond: undefined, secondsLeft: undefined };

/** @param begun  when the first of it began, by the clock of `update` */
export function createEstimator(begun: number): Estimator {
  let last = { now: begun, done: 0 };
  let moved = begun;
  let worked = 0;
  let stalled = false;
  let knownSince: number | undefined;
  let apartSince: number | undefined;
  let end: number | undefined;
  let left: number | undefined;
  let pace: { readonly at: number; readonly perSecond: number } | undefined;
  const long = average();
  const short = average();

  const forget = (): Estimate => {
    end = undefined;
    left = undefined;
    return NOTHING;
  };

  return {
    update(now, done, total, waiting) {
      const passed = now - last.now;
      const more = done - last.done;
      last = { now, done };
      if (waiting && more === 0) {
        // The time does not count, neither as work nor as a standstill.
        moved += passed;
        return forget();
      }
      worked += passed;
      if (more > 0) {
        moved = now;
        // The pace of the whole: after one standstill there may be others.
        if (stalled) for (const each of [long, short]) each.set(worked, done);
        stalled = false;
      }
      long.add(passed, more, Math.min(LONG.maxMs, Math.max(LONG.minMs, worked * LONG.share)));
      short.add(passed, more, SHORT_MS);
      const enough = Math.max(KNOWN.min, Math.min(KNOWN.max, total * KNOWN.share));
      const gapBefore = done === 0 ? 0 : long.gap();
      stalled ||= now - moved > Math.max(STALL.minMs, STALL.gaps * gapBefore);
      if (stalled || worked < KNOWN_MS || done < enough || waiting) return forget();

      knownSince ??= now;
      const ratio = Math.exp(Math.abs(Math.log(short.gap() / long.gap())));
      if (end === undefined && ratio > SETTLED.factor && now - knownSince < SETTLED.ms) return NOTHING;
      const agree = ratio <= APART.factor;
      apartSince = agree ? undefined : (apartSince ?? now);
      const turned = apartSince !== undefined && now - apartSince > APART.ms;
      if (turned) {
        long.become(short);
        apartSince = undefined;
      }
      const gap = long.gap();
      if (agree || turned) {
        const target = now + (total - done) * gap;
        const draw = end !== undefined && target < end ? DRAW_MS.earlier : DRAW_MS.later;
        end = end === undefined || turned ? target : end + (target - end) * (1 - Math.exp(-passed / draw));
      }
      if (end === undefined) return NOTHING;
      if (now > end + LATE_MS) forget();
      left = end === undefined ? undefined : shown((end - now) / 1_000, left);
      const perSecond = Number((1_000 / gap).toPrecision(2));
      const changed = pace === undefined || Math.abs(perSecond / pace.perSecond - 1) > PACE.share;
      if (changed && now - (pace?.at ?? Number.NEGATIVE_INFINITY) >= PACE.ms) pace = { at: now, perSecond };
      return { perSecond: pace?.perSecond, secondsLeft: done >= total ? undefined : left };
    },
  };
}

interface Average {
  /** What was done lately counts, what is longer ago than `memory` hardly. */
  add(passed: number, count: number, memory: number): void;
  /** Milliseconds for each. */
  gap(): number;
  set(time: number, count: number): void;
  become(other: Average): void;
  readonly sums: readonly [time: number, count: number];
}

function average(): Average {
  let time = 0;
  let count = 0;
  return {
    add(passed, more, memory) {
      const kept = Math.exp(-passed / memory);
      time = time * kept + passed;
      count = count * kept + more;
    },
    gap: () => time / count,
    set(newTime, newCount) {
      time = newTime;
      count = newCount;
    },
    become(other) {
      [time, count] = other.sums;
    },
    get sums() {
      return [time, count] as const;
    },
  };
}

function shown(seconds: number, before: number | undefined): number | undefined {
  const stepped = Math.max(1, step(seconds));
  if (before === undefined) return seconds < WORTH_SECONDS ? undefined : stepped;
  if (stepped <= before || seconds > before * UP.factor + UP.seconds) return stepped;
  return before;
}

/** Upwards: what is said to take 20 seconds should not take 24. */
function step(seconds: number): number {
  const size = seconds <= 10 ? 1 : seconds <= 60 ? 5 : seconds <= 300 ? 15 : seconds <= 3_600 ? 60 : 600;
  return Math.ceil(seconds / size) * size;
}
