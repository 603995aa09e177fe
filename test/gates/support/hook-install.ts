/** `verify-deps hook install` in a lab, and then the real package manager. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { type Lab, makeLab, type TreeKind } from './lab.ts';
import { type ManagerId, manager } from './managers.ts';

const BIN = fileURLToPath(new URL('../../../bin/verify-deps.js', import.meta.url));

export interface SetUpCase {
  readonly id: ManagerId;
  /** For package.json. */
  readonly named: string;
  readonly program: string;
  readonly install: readonly string[];
}

const pnpm = { program: 'pnpm', install: ['install', '--no-frozen-lockfile'] };

export const setUpCases: readonly SetUpCase[] = [
  { id: 'npm-12', named: 'npm@12.2.0', program: 'npm', install: ['install'] },
  { id: 'pnpm-10', named: 'pnpm@10.34.9', ...pnpm },
  { id: 'pnpm-11', named: 'pnpm@11.28.11', ...pnpm },
  { id: 'pnpm-12', named: 'pnpm@12.21.0', ...pnpm },
  { id: 'yarn-4', named: 'yarn@4.18.1', program: 'yarn', install: ['install'] },
  { id: 'bun', named: 'bun@1.4.5', program: 'bun', install: ['install'] },
];

export interface SetUpStand {
  readonly lab: Lab;
  /** PATH on which the manager and this tool are found by their names. */
  readonly env: Readonly<Record<string, string>>;
}

export async function standFor({ id, named, program }: SetUpCase, kind: TreeKind): Promise<SetUpStand> {
  const lab = await makeLab(kind, {
    dependencies: { app: '^1.0.0', mallory: '^1.0.0' },
    packageManager: named,
  });
  const bin = path.join(lab.project.dir, 'bin');
  await mkdir(bin);
  const { command, nodeFolder } = manager(id)!;
  const shim = async (name: string, words: readonly string[]): Promise<void> => {
    const line = words.map((word) => `'${word}'`).join(' ');
    await writeFile(path.join(bin, name), `#!/bin/sh\nexec ${line} "$@"\n`, { mode: 0o755 });
  };
  await shim(program, command);
  await shim('verify-deps', [path.join(nodeFolder, 'node'), BIN]);
  return {
    lab,
    env: {
      PATH: [bin, nodeFolder, process.env.PATH].join(path.delimiter),
      // It would look itself up in the public registry, by the version that package.json names.
      pnpm_config_pm_on_fail: 'ignore',
    },
  };
}

/** npm 12 verifies the lockfile, so there has to be one. */
async function lockFirst({ id, program }: SetUpCase, { lab, env }: SetUpStand): Promise<void> {
  if (program !== 'npm') return;
  const { code, text } = await lab.manager(id, ['install', '--package-lock-only', '--ignore-scripts'], env);
  expect(code, text).toBe(0);
}

/** What is set up stops the blocked package, and says which, why and what to do. */
export async function expectStopped(item: SetUpCase, stand: SetUpStand): Promise<void> {
  const { lab, env } = stand;
  await lockFirst(item, stand);
  const setUp = await lab.verifyDeps(['hook', 'install'], item.id, env);
  expect(setUp.code, setUp.text).toBe(0);
  await expectBlocked(item, stand);
}

export async function expectBlocked({ id, install }: SetUpCase, { lab, env }: SetUpStand): Promise<void> {
  const { code, text } = await lab.manager(id, install, env);
  expect(code, text).not.toBe(0);
  expect(lab.events()).toEqual([]);
  expect(lab.isInstalled('mallory')).toBe(false);
  expect(text).toContain('mallory@1.2.0');
  // Some managers break lines, inside of words as well.
  const said = text.replace(/[\s│]+/g, '');
  expect(said).toContain('provenance-absent');
  expect(said).toContain('anexemptioninthepolicy');
}

/** A sound tree is installed, a second set-up changes nothing, and what was written is enough for a fresh clone. */
export async function expectInstalled(item: SetUpCase, stand: SetUpStand): Promise<void> {
  const { lab, env } = stand;
  await lockFirst(item, stand);
  const setUp = await lab.verifyDeps(['hook', 'install'], item.id, env);
  expect(setUp.code, setUp.text).toBe(0);
  for (const round of ['first', 'clone']) {
    const { code, text } = await lab.manager(item.id, item.install, env);
    expect(code, `${round}: ${text}`).toBe(0);
    expect(lab.isInstalled('mallory')).toBe(true);
    expect(lab.events()).toContain('mallory:postinstall');
    const again = await lab.verifyDeps(['hook', 'install'], item.id, env);
    expect(again.text).toContain('everything is in place: nothing was changed');
    await rm(path.join(lab.project.cwd, 'node_modules'), { recursive: true });
  }
}
