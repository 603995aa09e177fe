/** What the readers of log entries have in common: comparing a field of the entry with the bundle. */
import { decodeBase64 } from '../core/base64.ts';
import { hex, sameBytes, sha256 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, member } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { BundleContent } from './bundle.ts';
import type { VerificationKey } from './types.ts';

export const WHAT = 'log entry';

export type DsseContent = Extract<BundleContent, { kind: 'dsse' }>;
export type MessageContent = Extract<BundleContent, { kind: 'message' }>;

/** What the entry must name as the verifier: the leaf certificate's DER, or the managed key's SPKI. */
export interface Verifier {
  readonly label: 'CERTIFICATE' | 'PUBLIC KEY';
  readonly der: Uint8Array;
  readonly key: VerificationKey;
}

export function mismatch(field: string, expected: string, actual: string): ProofError {
  return new ProofError('tlog-entry-mismatch', { field, expected, actual });
}

/** The bytes that a member holds in base64. */
export function bytesOf(holder: JsonObject, key: string): Uint8Array {
  return decodeBase64(asString(member(holder, key), key), WHAT);
}

export function only(holder: JsonObject, key: string): JsonObject {
  const list = asArray(member(holder, key), key, limits.envelopeSignaturesMax);
  if (list.length !== 1) throw mismatch('number of signatures', '1', String(list.length));
  return asObject(list[0], key);
}

/** `{ "algorithm": "sha256", "value": "<hex>" }` of these bytes. */
export function matchHash(holder: JsonObject, key: string, bytes: Uint8Array): void {
  const hash = asObject(member(holder, key), key);
  const actual = `${asString(member(hash, 'algorithm'), key)}:${asString(member(hash, 'value'), key)}`;
  const expected = `sha256:${hex(sha256(bytes))}`;
  if (actual !== expected) throw mismatch('payload digest', expected, actual);
}

export function matchBytes(field: string, logged: Uint8Array, shown: Uint8Array): void {
  if (!sameBytes(logged, shown)) throw mismatch(field, hex(shown), hex(logged));
}

/** The log holds a PEM text in base64; what counts is the DER inside (RFC 7468). */
export function matchPem(base64: string, verifier: Verifier): void {
  const bytes = decodeBase64(base64, WHAT);
  const pem = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const match = /^-----BEGIN ([A-Z ]{3,32})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(pem);
  if (!match) throw new MalformedError(WHAT, 'verifier is not PEM');
  matchVerifier(match[1]!, decodeBase64(match[2]!.replace(/[\r\n]/g, ''), WHAT), verifier);
}

export function matchVerifier(label: string, der: Uint8Array, verifier: Verifier): void {
  if (label !== verifier.label || !sameBytes(der, verifier.der)) {
    throw mismatch('verifier', fingerprint(verifier.der), fingerprint(der));
  }
}

function fingerprint(der: Uint8Array): string {
  return `sha256:${hex(sha256(der))}`;
}
