/** The hooks as pnpm calls them, over a registry on loopback. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createHooks, type Host } from '../../../src/hooks/pnpm/plugin.ts';
import type { Hooks } from '../../../src/hooks/pnpm/types.ts';
import { type Lab, makeLab, type TreeKind } from '../../gates/support/lab.ts';
import { integrityOf, lockfileOf } from '../../gates/support/pnpm-plugin.ts';

const labs: Lab[] = [];
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

interface Stand {
  readonly lab: Lab;
  readonly hooks: Hooks;
  readonly said: string[];
  readonly config: Record<string, unknown>;
  /** As pnpm has read it. */
  readonly lockfile: { packages: Record<string, { resolution: Record<string, unknown> }> };
}

async function stand(kind: TreeKind, more: Partial<Host> = {}): Promise<Stand> {
  const lab = await makeLab(kind);
  labs.push(lab);
  writeFileSync(path.join(lab.project.cwd, 'pnpm-lock.yaml'), lockfileOf(lab));
  const said: string[] = [];
  const hooks = hooksOf(lab, said, more);
  const resolution = (id: string) => ({ resolution: { integrity: integrityOf(lab, id) } });
  const ids = ['app@1.2.0', 'deep@1.2.0', 'mallory@1.2.0'];
  return {
    lab,
    said,
    hooks,
    config: {
      lockfileDir: lab.project.cwd,
      registries: { default: lab.url },
      extraEnv: { npm_command: 'install' },
      userAgent: 'pnpm/12.21.0 npm/? node/? linux x64',
    },
    lockfile: { packages: Object.fromEntries(ids.map((id) => [id, resolution(id)])) },
  };
}

function hooksOf(lab: Lab, said: string[], more: Partial<Host> = {}): Hooks {
  return createHooks({
    argv: ['node', 'pnpm', 'install'],
    cwd: lab.project.cwd,
    env: lab.env,
    say: (text) => said.push(text),
    ...more,
  });
}

const asks = (lab: Lab): number => lab.served.server.stats().requests;

function offered(lab: Lab, name: string): Record<string, unknown> {
  return { name, version: '1.2.0', dist: { integrity: integrityOf(lab, `${name}@1.2.0`) } };
}

async function refusal(work: Promise<unknown>): Promise<Error> {
  return await work.then(
    () => expect.fail('it was let through'),
    (error: Error) => error,
  );
}

test('a lockfile that holds is let through, and looked at once', async () => {
  const { lab, hooks, said, config, lockfile } = await stand('sound');
  const resolution = { wantedLockfile: lockfile, lockfileDir: lab.project.cwd };
  expect(await hooks.updateConfig(config)).toBe(config);
  await hooks.preResolution(resolution);
  const before = asks(lab);
  expect(before).toBeGreaterThan(0);
  await hooks.preResolution(resolution);
  expect(asks(lab)).toBe(before);
  expect(await hooks.afterAllResolved(lockfile)).toBe(lockfile);
  expect(said).toEqual([]);
});

test('a blocked one is stopped, in words and without a stack', async () => {
  const { lab, hooks, lockfile } = await stand('blocked');
  const error = await refusal(
    hooks.preResolution({ wantedLockfile: lockfile, lockfileDir: lab.project.cwd }),
  );
  expect(error.message).toMatch(
    /^verify-deps: 1 of 3 packages blocked; nothing was installed\n {2}mallory@1\.2\.0: /,
  );
  expect(error.message).toContain('an exemption in the policy');
  expect(error.stack).toBe('');
  expect(error).toMatchObject({ code: 'ERR_PNPM_VERIFY_DEPS' });
});

test('what is in the memory of pnpm counts, not only what lies on the disk', async () => {
  const { lab, hooks, lockfile } = await stand('blocked');
  // The lockfile on the disk has nothing to do with mallory.
  const sound = lockfileOf(lab)
    .replace(/ {6}mallory:\n.*\n.*\n/, '')
    .replaceAll(/ {2}mallory@1\.2\.0:.*\n(?: {4}.*\n)?/g, '');
  expect(sound).not.toContain('mallory');
  writeFileSync(path.join(lab.project.cwd, 'pnpm-lock.yaml'), sound);
  const error = await refusal(
    hooks.preResolution({ wantedLockfile: lockfile, lockfileDir: lab.project.cwd }),
  );
  expect(error.message).toMatch(/mallory@1\.2\.0: /);
});

test.each([
  ['other bytes', { integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}` }, 'deep@1.2.0'],
  ['no bytes in particular', {}, 'deep@1.2.0'],
])('the same name in memory, but %s', async (_, resolution, name) => {
  const { lab, hooks, lockfile } = await stand('sound');
  lockfile.packages['deep@1.2.0'] = { resolution };
  const error = await refusal(
    hooks.preResolution({ wantedLockfile: lockfile, lockfileDir: lab.project.cwd }),
  );
  expect(error.message).toContain(`${name}: `);
});

test('without a lockfile, packages are judged one by one, all at once and each once', async () => {
  const { lab, hooks } = await stand('sound');
  await hooks.updateConfig({ lockfileDir: lab.project.cwd });
  await hooks.preResolution({ wantedLockfile: {}, lockfileDir: lab.project.cwd });
  const app = offered(lab, 'app');
  expect(await hooks.readPackage({ name: 'lab', dependencies: { app: '^1' } })).toEqual({
    name: 'lab',
    dependencies: { app: '^1' },
  });
  const all = await Promise.all(
    [app, app, offered(lab, 'deep')].map((manifest) => hooks.readPackage(manifest)),
  );
  expect(all[0]).toBe(app);
  const before = asks(lab);
  await hooks.readPackage({ ...app });
  expect(asks(lab)).toBe(before);
});

test('an error that pnpm passes over is thrown again, before anything is linked', async () => {
  const { lab, hooks, lockfile } = await stand('blocked');
  const error = await refusal(hooks.readPackage(offered(lab, 'mallory')));
  expect(error.message).toContain('mallory@1.2.0: ');
  expect(await refusal(hooks.readPackage(offered(lab, 'app')))).toBe(error);
  expect(await refusal(hooks.afterAllResolved(lockfile))).toBe(error);
});

test('a package that only has a sha1 has no digest that counts', async () => {
  const { lab, hooks } = await stand('sound');
  const error = await refusal(
    hooks.readPackage({ name: 'app', version: '1.2.0', dist: { shasum: 'a'.repeat(40) } }),
  );
  expect(error.message).toContain('app@1.2.0: ');
  await lab.served.server.close();
});

test('what comes from git is stopped by the range, before it is there', async () => {
  const { hooks, config } = await stand('sound');
  await hooks.updateConfig(config);
  const error = await refusal(
    hooks.readPackage({ name: 'lab', dependencies: { app: '^1', foo: 'github:acme/foo' } }),
  );
  expect(error.message).toContain('foo@0.0.0: it comes from github:acme/foo');
});

test('no network, no trust root, no policy that can be read: nothing is installed', async () => {
  const offline = await stand('sound');
  await offline.lab.served.server.close();
  const resolution = ({ lab, lockfile }: Stand) => ({
    wantedLockfile: lockfile,
    lockfileDir: lab.project.cwd,
  });
  expect((await refusal(offline.hooks.preResolution(resolution(offline)))).message).toMatch(
    /^verify-deps could not decide, so nothing is installed: /,
  );

  const rootless = await stand('sound');
  const hooks = hooksOf(rootless.lab, [], {
    env: { ...rootless.lab.env, VERIFY_DEPS_TUF_ROOT: '/nowhere.json' },
  });
  expect((await refusal(hooks.readPackage(offered(rootless.lab, 'app')))).message).toContain('nowhere.json');

  const lawless = await stand('sound');
  await lawless.lab.project.write('verify-deps.json', '{');
  const lines = (await refusal(lawless.hooks.preResolution(resolution(lawless)))).message;
  expect(lines).toContain('verify-deps.json');
  expect(lines).not.toMatch(/\n\s+at /);
});

test('a lockfile that cannot be read stops pnpm, whatever pnpm makes of it', async () => {
  const { lab, hooks, lockfile } = await stand('sound');
  for (const text of ["lockfileVersion: '10.0'\n", '<<<<<<< HEAD\n', '']) {
    writeFileSync(path.join(lab.project.cwd, 'pnpm-lock.yaml'), text);
    const fresh = hooksOf(lab, []);
    const error = await refusal(
      fresh.preResolution({ wantedLockfile: lockfile, lockfileDir: lab.project.cwd }),
    );
    expect(error.message).toContain('pnpm-lock.yaml');
  }
  await hooks.afterAllResolved({});
});

test('a bug of ours is one line', async () => {
  const { hooks } = await stand('sound');
  const bad = new Proxy(
    {},
    {
      get: () => expect.fail('unreachable'),
      ownKeys: () => {
        throw new TypeError('oh');
      },
    },
  );
  const error = await refusal(hooks.preResolution({ wantedLockfile: { packages: bad } }));
  expect(error.message).toMatch(/^verify-deps could not decide.*this is a bug.*please report it/);
  expect(error.message).not.toContain('\n');
});

test('in workers of a native pnpm, each process learns the project from the one before', async () => {
  const worker: Partial<Host> = { argv: undefined };
  const { lab, said, config } = await stand('blocked', worker);
  const elsewhere = { ...worker, cwd: path.join(lab.project.dir, 'home') };
  const first = hooksOf(lab, said, elsewhere);
  await first.updateConfig({ ...config, extraEnv: { npm_command: 'add' } });
  const notes = path.join(lab.project.cacheDir, 'pnpm');
  expect(readdirSync(notes)).toHaveLength(1);
  const second = hooksOf(lab, said, elsewhere);
  const error = await refusal(second.readPackage(offered(lab, 'mallory')));
  // By the policy of the project, and with the place of its rule.
  expect(said.join('')).toMatch(/mallory@1\.2\.0: .*require\.provenance \(verify-deps\.json:/);
  expect(error.message).toBe('verify-deps: 1 package blocked; nothing was installed');
  expect(error.stack).toBe(error.message);
  expect(readdirSync(notes)).toEqual([]);
});

test('a native pnpm that asks no other hook for it is stopped by its settings', async () => {
  const { hooks, config, said } = await stand('blocked', { argv: undefined });
  const error = await refusal(hooks.updateConfig({ ...config, extraEnv: { npm_command: 'fetch' } }));
  expect(error.message).toBe('verify-deps: 1 of 3 packages blocked; nothing was installed');
  expect(said).toHaveLength(1);
});

test('lockfiles that pnpm asks nobody about are not guessed at', async () => {
  const { hooks, config } = await stand('sound');
  const error = await refusal(hooks.updateConfig({ ...config, sharedWorkspaceLockfile: false }));
  expect(error.message).toContain('sharedWorkspaceLockfile is false');
});

test('a command that installs nothing is none of its business', async () => {
  const { lab, hooks, config } = await stand('blocked', { argv: undefined });
  await hooks.updateConfig({ ...config, extraEnv: { npm_command: 'list' } });
  expect(asks(lab)).toBe(0);
});
