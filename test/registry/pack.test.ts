import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type EntryKey, type EntryKind, questionId } from '../../src/registry/entry.ts';
import {
  decodeTable,
  encodeTable,
  endBytes,
  findRow,
  type PackRow,
  readRow,
} from '../../src/registry/pack.ts';

const sha = (text: string): Buffer => createHash('sha256').update(text).digest();
const row = (name: string, more?: Partial<PackRow>): PackRow => ({
  question: sha(name),
  digest: sha(`body of ${name}`),
  offset: 5,
  length: 7,
  time: 1_800_000_000_000,
  absent: false,
  short: false,
  ...more,
});

describe('the table of a pack', () => {
  const names = Array.from({ length: 100 }, (_, i) => `package ${i}`);

  it('finds what was put in, and nothing else', () => {
    const rows = names.map((name, i) => row(name, { offset: i, absent: i % 3 === 0, short: i % 2 === 0 }));
    const { table, name } = encodeTable(rows);
    const read = decodeTable(table.rows, name)!;
    for (const [i, one] of rows.entries()) expect(readRow(read, findRow(read, sha(names[i]!)))).toEqual(one);
    expect(findRow(read, sha('another'))).toBe(-1);
    expect(findRow(decodeTable(encodeTable([]).table.rows, encodeTable([]).name)!, sha('any'))).toBe(-1);
  });

  it('says how much of the end of a file it is', () => {
    const { table } = encodeTable(names.map((name) => row(name)));
    expect(endBytes(table.rows.subarray(-12))).toBe(table.rows.length);
    expect(endBytes(table.rows.subarray(-11))).toBeUndefined();
  });

  it('is not believed with any bit flipped, any byte cut off or added', () => {
    const { table, name } = encodeTable(names.slice(0, 3).map((one) => row(one)));
    const { rows } = table;
    for (let i = 0; i < rows.length; i++) {
      const flipped = Buffer.from(rows);
      flipped[i]! ^= 1 << (i % 8);
      expect(decodeTable(flipped, name)).toBeUndefined();
      expect(decodeTable(rows.subarray(i + 1), name)).toBeUndefined();
    }
    expect(decodeTable(Buffer.concat([Buffer.alloc(80), rows]), name)).toBeUndefined();
    expect(decodeTable(rows, name)).toBeDefined();
  });

  it('may not be of more rows than a pack has', () => {
    const tail = Buffer.from(encodeTable([]).table.rows);
    tail.writeUInt32BE(32_769);
    expect(endBytes(tail)).toBeUndefined();
  });

  it('holds questions that begin alike', () => {
    const like = (last: number): Buffer => Buffer.concat([Buffer.alloc(31, 7), Buffer.from([last])]);
    const { table } = encodeTable([1, 2, 3].map((last) => row('x', { question: like(last), offset: last })));
    for (const last of [1, 2, 3]) expect(readRow(table, findRow(table, like(last))).offset).toBe(last);
    expect(findRow(table, like(4))).toBe(-1);
  });

  it('keeps a time of any age in bounds', () => {
    const { table } = encodeTable([row('x', { time: Number.MAX_SAFE_INTEGER })]);
    expect(readRow(table, 0).time).toBe(2 ** 48 - 1);
  });
});

describe('a question', () => {
  const key: EntryKey = { registry: 'https://registry.example/', name: 'ab', version: '1.0.0' };
  it.each<[string, EntryKey, EntryKind]>([
    ['name', { ...key, name: 'a' }, 'manifest'],
    ['version', { ...key, version: '1.0.1' }, 'manifest'],
    ['registry', { ...key, registry: 'https://mirror.example/' }, 'manifest'],
    ['kind', key, 'attestations'],
    ['end of the name', { ...key, name: 'ab1', version: '.0.0' }, 'manifest'],
    ['beginning of the name', { ...key, name: 'b', version: '1.0.0' }, 'manifest'],
    ['end of the version', { ...key, version: '1.0.0h', registry: 'ttps://registry.example/' }, 'manifest'],
  ])('of another %s is another', (_, other, kind) => {
    expect(questionId(other, kind)).not.toEqual(questionId(key, 'manifest'));
  });
});
