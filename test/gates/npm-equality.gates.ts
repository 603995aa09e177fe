/** For projects of the npm registry: what `verify-deps ci` and `install` leave is what `npm ci` and `npm install` leave. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab } from './support/lab.ts';
import { manager } from './support/managers.ts';
import { everything, type NpmId } from './support/npm.ts';

const CLI = path.join(import.meta.dirname, '..', '..', 'bin', 'verify-deps.js');
const run = promisify(execFile);

/** Published packages whose own package.json is a project with everything that its developers install. */
const PROJECTS = [
  { of: 'express@4.21.2', why: 'a few hundred packages, most of them for development' },
  { of: 'ws@8.18.0', why: 'native addons that build when they are installed' },
  { of: 'sass@1.77.8', why: 'a program with an optional package for another platform' },
] as const;

/** Where the packages come from may have no signatures; what is compared is what is installed. */
const OBSERVE = { version: 1, extends: 'observe' };

let lab: Lab;
beforeAll(async () => {
  lab = await makeLab('sound');
});
afterAll(() => lab.close());

type Run = (folder: string, command: readonly string[]) => Promise<string>;

/** npm, or this tool in front of it, with the lab's trust root, this machine's registry and a cache of its own. */
function runner(id: NpmId, cache: string): { readonly npm: Run; readonly gated: Run } {
  const { command, nodeFolder } = manager(id)!;
  const { NODE_ENV: _test, ...outer } = process.env;
  const ours = Object.entries(lab.env).filter(([key]) => key.startsWith('VERIFY_DEPS_') || key === 'CI');
  const env = {
    ...outer,
    ...Object.fromEntries(ours),
    PATH: `${nodeFolder}${path.delimiter}${process.env.PATH}`,
    npm_execpath: command.at(-1)!,
    npm_config_cache: cache,
    npm_config_fund: 'false',
    npm_config_audit: 'false',
  };
  const start =
    (program: readonly string[]): Run =>
    async (cwd, args) => {
      const [file, ...first] = program;
      const ended = await run(file!, [...first, ...args], { cwd, env, maxBuffer: 1 << 24 });
      return ended.stdout + ended.stderr;
    };
  return { npm: start(command), gated: start([command[0], CLI]) };
}

async function twins(source: string, name: string): Promise<readonly [string, string]> {
  const pair = [path.join(lab.project.dir, `${name}-a`), path.join(lab.project.dir, `${name}-b`)] as const;
  for (const folder of pair) await cp(source, folder, { recursive: true });
  return pair;
}

/** Without what npm does not write. */
function installed(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(everything(folder)).filter(([file]) => path.basename(file) !== 'verify-deps.lock.json'),
  );
}

describe.each<NpmId>(['npm-10', 'npm-11', 'npm-12'])('with %s', (id) => {
  test.skipIf(manager(id) === undefined).each(PROJECTS)('$of: $why', async (project) => {
    const name = `${id}-${project.of.replace(/\W/g, '-')}`;
    const { npm, gated } = runner(id, path.join(lab.project.dir, 'cache', id));
    const unpacked = path.join(lab.project.dir, name);
    await mkdir(unpacked);
    await npm(unpacked, ['pack', project.of, '--silent']);
    const [tarball] = await readdir(unpacked);
    await run('tar', ['xzf', tarball!], { cwd: unpacked });
    const source = path.join(unpacked, 'package');
    const manifest = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as object;
    // Its own scripts want more than a package holds.
    await writeFile(
      path.join(source, 'package.json'),
      `${JSON.stringify({ ...manifest, scripts: {} }, null, 2)}\n`,
    );
    await writeFile(path.join(source, 'verify-deps.json'), JSON.stringify(OBSERVE));

    const [fresh, freshGated] = await twins(source, `${name}-fresh`);
    await npm(fresh, ['install']);
    expect(await gated(freshGated, ['install'])).toContain('packages verified');
    const whole = installed(fresh);
    expect(installed(freshGated)).toEqual(whole);
    expect(whole['package-lock.json']).toBeDefined();
    expect(Object.keys(whole).length).toBeGreaterThan(100);

    const [locked, lockedGated] = await twins(fresh, `${name}-ci`);
    await npm(locked, ['ci']);
    expect(await gated(lockedGated, ['ci'])).toContain('packages verified');
    const again = installed(locked);
    expect(installed(lockedGated)).toEqual(again);
    expect(again[path.join('node_modules', '.package-lock.json')]).toBeDefined();

    await npm(locked, ['install', '--omit=dev', 'left-pad@1.3.0']);
    await gated(lockedGated, ['install', '--omit=dev', 'left-pad@1.3.0']);
    expect(installed(lockedGated)).toEqual(installed(locked));
  });
});
