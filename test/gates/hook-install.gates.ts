import { existsSync } from 'node:fs';
import { appendFile, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  expectBlocked,
  expectInstalled,
  expectStopped,
  type SetUpStand,
  setUpCases,
  standFor,
} from './support/hook-install.ts';
import type { TreeKind } from './support/lab.ts';
import { manager } from './support/managers.ts';

const stands: SetUpStand[] = [];
afterAll(async () => {
  for (const { lab } of stands) await lab.close();
});

async function stand(item: (typeof setUpCases)[number], kind: TreeKind): Promise<SetUpStand> {
  const made = await standFor(item, kind);
  stands.push(made);
  return made;
}

const installed = setUpCases.filter(({ id }) => manager(id) !== undefined);

describe.each(installed)('$id', (item) => {
  test('what hook install writes stops a blocked package', async () => {
    await expectStopped(item, await stand(item, 'blocked'));
  });

  test('a sound tree is installed, and so is it on a fresh clone', async () => {
    await expectInstalled(item, await stand(item, 'sound'));
  });
});

/** Of a project with a pnpmfile of its own, the lines that are printed are written by hand. */
test.each(installed.filter(({ program }) => program === 'pnpm'))(
  '$id: the lines for a project with a pnpmfile of its own',
  async (item) => {
    const made = await stand(item, 'blocked');
    const { lab, env } = made;
    // Not to the console, which pnpm 12 does not pass on.
    const log = "require('node:fs').writeFileSync(__dirname + '/own.log', '')";
    await lab.project.write('.pnpmfile.cjs', `${log}; module.exports = { hooks: {} };\n`);
    const { text } = await lab.verifyDeps(['hook', 'install'], item.id, env);
    expect(text).toContain('there is a pnpmfile already, which is left as it is');
    const lines = /^ {2}(pnpmfile:\n(?: {4}- .*\n)+)/m.exec(text)![1]!.replace(/^ {4}/gm, '  ');
    await appendFile(path.join(lab.project.cwd, 'pnpm-workspace.yaml'), lines);
    await expectBlocked(item, made);
    expect(existsSync(path.join(lab.project.cwd, 'own.log'))).toBe(true);
  },
);

test.each(installed.filter(({ program }) => program === 'pnpm'))(
  '$id: a frozen installation stops where the plugin has been taken away',
  async (item) => {
    const made = await stand(item, 'sound');
    const { lab, env } = made;
    await lab.verifyDeps(['hook', 'install'], item.id, env);
    // pnpm 12 would lock itself as well, and the lab's registry has none.
    const manifest = path.join(lab.project.cwd, 'package.json');
    const { packageManager: _named, ...rest } = JSON.parse(await readFile(manifest, 'utf8'));
    await lab.project.write('package.json', rest);
    expect((await lab.manager(item.id, item.install, env)).code).toBe(0);
    const frozen = ['install', '--frozen-lockfile'];
    const kept = await lab.manager(item.id, frozen, env);
    expect(kept.code, kept.text).toBe(0);
    await rm(path.join(lab.project.cwd, '.pnpmfile.cjs'));
    await rm(path.join(lab.project.cwd, 'node_modules'), { recursive: true });
    const { code, text } = await lab.manager(item.id, frozen, env);
    expect(code, text).not.toBe(0);
    expect(text).toContain('ERR_PNPM_LOCKFILE_CONFIG_MISMATCH');
    expect(lab.isInstalled('mallory')).toBe(false);
  },
);

test.skipIf(manager('npm-11') === undefined)('npm 11: no hook is claimed, and none is written', async () => {
  const item = { id: 'npm-11', named: 'npm@11.19.1', program: 'npm', install: ['install'] } as const;
  const { lab, env } = await stand(item, 'blocked');
  const { code, text } = await lab.verifyDeps(['hook', 'install'], item.id, env);
  expect(code).toBe(0);
  expect(text).toMatch(/→ npm 11\.\d+\.\d+ runs preinstall of the project after the code of the packages/);
  expect(text).toContain('verify-deps ci instead of npm ci');
  expect(text).toContain('everything is in place: nothing was changed');
});
