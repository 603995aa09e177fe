import { decodeBase64, encodeBase64 } from '../core/base64.ts';
import { sha256, utf8 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { ServedKey } from '../registry/types.ts';
import { importKey, publicKeyBits, publicKeyFromPem } from '../sigstore/keys.ts';
import type { ValidFor, VerificationKey } from '../sigstore/types.ts';
import { isRealDay, timeOf } from './time.ts';
import type { PinnedKey, RegistryKey } from './types.ts';

const USAGES: ReadonlyMap<string, RegistryKey['usage']> = new Map([
  ['npm:signatures', 'signatures'],
  ['npm:attestations', 'attestations'],
]);
const KEY_DETAILS = 'PKIX_ECDSA_P256_SHA_256';
const SERVED_SCHEME = 'ecdsa-sha2-nistp256';
const KEYID_CHARS_MAX = 256;
const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Reads the keys of a registry in the form of the TUF target `HOST/keys.json`. Keys for a use or of an algorithm that
 * this version does not know are left out: what they sign stays unverified. Everything else that is odd spoils the
 * whole file, because it is signed as a whole.
 * @throws {ProofError} `malformed` or `limit-exceeded`
 */
export function parseKeysTarget(bytes: Uint8Array, what: string): readonly RegistryKey[] {
  const document = asObject(parseJson(bytes, what, limits.keysBytesMax), what);
  const list = asArray(member(document, 'keys'), `${what}: keys`, limits.registryKeysMax);
  const keys: RegistryKey[] = [];
  for (const [index, item] of list.entries()) {
    const where = `${what}: keys[${index}]`;
    const entry = asObject(item, where);
    const usage = USAGES.get(asString(member(entry, 'keyUsage'), `${where}.keyUsage`));
    if (usage === undefined) continue;
    const publicKey = asObject(member(entry, 'publicKey'), `${where}.publicKey`);
    const details = asString(member(publicKey, 'keyDetails'), `${where}.publicKey.keyDetails`);
    if (details !== KEY_DETAILS) continue;
    const rawBytes = asString(member(publicKey, 'rawBytes'), `${where}.publicKey.rawBytes`);
    const key = p256Key(decodeBase64(rawBytes, `${where}.publicKey.rawBytes`), where);
    const keyid = checkKeyid(asString(member(entry, 'keyId'), `${where}.keyId`), key, where);
    keys.push({ keyid, usage, key, validFor: validFor(publicKey, `${where}.publicKey.validFor`) });
  }
  return distinct(keys, what);
}

/**
 * Keys as a registry serves them at `/-/npm/v1/keys`: good for signatures and attestations, since it does not say, and
 * from the beginning of time, since it says only when they end.
 * @throws {MalformedError} `malformed`
 */
export function servedKeys(served: readonly ServedKey[], what: string): readonly RegistryKey[] {
  if (served.length > limits.registryKeysMax)
    throw new ProofError('limit-exceeded', { what, max: limits.registryKeysMax, unit: 'items' });
  const keys: RegistryKey[] = [];
  for (const [index, item] of served.entries()) {
    if (item.keytype !== SERVED_SCHEME || item.scheme !== SERVED_SCHEME) continue;
    const where = `${what}: keys[${index}]`;
    const key = p256Key(decodeBase64(item.key, `${where}.key`), where);
    const keyid = checkKeyid(item.keyid, key, where);
    const end = item.expires === undefined ? undefined : timeOf(item.expires, `${where}.expires`);
    for (const usage of USAGES.values()) keys.push({ keyid, usage, key, validFor: { start: 0, end } });
  }
  return distinct(keys, what);
}

/**
 * Keys as a policy pins them; without `validFrom` from the beginning of time. Times are RFC 3339, or days: a key is
 * good from the first moment of the one and through the last of the other, UTC.
 * @throws {MalformedError} `malformed`
 */
export function pinnedKeys(pinned: readonly PinnedKey[], what: string): readonly RegistryKey[] {
  if (pinned.length > limits.registryKeysMax)
    throw new ProofError('limit-exceeded', { what, max: limits.registryKeysMax, unit: 'items' });
  const keys: RegistryKey[] = [];
  for (const [index, item] of pinned.entries()) {
    const where = `${what}: keys[${index}]`;
    const imported = item.key.includes('-----BEGIN')
      ? requireP256(publicKeyFromPem(item.key, where), where)
      : p256Key(decodeBase64(item.key.trim(), `${where}.key`), where);
    const keyid = checkKeyid(item.keyid, imported, where);
    const start = item.validFrom === undefined ? 0 : dayOrTime(item.validFrom, 'first', `${where}.validFrom`);
    const end =
      item.validUntil === undefined ? undefined : dayOrTime(item.validUntil, 'last', `${where}.validUntil`);
    if (end !== undefined && end <= start) throw new MalformedError(where, 'ends before it starts');
    if (item.usage.length === 0) throw new MalformedError(where, 'is good for nothing');
    for (const usage of item.usage) keys.push({ keyid, usage, key: imported, validFor: { start, end } });
  }
  if (keys.length === 0) throw new MalformedError(what, 'no keys');
  return distinct(keys, what);
}

/**
 * The names a key may bear. The public registry's are OpenSSH fingerprints (RFC 4253 section 6.6 and RFC 5656 section 3.1 wire
 * form), while its documentation reads as if they were made from the DER of the key, and others follow that.
 */
export function fingerprints(key: VerificationKey, what: string): readonly string[] {
  const point = publicKeyBits(key.spkiDer, what);
  const wire = [utf8('ecdsa-sha2-nistp256'), utf8('nistp256'), point].flatMap((part) => [
    uint32(part.length),
    part,
  ]);
  return [sha256(...wire), sha256(key.spkiDer)].map(
    (digest) => `SHA256:${encodeBase64(digest).replace(/=+$/, '')}`,
  );
}

/** A name that claims to be a digest of the key has to be one. Other names are labels, and stand for what they stand for. */
function checkKeyid(keyid: string, key: VerificationKey, where: string): string {
  if (keyid.length === 0 || keyid.length > KEYID_CHARS_MAX)
    throw new MalformedError(where, 'no usable key id');
  if (!keyid.startsWith('SHA256:')) return keyid;
  const expected = fingerprints(key, where);
  if (expected.includes(keyid)) return keyid;
  throw new MalformedError(where, `expected key id ${expected[0]} but got ${keyid}`);
}

function p256Key(spkiDer: Uint8Array, where: string): VerificationKey {
  return requireP256(importKey(spkiDer, where), where);
}

/** The only algorithm that registries sign with, and the one these entries name. */
function requireP256(key: VerificationKey, where: string): VerificationKey {
  if (key.key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new MalformedError(where, 'not an ECDSA P-256 key');
  return key;
}

/** Two entries of one name and use would leave open which key or which period counts. */
function distinct(keys: readonly RegistryKey[], what: string): readonly RegistryKey[] {
  const seen = new Set<string>();
  for (const { keyid, usage } of keys) {
    const name = `${usage} ${keyid}`;
    if (seen.has(name)) throw new MalformedError(what, `key id ${keyid} is listed twice for ${usage}`);
    seen.add(name);
  }
  return keys;
}

function validFor(publicKey: JsonObject, where: string): ValidFor {
  const period = asObject(member(publicKey, 'validFor'), where);
  const start = timeOf(asString(member(period, 'start'), `${where}.start`), `${where}.start`);
  const last = member(period, 'end');
  if (last === undefined) return { start, end: undefined };
  const end = timeOf(asString(last, `${where}.end`), `${where}.end`);
  if (end < start) throw new MalformedError(where, 'ends before it starts');
  return { start, end };
}

function dayOrTime(text: string, edge: 'first' | 'last', what: string): number {
  if (!DATE.test(text)) return timeOf(text, what);
  if (!isRealDay(text)) throw new MalformedError(what, 'not a day of the calendar');
  return Date.parse(edge === 'first' ? `${text}T00:00:00.000Z` : `${text}T23:59:59.999Z`);
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
