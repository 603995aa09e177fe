import { constants, verify } from 'node:crypto';
import type { VerificationKey } from './types.ts';

/**
 * Verifies one signature on libuv's thread pool, so that a run uses every core and the main thread goes on parsing.
 * @param hash  overrides the key's own hash where a format names another (certificates, SCTs)
 * @returns     false for everything that is not a good signature, malformed ones included
 */
export function verifySignature(
  key: VerificationKey,
  data: Uint8Array,
  signature: Uint8Array,
  hash: VerificationKey['hash'] = key.hash,
): Promise<boolean> {
  const input =
    key.padding === 'pss'
      ? {
          key: key.key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
        }
      : { key: key.key, dsaEncoding: 'der' as const };
  return new Promise((resolve) => {
    verify(hash, data, input, signature, (error, good) => resolve(error === null && good));
  });
}
