import type { Note } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';

/** A signature still to be verified, and what it means if it does not hold. */
export interface PendingSignature {
  /** False, or a {@link ProofError} that says more than `failure` could. */
  verify(): Promise<boolean>;
  readonly failure: Note;
}

/**
 * Verifies all at once on the thread pool.
 * @throws {ProofError} of the first in the list that does not hold, whichever was ready first
 */
export async function allHold(pending: readonly PendingSignature[]): Promise<void> {
  const results = await Promise.allSettled(pending.map((signature) => signature.verify()));
  for (const [index, result] of results.entries()) {
    if (result.status === 'rejected') throw result.reason;
    if (!result.value) throw new ProofError(pending[index]!.failure.code, pending[index]!.failure.args);
  }
}
