import { MalformedError } from './errors.ts';

/** One element of a DER encoding, as offsets into the bytes it was read from. */
export interface Der {
  readonly bytes: Uint8Array;
  readonly tag: number;
  /** Offset of the tag. */
  readonly start: number;
  /** Offset of the first content byte. */
  readonly body: number;
  /** Offset behind the last content byte. */
  readonly end: number;
}

/**
 * Reads exactly one element that fills the input. ITU-T X.690 section 10.1: definite lengths in the fewest bytes; a BER
 * reader would see one certificate where another sees two.
 * @throws {MalformedError} `malformed`
 */
export function parseDer(bytes: Uint8Array, what: string): Der {
  const element = readElement(bytes, 0, bytes.length, what);
  if (element.end !== bytes.length)
    throw new MalformedError(what, 'bytes behind the end of the DER encoding');
  return element;
}

/** The elements that fill the content of a constructed element. */
export function children(element: Der, what: string): readonly Der[] {
  const list: Der[] = [];
  for (let at = element.body; at < element.end; ) {
    const child = readElement(element.bytes, at, element.end, what);
    list.push(child);
    at = child.end;
  }
  return list;
}

/** Content bytes, as a view. */
export function content(element: Der): Uint8Array {
  return element.bytes.subarray(element.body, element.end);
}

/** Tag, length and content, as a view: what a signature covers. */
export function encoded(element: Der): Uint8Array {
  return element.bytes.subarray(element.start, element.end);
}

function readElement(bytes: Uint8Array, at: number, limit: number, what: string): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || at + 2 > limit)
    throw new MalformedError(what, 'DER cut short');
  if ((tag & 0x1f) === 0x1f) throw new MalformedError(what, 'DER tag of more than one byte');
  let body = at + 2;
  let length = first;
  if (first & 0x80) {
    const count = first & 0x7f;
    if (count === 0 || count > 4) throw new MalformedError(what, 'DER length is indefinite or too long');
    length = 0;
    for (let i = 0; i < count; i++) {
      const byte = body < limit ? bytes[body++] : undefined;
      if (byte === undefined) throw new MalformedError(what, 'DER cut short');
      if (i === 0 && byte === 0) throw new MalformedError(what, 'DER length is not minimal');
      length = length * 256 + byte;
    }
    if (length < 0x80) throw new MalformedError(what, 'DER length is not minimal');
  }
  const end = body + length;
  if (end > limit) throw new MalformedError(what, 'DER element reaches past its container');
  return { bytes, tag, start: at, body, end };
}

/** Checks the tag (class and constructed bit included) and hands the element back. */
export function expectTag(element: Der | undefined, tag: number, what: string): Der {
  if (element === undefined || element.tag !== tag)
    throw new MalformedError(what, 'DER element of another type');
  return element;
}

const OIDS_MAX = 512;
/** Every certificate has the same two dozen identifiers. By content, in latin1. */
const knownOids = new Map<string, string>();

/** Dotted text of an OBJECT IDENTIFIER (X.690 section 8.19). */
export function oidOf(element: Der, what: string): string {
  const bytes = content(expectTag(element, 0x06, what));
  const id = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  let text = knownOids.get(id);
  if (text === undefined) {
    text = readOid(bytes, what);
    if (knownOids.size < OIDS_MAX) knownOids.set(id, text);
  }
  return text;
}

function readOid(bytes: Uint8Array, what: string): string {
  if (bytes.length === 0 || bytes.length > 64 || (bytes[bytes.length - 1]! & 0x80) !== 0) {
    throw new MalformedError(what, 'malformed object identifier');
  }
  const arcs: number[] = [];
  let value = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (value === 0 && byte === 0x80) throw new MalformedError(what, 'malformed object identifier');
    value = value * 128 + (byte & 0x7f);
    if (!Number.isSafeInteger(value)) throw new MalformedError(what, 'malformed object identifier');
    if (byte & 0x80) continue;
    if (arcs.length === 0) {
      const top = Math.min(2, Math.floor(value / 40));
      arcs.push(top, value - top * 40);
    } else arcs.push(value);
    value = 0;
  }
  return arcs.join('.');
}

/**
 * Content of an INTEGER: two's complement in the fewest bytes (X.690 section 8.3.2). A second spelling of a number would
 * make two serial numbers, or two lengths, out of one.
 */
export function integerOf(element: Der, what: string): Uint8Array {
  const bytes = content(expectTag(element, 0x02, what));
  const [first, second] = bytes;
  const padded =
    second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || padded) throw new MalformedError(what, 'malformed integer');
  return bytes;
}

/** A non-negative INTEGER below 2^31. */
export function unsignedOf(element: Der, what: string): number {
  const bytes = integerOf(element, what);
  if (bytes[0]! >= 0x80 || bytes.length > 4) throw new MalformedError(what, 'integer out of range');
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

/** The bytes of a BIT STRING that consists of whole ones, as keys and signatures do. */
export function bitsOf(element: Der | undefined, what: string): Uint8Array {
  const bytes = content(expectTag(element, 0x03, what));
  if (bytes[0] !== 0) throw new MalformedError(what, 'bit string of odd length');
  return bytes.subarray(1);
}

/** BOOLEAN: DER knows 0x00 and 0xff only (X.690 section 11.1). */
export function booleanOf(element: Der, what: string): boolean {
  const bytes = content(expectTag(element, 0x01, what));
  if (bytes.length !== 1 || (bytes[0] !== 0 && bytes[0] !== 0xff))
    throw new MalformedError(what, 'malformed boolean');
  return bytes[0] === 0xff;
}

/** UTCTime or GeneralizedTime as RFC 5280 section 4.1.2.5 allows them: to the second, Zulu. Milliseconds since 1970. */
export function timeOf(element: Der, what: string): number {
  const { bytes, tag, body, end } = element;
  const yearDigits = tag === 0x17 ? 2 : tag === 0x18 ? 4 : 0;
  if (yearDigits === 0 || end - body !== yearDigits + 11 || bytes[end - 1] !== ZULU)
    throw malformedTime(what);
  let at = body;
  const number = (digits: number): number => {
    let value = 0;
    for (const stop = at + digits; at < stop; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) throw malformedTime(what);
      value = value * 10 + digit;
    }
    return value;
  };
  const written = number(yearDigits);
  const year = yearDigits === 4 ? written : written + (written < 50 ? 2000 : 1900);
  const [month, day, hour, minute, second] = [number(2), number(2), number(2), number(2), number(2)];
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC takes 30 February for a day in March, and the year 50 for 1950.
  const date = new Date(ms);
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!isReal || hour > 23 || minute > 59 || second > 59) throw malformedTime(what);
  return ms;
}

const ZERO = 0x30;
const ZULU = 0x5a;

function malformedTime(what: string): MalformedError {
  return new MalformedError(what, 'malformed time');
}

/** Wraps content in a tag and a minimal length. */
export function encodeDer(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  const head = length < 0x80 ? [tag, length] : [tag, 0x80 | bytes.length, ...bytes];
  return Buffer.concat([Uint8Array.from(head), ...parts]);
}
