import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeReport } from '../../src/report/write.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-report-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const unwritable = (hint: RegExp): unknown =>
  expect.objectContaining({
    code: 'report-unwritable',
    message: expect.stringMatching(/^cannot write the report .*: E[A-Z]+$/),
    hint: expect.stringMatching(hint),
  });

describe('writeReport', () => {
  it('writes, leaves alone what says the same, and replaces what does not', async () => {
    const file = path.join(folder, 'verify-deps.lock.json');
    expect(await writeReport(file, '{}\n')).toBe('written');
    const before = await stat(file);
    expect(await writeReport(file, '{}\n')).toBe('unchanged');
    const after = await stat(file);
    expect([after.ino, after.mtimeMs]).toEqual([before.ino, before.mtimeMs]);
    expect(await writeReport(file, '{"a":1}\n')).toBe('written');
    expect(await readFile(file, 'utf8')).toBe('{"a":1}\n');
    expect(await readdir(folder)).toEqual(['verify-deps.lock.json']);
  });

  it('takes a long text in pieces', async () => {
    const file = path.join(folder, 'long.json');
    const pieces = Array.from(
      { length: 5_000 },
      (_, i) => `${i} \u00e4\u20ac\u{1f600}${'x'.repeat(i % 90)}\n`,
    );
    pieces.push('y'.repeat(200_000));
    expect(await writeReport(file, pieces)).toBe('written');
    expect(await readFile(file, 'utf8')).toBe(pieces.join(''));
    expect(await writeReport(file, pieces)).toBe('unchanged');
    for (const other of [pieces.slice(1), pieces.slice(0, -1), [...pieces, 'z'], ['z', ...pieces.slice(1)]]) {
      expect(await writeReport(file, other)).toBe('written');
      expect(await readFile(file, 'utf8')).toBe(other.join(''));
    }
    expect(await writeReport(file, [])).toBe('written');
    expect(await readFile(file, 'utf8')).toBe('');
  });

  it('says what is in the way: a folder', async () => {
    const file = path.join(folder, 'taken', 'verify-deps.lock.json');
    await mkdir(file, { recursive: true });
    await writeFile(path.join(file, 'inside'), '');
    await expect(writeReport(file, '{}')).rejects.toThrow(unwritable(/folder is in its place/) as Error);
    expect(await readdir(path.dirname(file))).toEqual(['verify-deps.lock.json']);
  });

  it('says what is in the way: no folder', async () => {
    const file = path.join(folder, 'nowhere', 'verify-deps.lock.json');
    await expect(writeReport(file, '{}')).rejects.toThrow(unwritable(/./) as Error);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'says what is in the way: no right',
    async () => {
      const locked = path.join(folder, 'locked');
      await mkdir(locked);
      await chmod(locked, 0o500);
      await expect(writeReport(path.join(locked, 'x.json'), '{}')).rejects.toThrow(
        unwritable(/right/) as Error,
      );
      await chmod(locked, 0o700);
    },
  );
});
