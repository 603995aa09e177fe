import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import { everything, expectStopped, gated, type NpmId, readProject } from './support/npm.ts';

const CLI = path.join(import.meta.dirname, '..', '..', 'bin', 'verify-deps.js');

const labs: Lab[] = [];
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

async function lab(kind: TreeKind, manifest?: Readonly<Record<string, unknown>>): Promise<Lab> {
  const made = await makeLab(kind, manifest);
  labs.push(made);
  return made;
}

describe.each<NpmId>(['npm-11', 'npm-12'])('verify-deps with %s', (id) => {
  const here = test.skipIf(manager(id) === undefined);

  here('installs a sound tree and records it; ci puts the same in place', async () => {
    const at = await lab('sound');
    const first = await gated(at, id, ['install']);
    expect(first.code, first.text).toBe(0);
    expect(first.text).toContain('verify-deps: 3 packages verified; 3 with provenance; ');
    expect(at.events()).toContain('mallory:postinstall');
    expect(readProject(at, 'verify-deps.lock.json')).toContain('mallory');
    const before = everything(at.project.cwd);
    const again = await gated(at, id, ['ci']);
    expect(again.code, again.text).toBe(0);
    expect(everything(at.project.cwd)).toEqual(before);
  });

  here('stops a package before anything is written: new, added, locked', async () => {
    const at = await lab('blocked', { optionalDependencies: { mallory: '^1.0.0' } });
    const untouched = everything(at.project.cwd);
    // npm would do without an optional package, and end with code 0.
    expectStopped(at, await gated(at, id, ['install']));
    expect(everything(at.project.cwd)).toEqual(untouched);

    await at.project.write('package.json', {
      name: 'lab',
      version: '1.0.0',
      dependencies: { deep: '1.2.0' },
    });
    const sound = await gated(at, id, ['install']);
    expect(sound.code, sound.text).toBe(0);
    const before = everything(at.project.cwd);
    const events = at.events();
    const added = await gated(at, id, ['install', 'mallory', 'extra']);
    expectStopped(at, added);
    expect(added.text).toContain('verify-deps: 1 of 3 packages blocked; nothing was installed');
    expect(everything(at.project.cwd)).toEqual(before);

    await at.project.write('package.json', {
      name: 'lab',
      version: '1.0.0',
      dependencies: { deep: '1.2.0', mallory: '1.2.0' },
    });
    const locked = await at.manager(id, ['install', '--package-lock-only']);
    expect(locked.code, locked.text).toBe(0);
    const lockedBefore = everything(at.project.cwd);
    expectStopped(at, await gated(at, id, ['ci']));
    expect(everything(at.project.cwd)).toEqual(lockedBefore);
    expect(at.events()).toEqual(events);
  });
});

describe('verify-deps hook', () => {
  const manifest = {
    scripts: { preinstall: `node ${CLI} hook` },
    dependencies: { app: '^1.0.0', mallory: '^1.0.0' },
  };

  test.skipIf(manager('npm-12') === undefined)(
    'lets npm 12 install what passes, and nothing else',
    async () => {
      const at = await lab('blocked', manifest);
      const none = await at.manager('npm-12', ['install']);
      expect(none.code, none.text).not.toBe(0);
      expect(none.text).toContain('no package-lock.json in ');
      expect(none.text).toContain('use verify-deps install');
      const locked = await at.manager('npm-12', ['install', '--package-lock-only']);
      expect(locked.code, locked.text).toBe(0);
      for (const command of ['install', 'ci']) {
        expectStopped(at, await at.manager('npm-12', [command]));
        expect(at.events()).toEqual([]);
      }
      await at.project.write('package.json', {
        ...JSON.parse(readProject(at, 'package.json')),
        dependencies: { app: '^1.0.0' },
      });
      await at.manager('npm-12', ['install', '--package-lock-only']);
      const sound = await at.manager('npm-12', ['ci']);
      expect(sound.code, sound.text).toBe(0);
      expect(at.isInstalled('app')).toBe(true);
    },
  );

  test.skipIf(manager('npm-11') === undefined)('refuses npm 11, which runs it too late', async () => {
    const at = await lab('sound', manifest);
    const { code, text } = await at.manager('npm-11', ['install']);
    expect(code, text).toBe(2);
    expect(text).toContain('no script can gate npm 11.');
    expect(text).toContain('use verify-deps ci in place of npm ci');
  });
});
