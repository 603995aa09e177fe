import { mkdtempSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findNpm } from '../../../src/hooks/npm/find.ts';
import { lockfileHook } from '../../../src/hooks/npm/lockfile-hook.ts';
import { parseUserAgent } from '../../../src/hooks/npm/user-agent.ts';

const root = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-npm-'));
afterAll(() => rm(root, { recursive: true, force: true }));

const npm12 = 'npm/12.2.0 node/v24.1.0 linux x64 workspaces/false';

describe('the user agent', () => {
  test.each([
    [npm12, { manager: 'npm', version: '12.2.0', major: 12 }],
    ['npm/11.0.0', { manager: 'npm', version: '11.0.0', major: 11 }],
    ['pnpm/12.0.0-rc.1 npm/? node/v24.1.0', { manager: 'pnpm', version: '12.0.0-rc.1', major: 12 }],
    ['bun/1.4.5 npm/? node/v24.3.0 linux x64', { manager: 'bun', version: '1.4.5', major: 1 }],
    ['npm', undefined],
    ['npm/x', undefined],
    ['npm/12', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s', (text, expected) => {
    expect(parseUserAgent(text)).toEqual(expected);
  });
});

describe('verify-deps hook', () => {
  const started = { npm_config_user_agent: npm12, npm_lifecycle_event: 'preinstall', npm_command: 'install' };
  const hook = (env: Readonly<Record<string, string>>, cwd = root): Promise<unknown> =>
    lockfileHook({ cwd, env });

  test.each([
    ['by hand', {}, 'the hook is started by npm'],
    ['by npm 11', { ...started, npm_config_user_agent: 'npm/11.19.1 x' }, 'no script can gate npm 11.19.1'],
    ['by pnpm', { ...started, npm_config_user_agent: 'pnpm/12.21.0 x' }, 'no gate for pnpm 12.21.0'],
    ['too late', { ...started, npm_lifecycle_event: 'postinstall' }, 'as postinstall it comes too late'],
    ['without the lockfile', { ...started, npm_config_package_lock: '' }, 'npm is told to pass over'],
    ['with no lockfile', started, 'no package-lock.json in '],
  ])('refuses a start %s', async (_, env, words) => {
    await expect(hook(env)).rejects.toThrow(words);
  });

  test('takes no word for it that nothing is installed but that of npm', async () => {
    expect(await hook({ ...started, npm_config_package_lock_only: 'true' })).toEqual({
      outcome: 'nothing-to-install',
    });
    await expect(hook({ ...started, npm_config_package_lock_only: '' })).rejects.toThrow('no package-lock');
  });

  test('refuses a lockfile that lacks what a package.json asks for', async () => {
    const folder = path.join(root, 'step');
    await mkdir(folder);
    const lockfile = {
      name: 'p',
      version: '1.0.0',
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { name: 'p', version: '1.0.0', dependencies: { a: '^1.0.0' } },
        'node_modules/a': { version: '1.0.0', peerDependenciesMeta: { z: { optional: true } } },
      },
    };
    await writeFile(path.join(folder, 'package-lock.json'), JSON.stringify(lockfile));
    for (const dependencies of [{ a: '^2.0.0' }, { a: '^1.0.0', b: 'latest' }]) {
      const manifest = { name: 'p', version: '1.0.0', dependencies };
      await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
      await expect(hook(started, folder)).rejects.toThrow(/package-lock\.json has nothing for [ab]@/);
    }
  });
});

describe('the npm that is found', () => {
  async function install(folder: string, name: string, version: string): Promise<string> {
    const cli = path.join(root, folder, 'bin', 'npm-cli.js');
    await mkdir(path.dirname(cli), { recursive: true });
    await writeFile(path.join(root, folder, 'package.json'), JSON.stringify({ name, version }));
    await writeFile(cli, '#!/usr/bin/env node\n');
    await chmod(cli, 0o755);
    return cli;
  }
  async function onPath(folder: string, target: string): Promise<string> {
    const bin = path.join(root, folder);
    await mkdir(bin, { recursive: true });
    await symlink(target, path.join(bin, 'npm'));
    return bin;
  }
  const cwd = path.join(root, 'project');

  test.skipIf(process.platform === 'win32')('is npm itself, outside of the project', async () => {
    await mkdir(cwd, { recursive: true });
    const real = await install('lib/npm', 'npm', '12.0.0');
    const planted = await install('project/node_modules/npm', 'npm', '12.9.9');
    const other = await install('lib/other', 'other', '12.0.0');
    const old = await install('lib/old', 'npm', '9.9.4');
    const good = await onPath('bin', real);
    const bad = await onPath('project/node_modules/.bin', planted);
    const found = { cli: real, node: process.execPath, version: '12.0.0', major: 12 };

    expect(await findNpm({ PATH: good }, cwd)).toEqual(found);
    expect(await findNpm({ PATH: `${bad}:.:bin:${good}` }, cwd)).toEqual(found);
    expect(await findNpm({ PATH: '', npm_execpath: real }, cwd)).toEqual(found);
    expect(await findNpm({ PATH: good, npm_execpath: planted }, cwd)).toEqual(found);
    expect(await findNpm({ PATH: good, npm_execpath: other }, cwd)).toEqual(found);
    expect(await findNpm({ PATH: good, npm_execpath: 'bin/npm-cli.js' }, cwd)).toEqual(found);
    await expect(findNpm({ PATH: bad }, cwd)).rejects.toThrow('no npm on PATH');
    await expect(findNpm({}, cwd)).rejects.toThrow('no npm on PATH');
    await expect(findNpm({ npm_execpath: old }, cwd)).rejects.toThrow('npm 9.9.4 is older than npm 10');
    const wrapper = await onPath('wrapper', process.execPath);
    await expect(findNpm({ PATH: wrapper }, cwd)).rejects.toThrow('starts no npm that can be found');
  });
});
