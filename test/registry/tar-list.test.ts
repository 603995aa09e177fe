import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { listTarball } from '../../src/registry/tar-list.ts';
import { type Entry, files, pax, sha256, tarOf, tgz } from '../support/tar.ts';

const paths = async (entries: readonly Entry[]) => [...(await listTarball(tgz(entries))).files.keys()];
const file = (name: string, content = ''): Entry => ({ name: `package/${name}`, content });

describe('what a tarball holds', () => {
  test('is told file by file, with digest, size and mode, and its package.json', async () => {
    const list = await listTarball(
      tgz([...files({ 'package.json': '{}', 'lib/a.js': 'x' }), { ...file('run'), mode: 0o755 }]),
    );
    expect([...list.files]).toEqual([
      ['package.json', { digest: sha256('{}'), size: 2, mode: 0o644 }],
      ['lib/a.js', { digest: sha256('x'), size: 1, mode: 0o644 }],
      ['run', { digest: sha256(''), size: 0, mode: 0o755 }],
    ]);
    expect(Buffer.from(list.packageJson!).toString()).toBe('{}');
  });

  test('is the same in whatever pieces it comes', async () => {
    const content = 'line\n'.repeat(100_000);
    const list = await listTarball(tgz([file('big', content), file('next', 'y')]));
    expect(list.files.get('big')).toEqual({ digest: sha256(content), size: 500_000, mode: 0o644 });
    expect(list.files.get('next')?.digest).toBe(sha256('y'));
  });

  test.each<[string, readonly Entry[], string[]]>([
    ['whatever the first folder is called', [{ name: 'anything/a' }], ['a']],
    ['without folders', [{ name: 'package/sub/', type: '5' }, file('sub/a')], ['sub/a']],
    ['without what is a folder by its name only', [{ name: 'package/sub/', type: '\0' }], []],
    ['without links, as npm and pnpm leave them out', [{ name: 'package/l', type: '2' }, file('a')], ['a']],
    ['without a file beside the folder', [{ name: 'stray' }, file('a')], ['a']],
    ['with doubled slashes as one', [{ name: 'package//a/./b' }], ['a/b']],
    ['with the name of an extended header', [pax({ path: 'package/é' }), file('x')], ['é']],
    ['and that name for one file only', [pax({ path: 'package/p' }), file('x'), file('y')], ['p', 'y']],
    [
      'with a long name of GNU',
      [{ name: 'L', type: 'L', content: `package/${'n'.repeat(200)}\0` }, file('x')],
      ['n'.repeat(200)],
    ],
    ['with a name cut at NUL, as everybody reads it', [{ name: 'package/a\0b' }], ['a']],
    ['once for the same file twice', [file('a', '1'), file('a', '1')], ['a']],
    ['with names that differ in case', [file('README'), file('readme')], ['README', 'readme']],
  ])('is read %s', async (_, entries, expected) => {
    expect(await paths(entries)).toEqual(expected);
  });

  test('has a second digest for a script whose first line ends as on Windows', async () => {
    const list = await listTarball(
      tgz(files({ a: '#!/usr/bin/env node\r\nx\r\n', b: '#!/bin/sh\nx', c: 'x\r\n', d: '#!\r\n' })),
    );
    expect([...list.files.values()].map(({ unixDigest }) => unixDigest)).toEqual([
      sha256('#!/usr/bin/env node\nx\r\n'),
      undefined,
      undefined,
      undefined,
    ]);
  });

  const head = (change: (head: Buffer) => void): readonly Entry[] => [{ ...file('a', 'x'), change }];
  test.each<[string, readonly Entry[] | Buffer, RegExp]>([
    ['a path that leads out', [{ name: 'package/../../a' }], /leads out/],
    ['an absolute path', [{ name: '/package/a' }], /leads out/],
    ['a path from the folder itself, which npm strips otherwise', [{ name: './package/a' }], /leads out/],
    ['a backslash', [{ name: 'package/a\\b' }], /leads out/],
    ['a drive', [{ name: 'C:/a' }], /leads out/],
    ['a NUL in an extended name', [pax({ path: 'package/a\0b' }), file('x')], /leads out/],
    [
      'a path too long',
      [{ name: 'L', type: 'L', content: `package/${'a/'.repeat(200)}b` }, file('x')],
      /128 folders/,
    ],
    ['two different files of one name', [file('a', '1'), file('a', '2')], /two different files/],
    ['a file of one name and two modes', [file('a'), { ...file('a'), mode: 0o755 }], /two different files/],
    ['a file where a folder should be', [file('a'), file('a/b')], /a file where a folder/],
    ['a device', [{ name: 'package/d', type: '3' }], /neither a file/],
    ['a sparse file of GNU', [{ name: 'package/s', type: 'S' }], /neither a file/],
    ['a sparse file in pax', [pax({ 'GNU.sparse.major': '1' }), file('x')], /sparse/],
    ['another size in pax', [pax({ size: '7' }), file('x', '1')], /two sizes/],
    ['one name for all', [{ ...pax({ path: 'package/a' }), type: 'g' }, file('x')], /for all files/],
    ['a giant extended header', [{ name: 'x', type: 'x', content: 'x'.repeat(70_000) }], /more than 65536/],
    ['an extended header of nonsense', [{ name: 'x', type: 'x', content: 'path=a\n' }], /another form/],
    ['a size in binary', head((h) => h.writeUInt8(0x80, 124)), /another form/],
    ['a size beyond the end', head((h) => h.write('00000007777 ', 124)), /middle of a file/],
    ['no gzip', tarOf(files({ a: '' })), /not gzip/],
    ['a broken gzip', tgz(files({ a: 'x'.repeat(9000) })).subarray(0, 60), /cannot be unpacked/],
    [
      'something behind its end',
      gzipSync(tarOf(files({ a: '' }), Buffer.concat([Buffer.alloc(512), tarOf(files({ b: '' }))]))),
      /behind its end/,
    ],
    ['half a header', gzipSync(tarOf(files({ a: '' }), Buffer.from('junk'))), /behind its end/],
    ['a wrong checksum', gzipSync(tarOf(files({ a: '' })).fill(0x41, 0, 1)), /checksum/],
  ])('is refused for %s', async (_, input, why) => {
    const bytes = Buffer.isBuffer(input) ? input : tgz(input);
    await expect(listTarball(bytes)).rejects.toMatchObject({ args: { why: expect.stringMatching(why) } });
  });
});
