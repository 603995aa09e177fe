import { constants, verify } from 'node:crypto';
import type { SignatureScheme } from './signature-algorithm.ts';
import type { VerificationKey } from './types.ts';

/**
 * Verifies one signature on libuv's thread pool, so that a run uses every core and the main thread goes on parsing.
 * @param hash        overrides the key's own hash where a format names another (certificates, SCTs)
 * @param saltLength  bytes, where the format names it (certificates). Else it is what the key itself names, or any: Sigstore's
 *                    own signers use as much salt as fits, and say nowhere how much that is
 * @returns           false for everything that is not a good signature, malformed ones included
 */
export function verifySignature(
  key: VerificationKey,
  data: Uint8Array,
  signature: Uint8Array,
  hash: VerificationKey['hash'] = key.hash,
  saltLength?: number,
): Promise<boolean> {
  const input =
    key.padding === 'pss'
      ? {
          key: key.key,
          padding: constants.RSA_PKCS1_PSS_PADDING,
          saltLength:
            saltLength ?? key.key.asymmetricKeyDetails?.saltLength ?? constants.RSA_PSS_SALTLEN_AUTO,
        }
      : { key: key.key, dsaEncoding: 'der' as const };
  return new Promise((resolve) => {
    verify(hash, data, input, signature, (error, good) => resolve(error === null && good));
  });
}

/** The same for a signature whose format says how it was made: false too if this kind of key cannot have made it. */
export function verifyScheme(
  key: VerificationKey,
  data: Uint8Array,
  signature: Uint8Array,
  { family, hash, saltLength }: SignatureScheme,
): Promise<boolean> {
  const type = key.key.asymmetricKeyType;
  // A key that is restricted to PSS (RFC 4055 section 1.2) makes no other signatures; a plain RSA key may make both.
  if (type !== family && !(type === 'rsa' && family === 'rsa-pss')) return Promise.resolve(false);
  if (family === 'ec' || family === 'ed25519') return verifySignature(key, data, signature, hash);
  const padding = family === 'rsa' ? 'pkcs1' : 'pss';
  return verifySignature({ ...key, padding }, data, signature, hash, saltLength);
}
