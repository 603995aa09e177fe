/** The plugin for pnpm in situations that the matrix of all gates does not have, with the real pnpm. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Ended, type Lab, type LabOptions, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import {
  integrityOf,
  lockfileOf,
  PLUGIN_NAME,
  PLUGINS,
  PNPMS,
  type Pnpm,
  pnpmfileFor,
  publishedPlugin,
  putPlugin,
} from './support/pnpm-plugin.ts';

const labs: Lab[] = [];
afterAll(() => Promise.all(labs.map((lab) => lab.close())));

const OPTIONAL = { dependencies: { app: '^1.0.0' }, optionalDependencies: { mallory: '^1.0.0' } };

async function bare(kind: TreeKind, manifest?: Record<string, unknown>, options?: LabOptions): Promise<Lab> {
  const lab = await makeLab(kind, manifest, options);
  labs.push(lab);
  return lab;
}

async function gated(id: Pnpm, ...[kind, manifest, options]: Parameters<typeof bare>): Promise<Lab> {
  const lab = await bare(kind, manifest, options);
  await putPlugin(lab, id);
  return lab;
}

/** Removes what is installed and forgets what ran; the store stays warm. */
async function clean(lab: Lab): Promise<void> {
  await rm(path.join(lab.project.cwd, 'node_modules'), { recursive: true, force: true });
  await rm(String(lab.env.LAB_EVENTS), { force: true });
}

function copiesOf(lab: Lab, name: string): readonly string[] {
  const modules = path.join(lab.project.cwd, 'node_modules');
  if (!existsSync(modules)) return [];
  return readdirSync(modules, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith(`node_modules/${name}/package.json`),
  );
}

function expectStopped(lab: Lab, { code, text }: Ended, says: RegExp | string = /mallory@1\.2\.0: /): void {
  expect(code, text).toBe(1);
  expect(lab.events(), text).toEqual([]);
  expect(copiesOf(lab, 'mallory')).toEqual([]);
  expect(text).toMatch(says);
  expect(text).not.toMatch(/^\s+at /m);
}

function expectInstalled(lab: Lab, { code, text }: Ended, ran = 'mallory:postinstall'): void {
  expect(code, text).toBe(0);
  expect(lab.events(), text).toContain(ran);
  expect(text).not.toMatch(/verify-deps:|Warning:/);
}

const FRESH = ['install', '--no-frozen-lockfile'];
const FROZEN = ['install', '--frozen-lockfile'];

describe.each(PNPMS.filter((id) => manager(id) !== undefined))('%s', (id) => {
  const isNative = id.startsWith('pnpm-12');

  test('fresh, frozen, one more package, fetch and rebuild of what holds', async () => {
    const lab = await gated(id, 'sound');
    expectInstalled(lab, await lab.manager(id, FRESH));
    await rm(lab.project.cwd.replace(/project$/, 'home/.local'), { recursive: true, force: true });
    await clean(lab);
    expectInstalled(lab, await lab.manager(id, FROZEN));
    expectInstalled(lab, await lab.manager(id, ['add', 'extra']), 'extra:postinstall');
    await clean(lab);
    expect((await lab.manager(id, ['fetch'])).code).toBe(0);
    expect((await lab.manager(id, ['install', '--offline', '--frozen-lockfile'])).code).toBe(0);
    expectInstalled(lab, await lab.manager(id, ['rebuild']));
    for (const args of [['update'], ['remove', 'extra'], ['list'], ['exec', 'true']])
      expect((await lab.manager(id, args)).code).toBe(0);
  });

  test('a warm store, and whatever command follows the lockfile', async () => {
    const lab = await bare('blocked');
    expect((await lab.manager(id, FRESH)).code).toBe(0);
    await putPlugin(lab, id);
    await clean(lab);
    for (const args of [FROZEN, FRESH, ['fetch'], ['rebuild'], ['add', 'extra'], ['update'], ['dedupe']])
      expectStopped(lab, await lab.manager(id, args));
  });

  test('one more package that is blocked leaves the project as it was', async () => {
    const lab = await gated(id, 'blocked', { dependencies: { app: '^1.0.0' } });
    expectInstalled(lab, await lab.manager(id, FRESH), 'app:postinstall');
    await rm(String(lab.env.LAB_EVENTS), { force: true });
    const files = ['package.json', 'pnpm-lock.yaml'].map((file) => path.join(lab.project.cwd, file));
    const before = files.map((file) => readFileSync(file, 'utf8'));
    expectStopped(lab, await lab.manager(id, ['add', 'mallory']));
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    expect(lab.isInstalled('app')).toBe(true);
  });

  test('an optional package that is blocked, fresh and frozen', async () => {
    const fresh = await gated(id, 'blocked', OPTIONAL);
    expectStopped(fresh, await fresh.manager(id, FRESH));
    const frozen = await bare('blocked', OPTIONAL);
    expect((await frozen.manager(id, [...FRESH, '--lockfile-only'])).code).toBe(0);
    await putPlugin(frozen, id);
    expectStopped(frozen, await frozen.manager(id, FROZEN));
  });

  test('workspaces: one lockfile for all, from the root, by filter and from below', async () => {
    const lab = await gated(id, 'blocked', {});
    await lab.project.write(
      'pnpm-workspace.yaml',
      'packages: [packages/*]\ndangerouslyAllowAllBuilds: true\n',
    );
    await lab.project.write('packages/a/package.json', {
      name: 'a',
      version: '1.0.0',
      dependencies: { app: '^1.0.0' },
    });
    await lab.project.write('packages/b/package.json', {
      name: 'b',
      version: '1.0.0',
      dependencies: { a: 'workspace:*', mallory: '^1.0.0' },
    });
    for (const args of [[], ['--filter', 'b'], ['-C', 'packages/b']])
      expectStopped(lab, await lab.manager(id, [...args, ...FRESH]));
    await lab.project.write('packages/b/package.json', {
      name: 'b',
      version: '1.0.0',
      dependencies: { a: 'workspace:*' },
    });
    expectInstalled(lab, await lab.manager(id, FRESH), 'app:postinstall');
  });

  test('workspaces: a lockfile for each is refused', async () => {
    const lab = await bare('blocked', {});
    const settings =
      'packages: [packages/*]\nsharedWorkspaceLockfile: false\ndangerouslyAllowAllBuilds: true\n';
    await lab.project.write('pnpm-workspace.yaml', settings);
    await lab.project.write('packages/a/package.json', {
      name: 'a',
      version: '1.0.0',
      dependencies: { app: '^1.0.0' },
    });
    await lab.project.write('packages/b/package.json', {
      name: 'b',
      version: '1.0.0',
      dependencies: { mallory: '^1.0.0' },
    });
    expect((await lab.manager(id, [...FRESH, '--lockfile-only'])).code).toBe(0);
    await putPlugin(lab, id);
    const { code, text } = await lab.manager(id, FRESH);
    expect(code, text).toBe(1);
    expect(lab.events()).toEqual([]);
    expect(existsSync(path.join(lab.project.cwd, 'packages/b/node_modules/mallory'))).toBe(false);
    expect(text).toMatch(/could not decide|sharedWorkspaceLockfile/);
  });

  test('a scope with a registry and a token of its own', async () => {
    const sound = await gated(id, 'sound', { dependencies: { '@acme/tool': '^1.0.0' } }, { scope: true });
    for (const args of [FRESH, FROZEN]) {
      await clean(sound);
      const { code, text } = await sound.manager(id, args);
      expect(code, text).toBe(0);
      expect(sound.isInstalled('@acme/tool')).toBe(true);
      expect(text).not.toContain(sound.scope!.token);
    }
    const blocked = await gated(
      id,
      'blocked',
      { dependencies: { '@acme/mallory': '^1.0.0' } },
      { scope: true },
    );
    expectStopped(blocked, await blocked.manager(id, FRESH), '@acme/mallory@1.2.0: ');
  });

  test('the proxy of a company', async () => {
    for (const kind of ['sound', 'blocked'] as const) {
      const lab = await gated(id, kind, undefined, { corporateProxy: true });
      const ended = await lab.manager(id, FRESH);
      if (kind === 'sound') expectInstalled(lab, ended);
      else expectStopped(lab, ended);
    }
  });

  test.skipIf(id === 'pnpm-10')('registries that only pnpm knows', async () => {
    const lab = await gated(id, 'sound');
    await rm(path.join(lab.project.cwd, '.npmrc'));
    const there = { pnpm_config_registry: lab.url };
    expectInstalled(lab, await lab.manager(id, FRESH, there));
    await clean(lab);
    await appendFile(path.join(lab.project.cwd, 'pnpm-workspace.yaml'), `registry: ${lab.url}\n`);
    expectInstalled(lab, await lab.manager(id, FROZEN));
    await rm(path.join(lab.project.cwd, 'pnpm-lock.yaml'));
    await rm(lab.project.cacheDir, { recursive: true, force: true });
    await clean(lab);
    expectInstalled(lab, await lab.manager(id, FRESH));
  });

  test('another folder than the one it is typed in', async () => {
    const lab = await gated(id, 'blocked');
    const other = path.join(lab.project.dir, 'other');
    await cp(lab.project.cwd, other, { recursive: true });
    for (const file of readdirSync(lab.project.cwd)) await rm(path.join(lab.project.cwd, file));
    const { code, text } = await lab.manager(id, ['-C', other, ...FRESH]);
    expect(code, text).toBe(1);
    expect(text).toMatch(/mallory@1\.2\.0: .*verify-deps\.json:\d/);
    expect(existsSync(path.join(other, 'node_modules', 'mallory'))).toBe(false);
  });

  test('offline: with evidence that is there, and without', async () => {
    const lab = await gated(id, 'sound');
    expectInstalled(lab, await lab.manager(id, FRESH));
    await lab.served.server.close();
    const offline = [...FROZEN, '--offline'];
    await clean(lab);
    const warm = await lab.manager(id, offline);
    expect(warm.code, warm.text).toBe(0);
    expect(lab.isInstalled('mallory')).toBe(true);
    await clean(lab);
    await rm(lab.project.cacheDir, { recursive: true, force: true });
    expectStopped(lab, await lab.manager(id, offline), /verify-deps/);
  });

  test('a lockfile without integrity, with another one, of an unknown version', async () => {
    const lab = await gated(id, 'sound');
    const other = integrityOf(lab, 'extra@1.2.0');
    for (const resolution of [
      '{}',
      `{integrity: ${other}}`,
      '{tarball: https://elsewhere.example/mallory.tgz}',
    ]) {
      await lab.project.write('pnpm-lock.yaml', lockfileOf(lab, resolution));
      for (const args of [FROZEN, ['fetch']])
        expectStopped(lab, await lab.manager(id, args), /ERR_PNPM|verify-deps:/);
    }
    await lab.project.write('pnpm-lock.yaml', lockfileOf(lab).replace("'9.0'", "'99.0'"));
    expectStopped(lab, await lab.manager(id, FROZEN), /ERR_PNPM|verify-deps/);
  });

  test('a lockfile that leads to another host gets the proven bytes from there, or none', async () => {
    const lab = await gated(id, 'sound');
    const elsewhere = await bare('blocked');
    const resolution = (of: Lab): string =>
      `{integrity: ${integrityOf(of, 'mallory@1.2.0')}, tarball: ${elsewhere.url}mallory/-/mallory-1.2.0.tgz}`;
    await lab.project.write('pnpm-lock.yaml', lockfileOf(lab, resolution(lab)));
    // Other bytes lie there than those that are proven.
    expectStopped(lab, await lab.manager(id, FROZEN), /ERR_PNPM/);
    await lab.project.write('pnpm-lock.yaml', lockfileOf(lab, resolution(elsewhere)));
    expectStopped(lab, await lab.manager(id, FROZEN), /mallory@1\.2\.0: |ERR_PNPM/);
  });

  test('a file of the store that was edited', async () => {
    const lab = await gated(id, 'sound');
    expectInstalled(lab, await lab.manager(id, FRESH));
    await clean(lab);
    const store = path.join(lab.project.dir, 'home', '.local', 'share', 'pnpm', 'store');
    const script = readFileSync(storeFile(store));
    const wanted = script.toString('utf8');
    for (const file of filesBelow(store).filter((name) => readFileSync(name).equals(script))) {
      writeFileSync(
        file,
        `${wanted}require('node:fs').appendFileSync(process.env.LAB_EVENTS, 'edited\\n');\n`,
      );
      const soon = new Date(Date.now() + 60_000);
      utimesSync(file, soon, soon);
    }
    const { code, text } = await lab.manager(id, FROZEN);
    // pnpm itself sees that, and fetches the file anew.
    expect(lab.events(), text).not.toContain('edited');
    expect([0, 1]).toContain(code);
  });

  test('git in place of a registry', async () => {
    const lab = await gated(id, 'sound', { dependencies: { app: '^1.0.0', foo: 'github:acme/foo' } });
    expectStopped(lab, await lab.manager(id, FRESH), /foo@0\.0\.0: it comes from github:acme\/foo/);
  });

  test('no trust root, and a policy that cannot be read', async () => {
    const lab = await gated(id, 'sound');
    expectStopped(
      lab,
      await lab.manager(id, FRESH, { VERIFY_DEPS_TUF_ROOT: '/nowhere.json' }),
      /could not decide, so nothing is installed: .*nowhere\.json/,
    );
    await lab.project.write('verify-deps.json', '{');
    expectStopped(lab, await lab.manager(id, FRESH), /could not decide, so nothing is installed: /);
  });

  test('as a configuration dependency, as published', async () => {
    for (const kind of ['sound', 'blocked'] as const) {
      const lab = await bare(kind, undefined, { packages: [await publishedPlugin()] });
      const added = await lab.manager(id, ['add', '--config', PLUGIN_NAME]);
      expect(added.code, added.text).toBe(0);
      const ended = await lab.manager(id, FRESH);
      if (kind === 'blocked') {
        expectStopped(lab, ended);
        continue;
      }
      expectInstalled(lab, ended);
      await clean(lab);
      const frozen = await lab.manager(id, FROZEN);
      expect(frozen.code, frozen.text).toBe(0);
      expect(lab.isInstalled('mallory')).toBe(true);
      expect(readFileSync(path.join(lab.project.cwd, 'pnpm-lock.yaml'), 'utf8')).toContain(
        'pnpmfileChecksum',
      );
    }
  });

  test('for all projects of a machine, and `dlx`', async () => {
    const lab = await bare('blocked');
    const file = path.join(PLUGINS, pnpmfileFor(id));
    const everywhere = { npm_config_global_pnpmfile: file, pnpm_config_global_pnpmfile: file };
    expectStopped(lab, await lab.manager(id, FRESH, everywhere));
    const { code, text } = await lab.manager(id, ['dlx', 'mallory'], everywhere);
    expect(code).toBe(1);
    // Newer versions of pnpm 12 ask no pnpmfile for it.
    if (id !== 'pnpm-12') {
      expect(text).toContain('mallory@1.2.0: ');
      expect(lab.events()).toEqual([]);
    }
  });

  test('--ignore-pnpmfile is not stopped, but for the lockfile of pnpm 10', async () => {
    const lab = await bare('blocked');
    expect((await lab.manager(id, [...FRESH, '--lockfile-only'])).code).toBe(0);
    const file = path.join(lab.project.cwd, 'pnpm-lock.yaml');
    // As a project with the plugin has it.
    const text = readFileSync(file, 'utf8').replace(
      '\nimporters:',
      '\npnpmfileChecksum: sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\nimporters:',
    );
    writeFileSync(file, text);
    await putPlugin(lab, id);
    const { code } = await lab.manager(id, [...FROZEN, '--ignore-pnpmfile']);
    expect(code).toBe(id === 'pnpm-10' ? 1 : 0);
    expect(lab.events().length > 0).toBe(id !== 'pnpm-10');
  });

  test('a blocked package is taken out without anything being installed', async () => {
    const lab = await bare('blocked');
    expect((await lab.manager(id, [...FRESH, '--lockfile-only'])).code).toBe(0);
    await putPlugin(lab, id);
    await lab.project.write('package.json', {
      name: 'lab',
      version: '1.0.0',
      dependencies: { app: '^1.0.0' },
    });
    const relock = await lab.manager(id, [...FRESH, '--lockfile-only', '--ignore-pnpmfile']);
    expect(relock.code, relock.text).toBe(0);
    expect(lab.events()).toEqual([]);
    expectInstalled(lab, await lab.manager(id, FRESH), 'app:postinstall');
  });

  test('what is installed is the same with and without it', async () => {
    const lab = await bare('sound', {
      dependencies: { app: '^1.0.0', extra: '^1.0.0' },
      devDependencies: { mallory: '1' },
    });
    const lockfile = path.join(lab.project.cwd, 'pnpm-lock.yaml');
    const installed = async (): Promise<readonly [readonly string[], string]> => {
      const { code, text } = await lab.manager(id, FRESH);
      expect(code, text).toBe(0);
      return [treeBelow(path.join(lab.project.cwd, 'node_modules')), readFileSync(lockfile, 'utf8')];
    };
    const [tree, locked] = await installed();
    await clean(lab);
    await rm(lockfile);
    await putPlugin(lab, id);
    const [same, lockedSo] = await installed();
    expect(tree.length).toBeGreaterThan(20);
    expect(same).toEqual(tree);
    expect(lockedSo.replace(/^pnpmfileChecksum: .*\n\n/m, '')).toBe(locked);
  });

  test.runIf(isNative)('what it keeps for another process is gone when pnpm is', async () => {
    const lab = await gated(id, 'sound');
    expectInstalled(lab, await lab.manager(id, FRESH));
    expect(readdirSync(path.join(lab.project.cacheDir, 'pnpm'))).toEqual([]);
  });
});

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile());
}

function storeFile(store: string): string {
  const found = filesBelow(store).find((file) =>
    readFileSync(file, 'utf8').includes('LAB_EVENTS, process.argv[2]'),
  );
  if (found === undefined) throw new Error('the store has no such file');
  return found;
}

/** What pnpm notes about the installation itself, with times and the pnpmfile. */
const NOTES = /^(?:\.modules\.yaml|\.pnpm-workspace-state.*|\.pnpm\/lock\.yaml)$/;

/** Files with digest and mode, folders, links. */
function treeBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => !NOTES.test(name))
    .sort()
    .map((name) => {
      const info = lstatSync(path.join(folder, name));
      if (info.isSymbolicLink()) return `${name} -> ${readlinkSync(path.join(folder, name))}`;
      if (info.isDirectory()) return `${name}/`;
      const digest = createHash('sha256')
        .update(readFileSync(path.join(folder, name)))
        .digest('hex');
      return `${name} ${(info.mode & 0o777).toString(8)} ${digest}`;
    });
}
