/** How long a service may go on believing the trust root that it has loaded. */
import { VerifyDepsError } from '../../core/errors.ts';
import type { Gate } from '../../gate.ts';
import type { Trust } from '../../trust/types.ts';

/** A week: longer than a mirror is down, shorter than the time in which a key that was revoked does damage unnoticed. */
export const TRUST_MS_MAX = 604_800_000;

type Believed = Pick<Trust, 'origin' | 'expires'>;

/** Why nothing may be judged by it any more. A file that the operator has pinned counts for as long as it lies there. */
export function trustTrouble({ origin, expires }: Believed, now: number, maxMs: number): string | undefined {
  if (origin.kind === 'file') return undefined;
  if (expires !== undefined && expires <= now) return `the trust root expired at ${moment(expires)}`;
  if (origin.asOf === undefined) return 'nobody knows how old the trust root is';
  if (now - origin.asOf > maxMs) return `the trust root was last refreshed at ${moment(origin.asOf)}`;
  return undefined;
}

/** Milliseconds since it was fetched, or made where it ships with this tool; undefined where that is not known. */
export function trustAge({ origin }: Believed, now: number): number | undefined {
  return origin.asOf === undefined ? undefined : Math.max(0, now - origin.asOf);
}

/** The gate, which judges nothing once its trust root is too old. */
export function withTrustAge(gate: Gate, clock: () => number, maxMs: number): Gate {
  return {
    ...gate,
    get stats() {
      return gate.stats;
    },
    async judge(offer) {
      const trouble = trustTrouble(gate.trust, clock(), maxMs);
      if (trouble === undefined) return gate.judge(offer);
      throw new VerifyDepsError('trust-root-unreachable', trouble, {
        hint: 'it is refreshed by itself as soon as its origin can be reached: see the log and the health of the service',
      });
    },
  };
}

function moment(ms: number): string {
  return new Date(ms).toISOString();
}
