/** What goes with an installation by npm: parts of the tree, workspaces, overrides, registries, and what npm is asked to leave. */
import { existsSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, type LabOptions, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import { everything, expectStopped, gated, type NpmId, readProject } from './support/npm.ts';

const CLI = path.join(import.meta.dirname, '..', '..', 'bin', 'verify-deps.js');

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

/** A project with two workspaces: `a` needs what is sound, `b` needs `mallory`. */
async function workspaces(): Promise<Lab> {
  const at = await lab('blocked', { workspaces: ['packages/*'], dependencies: { extra: '1.2.0' } });
  await at.project.write('packages/a/package.json', {
    name: 'a',
    version: '1.0.0',
    dependencies: { app: '^1.0.0', b: '1.0.0' },
  });
  await at.project.write('packages/b/package.json', { name: 'b', version: '1.0.0' });
  await at.project.write('packages/c/package.json', {
    name: 'c',
    version: '1.0.0',
    dependencies: { mallory: '^1.0.0' },
  });
  return at;
}

describe.each<NpmId>(['npm-10', 'npm-11', 'npm-12'])('verify-deps with %s', (id) => {
  const here = test.skipIf(manager(id) === undefined);

  here('judges what npm installs of the workspaces', async () => {
    const at = await workspaces();
    expectStopped(at, await gated(at, id, ['install']));
    const part = await gated(at, id, ['install', '--workspace', 'a']);
    expect(part.code, part.text).toBe(0);
    expect(at.isInstalled('app')).toBe(true);
    expect(at.isInstalled('extra')).toBe(false);
    expectStopped(at, await gated(at, id, ['ci', '-w', 'c']));
    const withRoot = await gated(at, id, ['ci', '-w', 'a', '--include-workspace-root']);
    expect(withRoot.code, withRoot.text).toBe(0);
    expect(at.isInstalled('extra')).toBe(true);
    const root = await gated(at, id, ['ci', '--no-workspaces']);
    expect(root.code, root.text).toBe(0);
    expect(at.isInstalled('extra')).toBe(true);
    expect(at.isInstalled('app')).toBe(false);
    expectStopped(at, await gated(at, id, ['ci']));
    expectStopped(at, await gated(at, id, ['install', 'mallory', '-w', 'b']));
    expect(readProject(at, 'packages/b/package.json')).not.toContain('mallory');
  });

  here('judges what npm does not omit', async () => {
    const at = await lab('blocked', {
      dependencies: { app: '^1.0.0' },
      devDependencies: { mallory: '^1.0.0' },
    });
    for (const more of [{ args: ['--omit=dev'] }, { args: [], env: { NODE_ENV: 'production' } }]) {
      const { code, text } = await gated(at, id, ['install', ...more.args], more.env);
      expect(code, text).toBe(0);
      expect(at.isInstalled('app')).toBe(true);
      expect(at.isInstalled('mallory')).toBe(false);
    }
    expectStopped(at, await gated(at, id, ['ci', '--include=dev'], { NODE_ENV: 'production' }));
    await at.project.write('.npmrc', `${readProject(at, '.npmrc')}omit=dev\n`);
    expect((await gated(at, id, ['ci'])).code).toBe(0);
  });

  here('judges what overrides put in place', async () => {
    const at = await lab('sound', { dependencies: { app: '^1.0.0' }, overrides: { deep: '1.1.0' } });
    const { code, text } = await gated(at, id, ['install']);
    expect(code, text).toBe(1);
    expect(text).toContain('deep@1.1.0: ');
    expect(at.events()).toEqual([]);
    await at.project.write('package.json', {
      ...JSON.parse(readProject(at, 'package.json')),
      overrides: { deep: 'npm:extra@1.2.0' },
    });
    const alias = await gated(at, id, ['install']);
    expect(alias.code, alias.text).toBe(0);
    expect(at.events()).toContain('extra:postinstall');
  });

  here('asks the registry of a scope, with its token', async () => {
    const at = await lab('blocked', { dependencies: { '@acme/tool': '^1.0.0' } }, { scope: true });
    const { code, text } = await gated(at, id, ['install']);
    expect(code, text).toBe(0);
    expect(at.isInstalled('@acme/tool')).toBe(true);
    const stopped = await gated(at, id, ['install', '@acme/mallory']);
    expect(stopped.code, stopped.text).toBe(1);
    expect(stopped.text).toContain('@acme/mallory@1.2.0: ');
    expect(stopped.text + text).not.toContain(at.scope!.token);
    expect(at.isInstalled('@acme/mallory')).toBe(false);
  });

  here('leaves to npm what is npm’s: dry runs, lockfiles, scripts, strategies', async () => {
    const at = await lab('sound');
    const before = everything(at.project.cwd);
    const dry = await gated(at, id, ['install', '--dry-run']);
    expect(dry.code, dry.text).toBe(0);
    expect(everything(at.project.cwd)).toEqual(before);
    const only = await gated(at, id, ['install', '--package-lock-only']);
    expect(only.code, only.text).toBe(0);
    expect(existsSync(path.join(at.project.cwd, 'node_modules'))).toBe(false);
    const quiet = await gated(at, id, ['ci', '--ignore-scripts']);
    expect(quiet.code, quiet.text).toBe(0);
    expect(at.events()).toEqual([]);
    expect(at.isInstalled('mallory')).toBe(true);
    for (const strategy of ['nested', 'shallow', 'linked']) {
      const { code, text } = await gated(at, id, ['ci', '--install-strategy', strategy]);
      expect(code, `${strategy}: ${text}`).toBe(0);
      expect(at.isInstalled('app'), strategy).toBe(true);
    }
    const without = await gated(at, id, ['install', '--no-package-lock', 'extra', '--no-save']);
    expect(without.code, without.text).toBe(0);
    expect(at.isInstalled('extra')).toBe(true);
    const failed = await gated(at, id, ['install', 'no-such-package']);
    expect(failed.code, failed.text).toBe(1);
    expect(failed.text).toContain('E404');
    expect(failed.text).not.toContain('verify-deps:');
  });

  here('takes the tree of a lockfile of version 1, and a project behind a link', async () => {
    const at = await lab('blocked');
    const old = await at.manager(id, ['install', '--package-lock-only', '--lockfile-version', '1']);
    expect(old.code, old.text).toBe(0);
    expectStopped(at, await gated(at, id, ['ci']));
    const link = path.join(at.project.dir, 'link');
    await symlink(at.project.cwd, link);
    expectStopped(at, await gated(at, id, ['install', '--prefix', link]));
    expectStopped(at, await gated(at, id, ['ci', '--prefix', link]));
    await at.project.write('package.json', { name: 'x', version: '1.0.0', dependencies: { app: '1.2.0' } });
    await rm(path.join(at.project.cwd, 'package-lock.json'));
    const sound = await gated(at, id, ['install', '--prefix', link]);
    expect(sound.code, sound.text).toBe(0);
    expect(at.isInstalled('app')).toBe(true);
  });

  here('refuses with one line what it cannot gate', async () => {
    const at = await lab('sound');
    const everywhere = await gated(at, id, ['install', '--global', 'app'], {
      npm_config_prefix: path.join(at.project.dir, 'global'),
    });
    expect(everywhere.code, everywhere.text).toBe(2);
    expect(everywhere.text).toContain('verify-deps: a global install belongs to no project');
    expect(existsSync(path.join(at.project.dir, 'global'))).toBe(false);
    const unlocked = await gated(at, id, ['ci']);
    expect(unlocked.code, unlocked.text).toBe(2);
    expect(unlocked.text).toContain(`verify-deps: no lockfile in ${at.project.cwd} that npm can read`);

    // npm in a form that nobody here knows.
    const odd = path.join(at.project.dir, 'odd');
    await mkdir(path.join(odd, 'bin'), { recursive: true });
    await writeFile(path.join(odd, 'package.json'), '{ "name": "npm", "version": "11.0.0" }');
    await writeFile(
      path.join(odd, 'bin', 'npm-cli.js'),
      "require('node:fs').appendFileSync(process.env.LAB_EVENTS, 'npm ran\\n');",
    );
    const other = await gated(at, id, ['install'], { npm_execpath: path.join(odd, 'bin', 'npm-cli.js') });
    expect(other.code, other.text).toBe(2);
    expect(other.text).toContain('nothing was installed');
    await writeFile(path.join(odd, 'package.json'), '{ "name": "npm", "version": "9.9.4" }');
    const old = await gated(at, id, ['install'], { npm_execpath: path.join(odd, 'bin', 'npm-cli.js') });
    expect(old.code, old.text).toBe(2);
    expect(old.text).toContain('npm 9.9.4 is older than npm 10');
    expect(at.events()).toEqual([]);
  });

  here(
    'finds the npm that a person gets, behind a wrapper as well, and none out of node_modules',
    async () => {
      const at = await lab('sound', { dependencies: { deep: '1.2.0' } });
      const [node, script] = manager(id)!.command;
      const bin = path.join(at.project.dir, 'bin');
      const planted = path.join(at.project.cwd, 'node_modules', '.bin');
      const program = async (folder: string, text: string): Promise<void> => {
        await mkdir(folder, { recursive: true });
        await writeFile(path.join(folder, 'npm'), `#!/bin/sh\n${text}\n`);
        await chmod(path.join(folder, 'npm'), 0o755);
      };
      await program(bin, `exec '${node}' '${script}' "$@"`);
      await program(planted, 'echo planted >> "$LAB_EVENTS"');
      const PATH = [planted, bin, path.dirname(node), process.env.PATH].join(path.delimiter);
      const { code, text } = await at.exec([node, CLI, 'install'], { PATH });
      expect(code, text).toBe(0);
      expect(at.events()).toContain('deep:postinstall');
      expect(at.events()).not.toContain('planted');
    },
  );
});
