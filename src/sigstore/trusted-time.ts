/** When a bundle was signed, as far as anybody trusted says so: transparency logs and timestamp authorities. */

import { hex } from '../core/bytes.ts';
import type { Note } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';
import type { Thresholds } from './options.ts';
import type { PendingSignature } from './pending.ts';
import { planTimestamp } from './timestamp.ts';
import type { CertificateAuthority, VerifiedTime } from './types.ts';

export interface TrustedTimes {
  /** To be believed once the log's promises and `signatures` are verified. */
  readonly times: readonly VerifiedTime[];
  readonly signatures: readonly PendingSignature[];
  readonly uncovered: readonly Note[];
}

/**
 * @param tokens     RFC 3161 tokens of the bundle
 * @param signature  the signature they must be about
 * @param logTimes   what the logs say
 * @throws {ProofError} `time-absent`, `time-threshold`, `timestamp-*`
 */
export function trustedTimes(
  tokens: readonly Uint8Array[],
  signature: Uint8Array,
  logTimes: readonly VerifiedTime[],
  authorities: readonly CertificateAuthority[],
  thresholds: Thresholds,
): TrustedTimes {
  const plans = distinct(tokens).map((token) => planned(token, signature, authorities));
  const stamps = plans.flatMap((plan) => ('time' in plan ? [plan] : []));
  const uncovered = plans.flatMap((plan) => ('uncovered' in plan ? [plan.uncovered] : []));
  const stampTimes = stamps.map(({ time }) => time);
  const times = [...logTimes, ...stampTimes];
  if (times.length === 0 && thresholds.trustedTimes > 0) {
    const [first] = uncovered;
    throw first ? new ProofError(first.code, first.args, 'uncovered') : new ProofError('time-absent', {});
  }
  atLeast('time-threshold', thresholds.trustedTimes, times);
  atLeast('timestamp-threshold', thresholds.timestampAuthorities, stampTimes);
  return { times, signatures: stamps.flatMap((plan) => plan.signatures), uncovered };
}

/** What cannot be judged here is no time, and no reason to doubt another. */
function planned(
  token: Uint8Array,
  signature: Uint8Array,
  authorities: readonly CertificateAuthority[],
): ReturnType<typeof planTimestamp> {
  try {
    return planTimestamp(token, signature, authorities);
  } catch (error) {
    if (!(error instanceof ProofError) || error.status !== 'uncovered') throw error;
    return { uncovered: { code: error.code, args: error.args } };
  }
}

function distinct(tokens: readonly Uint8Array[]): readonly Uint8Array[] {
  if (tokens.length > 1 && new Set(tokens.map(hex)).size < tokens.length) {
    throw new ProofError('timestamp-repeated', {});
  }
  return tokens;
}

function atLeast(
  code: 'time-threshold' | 'timestamp-threshold',
  expected: number,
  times: readonly VerifiedTime[],
): void {
  const actual = new Set(times.map(({ operator }) => operator)).size;
  if (actual < expected) throw new ProofError(code, { expected, actual });
}
