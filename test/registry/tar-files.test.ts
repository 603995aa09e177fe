import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { filesOfTarball } from '../../src/registry/tar-files.ts';
import { tarball } from '../support/rig/tarball.mjs';

const all = (bytes: Uint8Array, max = 1 << 20) => filesOfTarball(bytes, max, () => true);

/** Changes the header of the entry with this index and puts its checksum right. */
function changed(files: Record<string, string>, change: (head: Buffer) => void): Buffer {
  const data = gunzipSync(tarball(files));
  const head = data.subarray(0, 512);
  change(head);
  head.write('        ', 148);
  const sum = head.reduce((a, b) => a + b, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(data);
}

const named = (name: string) => (head: Buffer) => {
  head.fill(0, 0, 100);
  head.write(name, 0);
};

describe('files of a tarball', () => {
  test('are told by their path below the first folder', async () => {
    const found = await all(tarball({ 'a.yaml': 'x: 1\n', 'sub/b.yaml': '' }));
    expect([...found].map(([path, bytes]) => [path, Buffer.from(bytes as Uint8Array).toString()])).toEqual([
      ['a.yaml', 'x: 1\n'],
      ['sub/b.yaml', ''],
    ]);
  });

  test('are only those that are wanted', async () => {
    const found = await filesOfTarball(tarball({ a: '1', b: '2' }), 1 << 20, (path) => path === 'b');
    expect([...found.keys()]).toEqual(['b']);
  });

  test('have the name of an extended header', async () => {
    const record = '24 path=package/p.yaml\n\n';
    const pax = changed({ x: record.replace('24', '23').slice(0, 23), y: 'body' }, (head) =>
      head.write('x', 156),
    );
    expect([...(await all(pax)).keys()]).toEqual(['p.yaml']);
  });

  test.each([
    ['a symbolic link', '2'],
    ['a hard link', '1'],
    ['a device', '3'],
  ])('are no files where there is %s', async (_, type) => {
    const found = await all(changed({ 'a.yaml': '' }, (head) => head.write(type, 156)));
    expect(found.get('a.yaml')).toBe('not a file');
  });

  test.each([
    ['leads out', named('package/../../etc/p.yaml'), /leads out/],
    ['is absolute', named('/etc/p.yaml'), /leads out/],
    ['has a backslash', named('package/..\\p.yaml'), /leads out/],
    ['has another size', (head: Buffer) => head.write('77777777777 ', 124), /middle of a file/],
    ['has a size in binary', (head: Buffer) => head.writeUInt8(0x80, 124), /another form/],
  ])('are refused where one %s', async (_, change, message) => {
    await expect(all(changed({ 'p.yaml': 'x' }, change))).rejects.toMatchObject({
      args: { why: expect.stringMatching(message) },
    });
  });

  test.each([
    ['no gzip', Buffer.from('no gzip'), /not gzip/],
    ['more than allowed', gzipSync(Buffer.alloc(1 << 21)), /not gzip, or more than/],
    [
      'a wrong checksum',
      gzipSync(Buffer.concat([Buffer.alloc(1, 0x41), gunzipSync(tarball({ a: '' })).subarray(1)])),
      /checksum/,
    ],
    [
      'the same name twice',
      gzipSync(
        Buffer.concat([gunzipSync(tarball({ a: '1' })).subarray(0, 1024), gunzipSync(tarball({ a: '2' }))]),
      ),
      /two files of one name/,
    ],
  ])('are refused for %s', async (_, bytes, message) => {
    await expect(all(bytes)).rejects.toMatchObject({ args: { why: expect.stringMatching(message) } });
  });
});
