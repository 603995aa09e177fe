import { execFile } from 'node:child_process';
import { mkdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';
import { installText } from '../../src/cli/hook-install-text.ts';
import { plain } from '../../src/report/style.ts';
import { gitInit, manifest, projectWith } from '../hooks/install/support.ts';
import { BIN, command, scratch } from './command.ts';

const run = promisify(execFile);
const { folder, remove } = scratch();
afterAll(remove);

describe('the command line', () => {
  test.each([
    [['hook', 'install'], { dryRun: false, gitHook: false }],
    [['hook', 'install', '--dry-run'], { dryRun: true, gitHook: false }],
    [['hook', '--git-hook', 'install'], { dryRun: false, gitHook: true }],
  ])('%j', (argv, setUp) => {
    expect(parseCommandLine(argv, '/project')).toMatchObject({ command: 'hook install', setUp });
  });

  test('hook alone stays the hook', () => {
    expect(parseCommandLine(['hook'], '/project')).toMatchObject({ command: 'hook' });
  });

  test.each([
    [['hook', 'remove'], 'hook does not know remove'],
    [['hook', 'install', 'here'], 'hook install takes no argument, but got here'],
    [['hook', '--dry-run'], '--dry-run goes with hook install only'],
    [['hook', '--git-hook'], '--git-hook goes with hook install only'],
    [['check', '--dry-run'], '--dry-run does not go with check'],
  ])('%j is refused', (argv, message) => {
    expect(() => parseCommandLine(argv, '/project')).toThrow(message);
  });
});

describe('the text', () => {
  test('of a dry run shows what would change, with the lines around it', async () => {
    const stand = await projectWith(
      { 'package.json': manifest({ scripts: { test: 'x' } }), 'package-lock.json': '{}\n' },
      { npm: '12.2.0' },
    );
    const text = installText(await stand.install({ dryRun: true }), true, plain);
    expect(text).toContain(
      [
        '--- package.json',
        '+++ package.json',
        '    "name": "p",',
        '    "scripts": {',
        '+     "preinstall": "verify-deps hook",',
        '      "test": "x"',
        '    }',
      ].join('\n'),
    );
    expect(text).toContain(
      '  does not   `npm install PKG`, `npm update`\n             → `verify-deps install PKG`',
    );
    expect(text).toMatch(/nothing was written \(--dry-run\)\n$/);
  });

  test('of a file with a program in it names size and digest', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'bun.lock': '' });
    await stand.write('../plugins/bun-scanner.mjs', `${'x'.repeat(100_000)}\n`);
    const text = installText(await stand.install({ dryRun: true }), true, plain);
    expect(text).toMatch(/\+\+\+ \.verify-deps\/bun-scanner\.mjs\n {2}100,001 bytes, sha256 [0-9a-f]{64}\n/);
  });

  test('of a second run says that nothing was changed, and still what is not stopped', async () => {
    const stand = await projectWith({ 'package.json': manifest(), 'pnpm-lock.yaml': '' }, { pnpm: '11.0.0' });
    await stand.install();
    const text = installText(await stand.install(), false, plain);
    expect(text).toContain('everything is in place: nothing was changed');
    expect(text).toContain('--ignore-pnpmfile');
  });

  test('stays in its lines, whatever a project holds', async () => {
    const preinstall = 'a\u001b[2K\n::error::x\u202e';
    const stand = await projectWith(
      { 'package.json': manifest({ scripts: { preinstall } }), 'package-lock.json': '{}\n' },
      { npm: '12.2.0' },
    );
    const text = installText(await stand.install(), false, plain);
    expect(text).not.toMatch(/[\u001b\u202e]|^\s*::/m);
  });
});

test('the process: a dry run, the set-up, the set-up again', async () => {
  const cwd = await folder();
  await writeFile(path.join(cwd, 'package.json'), manifest({ packageManager: 'pnpm@11.28.11' }));
  const dry = await command(['hook', 'install', '--dry-run'], { cwd });
  expect(dry).toMatchObject({ code: 0, stderr: '' });
  expect(dry.stdout).toMatch(/^pnpm \(11\.28\.11\), by packageManager in package\.json\n/);
  await expect(readFile(path.join(cwd, '.pnpmfile.cjs'))).rejects.toThrow();
  expect(await command(['hook', 'install'], { cwd })).toMatchObject({ code: 0, stderr: '' });
  expect((await readFile(path.join(cwd, '.verify-deps', 'pnpmfile.cjs'))).length).toBeGreaterThan(10_000);
  const again = await command(['hook', 'install'], { cwd });
  expect(again.stdout).toContain('everything is in place: nothing was changed');
});

describe('the pre-commit hook of git', () => {
  /** A repository with the hook, and in the place of the tool a program that says that it ran, and fails if told so. */
  async function repository(sub = ''): Promise<(files: Readonly<Record<string, string>>) => Promise<string>> {
    const stand = await projectWith(
      { 'package.json': manifest(), 'package-lock.json': '{}\n' },
      { npm: '11.0.0' },
    );
    let root = stand.folder;
    if (sub !== '') {
      root = path.join(path.dirname(stand.folder), 'repo');
      await mkdir(root);
      await rename(stand.folder, path.join(root, sub));
      await mkdir(stand.folder);
    }
    const project = path.join(root, sub);
    gitInit(root);
    const bin = path.join(project, 'node_modules', '.bin');
    await mkdir(bin, { recursive: true });
    await symlink(BIN, path.join(bin, 'verify-deps'));
    const env = { ...process.env, HOME: path.dirname(root), GIT_CONFIG_NOSYSTEM: '1' };
    const set = await command(['-C', project, 'hook', 'install', '--git-hook'], { cwd: root });
    expect(set.code, set.stdout + set.stderr).toBe(0);
    const tool = path.join(bin, 'tool');
    await writeFile(tool, `#!/bin/sh\necho "ran in $PWD: $*"\n! grep -q bad package-lock.json\n`, {
      mode: 0o755,
    });
    await rename(tool, path.join(bin, 'verify-deps'));
    return async (files) => {
      for (const [name, text] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(root, name)), { recursive: true });
        await writeFile(path.join(root, name), text);
        await run('git', ['-C', root, 'add', '-f', '--', name], { env });
      }
      const commit = ['-c', 'user.name=a', '-c', 'user.email=a@b.example', 'commit', '-q', '-m', 'x'];
      return run('git', ['-C', root, ...commit], { env }).then(
        ({ stdout, stderr }) => `committed ${stdout}${stderr}`,
        ({ stdout, stderr }) => `refused ${stdout}${stderr}`,
      );
    };
  }

  test('looks at commits of lockfile, policy and report, and at no others', async () => {
    const commit = await repository();
    expect(await commit({ 'src.js': '1' })).toBe('committed ');
    expect(await commit({ 'my-package-lock.json': '1' })).toBe('committed ');
    for (const name of [
      'package-lock.json',
      'a/b/pnpm-lock.yaml',
      'verify-deps.lock.json',
      'verify-deps.yaml',
      '.verify-depsrc',
      'pröject/npm-shrinkwrap.json',
      'with "quotes"/package-lock.json',
    ]) {
      expect(await commit({ [name]: '{}' }), name).toMatch(
        /^committed [\s\S]*ran in .*: check --no-report\n$/,
      );
    }
  });

  test('stops a commit that does not hold', async () => {
    const commit = await repository();
    expect(await commit({ 'package-lock.json': '{"bad":1}' })).toMatch(/^refused /);
  });

  test('verifies the folder of the project, whatever its name', async () => {
    const commit = await repository("it's a $(touch ran) `folder`");
    expect(await commit({ 'x/package-lock.json': '1' })).toMatch(
      /ran in .*it's a \$\(touch ran\) `folder`: check/,
    );
  });
});
