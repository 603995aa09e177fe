import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import {
  addYarnPlugin,
  expectBlocked,
  expectSound,
  expectStopped,
  removeModules,
  tarballs,
  warmUp,
} from './support/yarn-bun.ts';

const labs: Lab[] = [];
afterAll(async () => {
  for (const lab of labs) await lab.close();
});

async function lab(kind: TreeKind): Promise<Lab> {
  const made = await makeLab(kind);
  labs.push(made);
  return made;
}

describe.skipIf(manager('yarn-4') === undefined)('the plugin for yarn 4', () => {
  test('stops a fresh installation before anything is linked, and what is added', async () => {
    const blocked = await lab('blocked');
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', ['install']));
    // Nothing of it stays behind in yarn's cache either: yarn never unpacked it.
    expectBlocked(blocked, await blocked.manager('yarn-4', ['add', 'extra']));
  });

  test('stops an installation out of a warm cache, with a lockfile that allows nothing else', async () => {
    const blocked = await lab('blocked');
    await warmUp(blocked, 'yarn-4');
    await addYarnPlugin(blocked);
    expectBlocked(blocked, await blocked.manager('yarn-4', ['install', '--immutable']));
  });

  test('lets a sound tree through, fresh and locked, and asks for no tarball twice', async () => {
    const sound = await lab('sound');
    await addYarnPlugin(sound);
    expectSound(sound, await sound.manager('yarn-4', ['install']));
    const loaded = tarballs(sound);
    expect(loaded).toBe(3);
    await removeModules(sound);
    expectSound(sound, await sound.manager('yarn-4', ['install', '--immutable']));
    expect(tarballs(sound)).toBe(loaded);
  });

  test('installs nothing where nothing can be decided', async () => {
    const sound = await lab('sound');
    await addYarnPlugin(sound);
    const ended = await sound.manager('yarn-4', ['install'], { VERIFY_DEPS_TUF_ROOT: '/nowhere/root.json' });
    expectStopped(
      sound,
      ended,
      /verify-deps could not decide, so nothing is installed: .*\/nowhere\/root\.json/,
    );
    expect(ended.text).not.toMatch(/^\s+at /m);
  });
});
