import { createHash } from 'node:crypto';
import { truncateSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadTree } from '../../src/tree/load.ts';
import { everything, failureOf, folder } from './helpers.ts';

const make = folder();
const npm = '{"lockfileVersion":3,"packages":{"node_modules/a":{"version":"1.0.0"}}}';
const pnpm = "lockfileVersion: '9.0'\nimporters:\n  .: {}\n";
const conflict = (text: string): string => `<<<<<<< HEAD\n${text}\n=======\n${text}\n>>>>>>> theirs\n`;

test('the digest is that of the bytes', async () => {
  const dir = make({ 'package-lock.json': npm });
  const tree = await loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, everything);
  expect(tree.lockfile.digest).toBe(createHash('sha256').update(npm).digest('hex'));
});

test.each([
  ['empty', ''],
  ['white space', ' \n\t\n'],
  ['not UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
  ['a NUL byte', `${npm}\0`],
  ['a merge conflict', conflict(npm)],
  ['a merge conflict with Windows line ends', conflict(npm).replaceAll('\n', '\r\n')],
])('refused in both formats: %s', async (name, content) => {
  const dir = make({ lock: content });
  for (const kind of ['npm', 'pnpm'] as const) {
    const error = await failureOf(loadTree({ path: path.join(dir, 'lock'), kind }, everything));
    expect(error.code).toBe('lockfile-malformed');
    expect(error.message).not.toContain('\n');
    if (name.includes('conflict')) {
      expect(error.message).toMatch(/merge conflict at line 1$/);
      expect(error.hint).toContain('resolve the merge conflict');
    }
  }
});

test.each([
  ['truncated', npm.slice(0, 40)],
  ['trailing text', `${npm}x`],
  ['a byte order mark', `\ufeff${npm}`],
  ['a list', '[]'],
  ['null', 'null'],
  ['a text', '"x"'],
  ['the same key twice', '{"lockfileVersion":3,"lockfileVersion":3,"packages":{}}'],
  ['the same entry twice', '{"lockfileVersion":3,"packages":{"node_modules/a":{},"node_modules\\/a":{}}}'],
  ['deep nesting', `{"lockfileVersion":3,"packages":${'['.repeat(100_000)}`],
  ['__proto__ as an entry', '{"lockfileVersion":3,"packages":{"__proto__":{"version":"1.0.0"}}}'],
  ['__proto__ as a dependency', '{"lockfileVersion":3,"packages":{"":{"dependencies":{"__proto__":"1"}}}}'],
  ['terminal escapes', '{"lockfileVersion":3,"packages":{"node_modules/\\u001b[31m":{}}}'],
])('refused JSON: %s', async (_name, content) => {
  const dir = make({ 'package-lock.json': content });
  const error = await failureOf(
    loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, everything),
  );
  expect(error.code).toBe('lockfile-malformed');
  expect(error.message).not.toMatch(/[\u0000-\u001f]/);
});

test('what looks like a conflict in a text is none', async () => {
  const dir = make({ 'pnpm-lock.yaml': `# ======= \n${pnpm}` });
  expect(
    (await loadTree({ path: path.join(dir, 'pnpm-lock.yaml'), kind: 'pnpm' }, everything)).nodes.size,
  ).toBe(0);
});

test('a file of 200 MB is refused unread, a missing one and a folder are named', async () => {
  const dir = make({ 'large.json': '' });
  truncateSync(path.join(dir, 'large.json'), 200 * 1024 * 1024);
  await mkdir(path.join(dir, 'sub'));
  const code = async (name: string): Promise<string> =>
    (await failureOf(loadTree({ path: path.join(dir, name), kind: 'npm' }, everything))).code;
  expect(await code('large.json')).toBe('lockfile-unreadable');
  expect(await code('nothing.json')).toBe('lockfile-absent');
  expect(await code('sub')).toBe('lockfile-absent');
});
