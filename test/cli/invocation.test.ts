import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { BIN, command, scratch, start } from './command.ts';

const { folder, remove } = scratch();
afterAll(remove);

describe('without work to do', () => {
  test('--help goes to stdout', async () => {
    const { code, stdout, stderr } = await command(['--help'], { cwd: await folder() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^verify-deps tells who built every package/);
  });

  test('explain --help', async () => {
    const { code, stdout } = await command(['explain', '--help'], { cwd: await folder() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Usage: verify-deps explain PKG\[@VERSION\]/m);
  });

  test('--version', async () => {
    const { code, stdout, stderr } = await command(['--version'], { cwd: await folder() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test('a reader that goes away is no error', async () => {
    const { child, finished } = start(['--help'], { cwd: await folder() });
    child.stdout!.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('a full disk behind stdout is one', async () => {
    const full = await open('/dev/full', 'w');
    const child = spawn(process.execPath, [BIN, '--help'], { stdio: ['ignore', full.fd, 'pipe'] });
    let stderr = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    await full.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/^verify-deps: cannot write to standard output: ENOSPC\n {2}\S.*\n$/);
  });
});

describe('a bad invocation ends with 2 and says what was meant', () => {
  test.each([
    ['a command', ['chek'], 'unknown command chek; did you mean check?'],
    ['a flag', ['--lokfile', 'x'], 'unknown flag --lokfile; did you mean --lockfile?'],
    ['a flag of check', ['check', '--no-reprot'], 'unknown flag --no-reprot; did you mean --no-report?'],
  ])('a typo in %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await command(args, { cwd: await folder() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toBe(`verify-deps: ${message}\n  verify-deps --help lists them\n`);
  });

  test('a folder that is not there', async () => {
    const { code, stderr } = await command(['-C', 'nowhere'], { cwd: await folder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^verify-deps: no folder \S+nowhere\n {2}it was named with --cwd\n$/);
  });

  test('a file in place of a folder', async () => {
    const cwd = await folder();
    await writeFile(path.join(cwd, 'file'), '');
    expect(await command(['-C', 'file'], { cwd })).toMatchObject({ code: 2, stdout: '' });
  });
});

const oneLine = /^verify-deps: [^\n]+\n(?: {2}[^\n]+\n)?$/;

describe('a lockfile that cannot be used ends with 2, one line and no report', () => {
  const lock = (packages: object, lockfileVersion: unknown = 3): string =>
    JSON.stringify({ name: 'p', version: '1.0.0', lockfileVersion, requires: true, packages });
  test.each<[string, string | undefined, RegExp]>([
    ['none', undefined, /lockfile/],
    ['an empty one', '', /package-lock\.json/],
    ['not JSON', '{"name":', /package-lock\.json/],
    ['a list', '[]', /package-lock\.json/],
    ['an unknown version', lock({ '': { name: 'p' } }, 99), /99/],
    ['the same key twice', `{"lockfileVersion":3,"lockfileVersion":3,"packages":{}}`, /package-lock\.json/],
    ['too deep', `${'['.repeat(5000)}${']'.repeat(5000)}`, /package-lock\.json/],
  ])('%s', async (_name, text, expected) => {
    const cwd = await folder();
    if (text !== undefined) await writeFile(path.join(cwd, 'package-lock.json'), text);
    const { code, stdout, stderr } = await command([], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(expected);
    expect(existsSync(path.join(cwd, 'verify-deps.lock.json'))).toBe(false);
  });

  test('one that was named but is not there', async () => {
    const { code, stderr } = await command(['--lockfile', 'other.json'], { cwd: await folder() });
    expect(code).toBe(2);
    expect(stderr).toMatch(oneLine);
    expect(stderr).toMatch(/other\.json/);
  });

  test('a folder of its name', async () => {
    const cwd = await folder();
    await mkdir(path.join(cwd, 'package-lock.json'));
    const { code, stderr } = await command([], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(oneLine);
  });
});
