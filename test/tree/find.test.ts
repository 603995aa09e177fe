import path from 'node:path';
import { expect, test } from 'vitest';
import { findLockfile } from '../../src/tree/find.ts';
import { failureOf, folder } from './helpers.ts';

const make = folder();
const npm = '{"lockfileVersion":3}';
const pnpm = "lockfileVersion: '9.0'\n";

test.each([
  ['package-lock.json', { 'package-lock.json': npm }, 'package-lock.json', []],
  ['pnpm-lock.yaml', { 'pnpm-lock.yaml': pnpm }, 'pnpm-lock.yaml', []],
  [
    'npm-shrinkwrap.json before package-lock.json',
    { 'npm-shrinkwrap.json': npm, 'package-lock.json': npm },
    'npm-shrinkwrap.json',
    ['package-lock.json'],
  ],
  [
    'npm before pnpm where nothing decides',
    { 'package-lock.json': npm, 'pnpm-lock.yaml': pnpm },
    'package-lock.json',
    ['pnpm-lock.yaml'],
  ],
  [
    'packageManager decides',
    {
      'package-lock.json': npm,
      'pnpm-lock.yaml': pnpm,
      'yarn.lock': '',
      'package.json': '{"packageManager":"pnpm@10.0.0"}',
    },
    'pnpm-lock.yaml',
    ['package-lock.json', 'yarn.lock'],
  ],
  [
    'packageManager wins over a pnpm-workspace.yaml',
    {
      'package-lock.json': npm,
      'pnpm-lock.yaml': pnpm,
      'pnpm-workspace.yaml': '',
      'package.json': '{"packageManager":"npm@11.0.0"}',
    },
    'package-lock.json',
    ['pnpm-lock.yaml'],
  ],
  [
    'devEngines decides',
    {
      'package-lock.json': npm,
      'pnpm-lock.yaml': pnpm,
      'package.json': '{"devEngines":{"packageManager":{"name":"pnpm"}}}',
    },
    'pnpm-lock.yaml',
    ['package-lock.json'],
  ],
  [
    'a pnpm-workspace.yaml decides',
    { 'package-lock.json': npm, 'pnpm-lock.yaml': pnpm, 'pnpm-workspace.yaml': '' },
    'pnpm-lock.yaml',
    ['package-lock.json'],
  ],
  [
    'a package manager without its lockfile decides nothing',
    { 'package-lock.json': npm, 'package.json': '{"packageManager":"pnpm@10.0.0"}' },
    'package-lock.json',
    [],
  ],
])('%s', async (_name, files, expected, others) => {
  const dir = make(files as Record<string, string>);
  expect(await findLockfile(dir)).toEqual({
    path: path.join(dir, expected),
    kind: expected.endsWith('.yaml') ? 'pnpm' : 'npm',
    others: others.map((name) => path.join(dir, name)),
  });
});

test('looks upwards to the root of the repository and no further', async () => {
  const dir = make({
    'package-lock.json': npm,
    'repo/.git/HEAD': '',
    'repo/pnpm-lock.yaml': pnpm,
    'repo/a/b/x': '',
    'bare/.git': 'gitdir: elsewhere',
    'bare/a/x': '',
  });
  expect((await findLockfile(path.join(dir, 'repo/a/b'))).path).toBe(path.join(dir, 'repo/pnpm-lock.yaml'));
  const error = await failureOf(findLockfile(path.join(dir, 'bare/a')));
  expect(error.code).toBe('lockfile-absent');
  expect(error.hint).toContain('--lockfile');
});

test.each(['yarn.lock', 'bun.lock', 'bun.lockb', 'deno.lock'])(
  '%s alone is named as not read yet',
  async (name) => {
    const dir = make({ [name]: '' });
    const error = await failureOf(findLockfile(dir));
    expect(error.code).toBe('lockfile-unsupported');
    expect(error.message).toContain(name);
    expect(error.hint).toContain('npm install --package-lock-only');
    expect((await failureOf(findLockfile(dir, name))).code).toBe('lockfile-unsupported');
  },
);

test('a lockfile that the named package manager does not use is not taken for its own', async () => {
  const dir = make({
    'yarn.lock': '',
    'package-lock.json': npm,
    'package.json': '{"packageManager":"yarn@4.0.0"}',
  });
  expect((await failureOf(findLockfile(dir))).code).toBe('lockfile-unsupported');
  expect((await findLockfile(dir, 'package-lock.json')).kind).toBe('npm');
});

test.each([
  ['lock', `\n ${npm}`, 'npm'],
  ['lock', `---\n${pnpm}`, 'pnpm'],
  ['other.json', npm, 'npm'],
  ['pnpm-lock.main.yaml', pnpm, 'pnpm'],
  ['package-lock.json', '', 'npm'],
])('an explicit file %s of any name', async (name, content, kind) => {
  const dir = make({ [name]: content });
  expect(await findLockfile(dir, name)).toEqual({ path: path.join(dir, name), kind, others: [] });
});

test.each([
  ['absent', 'nowhere.json', 'lockfile-absent'],
  ['below a file', 'lock/x', 'lockfile-absent'],
  ['a folder', 'sub', 'lockfile-unreadable'],
  ['of yarn under another name', 'renamed', 'lockfile-unsupported'],
  ['anything else', 'lock', 'lockfile-unsupported'],
])('an explicit file that is %s', async (_name, file, code) => {
  const dir = make({ lock: 'hello', 'sub/x': '', renamed: '# yarn lockfile v1\n' });
  expect((await failureOf(findLockfile(dir, file))).code).toBe(code);
});
