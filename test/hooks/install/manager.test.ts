import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { findManager, majorOf } from '../../../src/hooks/install/manager.ts';
import { readProject } from '../../../src/hooks/install/project.ts';
import { manifest, projectWith } from './support.ts';

const LOCK = '{}';

describe('which one', () => {
  test.each<[string, Record<string, string>, Record<string, string>, object]>([
    [
      'a package-lock.json',
      { 'package-lock.json': LOCK },
      { npm: '12.2.0' },
      { name: 'npm', version: '12.2.0', major: 12, why: 'package-lock.json' },
    ],
    ['nothing', {}, { npm: '11.19.1' }, { name: 'npm', version: '11.19.1', major: 11 }],
    ['nothing, and no npm', {}, {}, { name: 'npm', version: undefined, major: undefined }],
    [
      'a pnpm-lock.yaml',
      { 'pnpm-lock.yaml': '' },
      { pnpm: '10.34.9' },
      { name: 'pnpm', version: '10.34.9', major: 10 },
    ],
    [
      'a pnpm-workspace.yaml alone',
      { 'pnpm-workspace.yaml': '' },
      {},
      { name: 'pnpm', why: 'pnpm-workspace.yaml' },
    ],
    [
      'a lockfile before other files',
      { 'package-lock.json': LOCK, 'pnpm-workspace.yaml': '' },
      {},
      { name: 'npm' },
    ],
    ['a yarn.lock', { 'yarn.lock': '' }, { yarn: '1.22.22' }, { name: 'yarn', major: 1 }],
    [
      'yarnPath before the yarn that starts it',
      { 'yarn.lock': '', '.yarnrc.yml': 'yarnPath: .yarn/releases/yarn-4.18.1.cjs\n' },
      { yarn: '1.22.22' },
      { name: 'yarn', version: '4.18.1', major: 4 },
    ],
    ['a bun.lock', { 'bun.lock': '' }, { bun: '1.4.5' }, { name: 'bun', version: '1.4.5' }],
    [
      'a deno.lock',
      { 'deno.lock': '' },
      { deno: 'deno 2.9.6 (stable, release)' },
      { name: 'deno', version: '2.9.6' },
    ],
  ])('by %s', async (_, files, programs, expected) => {
    const stand = await projectWith({ 'package.json': manifest(), ...files }, programs);
    expect(await findManager(await readProject(stand.folder), stand.env)).toMatchObject(expected);
  });

  test.each<[string, object, Record<string, string>, object]>([
    [
      'packageManager',
      { packageManager: 'pnpm@11.28.11+sha512.abc' },
      { pnpm: '9.0.0' },
      { name: 'pnpm', version: '11.28.11' },
    ],
    [
      'packageManager without a version',
      { packageManager: 'yarn' },
      { yarn: '4.18.1' },
      { name: 'yarn', version: '4.18.1' },
    ],
    [
      'packageManager for npm, which does not fetch it',
      { packageManager: 'npm@12.2.0' },
      { npm: '11.19.1' },
      { name: 'npm', version: '11.19.1' },
    ],
    ['packageManager before the lockfile', { packageManager: 'pnpm@12.0.0' }, {}, { name: 'pnpm' }],
    [
      'devEngines',
      { devEngines: { packageManager: { name: 'bun' } } },
      {},
      { name: 'bun', why: 'devEngines in package.json' },
    ],
    ['a manager nobody knows', { packageManager: 'left-pad@1.0.0' }, {}, { name: 'npm' }],
    ['a number for a name', { packageManager: 7 }, {}, { name: 'npm' }],
  ])('by %s', async (_, more, programs, expected) => {
    const stand = await projectWith({ 'package.json': manifest(more), 'package-lock.json': LOCK }, programs);
    expect(await findManager(await readProject(stand.folder), stand.env)).toMatchObject(expected);
  });

  test('two lockfiles contradict each other', async () => {
    const stand = await projectWith({
      'package.json': manifest(),
      'package-lock.json': LOCK,
      'yarn.lock': '',
    });
    await expect(findManager(await readProject(stand.folder), stand.env)).rejects.toMatchObject({
      code: 'setup-malformed',
      message: 'package-lock.json and yarn.lock are of different package managers',
    });
  });
});

describe('what is on PATH', () => {
  const versionBy = async (script: string): Promise<string | undefined> => {
    const stand = await projectWith({ 'package.json': manifest() }, { npm: '' });
    await writeFile(path.join(stand.env.PATH!.split(path.delimiter)[0]!, 'npm'), script);
    return (await findManager(await readProject(stand.folder), stand.env)).version;
  };

  test.each([
    ['fails', '#!/bin/sh\necho 12.0.0\nexit 1\n'],
    ['says something else', '#!/bin/sh\necho hello 12.0.0\n'],
    ['says too much', '#!/bin/sh\nwhile :; do echo 12.0.0; done\n'],
    ['says nothing', '#!/bin/sh\n'],
  ])('a program that %s has no version', async (_, script) => {
    expect(await versionBy(script)).toBeUndefined();
  });

  test('it is not started in the project, and what the project brings is passed over', async () => {
    const stand = await projectWith({ 'package.json': manifest() }, { npm: '11.0.0' });
    for (const folder of ['node_modules/.bin', 'bin']) {
      const fake = path.join(stand.folder, folder, 'npm');
      await mkdir(path.dirname(fake), { recursive: true });
      await writeFile(fake, `#!/bin/sh\n: > '${stand.folder}/ran'\necho 99.0.0\n`);
      await chmod(fake, 0o755);
    }
    const PATH = [
      path.join(stand.folder, 'node_modules/.bin'),
      path.join(stand.folder, 'bin'),
      '.',
      'node_modules/.bin',
      stand.env.PATH,
    ].join(path.delimiter);
    expect(await findManager(await readProject(stand.folder), { ...stand.env, PATH })).toMatchObject({
      version: '11.0.0',
    });
    expect(Object.keys(await stand.all())).not.toContain('ran');
  });
});

test.each([
  ['12.2.0', 12],
  ['1.22.22', 1],
  ['12', undefined],
  ['x', undefined],
  [undefined, undefined],
])('major of %s', (version, major) => {
  expect(majorOf(version)).toBe(major);
});
