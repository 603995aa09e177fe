/** What a run waits for: a host that asks for patience, one that failed and is asked again, one that does not answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';
import type { Pace } from './pace.ts';
import type { UnderWay } from './receiver.ts';

export interface Waiting {
  readonly host: string;
  /** A few printable words of ours. */
  readonly reason: string;
  /** When it goes on at the latest, milliseconds since 1970. */
  readonly until: number;
}

export interface WaitingRoom {
  /** Waits before another attempt. @throws the signal's reason, not the timer's own error */
  pause(host: string, reason: string, ms: number, signal: AbortSignal): Promise<void>;
  /** The longest wait that there is now, if any is worth a word. */
  now(): Waiting | undefined;
}

/** A host is slow if it has had this long to begin an answer. */
const SLOW_MS = 2_000;

export function createWaiting(pace: Pick<Pace, 'paused'>, underWay: UnderWay, clock: Clock): WaitingRoom {
  const pauses = new Set<Waiting>();
  return {
    async pause(host, reason, ms, signal) {
      const own = { host, reason, until: clock() + ms };
      pauses.add(own);
      try {
        await sleep(ms, undefined, { signal });
      } catch {
        signal.throwIfAborted();
      } finally {
        pauses.delete(own);
      }
    },
    now() {
      const paused = pace.paused();
      if (paused !== undefined)
        return { host: paused.host, reason: 'too many requests', until: paused.until };
      const slow = slowest(underWay, clock());
      if (slow !== undefined) return slow;
      // While others are answered, one that is asked again later holds up nobody.
      if (underWay.size > 0) return undefined;
      let longest: Waiting | undefined;
      for (const pause of pauses) if (pause.until > (longest?.until ?? 0)) longest = pause;
      return longest;
    },
  };
}

/** If the oldest request of all waits for its answer, there is nothing newer that would tell more. */
function slowest(underWay: UnderWay, now: number): Waiting | undefined {
  for (const receiver of underWay) {
    const sinceMs = receiver.waitsMs;
    if (sinceMs === undefined || sinceMs < SLOW_MS) continue;
    return { host: receiver.host, reason: 'no answer yet', until: now + receiver.headMs - sinceMs };
  }
  return undefined;
}
