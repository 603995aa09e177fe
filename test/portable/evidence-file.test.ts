import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { hex, sha256 } from '../../src/core/bytes.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { limits } from '../../src/core/limits.ts';
import { decodeBlock, encodeBlock, keyOf, linesOf, packageLines } from '../../src/portable/block.ts';
import { openEvidenceFile } from '../../src/portable/evidence-file.ts';
import { type BlockHead, digestOf } from '../../src/portable/head.ts';
import { openEvidence } from '../../src/portable/open.ts';
import { pack } from '../../src/portable/pack.ts';
import type { EntryKey, EntryKind } from '../../src/registry/entry.ts';
import { headOf, packFile, type Unpacked } from './evidence.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-evidence-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const registry = 'https://registry.example/';
const key = (name: string, version = '1.0.0'): EntryKey => ({ registry, name, version });
const DAY = Date.parse('2026-11-20T00:00:00Z');

function unpacked(names: readonly string[], body = '{"attestations":[]}'): Unpacked {
  const packages: Unpacked['packages'] = new Map();
  for (const name of names) {
    const parts = new Map<EntryKind, Buffer>([
      ['manifest', Buffer.from(JSON.stringify({ name, version: '1.0.0' }))],
      ['attestations', Buffer.from(body)],
    ]);
    packages.set(keyOf(key(name)), { key: key(name), parts });
  }
  const head = { newest: DAY + 5 } as Unpacked['head'];
  return { head, packages, tuf: new Map(), policies: new Map() };
}

let count = 0;
function write(bytes: Uint8Array | string): string {
  const file = path.join(folder, `${++count}.evidence`);
  writeFileSync(file, bytes);
  return file;
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof VerifyDepsError && error.code === 'evidence-unreadable') return error.message;
    throw error;
  }
  throw new Error('it was read');
}

/** A file whose head says whatever a test wants. */
function raw(head: object | string, ...blocks: readonly Uint8Array[]): Uint8Array {
  const line = typeof head === 'string' ? head : JSON.stringify(head);
  return Buffer.concat([Buffer.from(`${line}\n`), ...blocks]);
}

const block = (first: string, content: string | Uint8Array) => encodeBlock(first, Buffer.from(content));

function fileOf(blocks: readonly { head: BlockHead; stored: Uint8Array }[], more: object = {}): Uint8Array {
  const all = blocks[0]?.head.first === '' ? blocks : [block('', ''), ...blocks];
  return rawFileOf(all, more);
}

function rawFileOf(
  blocks: readonly { head: BlockHead; stored: Uint8Array }[],
  more: object = {},
): Uint8Array {
  const heads = blocks.map(({ head }) => head);
  return raw(
    {
      verifyDepsEvidence: 1,
      digest: digestOf(heads),
      oldest: '2026-11-20',
      newest: '2026-11-21',
      packages: 1,
      attested: 0,
      blocks: heads,
      ...more,
    },
    ...blocks.map(({ stored }) => stored),
  );
}

const lines = (name: string): Uint8Array => packageLines(key(name), new Map([['time', Buffer.from('1')]]));

describe('an evidence file', () => {
  it('has what was put into it, and nothing else', () => {
    const file = openEvidenceFile(
      write(packFile(unpacked(['b', '@scope/a', 'ä', 'constructor', '__proto__']))),
    );
    for (const name of ['b', '@scope/a', 'ä', 'constructor', '__proto__']) {
      expect(JSON.parse(String(file.part(key(name), 'manifest')))).toEqual({ name, version: '1.0.0' });
      expect(String(file.part(key(name), 'attestations'))).toBe('{"attestations":[]}');
      expect(file.part(key(name), 'time')).toBeUndefined();
    }
    for (const name of ['a', 'c', '', 'toString']) expect(file.part(key(name), 'manifest')).toBeUndefined();
    expect(file.part(key('b', '1.0.1'), 'manifest')).toBeUndefined();
    expect(file.part({ ...key('b'), registry: 'https://other.example/' }, 'manifest')).toBeUndefined();
    expect(file.head).toMatchObject({ packages: 5, attested: 5, oldest: DAY, newest: DAY });
  });

  it('finds each of many packages, in blocks that are taken apart one at a time', () => {
    const names = Array.from({ length: 300 }, (_, index) => `package-${index}`);
    const body = JSON.stringify({ attestations: ['x'.repeat(20_000)] });
    const place = write(packFile(unpacked(names, body)));
    expect(headOf(place).blocks.length).toBeGreaterThan(4);
    const file = openEvidenceFile(place);
    // Out of order, so that blocks are taken apart again.
    for (let i = 0; i < names.length; i++) {
      const name = names[(i * 77) % names.length]!;
      expect(file.part(key(name), 'manifest')?.toString()).toContain(`"${name}"`);
    }
  });

  it('is small: what is the same in many packages stands there once', () => {
    const names = Array.from({ length: 200 }, (_, index) => `package-${index}`);
    const body = JSON.stringify({ attestations: ['x'.repeat(2_000)] });
    expect(packFile(unpacked(names, body)).length / names.length).toBeLessThan(50);
  });

  it('may hold nothing', () => {
    const file = openEvidenceFile(write(packFile(unpacked([]))));
    expect(file.part(key('a'), 'manifest')).toBeUndefined();
    expect(file.shared()).toEqual({ tuf: new Map(), policies: new Map() });
  });

  it('has a digest of its content that the days and the compression have no part in', () => {
    const one = unpacked(['a', 'b']);
    const later = { ...one, head: { ...one.head, newest: DAY + 9 * 86_400_000 } };
    const [first, second] = [write(packFile(one)), write(packFile(later))];
    expect(headOf(first).digest).toBe(headOf(second).digest);
    expect(headOf(first).newest).not.toBe(headOf(second).newest);
    const { head } = block('', '');
    const other = brotliCompressSync(pack(new Uint8Array()), { params: {} });
    expect(() =>
      openEvidenceFile(write(fileOf([{ head: { ...head, stored: other.length }, stored: other }]))),
    ).not.toThrow();
  });

  it('is told by its first line, in words for the rest', () => {
    expect(refusal(() => openEvidenceFile(write('{"lockfileVersion":3}\n')))).toMatch(
      /is not an evidence file$/,
    );
    expect(refusal(() => openEvidenceFile(write('')))).toMatch(/is not an evidence file$/);
    expect(refusal(() => openEvidenceFile(write(Buffer.alloc(100_000, 1))))).toMatch(
      /is not an evidence file$/,
    );
    expect(refusal(() => openEvidenceFile(write(raw({ verifyDepsEvidence: 2 }))))).toMatch(
      /is of version 2, and this version of verify-deps reads 1$/,
    );
    expect(refusal(() => openEvidenceFile(path.join(folder, 'none.evidence')))).toMatch(
      /cannot be read: ENOENT/,
    );
    expect(refusal(() => openEvidenceFile(folder))).toMatch(/cannot be read: it is no regular file/);
  });

  it('that is cut short, or has grown, is damaged', () => {
    const whole = packFile(unpacked(['a', 'b']));
    for (const bytes of [whole.subarray(0, -1), Buffer.concat([whole, Buffer.from('x')])])
      expect(refusal(() => openEvidenceFile(write(bytes)))).toMatch(
        /is damaged: its length: expected \d+ bytes but got/,
      );
  });

  it('with any byte changed is refused, or says what it said or nothing', () => {
    const whole = packFile(unpacked(['a', 'b'], JSON.stringify({ attestations: ['base64'] })));
    let told = 0;
    for (let at = 0; at < whole.length; at++) {
      const changed = Uint8Array.from(whole);
      changed[at]! ^= 1 << (at % 8);
      const file = write(changed);
      try {
        const opened = openEvidenceFile(file);
        opened.shared();
        const part = opened.part(key('a'), 'manifest');
        if (part !== undefined) expect(String(part)).toBe('{"name":"a","version":"1.0.0"}');
      } catch (error) {
        expect(error).toMatchObject({ code: 'evidence-unreadable' });
        told++;
      }
      rmSync(file);
    }
    expect(told).toBeGreaterThan(whole.length / 2);
  });

  const at = keyOf(key('a'));
  const good = block(at, lines('a'));
  it.each([
    [
      'blocks that are no list',
      raw({ verifyDepsEvidence: 1, blocks: 7 }),
      /its first line: blocks: not a list/,
    ],
    [
      'a digest of something else',
      fileOf([good], { digest: `sha256:${'0'.repeat(64)}` }),
      /expected the digest sha256:.* but got sha256:0000/,
    ],
    ['days that are none', fileOf([good], { oldest: '2026-02-30' }), /oldest: not a time/],
    ['no days', fileOf([good], { newest: 1 }), /newest: not a string/],
    [
      'days in the wrong order',
      fileOf([good], { oldest: '2026-12-01' }),
      /the oldest answer is newer than the newest/,
    ],
    ['a count that is none', fileOf([good], { packages: -1 }), /packages: not a whole number/],
    [
      'too many packages',
      fileOf([good], { packages: limits.packagesMax + 1 }),
      /packages: not a whole number/,
    ],
    [
      'the same key twice in its head',
      raw('{"verifyDepsEvidence":1,"verifyDepsEvidence":1}'),
      /not an evidence file/,
    ],
    [
      'blocks out of order',
      fileOf([block(keyOf(key('b')), lines('b')), good]),
      /its blocks are not in order/,
    ],
    ['a block twice', fileOf([good, good]), /its blocks are not in order/],
    ['no block of the trust root', rawFileOf([good]), /the block of what belongs to no package is missing/],
    ['no blocks', rawFileOf([]), /the block of what belongs to no package is missing/],
    [
      'a block that is larger packed than unpacked',
      fileOf([{ ...good, head: { ...good.head, packed: good.head.bytes + 5 } }]),
      /packed: not a whole number up to/,
    ],
    [
      'a block that claims to be huge',
      fileOf([{ ...good, head: { ...good.head, bytes: limits.evidenceBlockBytesMax + 1 } }]),
      /bytes: not a whole number/,
    ],
    [
      'content that is huge altogether',
      fileOf(
        Array.from({ length: 65 }, (_, n) => ({
          head: {
            ...good.head,
            first: `${'b'.repeat(n + 1)}`,
            bytes: limits.evidenceBlockBytesMax,
            packed: 1,
            stored: 0,
          },
          stored: new Uint8Array(),
        })),
      ),
      /its content: \d+ bytes, more than/,
    ],
    [
      'a digest that is none',
      fileOf([{ ...good, head: { ...good.head, sha256: 'x' } }]),
      /sha256: not a digest/,
    ],
  ])('with %s is refused when it is opened', (_what, bytes, message) => {
    expect(refusal(() => openEvidenceFile(write(bytes)))).toMatch(message);
  });

  const bomb = brotliCompressSync(Buffer.alloc(50_000_000));
  const many = (count: number): Uint8Array =>
    Buffer.concat(Array.from({ length: count }, (_, n) => lines(`a${String(n).padStart(6, '0')}`)));
  const coded = block(at, packageLines(key('a'), new Map([['time', Buffer.from('0'.repeat(200))]])));
  const two = Buffer.concat([lines('a'), lines('b')]);
  it.each([
    [
      'a bomb',
      fileOf([{ head: { ...good.head, stored: bomb.length }, stored: bomb }]),
      /a block: it cannot be decompressed/,
    ],
    [
      'no compression',
      fileOf([{ head: { ...good.head, stored: 3 }, stored: Buffer.from('abc') }]),
      /a block: it cannot be decompressed/,
    ],
    [
      'another length than it names',
      fileOf([{ ...good, head: { ...good.head, packed: good.head.packed + 1 } }]),
      /expected \d+ bytes packed but got/,
    ],
    [
      'more than it names',
      fileOf([{ ...coded, head: { ...coded.head, bytes: coded.head.bytes - 10 } }]),
      /packed text: more than/,
    ],
    [
      'another content than it names',
      fileOf([{ ...good, head: { ...good.head, sha256: hex(sha256(Buffer.from('x'))) } }]),
      /expected sha256 .* but got/,
    ],
    [
      'a package twice',
      fileOf([block(at, Buffer.concat([lines('a'), lines('a')]))]),
      /not in order, or one stands there twice/,
    ],
    [
      'packages out of order',
      fileOf([block(keyOf(key('b')), Buffer.concat([lines('b'), lines('a')]))]),
      /not in order/,
      'b',
    ],
    ['another package first', fileOf([block(at, lines('b'))]), /not in order/],
    [
      'packages of the next block',
      fileOf([block(at, two), block(keyOf(key('b')), lines('b'))]),
      /not those that it names/,
    ],
    ['nothing', fileOf([block(at, '')]), /not those that it names/],
    [
      'a last line that does not end',
      fileOf([block(at, lines('a').subarray(0, -1))]),
      /its last line does not end/,
    ],
    [
      'parts that are not there',
      fileOf([block(at, `{"package":${at},"parts":["time","manifest"]}\n1\n`)]),
      /its parts are not those that it names/,
    ],
    [
      'a part twice',
      fileOf([block(at, `{"package":${at},"parts":["time","time"]}\n1\n1\n`)]),
      /its parts are not those/,
    ],
    [
      'a part nobody knows',
      fileOf([block(at, `{"package":${at},"parts":["keys"]}\n1\n`)]),
      /its parts are not those/,
    ],
    ['no part of a package', fileOf([block(at, `{"package":${at},"parts":[]}\n`)]), /it has no parts/],
    [
      'packages without end',
      fileOf([block(keyOf(key('a000000')), many(limits.evidenceBlockPackagesMax + 1))]),
      /more than 32768 packages/,
      'a1',
    ],
    ['a line that is no JSON', fileOf([block(at, 'package\n')]), /a line: not JSON/],
    [
      'a line that is too long',
      fileOf([block(at, `{"package":${at},"parts":[],"x":"${'x'.repeat(20_000)}"}\n`)]),
      /a line: more than/,
    ],
    ['a key that is none', fileOf([block(at, '{"package":[1,2,3],"parts":[]}\n')]), /a line: not a string/],
  ])('with a block of %s is refused when that is needed', (_what, bytes, message, name = 'a') => {
    const file = openEvidenceFile(write(bytes));
    expect(refusal(() => file.part(key(name), 'time'))).toMatch(message);
  });

  it.each([
    ['of an unknown kind', '{"keys":"x"}\n', /of a kind that is not known/],
    [
      'that stands there twice',
      '{"policy":"sha256-HEX","content":""}\n'.replace('HEX', 'a'.repeat(64)).repeat(2),
      /there twice/,
    ],
    ['with a digest that is none', '{"policy":"md5-00","content":""}\n', /of a kind that is not known/],
    [
      'with a path for a name',
      '{"tuf":"https://mirror.example","roots":{},"metadata":{"../x.json":""},"targets":{}}\n',
      /not the name of a metadata file/,
    ],
    [
      'with a root of no version',
      '{"tuf":"https://mirror.example","roots":{"1.5":""},"metadata":{},"targets":{}}\n',
      /not a version of a root/,
    ],
    [
      'that is not canonical base64',
      '{"tuf":"https://mirror.example","roots":{"1":"A"},"metadata":{},"targets":{}}\n',
      /not canonical base64/,
    ],
    ['without roots', '{"tuf":"https://mirror.example"}\n', /roots: missing/],
  ])('with a line of the trust root %s is refused', (_what, text, message) => {
    const file = openEvidenceFile(write(fileOf([block('', text)])));
    expect(refusal(() => file.shared())).toMatch(message);
  });
});

describe('several evidence files', () => {
  it('are in memory whole, so that they are not too large together', () => {
    const place = path.join(folder, 'large');
    mkdirSync(place);
    const bytes = packFile(unpacked(['a']));
    for (const name of ['a', 'b']) writeFileSync(path.join(place, `${name}.evidence`), bytes);
    expect(openEvidence([place])).toHaveLength(2);
    // Nothing of it is read: it would be damaged.
    truncateSync(path.join(place, 'b.evidence'), limits.evidenceFileBytesMax - 1);
    expect(refusal(() => openEvidence([place]))).toMatch(
      /^expected at most 268435456 bytes of evidence files, but 2 files have more$/,
    );
  });

  it('do not claim more content together than one may', () => {
    const place = path.join(folder, 'claims');
    mkdirSync(place);
    const claims = Array.from({ length: 40 }, (_, n) => ({
      head: {
        ...block('', '').head,
        first: 'b'.repeat(n),
        bytes: limits.evidenceBlockBytesMax,
        packed: 1,
        stored: 0,
      },
      stored: new Uint8Array(),
    }));
    for (const name of ['a', 'b']) writeFileSync(path.join(place, `${name}.evidence`), fileOf(claims));
    expect(openEvidence([path.join(place, 'a.evidence')])).toHaveLength(1);
    expect(refusal(() => openEvidence([place]))).toMatch(/bytes of evidence files, taken apart, but 2 files/);
  });

  it('are those of a folder that end in .evidence, by name, each once', () => {
    const place = path.join(folder, 'several');
    mkdirSync(place);
    for (const name of ['b.evidence', 'a.evidence', 'c.txt'])
      writeFileSync(path.join(place, name), packFile(unpacked(['a'])));
    const names = openEvidence([place, path.join(place, 'a.evidence')]).map(({ path: file }) =>
      path.basename(file),
    );
    expect(names).toEqual(['a.evidence', 'b.evidence']);
  });

  it('must be there, and not be too many', () => {
    const empty = path.join(folder, 'empty');
    mkdirSync(empty);
    expect(refusal(() => openEvidence([empty]))).toMatch(/holds no evidence file$/);
    expect(refusal(() => openEvidence([path.join(folder, 'nowhere')]))).toMatch(/cannot be read: ENOENT/);
    const loop = path.join(empty, 'loop.evidence');
    symlinkSync(loop, loop);
    expect(refusal(() => openEvidence([empty]))).toMatch(/loop\.evidence cannot be read: ELOOP/);
    rmSync(loop);
    const bytes = packFile(unpacked([]));
    for (let n = 0; n <= limits.evidenceFilesMax; n++)
      writeFileSync(path.join(empty, `${n}.evidence`), bytes);
    expect(refusal(() => openEvidence([empty]))).toMatch(/expected at most 64 evidence files but got 65$/);
  });
});

describe('the published schema', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../policies/verify-deps.evidence.schema.json', import.meta.url), 'utf8'),
  ) as { $id: string };
  const ajv = new Ajv2020({ strict: true, allErrors: true });
  ajv.addSchema(schema);
  const validate = (part: string) => ajv.compile({ $ref: `${schema.$id}#/$defs/${part}` });

  it('describes the head and every line', () => {
    const all = unpacked(['a', 'b']);
    all.tuf.set('https://mirror.example', {
      roots: new Map([[1, Buffer.from('{}')]]),
      metadata: new Map([['timestamp.json', Buffer.from('{}')]]),
      targets: new Map([['trusted_root.json', Buffer.from('{}')]]),
    });
    all.policies.set(`sha256-${'a'.repeat(64)}`, Buffer.from('version: 1\n'));
    const bytes = packFile(all);
    const file = write(bytes);
    const head = headOf(file);
    const isHead = validate('head');
    expect(isHead(JSON.parse(String(bytes.subarray(0, head.start))))).toBe(true);
    const isLine = validate('line');
    let start = head.start;
    let checked = 0;
    for (const one of head.blocks) {
      const content = decodeBlock(one, bytes.subarray(start, start + one.stored));
      start += one.stored;
      for (const [from, to] of linesOf(content)) {
        expect(isLine(JSON.parse(content.toString('utf8', from, to))), `${isLine.errors?.[0]?.message}`).toBe(
          true,
        );
        checked++;
      }
    }
    expect(checked).toBe(2 + 2 * 3);
    expect(isHead({ verifyDepsEvidence: 1 })).toBe(false);
    expect(isLine({ package: ['a'] })).toBe(false);
    expect(isLine({ keys: [] })).toBe(false);
  });
});
