/** AlgorithmIdentifiers of signatures: RFC 5758 (ECDSA), RFC 4055 (RSA, RSASSA-PSS), RFC 8410 (Ed25519). */
import { children, type Der, expectTag, oidOf, unsignedOf } from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import type { VerificationKey } from './types.ts';

/** How a signature was made, as its format states it. */
export interface SignatureScheme {
  readonly family: 'ec' | 'rsa' | 'rsa-pss' | 'ed25519';
  readonly hash: VerificationKey['hash'];
  /** Bytes; for RSASSA-PSS. */
  readonly saltLength?: number;
}

export const OID_RSASSA_PSS = '1.2.840.113549.1.1.10';
const OID_MGF1 = '1.2.840.113549.1.1.8';
const SCHEMES: ReadonlyMap<string, SignatureScheme> = new Map([
  ['1.2.840.10045.4.3.2', { family: 'ec', hash: 'sha256' }],
  ['1.2.840.10045.4.3.3', { family: 'ec', hash: 'sha384' }],
  ['1.2.840.10045.4.3.4', { family: 'ec', hash: 'sha512' }],
  ['1.2.840.113549.1.1.11', { family: 'rsa', hash: 'sha256' }],
  ['1.2.840.113549.1.1.12', { family: 'rsa', hash: 'sha384' }],
  ['1.2.840.113549.1.1.13', { family: 'rsa', hash: 'sha512' }],
  ['1.3.101.112', { family: 'ed25519', hash: null }],
]);
const HASHES: ReadonlyMap<string, { hash: 'sha256' | 'sha384' | 'sha512'; bytes: number }> = new Map([
  ['2.16.840.1.101.3.4.2.1', { hash: 'sha256', bytes: 32 }],
  ['2.16.840.1.101.3.4.2.2', { hash: 'sha384', bytes: 48 }],
  ['2.16.840.1.101.3.4.2.3', { hash: 'sha512', bytes: 64 }],
]);
/** The default of RFC 4055 section 3.1; it goes with SHA-1. */
const SALT_DEFAULT = 20;

/**
 * @param element  AlgorithmIdentifier of a signature
 * @throws {ProofError} `malformed`, `algorithm-unsupported`
 */
export function signatureScheme(element: Der | undefined, what: string): SignatureScheme {
  const [id, parameters, more] = children(expectTag(element, 0x30, what), what);
  if (!id || more) throw new MalformedError(what, 'malformed signature algorithm');
  const oid = oidOf(id, what);
  if (oid === OID_RSASSA_PSS) {
    // RFC 4055 section 3.1: in a signature the parameters must be there.
    if (!parameters) throw new MalformedError(what, 'RSASSA-PSS without parameters');
    return pssScheme(parameters, what);
  }
  const scheme = SCHEMES.get(oid);
  if (!scheme) throw unsupported(what, oid);
  // RSA has NULL or nothing (RFC 4055 section 5), all others have nothing.
  if (parameters && !(scheme.family === 'rsa' && isNull(parameters)))
    throw new MalformedError(what, 'parameters of the signature algorithm');
  return scheme;
}

/**
 * RSASSA-PSS-params. One hash for the message and the mask, SHA-256 or better, and at least as much salt; SHA-1, the
 * default of every field, is not among them.
 * @throws {ProofError} `malformed`, `algorithm-unsupported`
 */
export function pssScheme(parameters: Der, what: string): SignatureScheme {
  const fields = children(expectTag(parameters, 0x30, what), what);
  // Each at most once and in this order; the trailer has one value only, which is its default and so left out.
  if (fields.some(({ tag }, i) => tag < 0xa0 || tag > 0xa2 || (i > 0 && tag <= fields[i - 1]!.tag)))
    throw new MalformedError(what, 'malformed RSASSA-PSS parameters');
  const [hashField, maskField, saltField] = [0xa0, 0xa1, 0xa2].map((tag) => {
    const field = fields.find((candidate) => candidate.tag === tag);
    return field && only(field, what);
  });
  const message = hashField && hashOf(hashField, what);
  const mask = maskField && maskHashOf(maskField, what);
  if (!message || !mask) throw unsupported(what, 'RSASSA-PSS with SHA-1');
  if (message !== mask) throw unsupported(what, `RSASSA-PSS with ${message.hash} and a mask by ${mask.hash}`);
  const saltLength = saltField ? unsignedOf(saltField, what) : SALT_DEFAULT;
  // X.690 section 11.5: a value equal to its default is left out.
  if (saltField && saltLength === SALT_DEFAULT) throw new MalformedError(what, 'default salt spelled out');
  if (saltLength < message.bytes) throw unsupported(what, `RSASSA-PSS with ${saltLength} bytes of salt`);
  return { family: 'rsa-pss', hash: message.hash, saltLength };
}

function hashOf(element: Der, what: string): { hash: 'sha256' | 'sha384' | 'sha512'; bytes: number } {
  const [id, parameters, more] = children(expectTag(element, 0x30, what), what);
  if (!id || more || (parameters && !isNull(parameters)))
    throw new MalformedError(what, 'malformed hash algorithm');
  const oid = oidOf(id, what);
  const found = HASHES.get(oid);
  if (!found) throw unsupported(what, oid);
  return found;
}

function maskHashOf(element: Der, what: string): ReturnType<typeof hashOf> {
  const [id, hash, more] = children(expectTag(element, 0x30, what), what);
  if (!id || more) throw new MalformedError(what, 'malformed mask generation');
  const oid = oidOf(id, what);
  if (oid !== OID_MGF1) throw unsupported(what, oid);
  if (!hash) throw new MalformedError(what, 'mask generation without a hash');
  return hashOf(hash, what);
}

function only(field: Der, what: string): Der {
  const [value, more] = children(field, what);
  if (!value || more) throw new MalformedError(what, 'malformed RSASSA-PSS parameters');
  return value;
}

/** NULL has one encoding. */
export function isNull(element: Der): boolean {
  return element.tag === 0x05 && element.body === element.end;
}

function unsupported(what: string, algorithm: string): ProofError {
  return new ProofError('algorithm-unsupported', { what, algorithm }, 'uncovered');
}
