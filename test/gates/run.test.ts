/** `verify-deps run` with real managers: the core of it. All managers and situations: run.gates.ts. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Lab, makeLab } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';

const labs: Lab[] = [];
afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
});

async function labOf(...options: Parameters<typeof makeLab>): Promise<Lab> {
  const lab = await makeLab(...options);
  labs.push(lab);
  return lab;
}

const through = (lab: Lab, id: ManagerId, args: readonly string[]): ReturnType<Lab['verifyDeps']> =>
  lab.verifyDeps(['run', '--', ...manager(id)!.command, ...args], id);
const without = (...ids: ManagerId[]): boolean => ids.some((id) => manager(id) === undefined);

/** What a run makes and has to take away. */
const leftovers = (lab: Lab): readonly string[] => [
  ...readdirSync(lab.project.cwd).filter((name) => name.includes('verify-deps-')),
];

const FRESH: readonly [ManagerId, readonly string[]][] = [
  ['npm-11', ['install']],
  ['pnpm-12', ['install', '--no-frozen-lockfile']],
  ['yarn-1', ['install']],
];

test.each(FRESH)('%s gets nothing that is blocked', async (id, args) => {
  if (without(id)) return;
  const lab = await labOf('blocked');
  const { code, text } = await through(lab, id, args);
  expect(code, text).toBe(1);
  expect(lab.events(), text).toEqual([]);
  expect(lab.isInstalled('mallory')).toBe(false);
  expect(text).toMatch(/verify-deps: \d+ packages? verified, 1 package blocked/);
  expect(text).toMatch(
    /mallory@1\.2\.0: .*\(provenance-absent, require\.provenance \(verify-deps\.json:\d+:\d+\)\)/,
  );
  expect(text).toContain('an exemption in the policy');
  expect(leftovers(lab)).toEqual([]);
});

test('npm ends with 0 where a blocked package is optional, and the run with 1', async () => {
  if (without('npm-11')) return;
  const lab = await labOf('blocked', {
    dependencies: { app: '^1.0.0' },
    optionalDependencies: { mallory: '^1.0.0' },
  });
  const { code, text } = await through(lab, 'npm-11', ['install']);
  expect(code, text).toBe(1);
  expect(lab.isInstalled('app')).toBe(true);
  expect(lab.isInstalled('mallory')).toBe(false);
  expect(lab.events().filter((line) => line.startsWith('mallory'))).toEqual([]);
});

test('yarn 1 with a lockfile: nothing is taken from where it says, and it stays as it is', async () => {
  if (without('yarn-1')) return;
  const lab = await labOf('sound');
  await lab.manager('yarn-1', ['install', '--ignore-scripts']);
  const file = path.join(lab.project.cwd, 'yarn.lock');
  const lock = readFileSync(file, 'utf8');
  lab.served.server.reset();
  const { code, text } = await through(lab, 'yarn-1', ['install', '--frozen-lockfile', '--force']);
  expect(code, text).toBe(0);
  expect(text).toContain('3 packages verified');
  expect(lab.events()).toContain('mallory:postinstall');
  expect(readFileSync(file, 'utf8')).toBe(lock);
  expect(readFileSync(path.join(lab.project.cwd, 'node_modules', '.yarn-integrity'), 'utf8')).not.toContain(
    'verify-deps',
  );
});

test('a frozen lockfile with a blocked package is stopped before the manager starts', async () => {
  if (without('npm-11')) return;
  const lab = await labOf('blocked');
  await lab.manager('npm-11', ['install', '--ignore-scripts']);
  const { code, text } = await through(lab, 'npm-11', ['ci']);
  expect(code, text).toBe(1);
  expect(text).toMatch(/1 of 3 packages blocked; \S+ was not started/);
  expect(lab.events()).toEqual([]);
});

describe('the command', () => {
  const node = process.execPath;

  test('keeps its exit code, its words and its environment, and gets no credential', async () => {
    const lab = await labOf('sound', {}, { scope: true });
    const script = 'console.log(process.argv[1], JSON.stringify(process.env)); process.exit(7)';
    const { code, text } = await lab.verifyDeps(['run', '--', node, '-e', script, '--', '--quiet']);
    expect(code, text).toBe(7);
    expect(text).toContain('--quiet {');
    expect(text).not.toContain(lab.scope!.token);
    const caches = /"npm_config_cache":"([^"]+)"/.exec(text)?.[1];
    expect(caches).toMatch(/verify-deps-run-/);
    expect(existsSync(path.dirname(caches!))).toBe(false);
  });

  test('that cannot be started, or is none, is said so', async () => {
    const lab = await labOf('sound', {});
    for (const [args, expected] of [
      [['run', '--', 'no-such-program'], /cannot start no-such-program: ENOENT/],
      [['run'], /run needs a command/],
      [['run', 'npm', 'ci'], /run takes its command behind --, but got npm\n {2}verify-deps run -- npm ci/],
      [['run', '--', 'npm', 'ci', '--registry=https://x.example'], /would lead npm past the gate/],
    ] as const) {
      const { code, text } = await lab.verifyDeps(args);
      expect(text).toMatch(expected);
      expect(code).toBe(2);
    }
    expect(readdirSync(os.tmpdir()).filter((name) => name === lab.project.dir)).toEqual([]);
  });

  test.each(['SIGTERM'] as const)('ends with %s, its children with it, and nothing stays', async (signal) => {
    const lab = await labOf('sound', {});
    await lab.project.write('.npmrc', `registry=${lab.url}\nfund=false\n`);
    const started = path.join(lab.project.dir, 'started');
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)']);
      require('node:fs').writeFileSync(${JSON.stringify(started)}, child.pid + ' ' + process.env.npm_config_cache);
      setInterval(() => 0, 1000);`;
    const cli = path.join(import.meta.dirname, '..', '..', 'bin', 'verify-deps.js');
    const run = spawn(node, [cli, 'run', '--', node, '-e', script], {
      cwd: lab.project.cwd,
      env: { ...lab.env },
      stdio: 'ignore',
    });
    const ended = new Promise<number | null>((resolve) => run.once('exit', resolve));
    await expect
      .poll(() => existsSync(started) && readFileSync(started, 'utf8').includes(' '), { timeout: 20_000 })
      .toBe(true);
    const [pid, caches] = readFileSync(started, 'utf8').split(' ');
    run.kill(signal);
    expect(await ended).toBe(signal === 'SIGTERM' ? 143 : 130);
    await expect.poll(() => isAlive(Number(pid))).toBe(false);
    expect(existsSync(path.dirname(caches!))).toBe(false);
    expect(readFileSync(path.join(lab.project.cwd, '.npmrc'), 'utf8')).toBe(
      `registry=${lab.url}\nfund=false\n`,
    );
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A process that ended and that nobody has asked about yet is over all the same.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
