/**
 * Binds the body of a Rekor v1 log entry to the bundle it comes with. The log vouches for its body only; what the bundle
 * shows next to it counts no further than the two agree.
 * @see https://github.com/sigstore/rekor/tree/v1.3.6/pkg/types (dsse 0.0.1, intoto 0.0.2, hashedrekord 0.0.1)
 */
import { decodeBase64 } from '../core/base64.ts';
import { hex, sameBytes, sha256 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { Bundle, BundleContent, LogEntry } from './bundle.ts';

const WHAT = 'log entry';
/** What each known kind of entry is about. */
const KINDS: Readonly<Record<string, BundleContent['kind']>> = {
  'dsse 0.0.1': 'dsse',
  'intoto 0.0.2': 'dsse',
  'hashedrekord 0.0.1': 'message',
};

/** What the entry must name as the verifier: the leaf certificate's DER, or the managed key's SPKI. */
export interface Verifier {
  readonly label: 'CERTIFICATE' | 'PUBLIC KEY';
  readonly der: Uint8Array;
}

/**
 * @throws {ProofError} `tlog-entry-mismatch` with the field that differs, `format-unsupported` for kinds not known here,
 *                      `malformed`
 */
export function assertEntryMatches(entry: LogEntry, bundle: Bundle, verifier: Verifier): void {
  const body = asObject(parseJson(entry.body, WHAT, limits.payloadBytesMax), WHAT);
  const kind = asString(member(body, 'kind'), 'kind');
  const version = asString(member(body, 'apiVersion'), 'apiVersion');
  if (kind !== entry.kind || version !== entry.kindVersion) {
    throw mismatch('kind', `${entry.kind} ${entry.kindVersion}`, `${kind} ${version}`);
  }
  const spec = asObject(member(body, 'spec'), 'spec');
  const { content } = bundle;
  const known = `${kind} ${version}`;
  const needs = Object.hasOwn(KINDS, known) ? KINDS[known] : undefined;
  if (needs && needs !== content.kind) throw mismatch('kind', content.kind, known);
  if (content.kind === 'dsse' && known === 'dsse 0.0.1') matchDsse(spec, content, verifier);
  else if (content.kind === 'dsse' && known === 'intoto 0.0.2') matchIntoto(spec, content, verifier);
  else if (content.kind === 'message' && known === 'hashedrekord 0.0.1')
    matchHashedRekord(spec, content, verifier);
  else throw new ProofError('format-unsupported', { what: WHAT, actual: known }, 'uncovered');
}

type Dsse = Extract<BundleContent, { kind: 'dsse' }>;
type Message = Extract<BundleContent, { kind: 'message' }>;

function matchDsse(spec: JsonObject, envelope: Dsse, verifier: Verifier): void {
  matchHash(spec, 'payloadHash', envelope.payload);
  const signature = only(spec, 'signatures');
  matchBytes(
    'signature',
    decodeBase64(asString(member(signature, 'signature'), 'signature'), WHAT),
    envelope.signature,
  );
  matchVerifier(asString(member(signature, 'verifier'), 'verifier'), verifier);
}

function matchIntoto(spec: JsonObject, envelope: Dsse, verifier: Verifier): void {
  const content = asObject(member(spec, 'content'), 'content');
  matchHash(content, 'payloadHash', envelope.payload);
  const logged = asObject(member(content, 'envelope'), 'envelope');
  const payloadType = asString(member(logged, 'payloadType'), 'payloadType');
  if (payloadType !== envelope.payloadType) throw mismatch('payloadType', envelope.payloadType, payloadType);
  const signature = only(logged, 'signatures');
  // This type encodes the signature twice: the envelope's own base64 text, once more in base64.
  const inner = Buffer.from(decodeBase64(asString(member(signature, 'sig'), 'sig'), WHAT)).toString('latin1');
  matchBytes('signature', decodeBase64(inner, WHAT), envelope.signature);
  matchVerifier(asString(member(signature, 'publicKey'), 'publicKey'), verifier);
}

function matchHashedRekord(spec: JsonObject, message: Message, verifier: Verifier): void {
  const hash = asObject(member(asObject(member(spec, 'data'), 'data'), 'hash'), 'hash');
  const algorithm = asString(member(hash, 'algorithm'), 'algorithm');
  const value = asString(member(hash, 'value'), 'value');
  const expected = `${message.digestAlgorithm.replace(/^SHA2_/, 'sha')}:${hex(message.digest)}`;
  if (`${algorithm}:${value}` !== expected) throw mismatch('digest', expected, `${algorithm}:${value}`);
  const signature = asObject(member(spec, 'signature'), 'signature');
  matchBytes(
    'signature',
    decodeBase64(asString(member(signature, 'content'), 'content'), WHAT),
    message.signature,
  );
  const key = asObject(member(signature, 'publicKey'), 'publicKey');
  matchVerifier(asString(member(key, 'content'), 'publicKey'), verifier);
}

function only(holder: JsonObject, key: string): JsonObject {
  const list = asArray(member(holder, key), key, limits.envelopeSignaturesMax);
  if (list.length !== 1) throw mismatch('number of signatures', '1', String(list.length));
  return asObject(list[0], key);
}

function matchHash(holder: JsonObject, key: string, bytes: Uint8Array): void {
  const hash = asObject(member(holder, key), key);
  const actual = `${asString(member(hash, 'algorithm'), key)}:${asString(member(hash, 'value'), key)}`;
  const expected = `sha256:${hex(sha256(bytes))}`;
  if (actual !== expected) throw mismatch('payload digest', expected, actual);
}

function matchBytes(field: string, logged: Uint8Array, shown: Uint8Array): void {
  if (!sameBytes(logged, shown)) throw mismatch(field, hex(shown), hex(logged));
}

/** The log holds a PEM text in base64; what counts is the DER inside (RFC 7468). */
function matchVerifier(base64: string, verifier: Verifier): void {
  const pem = Buffer.from(decodeBase64(base64, WHAT)).toString('latin1');
  const match = /^-----BEGIN ([A-Z ]{3,32})-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END \1-----\s*$/.exec(pem);
  if (!match) throw new MalformedError(WHAT, 'verifier is not PEM');
  const der = decodeBase64(match[2]!.replace(/[\r\n]/g, ''), WHAT);
  if (match[1] !== verifier.label || !sameBytes(der, verifier.der)) {
    throw mismatch('verifier', fingerprint(verifier.der), fingerprint(der));
  }
}

function fingerprint(der: Uint8Array): string {
  return `sha256:${hex(sha256(der))}`;
}

function mismatch(field: string, expected: string, actual: string): ProofError {
  return new ProofError('tlog-entry-mismatch', { field, expected, actual });
}
