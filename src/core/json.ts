import { textOf } from './bytes.ts';
import { MalformedError, ProofError } from './errors.ts';
import { limits } from './limits.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/**
 * Parses RFC 8259 JSON that has one meaning only: valid UTF-8, no byte order mark, no key twice in one object, bounded
 * depth. Parsers differ on which of two equal keys counts; a signature must not cover both readings.
 * @param what  name of the document, for the error
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
export function parseJson(bytes: Uint8Array, what: string, bytesMax: number): JsonValue {
  return parseJsonText(decode(bytes, what, bytesMax), what);
}

/** The same for text that is already decoded and bounded. */
export function parseJsonText(
  text: string,
  what: string,
  parse: (text: string) => JsonValue = JSON.parse,
): JsonValue {
  const members = countColons(text, what);
  let value: JsonValue;
  try {
    value = parse(text);
  } catch {
    throw new MalformedError(what, 'not JSON');
  }
  // Of two equal keys, the parsed value has one.
  if (countMembers(value) !== members) throw new MalformedError(what, 'the same key twice in one object');
  return value;
}

function decode(bytes: Uint8Array, what: string, bytesMax: number): string {
  if (bytes.length > bytesMax) throw new ProofError('limit-exceeded', { what, max: bytesMax, unit: 'bytes' });
  const text = textOf(bytes);
  if (text === undefined) throw new MalformedError(what, 'not UTF-8');
  return text;
}

const QUOTE = 0x22;
const COLON = 0x3a;

/**
 * The members of all objects in a JSON text, by their colons; bounds the nesting before anything recurses. It runs over every
 * byte that is verified, mostly before anything has been compiled; most of them are base64 inside strings, which indexOf
 * jumps over.
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
function countColons(text: string, what: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const token = text.charCodeAt(i);
    if (token === QUOTE) {
      i = endOfString(text, i);
      if (i < 0) throw new MalformedError(what, 'not JSON');
    } else if (token === COLON) members++;
    else if (token === 0x7b || token === 0x5b) {
      if (++depth > limits.jsonDepthMax) {
        throw new ProofError('limit-exceeded', { what, max: limits.jsonDepthMax, unit: 'levels' });
      }
    } else if (token === 0x7d || token === 0x5d) depth--;
  }
  if (depth !== 0) throw new MalformedError(what, 'not JSON');
  return members;
}

function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) return end;
  }
  return -1;
}

function countMembers(value: JsonValue): number {
  if (value === null || typeof value !== 'object') return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (typeof item === 'object') count += countMembers(item);
    }
    return count;
  }
  // What JSON.parse makes has no inherited keys but those of Object.prototype, which cannot be enumerated.
  for (const key in value as JsonObject) {
    count++;
    const item = (value as JsonObject)[key];
    if (typeof item === 'object') count += countMembers(item);
  }
  return count;
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own member of an object: `__proto__` and friends are plain keys, and nothing is inherited. Null counts as absent. */
export function member(object: JsonObject, key: string): JsonValue | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return value === null ? undefined : value;
}

export function asObject(value: JsonValue | undefined, what: string): JsonObject {
  if (!isObject(value)) throw new MalformedError(what, value === undefined ? 'missing' : 'not an object');
  return value;
}

export function asArray(value: JsonValue | undefined, what: string, itemsMax: number): readonly JsonValue[] {
  if (!Array.isArray(value)) throw new MalformedError(what, value === undefined ? 'missing' : 'not a list');
  if (value.length > itemsMax) throw new ProofError('limit-exceeded', { what, max: itemsMax, unit: 'items' });
  return value as readonly JsonValue[];
}

export function asString(value: JsonValue | undefined, what: string): string {
  if (typeof value !== 'string')
    throw new MalformedError(what, value === undefined ? 'missing' : 'not a string');
  return value;
}

export function optionalString(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * What kind of document an answer is, read the lax way: enough to tell a login page from what was asked for. Nothing may
 * be established from it; undefined if it is no JSON at all.
 */
export function peekJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A package.json as npm and Node.js read the one that they install: a byte order mark and bytes that are no UTF-8 are passed
 * over, of two equal keys the last one counts. Undefined if it is no JSON. For a file whose bytes are pinned; what others sign is read by `parseJson`.
 */
export function parsePackageJson(bytes: Uint8Array): JsonValue | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as JsonValue;
  } catch {
    return undefined;
  }
}
