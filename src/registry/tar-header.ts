/**
 * What headers of tar hold, for readers that each decide for themselves what else they refuse.
 * @see POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"
 */
import { MalformedError } from '../core/errors.ts';

/** What errors call the file. */
export const TARBALL = 'tarball';
/** Bytes of a header; content is filled up to whole blocks. */
export const BLOCK = 512;

/** A block that ends the archive. */
export function isEmptyBlock(head: Uint8Array): boolean {
  return head.every((byte) => byte === 0);
}

/** The letter that tells what kind of entry follows. */
export function typeOf(head: Uint8Array): string {
  return String.fromCharCode(head[156]!);
}

/** Path of an entry as its header has it; extended headers and long names come before it. */
export function nameOf(head: Buffer): string {
  const name = cString(head.subarray(0, 100));
  const isUstar = head.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? cString(head.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** UTF-8 up to the first NUL. */
export function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/**
 * A number as npm reads it: up to the first NUL, and nothing at all is 0.
 * @throws {MalformedError} among others for a number in base 256
 */
export function octal(head: Buffer, start: number, length: number): number {
  const text = head
    .toString('latin1', start, start + length)
    .replace(/\0.*$/s, '')
    .trim();
  if (text === '') return 0;
  if (!/^[0-7]{1,11}$/.test(text)) throw anotherForm();
  return Number.parseInt(text, 8);
}

/**
 * A number that every reader reads alike: digits, and behind them only what fills the field.
 * @throws {MalformedError}
 */
export function plainOctal(head: Buffer, start: number, length: number): number {
  if (!/^\s*[0-7]{1,11}[\0 ]*$/.test(head.toString('latin1', start, start + length))) throw anotherForm();
  return octal(head, start, length);
}

function anotherForm(): MalformedError {
  return new MalformedError(TARBALL, 'a header of another form');
}

/** @throws {MalformedError} if the bytes do not sum up to what the header says */
export function expectChecksum(head: Buffer, number: typeof octal): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += head[i]!;
  if (sum !== number(head, 148, 8)) throw new MalformedError(TARBALL, 'a header with a wrong checksum');
}

/**
 * Keys and values of an extended header, in its order: records `LENGTH KEY=VALUE\n`.
 * @throws {MalformedError}
 */
export function* paxRecords(body: Buffer): Generator<readonly [key: string, value: string]> {
  for (let at = 0; at < body.length; ) {
    const [match, length] = /^(\d{1,9}) /.exec(body.toString('latin1', at, at + 12)) ?? [];
    const end = at + Number(length);
    if (match === undefined || end > body.length || end <= at + match.length || body[end - 1] !== 0x0a) {
      throw new MalformedError(TARBALL, 'an extended header of another form');
    }
    const record = body.toString('utf8', at + match.length, end - 1);
    const equals = record.indexOf('=');
    yield [record.slice(0, equals), record.slice(equals + 1)];
    at = end;
  }
}
