/**
 * Entry types of Rekor v1.
 * @see https://github.com/sigstore/rekor/tree/v1.3.6/pkg/types (dsse 0.0.1, intoto 0.0.1 and 0.0.2, hashedrekord 0.0.1)
 */
import { decodeBase64, encodeBase64 } from '../core/base64.ts';
import { hex, sha256, utf8 } from '../core/bytes.ts';
import { asObject, asString, type JsonObject, member } from '../core/json.ts';
import type { BundleContent } from './bundle.ts';
import {
  bytesOf,
  type DsseContent,
  type MessageContent,
  matchBytes,
  matchHash,
  matchPem,
  mismatch,
  only,
  type Verifier,
  WHAT,
} from './rekor-match.ts';

export function matchDsse(spec: JsonObject, content: BundleContent, verifier: Verifier): void {
  const envelope = content as DsseContent;
  matchHash(spec, 'payloadHash', envelope.payload);
  const signature = only(spec, 'signatures');
  matchBytes('signature', bytesOf(signature, 'signature'), envelope.signature);
  matchPem(asString(member(signature, 'verifier'), 'verifier'), verifier);
}

/**
 * The oldest type holds no signature, only the digest of the envelope as it was uploaded. That is JSON, and a bundle does
 * not keep how it was written: the forms that clients are known to have written are tried, and no other counts.
 */
export function matchIntotoV1(spec: JsonObject, content: BundleContent, verifier: Verifier): void {
  const envelope = content as DsseContent;
  const logged = asObject(member(spec, 'content'), 'content');
  matchHash(logged, 'payloadHash', envelope.payload);
  const hash = asObject(member(logged, 'hash'), 'hash');
  const actual = `${asString(member(hash, 'algorithm'), 'hash')}:${asString(member(hash, 'value'), 'hash')}`;
  const digests = writtenForms(envelope).map((form) => `sha256:${hex(sha256(utf8(form)))}`);
  if (!digests.includes(actual)) throw mismatch('envelope digest', digests[0]!, actual);
  matchPem(asString(member(spec, 'publicKey'), 'publicKey'), verifier);
}

/** The members of an envelope in the order of the DSSE specification's Go and JavaScript writers. */
function writtenForms({ payloadType, payload, signature, keyid }: DsseContent): readonly string[] {
  const text = JSON.stringify({ payloadType, payload: encodeBase64(payload) }).slice(1, -1);
  const [type, body] = [JSON.stringify(payloadType), JSON.stringify(encodeBase64(payload))];
  const sig = JSON.stringify(encodeBase64(signature));
  const id = JSON.stringify(keyid);
  const items = [`{"keyid":${id},"sig":${sig}}`, `{"sig":${sig},"keyid":${id}}`];
  if (keyid === '') items.push(`{"sig":${sig}}`);
  return items.flatMap((item) => [
    `{${text},"signatures":[${item}]}`,
    `{"payload":${body},"payloadType":${type},"signatures":[${item}]}`,
  ]);
}

export function matchIntotoV2(spec: JsonObject, content: BundleContent, verifier: Verifier): void {
  const envelope = content as DsseContent;
  const holder = asObject(member(spec, 'content'), 'content');
  matchHash(holder, 'payloadHash', envelope.payload);
  const logged = asObject(member(holder, 'envelope'), 'envelope');
  const payloadType = asString(member(logged, 'payloadType'), 'payloadType');
  if (payloadType !== envelope.payloadType) throw mismatch('payloadType', envelope.payloadType, payloadType);
  const signature = only(logged, 'signatures');
  // This type encodes the signature twice: the envelope's own base64 text, once more in base64.
  const inner = Buffer.from(bytesOf(signature, 'sig')).toString('latin1');
  matchBytes('signature', decodeBase64(inner, WHAT), envelope.signature);
  matchPem(asString(member(signature, 'publicKey'), 'publicKey'), verifier);
}

export function matchHashedRekordV1(spec: JsonObject, content: BundleContent, verifier: Verifier): void {
  const message = content as MessageContent;
  const hash = asObject(member(asObject(member(spec, 'data'), 'data'), 'hash'), 'hash');
  const actual = `${asString(member(hash, 'algorithm'), 'algorithm')}:${asString(member(hash, 'value'), 'value')}`;
  const expected = `${message.digestAlgorithm}:${hex(message.digest)}`;
  if (actual !== expected) throw mismatch('digest', expected, actual);
  const signature = asObject(member(spec, 'signature'), 'signature');
  matchBytes('signature', bytesOf(signature, 'content'), message.signature);
  const key = asObject(member(signature, 'publicKey'), 'publicKey');
  matchPem(asString(member(key, 'content'), 'publicKey'), verifier);
}
