import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Project } from '../support/rig/registry.mjs';
import { freePort } from '../support/rig/server.mjs';
import { command, start } from './command.ts';
import { standWith } from './stand.ts';

const REPORT = 'verify-deps.lock.json';
const stand = standWith('left', '@scope/right', 'middle', 'devtool');

/** The lockfile of the rig with one entry changed. */
function lockfileWith(location: string, change: object): Project['package-lock.json'] {
  const lockfile = structuredClone(stand.rig.project['package-lock.json']);
  Object.assign(lockfile.packages[location]!, change);
  return lockfile;
}

const swapped = { integrity: `sha512-${Buffer.alloc(64, 7).toString('base64')}` };

describe('check', () => {
  test('passes, writes the report, and writes the same one again', async () => {
    const project = await stand.project();
    const first = await command(project.flags, { cwd: project.folder });
    expect(first).toMatchObject({ code: 0, stderr: '' });
    const file = path.join(project.folder, REPORT);
    const report = await readFile(file, 'utf8');
    expect(JSON.parse(report)).toBeTypeOf('object');
    const second = await command(['check', ...project.flags], { cwd: project.folder });
    expect(second).toMatchObject({ code: 0, stderr: '' });
    expect(await readFile(file, 'utf8')).toBe(report);
  });

  test('fails on a swapped lockfile entry and names it', async () => {
    const lockfile = lockfileWith('node_modules/left', swapped);
    const project = await stand.project(undefined, { lockfile });
    const { code, stdout, stderr } = await command(project.flags, { cwd: project.folder });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(/left/);
  });

  test('--json is JSON and nothing else, whole even through a pipe', async () => {
    const project = await stand.project();
    const { code, stdout, stderr } = await command(['--json', ...project.flags], { cwd: project.folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toBeTypeOf('object');
    expect(stdout.endsWith('\n')).toBe(true);
  });

  test('--no-report and --omit', async () => {
    const lockfile = lockfileWith('node_modules/devtool', swapped);
    const project = await stand.project(undefined, { lockfile });
    const flags = ['--no-report', ...project.flags];
    expect(await command(flags, { cwd: project.folder })).toMatchObject({ code: 1 });
    expect(await command(['--omit', 'dev', ...flags], { cwd: project.folder })).toMatchObject({ code: 0 });
    expect(await readdir(project.folder)).not.toContain(REPORT);
  });

  test('--quiet says nothing if the policy holds, and why if it does not', async () => {
    const good = await stand.project();
    expect(await command(['-q', ...good.flags], { cwd: good.folder })).toEqual({
      code: 0,
      signal: null,
      stdout: '',
      stderr: '',
    });
    const lockfile = lockfileWith('node_modules/left', swapped);
    const bad = await stand.project(undefined, { lockfile });
    const { code, stdout } = await command(['-q', ...bad.flags], { cwd: bad.folder });
    expect(code).toBe(1);
    expect(stdout).toMatch(/left@1\.2\.3/);
  });

  test('--verbose lists every package', async () => {
    const project = await stand.project();
    const { stdout } = await command(['--verbose', ...project.flags], { cwd: project.folder });
    for (const { name, version } of stand.rig.packages) expect(stdout).toContain(`${name}@${version}`);
    expect(stdout).toMatch(/^✔ left@1\.2\.3 +signed, built from https:\/\/github\.com\//m);
  });

  test('-C works as if started there', async () => {
    const project = await stand.project();
    const elsewhere = await stand.folder();
    const { code } = await command(['-C', project.folder, ...project.flags], { cwd: elsewhere });
    expect(code).toBe(0);
    expect(await readdir(project.folder)).toContain(REPORT);
    expect(await readdir(elsewhere)).not.toContain(REPORT);
  });

  test('colours on request only', async () => {
    const project = await stand.project();
    const flags = ['--no-report', ...project.flags];
    const colored = await command(['--color', ...flags], { cwd: project.folder });
    const bare = await command(flags, { cwd: project.folder });
    expect(colored.stdout).toMatch(/\u001b\[/);
    expect(bare.stdout).not.toMatch(/\u001b/);
  });

  test('a reader that goes away does not change the verdict', async () => {
    const project = await stand.project();
    const { child, finished } = start(project.flags, { cwd: project.folder });
    child.stdout!.destroy();
    expect(await finished).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(project.folder)).toContain(REPORT);
  });
});

describe('what cannot be done', () => {
  test('a policy with an unknown key ends with 2 and its line', async () => {
    const project = await stand.project();
    await writeFile(path.join(project.folder, 'policy.yaml'), 'version: 1\nrulez: []\n');
    const flags = ['--policy', 'policy.yaml', ...project.flags];
    const { code, stdout, stderr } = await command(flags, { cwd: project.folder });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^verify-deps: [^\n]*policy\.yaml:2:1[^\n]*rulez[^\n]*\n(?: {2}[^\n]+\n)?$/);
    expect(await readdir(project.folder)).not.toContain(REPORT);
  });

  test('no network ends with 3, which is not the word for tampering', async () => {
    const project = await stand.project(undefined, {
      registry: `http://127.0.0.1:${await freePort()}/`,
    });
    const { code, stdout, stderr } = await command(project.flags, { cwd: project.folder });
    expect(code).toBe(3);
    expect(stdout + stderr).not.toMatch(/tamper|invalid/i);
  });

  test('no TUF mirror ends with 3 and one line', async () => {
    const project = await stand.project();
    await writeFile(path.join(project.folder, 'root.json'), stand.server.tuf.anchor);
    const flags = [
      ...['--tuf-mirror', `http://127.0.0.1:${await freePort()}/tuf`, '--tuf-root', 'root.json'],
      ...['--registry', stand.server.url, '--cache', '.cache'],
    ];
    const { code, stdout, stderr } = await command(flags, { cwd: project.folder });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^verify-deps: [^\n]+\n(?: {2}[^\n]+\n)?$/);
  });

  test('a report that cannot be written ends with 2 and leaves nothing behind', async () => {
    const project = await stand.project();
    await mkdir(path.join(project.folder, REPORT));
    const before = await readdir(project.folder);
    const { code, stderr } = await command(project.flags, { cwd: project.folder });
    expect(code).toBe(2);
    expect(stderr).toMatch(new RegExp(`^verify-deps: [^\\n]*${REPORT}[^\\n]*\\n(?: {2}[^\\n]+\\n)?$`));
    expect((await readdir(project.folder)).filter((name) => name !== '.cache')).toEqual(before);
  });
});

describe('interrupted', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s ends with %i; the old report stays as it was', async (signal, code) => {
    const project = await stand.project();
    await command(project.flags, { cwd: project.folder });
    const file = path.join(project.folder, REPORT);
    const old = await readFile(file, 'utf8');
    // Without it the second run would have to ask nothing.
    await rm(path.join(project.folder, '.cache'), { recursive: true, force: true });
    const before = await readdir(project.folder);
    // A registry that takes the question and never answers.
    let onAsked: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve;
    });
    for (const kind of ['manifest', 'full', 'att']) {
      for (const { name, version } of stand.rig.packages) {
        stand.server.overrides.set(`${kind} ${name}${kind === 'full' ? '' : `@${version}`}`, {
          get drop(): 'hang' {
            onAsked();
            return 'hang';
          },
        });
      }
    }
    const { child, finished } = start(project.flags, { cwd: project.folder });
    await Promise.race([asked, finished]);
    child.kill(signal);
    const ended = await finished;
    stand.server.overrides.clear();
    expect(ended).toMatchObject({
      code,
      stdout: '',
      stderr: 'verify-deps: interrupted; nothing was written\n',
    });
    expect(await readFile(file, 'utf8')).toBe(old);
    expect((await readdir(project.folder)).filter((name) => name !== '.cache')).toEqual(before);
  });
});

describe('explain', () => {
  test('shows one package and writes no report', async () => {
    const project = await stand.project();
    const { code, stdout, stderr } = await command(['explain', 'left', ...project.flags], {
      cwd: project.folder,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/left@1\.2\.3/);
    expect(stdout).not.toMatch(/middle@/);
    expect(await readdir(project.folder)).not.toContain(REPORT);
  });

  test.each([['@scope/right'], ['@scope/right@2.0.0']])('takes %s', async (operand) => {
    const project = await stand.project();
    const { code, stdout } = await command(['explain', operand, ...project.flags], { cwd: project.folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/@scope\/right@2\.0\.0/);
  });

  test('fails for a package that fails', async () => {
    const lockfile = lockfileWith('node_modules/left', swapped);
    const project = await stand.project(undefined, { lockfile });
    const { code } = await command(['explain', 'left', ...project.flags], { cwd: project.folder });
    expect(code).toBe(1);
  });

  test.each([
    ['lfet', /lfet[^\n]*/, /left/],
    ['left@9.9.9', /left@9\.9\.9/, /1\.2\.3/],
  ])('does not know %s', async (operand, message, hint) => {
    const project = await stand.project();
    const { code, stdout, stderr } = await command(['explain', operand, ...project.flags], {
      cwd: project.folder,
    });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(hint);
  });
});

describe('trust', () => {
  test('shows the trust root and the keys', async () => {
    const project = await stand.project();
    const { code, stdout, stderr } = await command(['trust', ...project.flags], { cwd: project.folder });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Trust root from the file .*trusted_root\.json$/m);
    expect(stdout).toContain(stand.rig.sigstore.npmKeys[1].keyid);
  });

  test('--json', async () => {
    const project = await stand.project();
    const { code, stdout } = await command(['trust', '--json', ...project.flags], { cwd: project.folder });
    expect(code).toBe(0);
    expect(JSON.parse(stdout).origin.kind).toBe('file');
  });
});
