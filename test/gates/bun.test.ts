import { afterAll, describe, expect, test } from 'vitest';
import { type Lab, makeLab, type TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';
import {
  addBunScanner,
  expectBlocked,
  expectSound,
  expectStopped,
  removeModules,
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

describe.skipIf(manager('bun') === undefined)('the security scanner for bun', () => {
  test('stops a fresh installation, and what is added', async () => {
    const blocked = await lab('blocked');
    await addBunScanner(blocked);
    expectBlocked(blocked, await blocked.manager('bun', ['install']));
    expectBlocked(blocked, await blocked.manager('bun', ['add', 'extra']));
  });

  test('stops a locked installation out of a warm cache', async () => {
    const blocked = await lab('blocked');
    await warmUp(blocked, 'bun');
    await addBunScanner(blocked);
    expectBlocked(blocked, await blocked.manager('bun', ['install', '--frozen-lockfile']));
  });

  test('lets a sound tree through, fresh and locked', async () => {
    const sound = await lab('sound');
    await addBunScanner(sound);
    expectSound(sound, await sound.manager('bun', ['install']));
    await removeModules(sound);
    expectSound(sound, await sound.manager('bun', ['install', '--frozen-lockfile']));
  });

  test('installs nothing where nothing can be decided', async () => {
    const sound = await lab('sound');
    await addBunScanner(sound);
    const ended = await sound.manager('bun', ['install'], { VERIFY_DEPS_TUF_ROOT: '/nowhere/root.json' });
    expectStopped(
      sound,
      ended,
      /verify-deps could not decide, so nothing is installed: .*\/nowhere\/root\.json/,
    );
    expect(ended.text).not.toMatch(/^\s+at /m);
  });
});
