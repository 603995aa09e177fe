/** Attempts to get past `verify-deps ci` and `verify-deps install`. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, type LabOptions, makeLab, POLICY, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import { everything, expectStopped, gated, type NpmId, readProject } from './support/npm.ts';

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

type Entry = Record<string, unknown>;

async function editLockfile(at: Lab, edit: (packages: Record<string, Entry>) => void): Promise<void> {
  const lockfile = JSON.parse(readProject(at, 'package-lock.json')) as { packages: Record<string, Entry> };
  edit(lockfile.packages);
  await at.project.write('package-lock.json', lockfile);
}

/** A sound project, locked, with nothing installed yet. */
async function locked(id: NpmId, dependencies: Readonly<Record<string, string>>): Promise<Lab> {
  const at = await lab('blocked', { dependencies });
  const { code, text } = await at.manager(id, ['install', '--package-lock-only', '--ignore-scripts']);
  expect(code, text).toBe(0);
  return at;
}

/** It ended with a code of its own, and neither wrote into the project nor ran anything. */
async function expectNothing(at: Lab, id: NpmId, args: readonly string[], words: RegExp): Promise<void> {
  const before = everything(at.project.cwd);
  const { code, text } = await gated(at, id, args);
  expect(code, text).not.toBe(0);
  expect(text).toMatch(words);
  expect(at.events(), text).toEqual([]);
  expect(everything(at.project.cwd), text).toEqual(before);
}

describe.each<NpmId>(['npm-10', 'npm-11', 'npm-12'])('past verify-deps with %s', (id) => {
  const here = test.skipIf(manager(id) === undefined);

  here('a warm cache does not get past it, with or without the network', async () => {
    const at = await lab('blocked');
    const plain = await at.manager(id, ['install', '--ignore-scripts']);
    expect(plain.code, plain.text).toBe(0);
    await rm(path.join(at.project.cwd, 'node_modules'), { recursive: true });
    for (const args of [['ci'], ['ci', '--prefer-offline'], ['install', '--ignore-scripts']])
      expectStopped(at, await gated(at, id, args));
  });

  here('a tampered cache entry is not what is installed', async () => {
    const at = await lab('blocked', { dependencies: { deep: '1.2.0' } });
    expect((await gated(at, id, ['install', '--ignore-scripts'])).code).toBe(0);
    const installed = path.join(at.project.cwd, 'node_modules', 'deep', 'log.cjs');
    const genuine = readFileSync(installed, 'utf8');
    const cache = path.join(at.env.npm_config_cache!, '_cacache', 'content-v2', 'sha512');
    let edited = 0;
    for (const name of readdirSync(cache, { recursive: true }) as string[]) {
      const file = path.join(cache, name);
      if (!statSync(file).isFile()) continue;
      const bytes = readFileSync(file);
      // As long as before, so that nothing but the digest can tell.
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
      edited++;
    }
    expect(edited).toBeGreaterThan(0);
    const { code, text } = await gated(at, id, ['ci', '--ignore-scripts']);
    expect(code, text).toBe(0);
    expect(readFileSync(installed, 'utf8')).toBe(genuine);
  });

  here(
    'an entry without integrity, with a weak one, or with that of another package is stopped',
    async () => {
      const at = await locked(id, { app: '1.2.0' });
      const genuine = readProject(at, 'package-lock.json');
      await editLockfile(at, (packages) => {
        delete packages['node_modules/deep']!.integrity;
      });
      await expectNothing(at, id, ['ci'], /deep@1\.2\.0: .*integrity-missing/);
      await at.project.write('package-lock.json', genuine);
      await editLockfile(at, (packages) => {
        packages['node_modules/deep']!.integrity = `sha1-${createHash('sha1').update('x').digest('base64')}`;
      });
      await expectNothing(at, id, ['ci'], /deep@1\.2\.0: .*integrity-mismatch/);
      await at.project.write('package-lock.json', genuine);
      await editLockfile(at, (packages) => {
        const { integrity, resolved } = packages['node_modules/app']!;
        Object.assign(packages['node_modules/deep']!, { integrity, resolved });
      });
      await expectNothing(at, id, ['ci'], /deep@1\.2\.0: .*(?:integrity|resolved)-mismatch/);
      await expectNothing(at, id, ['install'], /deep@1\.2\.0: .*(?:integrity|resolved)-mismatch/);
    },
  );

  here('a URL on another host is stopped', async () => {
    const at = await locked(id, { app: '1.2.0' });
    await editLockfile(at, (packages) => {
      const resolved = 'http://elsewhere.example/deep/-/deep-1.2.0.tgz';
      const integrity = `sha512-${createHash('sha512').update('other').digest('base64')}`;
      Object.assign(packages['node_modules/deep']!, { resolved, integrity });
    });
    await expectNothing(at, id, ['ci'], /deep@1\.2\.0: .*integrity-mismatch/);
  });

  here('an entry that passes for bundled is not fetched', async () => {
    const at = await locked(id, { app: '1.2.0' });
    await editLockfile(at, (packages) => {
      const app = packages['node_modules/app']!;
      app.dependencies = { deep: '^1.0.0', mallory: '^1.0.0' };
      app.bundleDependencies = ['mallory'];
      packages['node_modules/app/node_modules/mallory'] = { version: '1.2.0', inBundle: true };
    });
    await gated(at, id, ['ci']);
    expect(at.events().filter((line) => line.includes('mallory'))).toEqual([]);
    expect(at.isInstalled('app/node_modules/mallory')).toBe(false);
  });

  here(
    'a shrinkwrap inside a package, which npm 11 reads after it has unpacked it, brings nothing in',
    async () => {
      const own = { name: 'wrap', version: '1.2.0', dependencies: { mallory: '^1.2.0' } };
      const shrinkwrap = {
        ...own,
        lockfileVersion: 3,
        packages: { '': own, 'node_modules/mallory': { version: '1.2.0', hasInstallScript: true } },
      };
      const files = {
        'package.json': JSON.stringify(own),
        'npm-shrinkwrap.json': JSON.stringify(shrinkwrap),
      };
      const wrap = { name: 'wrap', version: '1.2.0', days: 60, attested: 'v0.3', files } as const;
      const at = await lab('blocked', { dependencies: { deep: '1.2.0' } }, { packages: [wrap] });
      const { packages: rig } = at.served.rig.project['package-lock.json'];
      // What the lockfile says of the package is what its tarball says: that it is told apart is another check.
      await at.project.write('verify-deps.json', {
        ...POLICY,
        require: { ...POLICY.require, manifest: 'off' },
      });
      const lock = await at.manager(id, ['install', '--package-lock-only', '--ignore-scripts']);
      expect(lock.code, lock.text).toBe(0);
      const dependencies = { deep: '1.2.0', wrap: '1.2.0' };
      await at.project.write('package.json', {
        ...JSON.parse(readProject(at, 'package.json')),
        dependencies,
      });
      await editLockfile(at, (packages) => {
        packages['']!.dependencies = dependencies;
        packages['node_modules/wrap'] = {
          version: '1.2.0',
          resolved: `${at.url}wrap/-/wrap-1.2.0.tgz`,
          integrity: rig['node_modules/wrap']!.integrity,
          hasShrinkwrap: true,
          dependencies: own.dependencies,
        };
      });
      const { code, text } = await gated(at, id, ['ci']);
      expect(code, text).not.toBe(0);
      expect(text).toContain('mallory@1.2.0: ');
      expect(at.events().filter((line) => line.includes('mallory'))).toEqual([]);
      expect(at.isInstalled('wrap/node_modules/mallory')).toBe(false);
    },
  );

  here('no evidence, no trust root, no policy that can be read: nothing is installed', async () => {
    const at = await locked(id, { app: '1.2.0' });
    const before = everything(at.project.cwd);
    const expectUntouched = (code: number | null, wanted: number, text: string): void => {
      expect(code, text).toBe(wanted);
      expect(everything(at.project.cwd), text).toEqual(before);
      expect(at.events()).toEqual([]);
    };
    const root = await gated(at, id, ['ci'], { VERIFY_DEPS_TUF_MIRROR: 'http://127.0.0.1:9/tuf' });
    expectUntouched(root.code, 3, root.text);
    const file = await gated(at, id, ['ci'], { VERIFY_DEPS_TUF_ROOT: '/no/such/root.json' });
    expectUntouched(file.code, 2, file.text);
    const policy = await at.verifyDeps(['--policy', 'no.yaml', 'ci'], id, {
      npm_execpath: manager(id)!.command.at(-1)!,
    });
    expectUntouched(policy.code, 2, policy.text);
    const registry = await at.verifyDeps(['--registry', 'http://127.0.0.1:9/', 'ci'], id, {
      npm_execpath: manager(id)!.command.at(-1)!,
    });
    expectUntouched(registry.code, 3, registry.text);
    expect(registry.text).toContain('nothing was installed');
  });

  here('a lockfile that changes while npm runs is not what is installed', async () => {
    const at = await lab('blocked', {
      dependencies: { deep: '1.2.0' },
      // npm 12 runs it between its plan and the installation.
      scripts: { preinstall: 'node change.cjs' },
    });
    await at.project.write(
      'change.cjs',
      `const fs = require('node:fs');
       const text = fs.readFileSync('package-lock.json', 'utf8');
       fs.writeFileSync('package-lock.json', text.replaceAll('deep', 'mallory'));`,
    );
    const lock = await at.manager(id, ['install', '--package-lock-only', '--ignore-scripts']);
    expect(lock.code, lock.text).toBe(0);
    await gated(at, id, ['ci']);
    expect(readProject(at, 'package-lock.json')).toContain('mallory');
    expect(at.isInstalled('mallory')).toBe(false);
    expect(at.events().filter((line) => line.startsWith('mallory'))).toEqual([]);
    expect(at.events()).toContain('deep:postinstall');
  });

  here('neither settings of npm nor of node turn it off', async () => {
    const at = await lab('blocked');
    const before = everything(at.project.cwd);
    for (const env of [
      { NODE_OPTIONS: '--no-warnings' },
      { npm_config_ignore_scripts: 'true' },
      { npm_config_force: 'true' },
      { VERIFY_DEPS_ACTIVE: '1' },
    ] as Record<string, string>[]) {
      expectStopped(at, await gated(at, id, ['install'], env));
      expect(everything(at.project.cwd)).toEqual(before);
    }
  });
});
