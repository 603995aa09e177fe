/**
 * Finds the publish times in the full document of a package as it comes in. Manifests of all versions make up most of a
 * document that can have 20 MB and more; they are gone over, bracket by bracket, and neither kept nor judged. The first
 * member `time` of the document counts and ends the reading: whatever stands behind it, be it a second one, is never seen,
 * however much of it came along. Times are the unsigned word of a registry, which gains nothing by telling two of them.
 */
import { textOf } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { isObject, type JsonValue, parseJsonText } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { Pieces } from './pieces.ts';
import type { Sink } from './receiver.ts';

/** Publish time by version, milliseconds since 1970. */
export type Times = ReadonlyMap<string, number>;

export interface TimesReader extends Sink {
  /** Once the document is over, or enough of it has been seen. @throws {MalformedError}, {ProofError} `limit-exceeded` */
  times(): Times;
}

const WHAT = 'packument';
/** Of the member `time`; a package with ten thousand versions has half a megabyte. */
const TIMES_BYTES_MAX = 8_388_608;
const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
/** The name with the quotes around it, as it is spelled; a name with escapes is another one. */
const KEY = [0x22, 0x74, 0x69, 0x6d, 0x65, 0x22] as const;

/** What a byte outside of strings means: 1 a quote, 2 opens, 3 closes, 4 a colon, 5 a comma. */
const MEANING: Uint8Array = new Uint8Array(256);
MEANING[QUOTE] = 1;
MEANING[0x7b] = 2;
MEANING[0x5b] = 2;
MEANING[0x7d] = 3;
MEANING[0x5d] = 3;
MEANING[COLON] = 4;
MEANING[COMMA] = 5;

export function createTimesReader(): TimesReader {
  return new Reader();
}

class Reader implements TimesReader {
  #depth = 0;
  #inString = false;
  /** The last byte was a backslash inside a string. */
  #escaped = false;
  /** How much of {@link KEY} the string at depth 1 has been so far; -1 once it is another one. */
  #matched = -1;
  /** The value of `time`, as far as it has come. */
  #value: Pieces | undefined = undefined;
  #valueBytes = 0;
  #over = false;
  #started = false;
  #error: ProofError | undefined = undefined;

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || this.#over) return !this.#over;
    if (!this.#started && bytes[0] !== 0x7b) return this.#stop(new MalformedError(WHAT, 'not a JSON object'));
    this.#started = true;
    const capturing = this.#value !== undefined;
    const { start, end } = this.#scan(bytes);
    if (this.#value !== undefined) {
      const from = capturing ? 0 : start;
      this.#valueBytes += end - from;
      if (this.#valueBytes > TIMES_BYTES_MAX) {
        return this.#stop(
          new ProofError('limit-exceeded', { what: WHAT, max: TIMES_BYTES_MAX, unit: 'bytes' }),
        );
      }
      this.#value.add(bytes.subarray(from, end));
    }
    return !this.#over;
  }

  times(): Times {
    if (this.#error !== undefined) throw this.#error;
    if (this.#depth !== 0 && !this.#over) throw new MalformedError(WHAT, 'not JSON');
    if (!this.#started) throw new MalformedError(WHAT, 'not a JSON object');
    if (this.#value === undefined) return new Map();
    const text = textOf(this.#value.take());
    if (text === undefined) throw new MalformedError(WHAT, 'not UTF-8');
    return timesOf(parseJsonText(text, WHAT));
  }

  #stop(error?: ProofError): false {
    this.#over = true;
    this.#error = error;
    return false;
  }

  /** @returns where the value begins and ends in these bytes, as far as it does */
  #scan(bytes: Uint8Array): { readonly start: number; readonly end: number } {
    const { length } = bytes;
    let depth = this.#depth;
    let inString = this.#inString;
    let matched = this.#matched;
    let capturing = this.#value !== undefined;
    let start = 0;
    let at = this.#escaped ? 1 : 0;
    this.#escaped = false;
    while (at < length) {
      if (inString) {
        const from = at;
        while (at < length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
        if (matched >= 0) matched = match(bytes, from, Math.min(at + 1, length), matched);
        if (at >= length) {
          this.#escaped = at > length;
          break;
        }
        inString = false;
        at++;
        continue;
      }
      const meaning = MEANING[bytes[at]!];
      if (meaning !== 0) {
        if (meaning === 1) {
          inString = true;
          matched = depth === 1 && !capturing ? 1 : -1;
        } else if (meaning === 2) {
          matched = -1;
          if (++depth > limits.jsonDepthMax) {
            this.#stop(
              new ProofError('limit-exceeded', { what: WHAT, max: limits.jsonDepthMax, unit: 'levels' }),
            );
            break;
          }
        } else if (depth === 1) {
          if (meaning === 4 && matched === KEY.length && !capturing) {
            capturing = true;
            start = at + 1;
          } else if (meaning !== 4 && capturing) {
            this.#stop();
            break;
          }
          matched = -1;
          if (meaning === 3) {
            depth = 0;
            this.#stop();
            break;
          }
        } else if (meaning === 3) depth--;
      }
      at++;
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#matched = matched;
    if (capturing) this.#value ??= new Pieces();
    return { start, end: Math.min(at, length) };
  }
}

function match(bytes: Uint8Array, from: number, to: number, matched: number): number {
  if (to - from > KEY.length - matched) return -1;
  for (let at = from; at < to; at++) if (bytes[at] !== KEY[matched++]) return -1;
  return matched;
}

export function timesOf(time: JsonValue | undefined): Times {
  const times = new Map<string, number>();
  if (!isObject(time)) return times;
  for (const [version, text] of Object.entries(time)) {
    const ms = typeof text === 'string' && ISO.test(text) ? Date.parse(text) : Number.NaN;
    // Beside the versions stand `created` and `modified`.
    if (!Number.isNaN(ms) && /^\d/.test(version)) times.set(version, ms);
  }
  return times;
}
