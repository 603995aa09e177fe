import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openLedger } from '../../../src/hooks/yarn/ledger.ts';

const SRI = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'verify-deps-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function entries(): Promise<readonly string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return files.filter((file) => file.isFile()).map((file) => path.join(file.parentPath, file.name));
}

test('what was noted is known, to whoever opens it later, for this package and this archive only', async () => {
  await openLedger(folder).note('a@npm:1.0.0', 'aa', SRI);
  const ledger = openLedger(folder);
  expect(await ledger.tarballOf('a@npm:1.0.0', 'aa')).toBe(SRI);
  expect(await ledger.tarballOf('a@npm:1.0.1', 'aa')).toBeUndefined();
  expect(await ledger.tarballOf('a@npm:1.0.0', 'ab')).toBeUndefined();
});

test('an entry counts only in its own place and whole', async () => {
  const ledger = openLedger(folder);
  await ledger.note('a@npm:1.0.0', 'aa', SRI);
  const [file] = await entries();
  const written = await readFile(file!, 'utf8');
  for (const damaged of [
    written.slice(0, -10),
    written.replace('"aa"', '"bb"'),
    written.replace('a@npm', 'b@npm'),
    written.replace('sha512-', 'sha256-'),
    `[${written}]`,
    '',
  ]) {
    await writeFile(file!, damaged);
    expect(await ledger.tarballOf('a@npm:1.0.0', 'aa'), damaged).toBeUndefined();
  }
});

test('a folder that cannot be written stops nothing', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  const ledger = openLedger(file);
  await ledger.note('a@npm:1.0.0', 'aa', SRI);
  expect(await ledger.tarballOf('a@npm:1.0.0', 'aa')).toBeUndefined();
});
