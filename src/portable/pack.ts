/**
 * Text full of base64 in a form that compresses well, and back to the same bytes. Base64 hides from a compressor that a
 * certificate stands there twice, and that there is text inside; digests in hex are twice as long as they need to be.
 *
 * Packed: the length of the text (LEB128), the text, and behind it binary data. In the text stand, besides its own
 * characters, none of which is below 0x09:
 *
 *     01 … 02   base64 of the text between, in which all of these may stand again
 *     03 n      base64 of the next n bytes of the binary data (n as LEB128)
 *     04 n      the same in lines of 64 characters, each with a line feed, as in PEM
 *     05 n      lower-case hex of the next n bytes
 *
 * Each is of 16 bytes or more: shorter ones are not worth it, and millions of empty ones would take minutes to read. Only
 * what comes back as it was is taken apart; the rest stays as it is.
 */
import { MalformedError, ProofError } from '../core/errors.ts';

const OPEN = 1;
const CLOSE = 2;
const BASE64 = 3;
const LINES = 4;
const HEX = 5;
const LOWEST = 9;

const CANDIDATE = /[A-Za-z0-9+/]{24,}={0,2}/g;
const HEX_ONLY = /^[0-9a-f]{32,}$/;
const PEM_LINES = /((?:[A-Za-z0-9+/]{64}\n)+)(?:[A-Za-z0-9+/]{1,64}={0,2}\n)?/y;
/** Base64 within base64 within JSON: a certificate in PEM in the body of a log entry in a bundle is the deepest known. */
const DEPTH_MAX = 4;
const PIECE_BYTES_MIN = 16;
const BRACE = 0x7b;
const DASH = 0x2d;

/** @param text  bytes of which none is below 0x09, as JSON has none */
export function pack(text: Uint8Array): Uint8Array {
  const data: Uint8Array[] = [];
  const packed = packText(bufferOf(text), 0, data);
  return Buffer.concat([leb128(packed.length), packed, ...data]);
}

function packText(bytes: Buffer, depth: number, data: Uint8Array[]): Buffer {
  const text = bytes.toString('latin1');
  const parts: Uint8Array[] = [];
  let done = 0;
  for (const found of text.matchAll(CANDIDATE)) {
    // The end of an escaped line feed in JSON is no part of what follows it.
    const escaped = found[0].startsWith('n') && text[found.index - 1] === '\\';
    const start = escaped ? found.index + 1 : found.index;
    if (start < done) continue;
    const coded = codedAt(text, start, escaped ? found[0].slice(1) : found[0]);
    if (coded === undefined) continue;
    parts.push(bytes.subarray(done, start));
    done = start + coded.chars;
    if (coded.kind === BASE64 && depth < DEPTH_MAX && isText(coded.raw)) {
      parts.push(Uint8Array.of(OPEN), packText(coded.raw, depth + 1, data), Uint8Array.of(CLOSE));
    } else {
      parts.push(Uint8Array.of(coded.kind), leb128(coded.raw.length));
      data.push(coded.raw);
    }
  }
  parts.push(bytes.subarray(done));
  return Buffer.concat(parts);
}

interface Coded {
  readonly kind: typeof BASE64 | typeof LINES | typeof HEX;
  /** How much of the text it is. */
  readonly chars: number;
  readonly raw: Buffer;
}

function codedAt(text: string, start: number, word: string): Coded | undefined {
  if (HEX_ONLY.test(word) && word.length % 2 === 0)
    return { kind: HEX, chars: word.length, raw: Buffer.from(word, 'hex') };
  if (word.length === 64 && !word.endsWith('=') && text[start + 64] === '\n') {
    PEM_LINES.lastIndex = start;
    const [all, whole] = PEM_LINES.exec(text)!;
    const raw = Buffer.from(all, 'base64');
    if (inLines(raw.toString('base64')) === all) return { kind: LINES, chars: all.length, raw };
    // Whole lines always come back. Without them, each line would be looked at with all that follow.
    return { kind: LINES, chars: whole!.length, raw: Buffer.from(whole!, 'base64') };
  }
  // A path of lower-case words is made of the same characters.
  if (word.length % 4 !== 0 || !/[A-Z]/.test(word) || !/[a-z]/.test(word)) return undefined;
  const raw = Buffer.from(word, 'base64');
  return raw.toString('base64') === word ? { kind: BASE64, chars: word.length, raw } : undefined;
}

/** Whether there may be more to find inside: JSON or PEM. */
function isText(bytes: Buffer): boolean {
  return (bytes[0] === BRACE || bytes[0] === DASH) && bytes.every((byte) => byte >= LOWEST);
}

function inLines(base64: string): string {
  return base64.replace(/.{1,64}/g, '$&\n');
}

/**
 * @param bytesMax  of what comes out
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
export function unpack(packed: Uint8Array, bytesMax: number): Buffer {
  const all = bufferOf(packed);
  const reader = { all, at: 0, end: all.length, data: 0, left: bytesMax };
  const length = readLeb128(reader);
  reader.end = reader.at + length;
  reader.data = reader.end;
  if (reader.end > all.length) throw malformed('its text is cut off');
  const text = unpackText(reader, 0);
  if (reader.data !== all.length) throw malformed('there is data that belongs nowhere');
  return Buffer.from(text, 'latin1');
}

interface Reader {
  readonly all: Buffer;
  at: number;
  /** Of the text. */
  end: number;
  /** Where the binary data goes on. */
  data: number;
  /** Characters that may still come out. */
  left: number;
}

function unpackText(reader: Reader, depth: number): string {
  const { all, end } = reader;
  let out = '';
  let start = reader.at;
  const add = (text: string): void => {
    reader.left -= text.length;
    if (reader.left < 0)
      throw new ProofError('limit-exceeded', { what: WHAT, max: 'the size it names', unit: 'bytes' });
    out += text;
  };
  for (;;) {
    let at = reader.at;
    while (at < end && all[at]! >= LOWEST) at++;
    if (at > start) add(all.toString('latin1', start, at));
    reader.at = at + 1;
    const mark = at < end ? all[at]! : 0;
    if (mark === 0) {
      if (at < end || depth > 0) throw malformed(at < end ? 'an unknown mark' : 'base64 that does not end');
      return out;
    }
    if (mark === CLOSE) {
      if (depth === 0) throw malformed('the end of base64 that has not begun');
      return out;
    }
    if (mark === OPEN) {
      if (depth === DEPTH_MAX) throw malformed(`base64 nested deeper than ${DEPTH_MAX} levels`);
      const inner = unpackText(reader, depth + 1);
      if (inner.length < PIECE_BYTES_MIN) throw malformed(TOO_SHORT);
      // It has been counted as it is inside; what counts is what comes out.
      reader.left += inner.length;
      add(Buffer.from(inner, 'latin1').toString('base64'));
    } else add(decoded(reader, mark));
    start = reader.at;
  }
}

function decoded(reader: Reader, kind: number): string {
  const length = readLeb128(reader);
  if (length < PIECE_BYTES_MIN) throw malformed(TOO_SHORT);
  const [from, to] = [reader.data, reader.data + length];
  if (to > reader.all.length) throw malformed('its data is cut off');
  reader.data = to;
  if (kind === BASE64) return reader.all.toString('base64', from, to);
  if (kind === LINES) return inLines(reader.all.toString('base64', from, to));
  if (kind === HEX) return reader.all.toString('hex', from, to);
  throw malformed('an unknown mark');
}

const WHAT = 'packed text';
const TOO_SHORT = `a piece of less than ${PIECE_BYTES_MIN} bytes`;

function malformed(why: string): MalformedError {
  return new MalformedError(WHAT, why);
}

function leb128(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest & 0x7f) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}

function readLeb128(reader: Reader): number {
  let value = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = reader.at < reader.end ? reader.all[reader.at++]! : undefined;
    if (byte === undefined) throw malformed('a length is cut off');
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  throw malformed('a length is out of bounds');
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
