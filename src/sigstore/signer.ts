import { hex, sha256 } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import { shared } from '../core/shared.ts';
import { iso } from '../core/time.ts';
import { within } from './chain.ts';
import type { PendingSignature } from './pending.ts';
import type { Verifier } from './rekor-body.ts';
import type { ManagedKey, SignerIdentity, VerificationKey } from './types.ts';

/** Whoever signed the bundle: a certificate or a managed key. */
export interface Signer {
  readonly key: VerificationKey;
  readonly verifier: Verifier;
  /** What must hold for the key to have been trustworthy at each of these times (milliseconds since 1970). */
  trusted(times: readonly number[]): readonly PendingSignature[];
  /** Who it is; decoded only after everything held. */
  identity(): SignerIdentity;
}

export function keySigner(managed: ManagedKey): Signer {
  return {
    key: managed.key,
    verifier: { label: 'PUBLIC KEY', der: managed.key.spkiDer, key: managed.key },
    identity: () => ({ kind: 'key', hint: managed.hint, sha256: shared(hex(sha256(managed.key.spkiDer))) }),
    trusted(times) {
      for (const time of times) {
        if (within(time, managed.validFor)) continue;
        const { start, end } = managed.validFor;
        const code = time < start ? 'key-not-yet-valid' : 'key-expired';
        const bound = time < start ? { starts: iso(start) } : { expires: iso(end ?? start) };
        throw new ProofError(code, { keyid: managed.hint, time: iso(time), ...bound });
      }
      return [];
    },
  };
}

/** A key that the caller has named: it signed, or nobody did. Nothing bounds when it was in force. */
export function givenKeySigner(key: VerificationKey, hint: string): Signer {
  return {
    key,
    verifier: { label: 'PUBLIC KEY', der: key.spkiDer, key },
    identity: () => ({ kind: 'key', hint, sha256: hex(sha256(key.spkiDer)) }),
    trusted: () => [],
  };
}
