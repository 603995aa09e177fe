/** Public keys: SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7), and what the trust root says of each. */
import { createPublicKey } from 'node:crypto';
import { decodeBase64 } from '../core/base64.ts';
import { bigEndian } from '../core/bytes.ts';
import { bitsOf, children, type Der, encodeDer, expectTag, integerOf, oidOf, parseDer } from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { detailsOf, type KeyTraits } from './key-details.ts';
import { isNull, OID_RSASSA_PSS, pssScheme } from './signature-algorithm.ts';
import type { VerificationKey } from './types.ts';

const OID_EC = '1.2.840.10045.2.1';
const OID_RSA = '1.2.840.113549.1.1.1';
const OID_ED25519 = '1.3.101.112';
/** Bytes of an uncompressed point: 0x04 and both coordinates (RFC 5480 section 2.2). */
const CURVES: ReadonlyMap<string, { name: string; hash: VerificationKey['hash']; pointBytes: number }> =
  new Map([
    ['1.2.840.10045.3.1.7', { name: 'P-256', hash: 'sha256', pointBytes: 65 }],
    ['1.3.132.0.34', { name: 'P-384', hash: 'sha384', pointBytes: 97 }],
    ['1.3.132.0.35', { name: 'P-521', hash: 'sha512', pointBytes: 133 }],
  ]);
const UNCOMPRESSED = 0x04;
const RSA_BITS_MIN = 2048;
const RSA_BITS_MAX = 8192;
const RSA_EXPONENT_MAX = 0xffff_ffffn;
/** AlgorithmIdentifier { rsaEncryption, NULL } */
const RSA_ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex');
/** DER up to and including the 0x04 of an uncompressed P-256 point. */
const P256_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

/**
 * Imports a public key and fixes the algorithm that goes with it: the curve's own hash for ECDSA, SHA-256 and PKCS #1 v1.5
 * for RSA, so that a signature cannot choose a weaker one.
 * @param spkiDer  DER; P-256, P-384, P-521, Ed25519, or RSA of 2048 to 8192 bits, for PSS only or not. With details that
 *                 begin with PKCS1, a bare RSAPublicKey as well
 * @param details  Sigstore's `PublicKeyDetails` by name (sigstore_common.proto): must fit the key, and may name another
 *                 hash or padding
 * @throws {MalformedError} `malformed`, {ProofError} `algorithm-unsupported`
 */
export function importKey(spkiDer: Uint8Array, what: string, details?: string): VerificationKey {
  const der = details?.startsWith('PKCS1_') ? withAlgorithm(spkiDer, what) : spkiDer;
  const traits = readTraits(der, what);
  const named = details === undefined ? traits : detailsOf(details, traits, what);
  // Neither node:crypto nor any log or authority knows it.
  if (named.prehashed) throw unsupported(what, details!);
  const padding = named.padding;
  return {
    key: load(der, what),
    spkiDer: der,
    hash: named.hash,
    ...(padding === undefined ? {} : { padding }),
  };
}

/**
 * Asserts that a key is what somebody says of it, without importing it: Ed25519ph too.
 * @throws {MalformedError} `malformed`, {ProofError} `algorithm-unsupported`
 */
export function assertKeyDetails(spkiDer: Uint8Array, details: string, what: string): void {
  detailsOf(details, readTraits(spkiDer, what), what);
}

function readTraits(spkiDer: Uint8Array, what: string): KeyTraits {
  const [algorithm, bits, more] = children(expectTag(parseDer(spkiDer, what), 0x30, what), what);
  if (!algorithm || !bits || more) throw new MalformedError(what, 'not a public key');
  const [id, parameters, surplus] = children(expectTag(algorithm, 0x30, what), what);
  if (!id || surplus) throw new MalformedError(what, 'malformed key algorithm');
  return traitsOf(oidOf(id, what), parameters, bitsOf(bits, what), what);
}

function traitsOf(oid: string, parameters: Der | undefined, key: Uint8Array, what: string): KeyTraits {
  if (oid === OID_ED25519) {
    if (parameters) throw new MalformedError(what, 'parameters of an Ed25519 key');
    return { family: 'ed25519', name: 'Ed25519', hash: null };
  }
  if (oid === OID_RSA) {
    // RFC 3279 section 2.3.1.
    if (!parameters || !isNull(parameters)) throw new MalformedError(what, 'RSA key without NULL parameters');
    return { family: 'rsa', name: 'RSA', hash: 'sha256', padding: 'pkcs1', bits: rsaBits(key, what) };
  }
  if (oid === OID_RSASSA_PSS) {
    const hash = parameters ? pssScheme(parameters, what).hash : 'sha256';
    return { family: 'rsa-pss', name: 'RSASSA-PSS', hash, padding: 'pss', bits: rsaBits(key, what) };
  }
  if (oid !== OID_EC) throw unsupported(what, oid);
  if (!parameters) throw new MalformedError(what, 'elliptic curve key without a curve');
  // Parameters spelled out instead of a name (RFC 3279) would let a key bring its own curve.
  if (parameters.tag !== 0x06) throw unsupported(what, 'elliptic curve without a name');
  const curve = oidOf(parameters, what);
  const known = CURVES.get(curve);
  if (!known) throw unsupported(what, curve);
  // One key, one spelling: its digest is its name in logs and policies.
  if (key[0] === 0x02 || key[0] === 0x03) throw unsupported(what, `compressed ${known.name} point`);
  if (key[0] !== UNCOMPRESSED || key.length !== known.pointBytes)
    throw new MalformedError(what, 'not a point of its curve');
  return { family: 'ec', name: known.name, hash: known.hash };
}

/** Length of the modulus of an RSAPublicKey (RFC 8017 appendix A.1.1), which is in bounds. */
function rsaBits(key: Uint8Array, what: string): number {
  const parts = children(expectTag(parseDer(key, what), 0x30, what), what);
  const [modulus, exponent, more] = parts.map((part) => integerOf(part, what));
  if (!modulus || !exponent || more || modulus[0]! >= 0x80 || exponent[0]! >= 0x80)
    throw new MalformedError(what, 'malformed RSA key');
  const first = modulus[0] === 0 ? 1 : 0;
  const bits = (modulus.length - first) * 8 - Math.clz32(modulus[first] ?? 0) + 24;
  if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) throw unsupported(what, `RSA ${bits}`);
  // With 1, every message is its own signature; an even one has no inverse; a giant one costs time.
  const e = bigEndian(exponent);
  if (e < 3n || e > RSA_EXPONENT_MAX || e % 2n === 0n)
    throw unsupported(what, 'RSA with an exponent out of bounds');
  return bits;
}

/** RSAPublicKey (RFC 8017 appendix A.1.1) begins with the modulus, an SPKI with an algorithm. */
function withAlgorithm(der: Uint8Array, what: string): Uint8Array {
  const [first] = children(expectTag(parseDer(der, what), 0x30, what), what);
  if (first?.tag !== 0x02) return der;
  return encodeDer(0x30, RSA_ALGORITHM, encodeDer(0x03, Uint8Array.of(0), der));
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

/**
 * A PEM public key (RFC 7468), as `cosign.pub` is one: one block and nothing else but white space around it.
 * @throws {MalformedError} `malformed`, {ProofError} `algorithm-unsupported`
 */
export function publicKeyFromPem(pem: string, what: string): VerificationKey {
  if (pem.includes('PRIVATE KEY-----'))
    throw new MalformedError(what, 'a private key, where the public one belongs');
  // One unbounded quantifier only: with white space in three of them the time grows with the cube of a hostile blank.
  const match = /^-----BEGIN ((?:RSA )?PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\s]+)-----END \1-----$/.exec(
    pem.trim(),
  );
  if (!match) throw new MalformedError(what, 'not a PEM public key');
  if (match[1] === 'CERTIFICATE') throw new MalformedError(what, 'a certificate, where a public key belongs');
  const der = decodeBase64(match[2]!.replace(/\s/g, ''), what);
  if (match[1] === 'PUBLIC KEY') return importKey(der, what);
  const spkiDer = withAlgorithm(der, what);
  if (spkiDer === der) throw new MalformedError(what, 'not an RSA public key, as its label says');
  return importKey(spkiDer, what);
}

/** The bits of subjectPublicKey, without the algorithm: what a key identifier is made from. */
export function publicKeyBits(spkiDer: Uint8Array, what: string): Uint8Array {
  return bitsOf(children(parseDer(spkiDer, what), what)[1], what);
}

function unsupported(what: string, algorithm: string): ProofError {
  return new ProofError('algorithm-unsupported', { what, algorithm }, 'uncovered');
}
