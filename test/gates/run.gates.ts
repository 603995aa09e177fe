/** `verify-deps run` with all managers, in the situations that differ from one to the other. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Ended, type Lab, type LabOptions, makeLab, type TreeKind } from './support/lab.ts';
import { type ManagerId, manager } from './support/managers.ts';

const ALL = (
  [
    'npm-11',
    'npm-12',
    'pnpm-10',
    'pnpm-11',
    'pnpm-12.10',
    'pnpm-12',
    'yarn-1',
    'yarn-4',
    'bun',
    'deno',
  ] as const
).filter((id) => manager(id) !== undefined);

const fresh = (id: ManagerId): readonly string[] =>
  id.startsWith('pnpm') ? ['install', '--no-frozen-lockfile'] : ['install'];
const frozen = (id: ManagerId): readonly string[] =>
  id.startsWith('npm') ? ['ci'] : ['install', id === 'yarn-4' ? '--immutable' : '--frozen-lockfile'];
const through = (
  lab: Lab,
  id: ManagerId,
  args: readonly string[],
  own: readonly string[] = [],
): Promise<Ended> => lab.verifyDeps(['run', ...own, '--', ...manager(id)!.command, ...args], id);

/** It runs no scripts by itself. */
const runsScripts = (id: ManagerId): boolean => id !== 'deno';
const LOCKS = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', 'bun.lock', 'deno.lock'];
const lockOf = (lab: Lab): string => {
  const name = LOCKS.find((lock) => readdirSync(lab.project.cwd).includes(lock));
  return name === undefined ? '' : readFileSync(path.join(lab.project.cwd, name), 'utf8');
};

async function inLab(
  kind: TreeKind,
  manifest: Readonly<Record<string, unknown>> | undefined,
  options: LabOptions,
  use: (lab: Lab) => Promise<void>,
): Promise<void> {
  const lab = await makeLab(kind, manifest, options);
  try {
    const settings = readFileSync(path.join(lab.project.cwd, '.npmrc'), 'utf8');
    await use(lab);
    expect(readFileSync(path.join(lab.project.cwd, '.npmrc'), 'utf8')).toBe(settings);
    expect(readdirSync(lab.project.cwd).filter((name) => name.includes('verify-deps-'))).toEqual([]);
    // Every address in a lockfile is one of a registry: none of a run is left.
    const known = [lab.url, lab.scope?.url].flatMap((url) => (url === undefined ? [] : [new URL(url).host]));
    for (const [, host] of lockOf(lab).matchAll(/https?:\/\/(127\.0\.0\.1:\d+)/g))
      expect(known).toContain(host);
  } finally {
    await lab.close();
  }
}

function expectStopped({ code, text }: Ended, lab: Lab, name: string): void {
  expect(code, text).not.toBe(0);
  expect(text).toContain(`${name}@1.2.0: there is no provenance`);
  expect(text).toContain('require.provenance (verify-deps.json:');
  expect(text).toContain('an exemption in the policy');
  expect(lab.isInstalled(name), text).toBe(false);
  expect(
    lab.events().filter((line) => line.startsWith(name)),
    text,
  ).toEqual([]);
}

function expectSound({ code, text }: Ended, lab: Lab, id: ManagerId, name: string): void {
  expect(code, text).toBe(0);
  expect(lab.isInstalled(name), text).toBe(true);
  if (runsScripts(id)) expect(lab.events(), text).toContain(`${name}:postinstall`);
}

describe.each(ALL)('%s', (id) => {
  test('resolves anew', async () => {
    await inLab('sound', undefined, {}, async (lab) => {
      const ended = await through(lab, id, fresh(id));
      expectSound(ended, lab, id, 'mallory');
      expect(ended.text).toContain('verify-deps: 3 packages verified');
    });
    await inLab('blocked', undefined, {}, async (lab) => {
      expectStopped(await through(lab, id, fresh(id)), lab, 'mallory');
    });
  });

  test('installs from a lockfile, with a warm cache', async () => {
    for (const kind of ['sound', 'blocked'] as const)
      await inLab(kind, undefined, {}, async (lab) => {
        await lab.manager(id, fresh(id));
        const lock = lockOf(lab);
        expect(lock).not.toBe('');
        await lab.exec(['rm', '-rf', 'node_modules', path.join('..', 'events.log')]);
        const ended = await through(lab, id, frozen(id));
        if (kind === 'sound') expectSound(ended, lab, id, 'mallory');
        // In the lockfile of yarn 4 stands no digest of a tarball: it is stopped when it is fetched.
        else expectStopped(ended, lab, 'mallory');
        expect(lockOf(lab)).toBe(lock);
      });
  });

  test('adds a package, with a warm cache', async () => {
    if (id === 'deno') return;
    const add = id.startsWith('npm') ? ['install', 'mallory'] : ['add', 'mallory'];
    await inLab('blocked', { dependencies: { app: '^1.0.0' } }, {}, async (lab) => {
      await lab.manager(id, add);
      await lab.exec(['rm', '-rf', 'node_modules', path.join('..', 'events.log'), ...LOCKS]);
      await lab.project.write('package.json', {
        name: 'lab',
        version: '1.0.0',
        dependencies: { app: '^1.0.0' },
      });
      expectStopped(await through(lab, id, add), lab, 'mallory');
    });
  });

  test('with a registry of its own for a scope, and a token', async () => {
    const manifest = (name: string): object => ({ dependencies: { app: '^1.0.0', [name]: '^1.0.0' } });
    await inLab('sound', { ...manifest('@acme/tool') }, { scope: true }, async (lab) => {
      const ended = await through(lab, id, fresh(id));
      expectSound(ended, lab, id, '@acme/tool');
      expect(ended.text).not.toContain(lab.scope!.token);
    });
    await inLab('blocked', { ...manifest('@acme/mallory') }, { scope: true }, async (lab) => {
      expectStopped(await through(lab, id, fresh(id)), lab, '@acme/mallory');
    });
  });

  test('with the proxy of a company in the environment', async () => {
    await inLab('sound', undefined, { corporateProxy: true }, async (lab) => {
      expectSound(await through(lab, id, fresh(id)), lab, id, 'mallory');
      expect(lab.corporate!.swallowed().filter((host) => host.startsWith('127.'))).toEqual([]);
    });
  });

  test('does not mind a blocked package that is optional; the run does', async () => {
    const manifest = { dependencies: { app: '^1.0.0' }, optionalDependencies: { mallory: '^1.0.0' } };
    await inLab('blocked', manifest, {}, async (lab) => {
      const ended = await through(lab, id, fresh(id));
      // deno leaves optional dependencies of a project alone.
      if (id === 'deno') expect(lab.isInstalled('mallory')).toBe(false);
      else expectStopped(ended, lab, 'mallory');
    });
  });

  test('resolves to what is proven, if it is told to', async () => {
    await inLab('blocked', undefined, {}, async (lab) => {
      const { code, text } = await through(lab, id, fresh(id), ['--proven-only']);
      expect(lab.events().filter((line) => line.startsWith('mallory')).length, text).toBeLessThanOrEqual(2);
      // Of `mallory`, no version is proven: there is none left to choose.
      expect(code, text).not.toBe(0);
      expect(lab.isInstalled('mallory')).toBe(false);
    });
  });
});

const RUNNING: readonly [ManagerId, readonly string[]][] = [
  ['npm-11', ['exec', '--yes', '--package=mallory', '--', 'node', '-e', 'console.log("it " + "ran")']],
  ['npm-12', ['exec', '--yes', '--package=mallory', '--', 'node', '-e', 'console.log("it " + "ran")']],
  ['pnpm-10', ['dlx', 'mallory']],
  ['pnpm-11', ['dlx', 'mallory']],
  ['pnpm-12', ['dlx', 'mallory']],
  ['yarn-4', ['dlx', 'mallory']],
  ['bun', ['x', 'mallory']],
];

test.each(RUNNING.filter(([id]) => manager(id) !== undefined))(
  '%s %j runs nothing that is blocked, with a warm cache',
  async (id, args) => {
    await inLab('blocked', {}, {}, async (lab) => {
      // bun asks another registry for what it runs unless it is told where: no warm cache of it then.
      if (id !== 'bun') await lab.manager(id, args);
      const before = lab.events().length;
      const { code, text } = await through(lab, id, args);
      expect(code, text).not.toBe(0);
      expect(text).toContain('mallory@1.2.0: there is no provenance');
      expect(text).not.toContain('it ran');
      expect(lab.events().slice(before)).toEqual([]);
    });
  },
);

test.each(ALL)('a command that starts %s is gated like it', async (id) => {
  await inLab('blocked', undefined, {}, async (lab) => {
    const { command } = manager(id)!;
    const script = [...command, ...fresh(id)].map((word) => `'${word}'`).join(' ');
    const ended = await lab.verifyDeps(['run', '--', 'sh', '-c', script], id);
    expectStopped(ended, lab, 'mallory');
  });
});
