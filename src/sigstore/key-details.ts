/**
 * Algorithms as Sigstore's trust roots name them: `PublicKeyDetails`.
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_common.proto
 */
import { MalformedError, ProofError } from '../core/errors.ts';
import type { VerificationKey } from './types.ts';

/** What a key is, by its own encoding or by what somebody says of it, and the algorithm that goes with it. */
export interface KeyTraits {
  readonly family: 'ec' | 'rsa' | 'rsa-pss' | 'ed25519';
  /** Curve or kind, for people. */
  readonly name: string;
  readonly hash: VerificationKey['hash'];
  readonly padding?: 'pkcs1' | 'pss';
  /** Length of an RSA modulus. */
  readonly bits?: number;
  /** Ed25519ph (RFC 8032 section 5.1). */
  readonly prehashed?: true;
}

const rsa = (padding: 'pkcs1' | 'pss', bits?: number): KeyTraits => ({
  family: 'rsa',
  name: 'RSA',
  hash: 'sha256',
  padding,
  ...(bits === undefined ? {} : { bits }),
});
const ec = (name: string, hash: VerificationKey['hash']): KeyTraits => ({ family: 'ec', name, hash });

const DETAILS: ReadonlyMap<string, KeyTraits> = new Map([
  ['PKCS1_RSA_PKCS1V5', rsa('pkcs1')],
  ['PKCS1_RSA_PSS', rsa('pss')],
  ['PKIX_RSA_PKCS1V5', rsa('pkcs1')],
  ['PKIX_RSA_PSS', rsa('pss')],
  ['PKIX_RSA_PKCS1V15_2048_SHA256', rsa('pkcs1', 2048)],
  ['PKIX_RSA_PKCS1V15_3072_SHA256', rsa('pkcs1', 3072)],
  ['PKIX_RSA_PKCS1V15_4096_SHA256', rsa('pkcs1', 4096)],
  ['PKIX_RSA_PSS_2048_SHA256', rsa('pss', 2048)],
  ['PKIX_RSA_PSS_3072_SHA256', rsa('pss', 3072)],
  ['PKIX_RSA_PSS_4096_SHA256', rsa('pss', 4096)],
  // RFC 6979 is about how the signer picks its nonce: to a verifier it is ECDSA.
  ['PKIX_ECDSA_P256_HMAC_SHA_256', ec('P-256', 'sha256')],
  ['PKIX_ECDSA_P256_SHA_256', ec('P-256', 'sha256')],
  ['PKIX_ECDSA_P384_SHA_384', ec('P-384', 'sha384')],
  ['PKIX_ECDSA_P521_SHA_512', ec('P-521', 'sha512')],
  ['PKIX_ECDSA_P384_SHA_256', ec('P-384', 'sha256')],
  ['PKIX_ECDSA_P521_SHA_256', ec('P-521', 'sha256')],
  ['PKIX_ED25519', { family: 'ed25519', name: 'Ed25519', hash: null }],
  ['PKIX_ED25519_PH', { family: 'ed25519', name: 'Ed25519', hash: null, prehashed: true }],
]);

/**
 * What somebody says of a key, if it can be that.
 * @throws {ProofError} `algorithm-unsupported` for details that are not known here (LMS, ML-DSA, unspecified),
 *                      {MalformedError} `malformed` if they are those of another key
 */
export function detailsOf(details: string, key: KeyTraits, what: string): KeyTraits {
  const named = DETAILS.get(details);
  if (!named) throw new ProofError('algorithm-unsupported', { what, algorithm: details }, 'uncovered');
  // A key that is restricted to PSS is an RSA key, and one that can have made nothing else.
  const fits =
    key.family === 'rsa-pss'
      ? named.padding === 'pss' && named.hash === key.hash
      : named.family === key.family && named.name === key.name;
  if (!fits) throw new MalformedError(what, `${key.name} where its details say ${details}`);
  if (named.bits !== undefined && named.bits !== key.bits)
    throw new MalformedError(what, `RSA ${key.bits} where its details say ${named.bits}`);
  return named;
}
