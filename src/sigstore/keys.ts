import { createPublicKey } from 'node:crypto';
import { decodeBase64 } from '../core/base64.ts';
import { children, content, expectTag, oidOf, parseDer } from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import type { VerificationKey } from './types.ts';

const OID_EC = '1.2.840.10045.2.1';
const OID_RSA = '1.2.840.113549.1.1.1';
const OID_ED25519 = '1.3.101.112';
const CURVES: Readonly<Record<string, VerificationKey['hash']>> = {
  '1.2.840.10045.3.1.7': 'sha256',
  '1.3.132.0.34': 'sha384',
  '1.3.132.0.35': 'sha512',
};
/** DER up to and including the 0x04 of an uncompressed P-256 point. */
const P256_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/**
 * Imports a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7) and fixes the algorithm that goes with it: the curve's own
 * hash for ECDSA, so that a signature cannot choose a weaker one.
 * @param spkiDer  DER; P-256, P-384, P-521, Ed25519, or RSA of 2048 to 8192 bits
 * @throws {MalformedError} `malformed`, {ProofError} `algorithm-unsupported`
 */
export function importKey(spkiDer: Uint8Array, what: string): VerificationKey {
  const [algorithm] = children(expectTag(parseDer(spkiDer, what), 0x30, what), what);
  const parts = children(expectTag(algorithm, 0x30, what), what);
  const oid = parts[0] ? oidOf(parts[0], what) : '';
  if (oid === OID_ED25519) return { key: load(spkiDer, what), spkiDer, hash: null };
  if (oid === OID_RSA) {
    const key = load(spkiDer, what);
    const bits = key.asymmetricKeyDetails?.modulusLength ?? 0;
    if (bits < 2048 || bits > 8192)
      throw new ProofError('algorithm-unsupported', { what, algorithm: `RSA ${bits}` }, 'uncovered');
    return { key, spkiDer, hash: 'sha256', padding: 'pkcs1' };
  }
  const curve = oid === OID_EC && parts[1] ? oidOf(parts[1], what) : '';
  const hash = CURVES[curve];
  if (hash === undefined)
    throw new ProofError('algorithm-unsupported', { what, algorithm: curve || oid }, 'uncovered');
  return { key: load(spkiDer, what), spkiDer, hash };
}

function load(spkiDer: Uint8Array, what: string): VerificationKey['key'] {
  try {
    // OpenSSL's DER decoder takes twice as long as its JWK path for the one curve that leaf certificates have.
    if (spkiDer.length === 91 && Buffer.compare(spkiDer.subarray(0, 27), P256_HEAD) === 0) {
      const point = Buffer.from(spkiDer.subarray(27));
      const jwk = {
        kty: 'EC',
        crv: 'P-256',
        x: point.toString('base64url', 0, 32),
        y: point.toString('base64url', 32),
      };
      return createPublicKey({ key: jwk, format: 'jwk' });
    }
    return createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
  } catch {
    throw new MalformedError(what, 'not a usable public key');
  }
}

/** Label and DER of a PEM public key (RFC 7468), one block and nothing else but white space around it. */
export function publicKeyFromPem(pem: string, what: string): VerificationKey {
  // One quantifier only: with white space in three of them the time grows with the cube of a hostile blank.
  const match = /^-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----$/.exec(pem.trim());
  if (!match) throw new MalformedError(what, 'not a PEM public key');
  return importKey(decodeBase64(match[1]!.replace(/\s/g, ''), what), what);
}

/** The bits of subjectPublicKey, without the algorithm: what a key identifier is made from. */
export function publicKeyBits(spkiDer: Uint8Array, what: string): Uint8Array {
  const bits = children(parseDer(spkiDer, what), what)[1];
  return content(expectTag(bits, 0x03, what)).subarray(1);
}
