/** RFC 3161 timestamps: a signed word of an authority that a signature existed at a time. */
import type { Note } from '../core/check.ts';
import type { PendingSignature } from './pending.ts';
import type { CertificateAuthority, VerifiedTime } from './types.ts';

export interface TimestampPlan {
  /** True only once every pending signature has been verified. */
  readonly time: VerifiedTime;
  readonly signatures: readonly PendingSignature[];
}

/** A token that is well formed and about this signature, by somebody outside of the trust root. */
export interface UncoveredTimestamp {
  readonly uncovered: Note;
}

/**
 * Checks all of a token that costs no signature.
 * @param token      TimeStampResp (RFC 3161 section 2.4.2), DER
 * @param signature  bytes of the signature that the imprint must cover
 */
export declare function planTimestamp(
  token: Uint8Array,
  signature: Uint8Array,
  authorities: readonly CertificateAuthority[],
): TimestampPlan | UncoveredTimestamp;
