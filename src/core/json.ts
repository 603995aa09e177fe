import { MalformedError, ProofError } from './errors.ts';
import { limits } from './limits.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Parses RFC 8259 JSON that has one meaning only: valid UTF-8, no byte order mark, no key twice in one object, bounded
 * depth. Parsers differ on which of two equal keys counts; a signature must not cover both readings.
 * @param what  name of the document, for the error
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
export function parseJson(bytes: Uint8Array, what: string, bytesMax: number): JsonValue {
  if (bytes.length > bytesMax) throw new ProofError('limit-exceeded', { what, max: bytesMax, unit: 'bytes' });
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new MalformedError(what, 'not UTF-8');
  }
  return parseJsonText(text, what);
}

/** The same for text that is already decoded and bounded. */
export function parseJsonText(text: string, what: string): JsonValue {
  let value: JsonValue;
  const members = scan(text, what);
  try {
    value = JSON.parse(text) as JsonValue;
  } catch {
    throw new MalformedError(what, 'not JSON');
  }
  if (countMembers(value) !== members) throw new MalformedError(what, 'the same key twice in one object');
  return value;
}

/**
 * Counts the members that the text spells out (one colon outside of strings each) and bounds the nesting before
 * JSON.parse recurses. Most of the text is base64 inside strings, which indexOf jumps over.
 */
function scan(text: string, what: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        i = endOfString(text, i);
        if (i < 0) throw new MalformedError(what, 'not JSON');
        break;
      }
      case 0x3a:
        members++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > limits.jsonDepthMax) {
          throw new ProofError('limit-exceeded', { what, max: limits.jsonDepthMax, unit: 'levels' });
        }
        break;
      case 0x5d:
      case 0x7d:
        depth--;
        break;
    }
  }
  return members;
}

/**
 * One member of a large document, by its name as it is spelled there; the rest is jumped over, bracket by bracket, and
 * not judged. For documents of megabytes of which one small part is wanted.
 * @returns undefined if the document is no object or has no such member
 * @throws {MalformedError} `malformed` if it stands there twice, {ProofError} `limit-exceeded`; as {@link parseJson} for the
 *                          value
 */
export function parseJsonMember(bytes: Uint8Array, name: string, what: string): JsonValue | undefined {
  const text = decoder.decode(bytes);
  let value: JsonValue | undefined;
  let depth = 0;
  let start = -1;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: {
        const end = endOfString(text, i);
        if (end < 0) throw new MalformedError(what, 'not JSON');
        if (depth === 1 && start < 0 && end - i - 1 === name.length && text.startsWith(name, i + 1)) {
          const colon = /^\s*:/.exec(text.slice(end + 1, end + 65));
          if (colon !== null) {
            if (value !== undefined) throw new MalformedError(what, 'the same key twice in one object');
            start = end + 1 + colon[0].length;
            i = start - 1;
            break;
          }
        }
        i = end;
        break;
      }
      case 0x2c:
        if (depth === 1 && start >= 0) {
          value = parseJsonText(text.slice(start, i), what);
          start = -1;
        }
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > limits.jsonDepthMax) {
          throw new ProofError('limit-exceeded', { what, max: limits.jsonDepthMax, unit: 'levels' });
        }
        break;
      case 0x5d:
      case 0x7d:
        if (depth === 1 && start >= 0) {
          value = parseJsonText(text.slice(start, i), what);
          start = -1;
        }
        depth--;
        break;
    }
  }
  if (depth !== 0 || start >= 0) throw new MalformedError(what, 'not JSON');
  return value;
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
    for (const item of value) count += countMembers(item);
    return count;
  }
  for (const item of Object.values(value)) count += 1 + countMembers(item as JsonValue);
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
