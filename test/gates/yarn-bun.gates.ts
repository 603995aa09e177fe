/** The gates of yarn 4 and bun where it gets hard: caches, linkers, patches, foreign sources, lockfiles that lie. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, type LabOptions, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import {
  addBunScanner,
  addYarnPlugin,
  BUN_SCANNER,
  expectBlocked,
  expectSound,
  expectStopped,
  removeModules,
  tarballs,
  warmUp,
  YARN_PLUGIN,
  yarnSettings,
} from './support/yarn-bun.ts';

const labs: Lab[] = [];
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

async function lab(
  kind: TreeKind,
  manifest?: Readonly<Record<string, unknown>>,
  options?: LabOptions,
): Promise<Lab> {
  const made = await makeLab(kind, manifest, options);
  labs.push(made);
  return made;
}

/** Nobody pins the bytes, or nobody signs for them: whichever the policy holds to be graver. */
const FOREIGN = /verify-deps blocked app@.*(?:source-unverifiable|integrity-missing)/;

const INSTALL = ['install'];
const IMMUTABLE = ['install', '--immutable'];
const FROZEN = ['install', '--frozen-lockfile'];

/** A package in a git repository; its scripts would be seen. @returns its folder */
async function gitRepository(at: Lab): Promise<string> {
  const folder = path.join(at.project.dir, 'gitdep.git');
  await mkdir(folder);
  const manifest = { name: 'gitdep', version: '3.0.0', scripts: { postinstall: 'echo git >> $LAB_EVENTS' } };
  await writeFile(path.join(folder, 'package.json'), JSON.stringify(manifest));
  const git = 'git init -q && git add . && git -c user.email=a@example -c user.name=a commit -qm one';
  expect((await at.exec(['sh', '-c', `cd ${folder} && ${git}`])).code).toBe(0);
  return folder;
}

describe.skipIf(manager('yarn-4') === undefined)('the plugin for yarn 4', () => {
  /** Archives of yarn that have a name like this. */
  async function archives(folder: string, name: string): Promise<readonly string[]> {
    const files = await readdir(folder, { recursive: true });
    return files
      .filter((file) => path.basename(file).startsWith(`${name}-npm-`) && file.endsWith('.zip'))
      .map((file) => path.join(folder, file));
  }

  /** Puts the archive of one package in the place of another's. */
  async function swap(at: Lab, name: string, by: string): Promise<void> {
    const [from] = await archives(at.project.dir, by);
    const places = await archives(at.project.dir, name);
    expect(places.length).toBeGreaterThan(0);
    for (const place of places) await cp(from!, place);
  }

  test('binds what lies in the cache to a tarball before it believes it: loaded again, compared, noted', async () => {
    const sound = await lab('sound');
    await warmUp(sound, 'yarn-4');
    await addYarnPlugin(sound);
    const before = tarballs(sound);
    expectSound(sound, await sound.manager('yarn-4', ['install', '--immutable', '--immutable-cache']));
    expect(tarballs(sound)).toBe(before + 3);
    await removeModules(sound);
    expectSound(sound, await sound.manager('yarn-4', IMMUTABLE));
    expect(tarballs(sound)).toBe(before + 3);
  });

  test.each([
    ['with the lockfile', false],
    ['without the lockfile', true],
  ])('does not install an archive that was exchanged in the cache, %s', async (_what, fresh) => {
    const sound = await lab('sound');
    await warmUp(sound, 'yarn-4');
    await swap(sound, 'mallory', 'app');
    if (fresh) await rm(path.join(sound.project.cwd, 'yarn.lock'));
    await addYarnPlugin(sound);
    expectStopped(sound, await sound.manager('yarn-4', INSTALL), /mallory@npm:1\.2\.0: .*checksum/);
  });

  test('does not believe a lockfile that pins an exchanged archive', async () => {
    const sound = await lab('sound');
    await warmUp(sound, 'yarn-4');
    const file = path.join(sound.project.cwd, 'yarn.lock');
    const lockfile = await readFile(file, 'utf8');
    const checksumOf = (name: string): string =>
      new RegExp(`resolution: "${name}@npm:[^]*?checksum: (\\S+)`).exec(lockfile)![1]!;
    await writeFile(file, lockfile.replace(checksumOf('mallory'), checksumOf('app')));
    await swap(sound, 'mallory', 'app');
    await addYarnPlugin(sound);
    expectStopped(sound, await sound.manager('yarn-4', IMMUTABLE), /mallory@npm:1\.2\.0: .*checksum/);
  });

  test('does not let other bytes in than the registry signed for', async () => {
    const sound = await lab('sound');
    const { overrides, rig } = { ...sound.served.server, rig: sound.served.rig };
    overrides.set('tarball mallory@1.2.0', { body: rig.docs.get('tarball app@1.2.0')!.body! });
    await addYarnPlugin(sound);
    expectStopped(
      sound,
      await sound.manager('yarn-4', INSTALL),
      /verify-deps blocked mallory@1\.2\.0: .*integrity-mismatch/,
    );
  });

  test('stops without a network what nothing is known of, and says so', async () => {
    const sound = await lab('sound');
    await warmUp(sound, 'yarn-4');
    await addYarnPlugin(sound);
    await sound.served.server.close();
    expectStopped(sound, await sound.manager('yarn-4', IMMUTABLE), 'verify-deps could not decide');
  });

  test('installs without a network what was proven before', async () => {
    const sound = await lab('sound');
    await addYarnPlugin(sound);
    expectSound(sound, await sound.manager('yarn-4', INSTALL));
    await removeModules(sound);
    await rm(path.join(sound.project.dir, 'events.log'));
    await sound.served.server.close();
    expectSound(sound, await sound.manager('yarn-4', IMMUTABLE));
  });

  test('stops a blocked optional dependency as any other', async () => {
    const blocked = await lab('blocked', {
      dependencies: { app: '^1.0.0' },
      optionalDependencies: { mallory: '^1.0.0' },
    });
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', INSTALL));
  });

  test('covers workspaces', async () => {
    const manifest = { workspaces: ['packages/*'], dependencies: { app: '^1.0.0' } };
    for (const kind of ['blocked', 'sound'] as const) {
      const at = await lab(kind, manifest);
      await at.project.write('packages/one/package.json', {
        name: 'one',
        version: '1.0.0',
        dependencies: { mallory: '^1.0.0' },
      });
      await addYarnPlugin(at);
      const ended = await at.manager('yarn-4', INSTALL);
      if (kind === 'blocked') expectBlocked(at, ended);
      else expectSound(at, ended);
    }
  });

  test('works with the pnp linker', async () => {
    const blocked = await lab('blocked');
    await addYarnPlugin(blocked, ['nodeLinker: pnp']);
    expectBlocked(blocked, await blocked.manager('yarn-4', INSTALL));
    expect(existsSync(path.join(blocked.project.cwd, '.pnp.cjs'))).toBe(false);
    const sound = await lab('sound');
    await addYarnPlugin(sound, ['nodeLinker: pnp']);
    const { code, text } = await sound.manager('yarn-4', INSTALL);
    expect(code, text).toBe(0);
    expect(sound.events()).toContain('mallory:postinstall');
    expect(existsSync(path.join(sound.project.cwd, '.pnp.cjs'))).toBe(true);
  });

  test('works with a cache in the project, cold, warm and out of the mirror', async () => {
    const sound = await lab('sound');
    await addYarnPlugin(sound, ['enableGlobalCache: false']);
    expectSound(sound, await sound.manager('yarn-4', INSTALL));
    const before = tarballs(sound);
    await removeModules(sound);
    await rm(path.join(sound.project.cwd, '.yarn', 'cache'), { recursive: true });
    expectSound(sound, await sound.manager('yarn-4', IMMUTABLE));
    expect(tarballs(sound)).toBe(before);
    await removeModules(sound);
    await rm(sound.project.cacheDir, { recursive: true });
    expectSound(sound, await sound.manager('yarn-4', ['install', '--immutable', '--immutable-cache']));
    expect(tarballs(sound)).toBe(before + 3);
  });

  const PATCH = [
    'diff --git a/patched.txt b/patched.txt',
    'new file mode 100644',
    'index 0000000..ce01362',
    '--- /dev/null',
    '+++ b/patched.txt',
    '@@ -0,0 +1,1 @@',
    '+hello',
    '',
  ].join('\n');
  const patched = (name: string): Readonly<Record<string, unknown>> => ({
    dependencies: { app: '^1.0.0', [name]: `patch:${name}@npm%3A^1.0.0#./its.patch` },
  });

  test('judges a patched package by the one that is patched', async () => {
    const blocked = await lab('blocked', patched('mallory'));
    await blocked.project.write('its.patch', PATCH);
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', INSTALL));

    const sound = await lab('sound', patched('mallory'));
    await sound.project.write('its.patch', PATCH);
    await addYarnPlugin(sound);
    expectSound(sound, await sound.manager('yarn-4', INSTALL));
    expect(existsSync(path.join(sound.project.cwd, 'node_modules', 'mallory', 'patched.txt'))).toBe(true);
    const before = tarballs(sound);
    await removeModules(sound);
    expectSound(sound, await sound.manager('yarn-4', IMMUTABLE));
    expect(tarballs(sound)).toBe(before);
  });

  test('does not believe the archive of a patched package either', async () => {
    const sound = await lab('sound', patched('mallory'));
    await sound.project.write('its.patch', PATCH);
    await warmUp(sound, 'yarn-4');
    const files = await readdir(sound.project.dir, { recursive: true });
    const place = files.find((file) => path.basename(file).startsWith('mallory-patch-'));
    const [other] = await archives(sound.project.dir, 'app');
    await cp(other!, path.join(sound.project.dir, place!));
    await rm(path.join(sound.project.cwd, 'yarn.lock'));
    await addYarnPlugin(sound);
    expectStopped(sound, await sound.manager('yarn-4', INSTALL), /mallory@patch:.*checksum/);
  });

  test('takes the registry of a scope and its token from yarn', async () => {
    const manifest = { dependencies: { '@acme/tool': '^1.0.0', mallory: '^1.0.0' } };
    const sound = await lab('sound', manifest, { scope: true });
    await rm(path.join(sound.project.cwd, '.npmrc'));
    await addYarnPlugin(sound);
    const ended = await sound.manager('yarn-4', INSTALL);
    expectSound(sound, ended);
    expect(sound.events()).toContain('@acme/tool:postinstall');
    expect(ended.text).not.toContain(sound.scope!.token);

    const blocked = await lab('blocked', { dependencies: { '@acme/mallory': '^1.0.0' } }, { scope: true });
    await rm(path.join(blocked.project.cwd, '.npmrc'));
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', INSTALL), '@acme/mallory');
  });

  test('finds the registry through the proxy of a company', async () => {
    const sound = await lab('sound', undefined, { corporateProxy: true });
    // Of yarn's own settings alone.
    const { HTTP_PROXY } = sound.env;
    await addYarnPlugin(sound, [`httpProxy: '${HTTP_PROXY}'`]);
    expectSound(sound, await sound.manager('yarn-4', INSTALL, { HTTP_PROXY: '', http_proxy: '' }));
    expect(sound.corporate!.passed()).toBeGreaterThan(0);
  });

  test('stops what comes from no registry as the policy says', async () => {
    const at = await lab('sound');
    const url = `${at.url}app/-/app-1.2.0.tgz`;
    await at.project.write('package.json', { name: 'lab', version: '1.0.0', dependencies: { app: url } });
    await addYarnPlugin(at, ['approvedGitRepositories: ["**"]']);
    expectStopped(at, await at.manager('yarn-4', INSTALL), FOREIGN);
    const repository = await gitRepository(at);
    await at.project.write('package.json', {
      name: 'lab',
      version: '1.0.0',
      dependencies: { gitdep: 'https://git.example/gitdep.git' },
    });
    expectStopped(
      at,
      await at.manager('yarn-4', INSTALL, {
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `url.file://${repository}.insteadOf`,
        GIT_CONFIG_VALUE_0: 'https://git.example/gitdep.git',
      }),
      /verify-deps blocked gitdep@.*source-unverifiable, sources\.git/,
    );
  });

  test('is set up by one line', async () => {
    const blocked = await lab('blocked');
    const imported = await blocked.manager('yarn-4', ['plugin', 'import', YARN_PLUGIN]);
    expect(imported.code, imported.text).toBe(0);
    expectBlocked(blocked, await blocked.manager('yarn-4', INSTALL));
  });

  test('judges what `yarn dlx` takes by the policy of where it was called', async () => {
    const blocked = await lab('blocked');
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', ['dlx', 'mallory']));
  });

  test('stands once where yarn loads it twice', async () => {
    const sound = await lab('sound');
    await cp(YARN_PLUGIN, path.join(sound.project.cwd, 'copy.cjs'));
    await yarnSettings(sound, [
      'plugins:',
      `  - path: '${YARN_PLUGIN}'`,
      "    spec: 'verify-deps'",
      '  - path: ./copy.cjs',
      "    spec: 'verify-deps-too'",
    ]);
    expectSound(sound, await sound.manager('yarn-4', INSTALL));
  });
});

describe.skipIf(manager('bun') === undefined)('the security scanner for bun', () => {
  async function lockfileOf(at: Lab, change: (text: string) => string): Promise<void> {
    const file = path.join(at.project.cwd, 'bun.lock');
    const text = await readFile(file, 'utf8');
    const changed = change(text);
    expect(changed).not.toBe(text);
    await writeFile(file, changed);
  }
  const integrityOf = (text: string, name: string): string =>
    new RegExp(`"${name}@1\\.2\\.0".*"(sha512-[^"]+)"`).exec(text)![1]!;

  test.each([
    [
      'of another package',
      (text: string) => text.replace(integrityOf(text, 'mallory'), integrityOf(text, 'app')),
      /verify-deps blocked mallory@1\.2\.0: .*integrity-mismatch/,
    ],
    [
      'that is missing',
      (text: string) => text.replace(`, "${integrityOf(text, 'mallory')}"`, ''),
      // Bun itself refuses such an entry, and with it the lockfile.
      'Missing integrity',
    ],
    [
      'at the place of another package',
      (text: string) => text.replace('/mallory/-/mallory-', '/app/-/app-'),
      /verify-deps blocked mallory@1\.2\.0: .*resolved-mismatch/,
    ],
    ['in a lockfile that is none', (text: string) => `${text}{`, 'is not what bun writes'],
    [
      'in a later lockfile',
      (text: string) => text.replace(/"lockfileVersion": \d/, '"lockfileVersion": 9'),
      /./,
    ],
  ])('stops an integrity in bun.lock %s', async (_what, change, why) => {
    const sound = await lab('sound');
    await warmUp(sound, 'bun');
    await lockfileOf(sound, change);
    await addBunScanner(sound);
    expectStopped(sound, await sound.manager('bun', FROZEN), why);
  });

  test('stops without a network what nothing is known of', async () => {
    const sound = await lab('sound');
    await warmUp(sound, 'bun');
    await addBunScanner(sound);
    await sound.served.server.close();
    expectStopped(sound, await sound.manager('bun', FROZEN), 'verify-deps could not decide');
  });

  test('stops a blocked optional dependency as any other', async () => {
    const blocked = await lab('blocked', {
      dependencies: { app: '^1.0.0' },
      optionalDependencies: { mallory: '^1.0.0' },
    });
    await addBunScanner(blocked);
    expectBlocked(blocked, await blocked.manager('bun', INSTALL));
  });

  test('covers workspaces, also from inside one', async () => {
    const manifest = { workspaces: ['packages/*'], dependencies: { app: '^1.0.0' } };
    for (const kind of ['blocked', 'sound'] as const) {
      const at = await lab(kind, manifest);
      await at.project.write('packages/one/package.json', {
        name: 'one',
        version: '1.0.0',
        dependencies: { mallory: '^1.0.0' },
      });
      await addBunScanner(at);
      const ended = await at.manager('bun', [...INSTALL, '--cwd', 'packages/one']);
      if (kind === 'blocked') expectBlocked(at, ended);
      else expect(ended.code, ended.text).toBe(0);
      expect(at.events().includes('mallory:postinstall')).toBe(kind === 'sound');
    }
  });

  test('asks the registry of a scope with its token', async () => {
    const manifest = { dependencies: { '@acme/tool': '^1.0.0', mallory: '^1.0.0' } };
    const sound = await lab('sound', manifest, { scope: true });
    await addBunScanner(sound);
    const ended = await sound.manager('bun', INSTALL);
    expectSound(sound, ended);
    expect(ended.text).not.toContain(sound.scope!.token);

    const blocked = await lab('blocked', { dependencies: { '@acme/mallory': '^1.0.0' } }, { scope: true });
    await addBunScanner(blocked);
    expectBlocked(blocked, await blocked.manager('bun', INSTALL), '@acme/mallory');
  });

  test('finds the registry through the proxy of a company', async () => {
    for (const kind of ['blocked', 'sound'] as const) {
      const at = await lab(kind, undefined, { corporateProxy: true });
      await addBunScanner(at);
      const ended = await at.manager('bun', INSTALL);
      if (kind === 'blocked') expectBlocked(at, ended);
      else expectSound(at, ended);
    }
  });

  test('judges an alias by the package that it stands for', async () => {
    const manifest = { dependencies: { app: '^1.0.0', other: 'npm:mallory@^1.0.0' } };
    for (const kind of ['blocked', 'sound'] as const) {
      const at = await lab(kind, manifest);
      await addBunScanner(at);
      const ended = await at.manager('bun', INSTALL);
      if (kind === 'blocked') expectBlocked(at, ended);
      else expect(ended.code, ended.text).toBe(0);
    }
  });

  test('stops a tarball from a URL once it is in the lockfile', async () => {
    const at = await lab('sound');
    const url = `${at.url}app/-/app-1.2.0.tgz`;
    await at.project.write('package.json', { name: 'lab', version: '1.0.0', dependencies: { app: url } });
    await warmUp(at, 'bun');
    await addBunScanner(at);
    expectStopped(at, await at.manager('bun', FROZEN), FOREIGN);
  });

  test('stops what comes from a git repository, fresh and locked', async () => {
    const at = await lab('sound');
    const repository = await gitRepository(at);
    await at.project.write('package.json', {
      name: 'lab',
      version: '1.0.0',
      trustedDependencies: ['gitdep'],
      dependencies: { gitdep: `git+file://${repository}` },
    });
    await addBunScanner(at);
    const why = /verify-deps blocked gitdep@.*source-unverifiable, sources\.git/;
    expectStopped(at, await at.manager('bun', INSTALL), why);
    await rm(path.join(at.project.cwd, 'bunfig.toml'));
    await warmUp(at, 'bun');
    await addBunScanner(at);
    expectStopped(at, await at.manager('bun', FROZEN), why);
  });

  test('does not see what somebody changed in the cache of bun, which bun does not see either', async () => {
    const sound = await lab('sound');
    await warmUp(sound, 'bun');
    const files = await readdir(sound.project.dir, { recursive: true });
    const cached = files.filter((file) => /cache.mallory@1\.2\.0[^/]*.package\.json$/.test(file));
    expect(cached.length).toBeGreaterThan(0);
    for (const file of cached) {
      const place = path.join(sound.project.dir, file);
      const { scripts, ...rest } = JSON.parse(await readFile(place, 'utf8'));
      await rm(place);
      await writeFile(place, JSON.stringify({ ...rest, scripts, tampered: true }));
    }
    await addBunScanner(sound);
    expectSound(sound, await sound.manager('bun', FROZEN));
    const installed = await readFile(
      path.join(sound.project.cwd, 'node_modules/mallory/package.json'),
      'utf8',
    );
    expect(installed).toContain('tampered');
  });

  test('is set up by a copy and one line, and without the copy nothing is installed', async () => {
    const blocked = await lab('blocked');
    const line = '[install.security]\nscanner = "./bun-scanner.mjs"\n';
    await blocked.project.write('bunfig.toml', line);
    expectStopped(blocked, await blocked.manager('bun', INSTALL), /bun-scanner/);
    await cp(BUN_SCANNER, path.join(blocked.project.cwd, 'bun-scanner.mjs'));
    expectBlocked(blocked, await blocked.manager('bun', INSTALL));
    await blocked.project.write('verify-deps.json', { version: 1, extends: 'recommended' });
    const { code, text } = await blocked.manager('bun', INSTALL);
    expect(code, text).toBe(0);
  });

  test.each(['.env', '.env.local'])('takes no trust root from %s', async (file) => {
    const sound = await lab('sound');
    await sound.project.write(file, 'VERIFY_DEPS_REGISTRY_KEYS=/nowhere/keys.json\n');
    await addBunScanner(sound);
    expectStopped(sound, await sound.manager('bun', INSTALL), `${file} may not set VERIFY_DEPS_`);
  });

  test('stops a lockfile that only bun can read', async () => {
    const sound = await lab('sound');
    await mkdir(sound.project.cwd, { recursive: true });
    await writeFile(path.join(sound.project.cwd, 'bun.lockb'), 'x');
    await addBunScanner(sound);
    expectStopped(sound, await sound.manager('bun', INSTALL), /bun\.lockb/);
  });
});
