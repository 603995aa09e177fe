/** For projects of the npm registry: what pnpm installs with the plugin is what it installs without. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';
import { everything } from './support/npm.ts';

const PLUGIN = path.join(import.meta.dirname, '..', '..', 'build', 'plugins', 'pnpmfile.cjs');
const PROJECTS = ['express@4.21.2', 'ws@8.18.0', 'sass@1.77.8'];
/** Where the packages come from may have no signatures; what is compared is what is installed. */
const OBSERVE = { version: 1, extends: 'observe' };
/** Times, places and what pnpm notes about its own pnpmfile. */
const OF_THE_RUN = /^node_modules\/(?:\.modules\.yaml|\.pnpm-workspace-state.*\.json|\.pnpm\/lock\.yaml)$/;
const run = promisify(execFile);

let lab: Lab;
beforeAll(async () => {
  lab = await makeLab('sound');
});
afterAll(() => lab.close());

function pnpm(id: ManagerId): (cwd: string, args: readonly string[]) => Promise<void> {
  const { command, nodeFolder } = manager(id)!;
  const [program, ...first] = command;
  const { NODE_ENV: _test, ...outer } = process.env;
  const ours = Object.entries(lab.env).filter(([key]) => key.startsWith('VERIFY_DEPS_') || key === 'CI');
  const store = path.join(lab.project.dir, 'store', id);
  const env = {
    ...outer,
    ...Object.fromEntries(ours),
    PATH: `${nodeFolder}${path.delimiter}${process.env.PATH}`,
    npm_config_store_dir: store,
    pnpm_config_store_dir: store,
  };
  return async (cwd, args) => {
    await run(program, [...first, ...args], { cwd, env, maxBuffer: 1 << 24 });
  };
}

type Tree = Readonly<Record<string, string>>;

/** All but what every installation writes anew. */
function installed(folder: string): Tree {
  return Object.fromEntries(
    Object.entries(everything(path.join(folder, 'node_modules')))
      .map(([file, what]) => [path.join('node_modules', file), what] as const)
      .filter(([file]) => !OF_THE_RUN.test(file)),
  );
}

const locked = async (folder: string): Promise<string> =>
  (await readFile(path.join(folder, 'pnpm-lock.yaml'), 'utf8')).replace(/^pnpmfileChecksum: .*\n\n/m, '');

describe.each<ManagerId>(['pnpm-10', 'pnpm-12'])('with %s', (id) => {
  test.skipIf(manager(id) === undefined).each(PROJECTS)('%s', async (of) => {
    const start = pnpm(id);
    const unpacked = path.join(lab.project.dir, `${id}-${of.replace(/\W/g, '-')}`);
    await mkdir(unpacked);
    await run('npm', ['pack', of, '--silent'], { cwd: unpacked });
    const [tarball] = await readdir(unpacked);
    await run('tar', ['xzf', tarball!], { cwd: unpacked });
    const source = path.join(unpacked, 'package');
    const file = path.join(source, 'package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
    // Its own scripts want more than a package holds.
    await writeFile(file, `${JSON.stringify({ ...manifest, scripts: {} }, null, 2)}\n`);
    await writeFile(path.join(source, 'verify-deps.json'), JSON.stringify(OBSERVE));

    const fresh = ['install', '--no-frozen-lockfile', '--ignore-scripts', '--no-strict-peer-dependencies'];
    const frozen = ['install', '--frozen-lockfile', '--ignore-scripts'];
    // In one folder, which pnpm writes into the scripts that it makes for programs.
    const both = async (): Promise<readonly [Tree, string, Tree]> => {
      await start(source, fresh);
      const first = installed(source);
      await rm(path.join(source, 'node_modules'), { recursive: true, force: true });
      await start(source, frozen);
      return [first, await locked(source), installed(source)];
    };
    const [tree, lockfile, again] = await both();
    for (const name of ['node_modules', 'pnpm-lock.yaml'])
      await rm(path.join(source, name), { recursive: true, force: true });
    await cp(PLUGIN, path.join(source, '.pnpmfile.cjs'));
    const [same, sameLockfile, sameAgain] = await both();
    expect(Object.keys(tree).length).toBeGreaterThan(100);
    expect(same).toEqual(tree);
    expect(sameLockfile).toBe(lockfile);
    expect(sameAgain).toEqual(again);
  });
});
