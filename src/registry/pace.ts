/**
 * Keeps the pace that a host asks for. One that answers 429 pauses everybody who wants something of it, and is asked at
 * intervals from then on: longer with each further 429, shorter again with each answer. Others are asked at full speed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/clock.ts';

const INTERVAL_MS = { first: 20, max: 1_000, forgotten: 2 } as const;
/** With each answer. From the longest interval to none, that is five seconds in all. */
const FORGIVENESS = 0.8;
/** In pauses without an answer between them: each question takes its turn in them, and sixty of them would wait for half a day. */
const PAUSED_MS_MAX = 600_000;

interface Host {
  /** Settles when the next in line may start. */
  line: Promise<void>;
  /** Set while nobody may start, however long they have waited. */
  pause: Promise<void> | undefined;
  /** When that ends. */
  until: number;
  intervalMs: number;
  /** All pauses since it has answered. */
  pausedMs: number;
}

export interface Pace {
  /** Settles when this host may be asked once. At once, for a host that never complained. */
  turn(host: string): Promise<void>;
  /**
   * The host asks for patience: nobody asks it again for this long.
   * @returns `once more` if that is news; false if it has asked for too much of it without an answer: it has failed
   */
  slowDown(host: string, waitMs: number): 'once more' | 'as before' | false;
  answered(host: string): void;
  /** The host that has to be left alone for the longest time now, and until when. */
  paused(): { readonly host: string; readonly until: number } | undefined;
}

/** @param wait  settles after so many milliseconds, or at once when the run is aborted */
export function createPace(
  signal: AbortSignal,
  wait: (ms: number) => Promise<void> = (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
  clock: Clock = systemClock,
): Pace {
  const hosts = new Map<string, Host>();
  return {
    async turn(name) {
      const host = hosts.get(name);
      if (host === undefined || (host.intervalMs === 0 && host.pause === undefined)) return;
      const mine = host.line;
      host.line = mine.then(async () => {
        await host.pause;
        await wait(host.intervalMs);
      });
      await mine;
      await host.pause;
      signal.throwIfAborted();
    },
    slowDown(name, waitMs) {
      const host = hosts.get(name) ?? {
        line: Promise.resolve(),
        pause: undefined,
        until: 0,
        intervalMs: 0,
        pausedMs: 0,
      };
      hosts.set(name, host);
      // Thirty requests that were under way together are one complaint.
      if (host.pause !== undefined) return 'as before';
      if (host.pausedMs >= PAUSED_MS_MAX) return false;
      host.pausedMs += waitMs;
      host.intervalMs = Math.min(Math.max(host.intervalMs * 2, INTERVAL_MS.first), INTERVAL_MS.max);
      host.until = clock() + waitMs;
      host.pause = wait(waitMs).then(() => {
        host.pause = undefined;
      });
      return 'once more';
    },
    answered(name) {
      const host = hosts.get(name);
      if (host === undefined) return;
      host.pausedMs = 0;
      if (host.pause !== undefined) return;
      host.intervalMs *= FORGIVENESS;
      if (host.intervalMs < INTERVAL_MS.forgotten) host.intervalMs = 0;
    },
    paused() {
      let longest: { readonly host: string; readonly until: number } | undefined;
      for (const [host, { pause, until }] of hosts) {
        if (pause !== undefined && until > (longest?.until ?? 0)) longest = { host, until };
      }
      return longest;
    },
  };
}
