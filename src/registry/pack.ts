/**
 * A pack of the evidence store: answers that were written together. It is never changed, and its name is the digest of its
 * table, which holds the digest of each answer. So whatever is read of it can be held against its name, without
 * reading the rest.
 *
 *     <bodies of the answers, one after the other>
 *     <table: a row for each answer, ascending by question>
 *     <number of rows, 4 bytes> <magic, 8 bytes>
 *
 *     row, 80 bytes, numbers big-endian:
 *        0  question, sha256      64  offset of the body      72  time of asking, ms since 1970 (6 bytes)
 *       32  sha256 of the body    68  length of the body      78  flags (2 bytes): 1 absent, 2 short-lived
 *
 * Digests find damage. They do not make the content true: whoever reads it verifies it like an answer from the network.
 */
import { hash } from 'node:crypto';

export interface PackRow {
  /** See `questionId`. */
  readonly question: Uint8Array;
  readonly digest: Uint8Array;
  readonly offset: number;
  readonly length: number;
  /** When it was asked, milliseconds since 1970. */
  readonly time: number;
  readonly absent: boolean;
  /** A registry could still add to it. */
  readonly short: boolean;
}

/** The verified table of a pack. */
export interface PackTable {
  /** All that follows the bodies. */
  readonly rows: Buffer;
  readonly count: number;
  /** The first four bytes of each row's question. */
  readonly prefixes: Uint32Array;
}

const ROW_BYTES = 80;
const TAIL_BYTES = 12;
/** Rows of one pack; a run of more packages writes several. */
export const ROWS_MAX = 32_768;
const MAGIC = Buffer.from('vdpack2\n', 'latin1');
const TIME_MAX = 2 ** 48 - 1;
const [AT_DIGEST, AT_OFFSET, AT_LENGTH, AT_TIME, AT_FLAGS] = [32, 64, 68, 72, 78];
/** Of 200,000 random prefixes three alike are rare. */
const ALIKE_MAX = 16;
const ABSENT = 1;
const SHORT = 2;

/**
 * What follows the bodies (its `rows`), and the name of the file.
 * @param rows  at most `ROWS_MAX`, each question once; sorted here
 */
export function encodeTable(rows: readonly PackRow[]): { readonly table: PackTable; readonly name: string } {
  const sorted = [...rows].sort((a, b) => Buffer.compare(a.question, b.question));
  const end = Buffer.alloc(sorted.length * ROW_BYTES + TAIL_BYTES);
  let at = 0;
  for (const row of sorted) {
    end.set(row.question, at);
    end.set(row.digest, at + AT_DIGEST);
    end.writeUInt32BE(row.offset, at + AT_OFFSET);
    end.writeUInt32BE(row.length, at + AT_LENGTH);
    end.writeUIntBE(Math.min(row.time, TIME_MAX), at + AT_TIME, 6);
    end.writeUInt16BE((row.absent ? ABSENT : 0) | (row.short ? SHORT : 0), at + AT_FLAGS);
    at += ROW_BYTES;
  }
  end.writeUInt32BE(sorted.length, at);
  MAGIC.copy(end, at + 4);
  return { table: tableOf(end), name: packName(end) };
}

/** How many bytes at the end of a pack hold its table; undefined if this is no end of a pack. */
export function endBytes(tail: Buffer): number | undefined {
  if (tail.length < TAIL_BYTES || !tail.subarray(-MAGIC.length).equals(MAGIC)) return undefined;
  const count = tail.readUInt32BE(tail.length - TAIL_BYTES);
  return count <= ROWS_MAX ? count * ROW_BYTES + TAIL_BYTES : undefined;
}

/** @param end  as many bytes as `endBytes` says; undefined if they are not those that the file's name stands for */
export function decodeTable(end: Buffer, name: string): PackTable | undefined {
  return endBytes(end) === end.length && packName(end) === name ? tableOf(end) : undefined;
}

function tableOf(end: Buffer): PackTable {
  const count = (end.length - TAIL_BYTES) / ROW_BYTES;
  const prefixes = new Uint32Array(count);
  for (let row = 0; row < count; row++) prefixes[row] = end.readUInt32BE(row * ROW_BYTES);
  return { rows: end, count, prefixes };
}

/** Number of the row that answers a question, -1 if there is none. */
export function findRow({ rows, count, prefixes }: PackTable, question: Buffer): number {
  const prefix = question.readUInt32BE(0);
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (prefixes[middle]! < prefix) low = middle + 1;
    else high = middle;
  }
  // Out of order or with many alike, which nothing of ours is, a table costs no more than this.
  for (let row = low; row < count && row < low + ALIKE_MAX && prefixes[row] === prefix; row++) {
    const at = row * ROW_BYTES;
    if (rows.compare(question, 0, 32, at, at + 32) === 0) return row;
  }
  return -1;
}

export function timeOf({ rows }: PackTable, row: number): number {
  return rows.readUIntBE(row * ROW_BYTES + AT_TIME, 6);
}

/** Of all answers together. */
export function bodyBytes({ rows, count }: PackTable): number {
  let bytes = 0;
  for (let row = 0; row < count; row++) bytes += rows.readUInt32BE(row * ROW_BYTES + AT_LENGTH);
  return bytes;
}

export function readRow({ rows }: PackTable, row: number): PackRow {
  const at = row * ROW_BYTES;
  const flags = rows.readUInt16BE(at + AT_FLAGS);
  return {
    question: rows.subarray(at, at + AT_DIGEST),
    digest: rows.subarray(at + AT_DIGEST, at + AT_OFFSET),
    offset: rows.readUInt32BE(at + AT_OFFSET),
    length: rows.readUInt32BE(at + AT_LENGTH),
    time: rows.readUIntBE(at + AT_TIME, 6),
    absent: (flags & ABSENT) !== 0,
    short: (flags & SHORT) !== 0,
  };
}

export function digestOf(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function packName(end: Buffer): string {
  return `${hash('sha256', end, 'hex')}.pack`;
}
