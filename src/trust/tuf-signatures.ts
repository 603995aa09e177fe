import { constants, createPublicKey, type KeyObject, verify as verifySignature } from 'node:crypto';
import { utf8 } from '../core/bytes.ts';
import { isObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { type Metadata, publicOf, type Signers } from './tuf-metadata.ts';

/** Signatures over metadata, sorted by what they are worth for one role. */
export interface SignatureCount {
  /** By keys of the role, and they hold. */
  readonly good: number;
  /** By keys of the role, and they do not hold. */
  readonly wrong: number;
  /** By keys that the role does not have. */
  readonly foreign: number;
  /** `type scheme` of the role's keys that nothing here can verify with. */
  readonly unusable: readonly string[];
}

export function countSignatures(metadata: Metadata, { keyids, keys }: Signers): SignatureCount {
  const text = canonical(metadata.signed);
  const message = text === undefined ? undefined : utf8(text);
  let good = 0;
  let wrong = 0;
  const unusable: string[] = [];
  for (const keyid of keyids) {
    const key = usableKey(keys, keyid);
    if (key === undefined) unusable.push(kindOf(keys, keyid));
    const signature = metadata.signatures.get(keyid);
    // Of a key that has not signed, repositories keep an empty signature.
    if (key === undefined || signature === undefined || signature === '') continue;
    if (message !== undefined && holds(message, key, signature)) good++;
    else wrong++;
  }
  const known = new Set(keyids);
  const foreign = [...metadata.signatures].filter(([keyid, sig]) => sig !== '' && !known.has(keyid)).length;
  return { good, wrong, foreign, unusable };
}

interface Usable {
  readonly key: KeyObject;
  readonly padding: number | undefined;
}

/** SubjectPublicKeyInfo up to the key itself, for keys that old metadata holds as bare hex. */
const HEX_KEY_HEADS: Readonly<Record<string, { readonly head: string; readonly hexChars: number }>> = {
  ecdsa: { head: '3059301306072a8648ce3d020106082a8648ce3d030107034200', hexChars: 130 },
  'ecdsa-sha2-nistp256': { head: '3059301306072a8648ce3d020106082a8648ce3d030107034200', hexChars: 130 },
  ed25519: { head: '302a300506032b6570032100', hexChars: 64 },
};
const KEY_TYPES: ReadonlySet<string> = new Set([
  'ecdsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ed25519',
  'rsa',
]);

function usableKey(keys: JsonObject, keyid: string): Usable | undefined {
  const text = publicOf(keys, keyid);
  const entry = member(keys, keyid);
  const type = isObject(entry) ? member(entry, 'keytype') : undefined;
  const scheme = isObject(entry) ? member(entry, 'scheme') : undefined;
  if (text === undefined || typeof type !== 'string' || !KEY_TYPES.has(type)) return undefined;
  if (type === 'rsa' && scheme !== 'rsassa-pss-sha256') return undefined;
  try {
    const padding = type === 'rsa' ? constants.RSA_PKCS1_PSS_PADDING : undefined;
    if (text.startsWith('-----BEGIN PUBLIC KEY-----')) return { key: createPublicKey(text), padding };
    const form = Object.hasOwn(HEX_KEY_HEADS, type) ? HEX_KEY_HEADS[type] : undefined;
    if (form === undefined || text.length !== form.hexChars || !/^[0-9a-f]+$/i.test(text)) return undefined;
    const key = createPublicKey({ key: Buffer.from(form.head + text, 'hex'), format: 'der', type: 'spki' });
    return { key, padding };
  } catch {
    return undefined;
  }
}

function kindOf(keys: JsonObject, keyid: string): string {
  const entry = member(keys, keyid);
  if (!isObject(entry)) return 'a key that is missing';
  // Not String(): an object can bring a toString along that is no function.
  const word = (value: JsonValue | undefined) => (typeof value === 'string' ? value : 'unnamed');
  return `${word(member(entry, 'keytype'))} ${word(member(entry, 'scheme'))}`;
}

function holds(message: Uint8Array, { key, padding }: Usable, signature: string): boolean {
  if (!/^(?:[0-9a-f]{2}){1,2048}$/i.test(signature)) return false;
  const bytes = Buffer.from(signature, 'hex');
  try {
    const options = padding === undefined ? key : { key, padding };
    return verifySignature(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, options, bytes);
  } catch {
    return false;
  }
}

/**
 * Canonical JSON as TUF signs it: sorted keys, no white space, only quote and backslash escaped, whole numbers only.
 * @returns undefined for what has no such form
 */
function canonical(value: JsonValue | undefined): string | undefined {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return Number.isInteger(value) ? JSON.stringify(value) : undefined;
  if (value === undefined) return undefined;
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value) {
      const part = canonical(item);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return `[${parts.join(',')}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const part = canonical((value as JsonObject)[key]);
    if (part === undefined) return undefined;
    parts.push(`${quoted(key)}:${part}`);
  }
  return `{${parts.join(',')}}`;
}

function quoted(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}
