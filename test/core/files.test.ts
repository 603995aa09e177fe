import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  holdsBytes,
  isTemporaryName,
  makeFolder,
  makeFolderSync,
  readFileBounded,
  temporaryFor,
  writeFileAtomic,
} from '../../src/core/files.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(path.join(os.tmpdir(), 'verify-deps-files-'));
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

describe('atomic writes', () => {
  test.each([true, false])(
    'make and replace a file, and leave nothing else behind (flush: %s)',
    async (flush) => {
      const home = await mkdtemp(path.join(dir, 'write-'));
      const file = path.join(home, 'report.json');
      await writeFileAtomic(file, 'one', { flush });
      await writeFileAtomic(file, Buffer.from('two'), { flush });
      expect(await readFile(file, 'utf8')).toBe('two');
      await writeFileAtomic(file, [Buffer.from('th'), Buffer.from('ree')], { flush });
      expect(await readFile(file, 'utf8')).toBe('three');
      expect(await readdir(home)).toEqual(['report.json']);
    },
  );

  test('that fail leave the old file and no temporary one', async () => {
    const home = await mkdtemp(path.join(dir, 'fail-'));
    await mkdir(path.join(home, 'taken'));
    await writeFile(path.join(home, 'taken', 'inside'), 'old');
    await expect(writeFileAtomic(path.join(home, 'taken'), 'new', { flush: false })).rejects.toThrow();
    expect(await readdir(home)).toEqual(['taken']);
    expect(await readFile(path.join(home, 'taken', 'inside'), 'utf8')).toBe('old');
  });

  test('into a folder that is not there say so', async () => {
    await expect(
      writeFileAtomic(path.join(dir, 'nowhere', 'file'), 'x', { flush: false }),
    ).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('at the same time all succeed, and the file is one of them', async () => {
    const home = await mkdtemp(path.join(dir, 'race-'));
    const file = path.join(home, 'report.json');
    const texts = Array.from({ length: 12 }, (_, i) => String(i).repeat(5000));
    await Promise.all(texts.map((text) => writeFileAtomic(file, text, { flush: false })));
    expect(texts).toContain(await readFile(file, 'utf8'));
    expect(await readdir(home)).toEqual(['report.json']);
  });

  test('replace a symbolic link, not the file it points at', async () => {
    const home = await mkdtemp(path.join(dir, 'link-'));
    await writeFile(path.join(home, 'target'), 'target');
    await symlink(path.join(home, 'target'), path.join(home, 'file'));
    await writeFileAtomic(path.join(home, 'file'), 'new', { flush: false });
    expect(await readFile(path.join(home, 'target'), 'utf8')).toBe('target');
    expect(await readFile(path.join(home, 'file'), 'utf8')).toBe('new');
  });
});

describe.each([
  ['makeFolder', makeFolder],
  ['makeFolderSync', async (folder: string, mode?: number) => makeFolderSync(folder, mode)],
])('%s', (name, make) => {
  test('makes what is missing, and leaves what is there', async () => {
    const folder = path.join(dir, name, 'below', 'it');
    await make(folder);
    await writeFile(path.join(folder, 'x'), '');
    await make(folder);
    expect(await readdir(folder)).toEqual(['x']);
  });

  test('fails below a file', async () => {
    const file = path.join(dir, `${name}-file`);
    await writeFile(file, '');
    await expect(make(path.join(file, 'below'))).rejects.toThrow(/ENOTDIR|EEXIST|ENOENT/);
  });

  test.runIf(process.platform === 'linux')('ends where nothing can be made', async () => {
    await expect(make('/proc/none/below')).rejects.toThrow('ENOENT');
  });
});

test('names of temporary files are known again, and no others', () => {
  const name = path.basename(temporaryFor(path.join(dir, 'a b.json')));
  expect(isTemporaryName(name)).toBe(true);
  for (const other of [name.slice(1), `${name}x`, name.replace('.tmp', ''), '.tmp', '.a.1.0123456789a.tmp']) {
    expect(isTemporaryName(other)).toBe(false);
  }
});

describe('comparing', () => {
  const chunks = (...texts: readonly string[]): readonly Uint8Array[] =>
    texts.map((text) => Buffer.from(text));

  test.each<[string, readonly Uint8Array[], boolean]>([
    ['the same', chunks('abcd'), true],
    ['the same in chunks', chunks('a', '', 'bc', 'd'), true],
    ['less', chunks('ab', 'c'), false],
    ['nothing', [], false],
    ['more', chunks('abcd', 'e'), false],
    ['more in one chunk', chunks('abcde'), false],
    ['other bytes', chunks('ab', 'ce'), false],
  ])('a file with %s', async (_, bytes, same) => {
    const file = path.join(await mkdtemp(path.join(dir, 'compare-')), 'file');
    await writeFile(file, 'abcd');
    expect(await holdsBytes(file, bytes)).toBe(same);
  });

  test('with nothing, and with what is no file', async () => {
    const file = path.join(dir, 'nothing');
    await writeFile(file, '');
    expect(await holdsBytes(file, [])).toBe(true);
    expect(await holdsBytes(path.join(file, 'below'), [])).toBe(false);
    expect(await holdsBytes(path.join(dir, 'none'), [])).toBe(false);
    expect(await holdsBytes(dir, [])).toBe(false);
    await expect(holdsBytes(path.join(dir, 'x'.repeat(5000)), [])).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
  });
});

describe('bounded reads', () => {
  test('read up to the bound and not a byte more', async () => {
    const file = path.join(dir, 'bounded');
    await writeFile(file, 'abcd');
    expect(await readFileBounded(file, 4)).toEqual({ status: 'read', bytes: Buffer.from('abcd') });
    expect(await readFileBounded(file, 3)).toEqual({ status: 'too-large', bytes: 4 });
  });

  test('tell what is not there, or no file, from what is', async () => {
    const file = path.join(dir, 'plain');
    await writeFile(file, '');
    expect(await readFileBounded(path.join(dir, 'none'), 9)).toEqual({ status: 'absent' });
    expect(await readFileBounded(path.join(file, 'below'), 9)).toEqual({ status: 'absent' });
    expect(await readFileBounded(dir, 9)).toEqual({ status: 'absent' });
    expect(await readFileBounded(file, 9)).toEqual({ status: 'read', bytes: Buffer.alloc(0) });
  });

  test('throw what else the file system says', async () => {
    await expect(readFileBounded(path.join(dir, 'x'.repeat(5000)), 9)).rejects.toMatchObject({
      code: 'ENAMETOOLONG',
    });
  });
});
