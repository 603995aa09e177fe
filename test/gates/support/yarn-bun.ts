/** Puts the gates for yarn 4 and bun into the project of a lab. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import type { Ended, Lab } from './lab.ts';

const plugins = path.join(import.meta.dirname, '..', '..', '..', 'build', 'plugins');
export const YARN_PLUGIN: string = path.join(plugins, 'yarn-plugin.cjs');
export const BUN_SCANNER: string = path.join(plugins, 'bun-scanner.mjs');

/** @param more  lines of .yarnrc.yml; each wins over the lab's line of the same key */
export async function addYarnPlugin(lab: Lab, more: readonly string[] = []): Promise<void> {
  await yarnSettings(lab, [...more, 'plugins:', `  - path: '${YARN_PLUGIN}'`, "    spec: 'verify-deps'"]);
}

export async function yarnSettings(lab: Lab, more: readonly string[]): Promise<void> {
  const written = await readFile(path.join(lab.project.cwd, '.yarnrc.yml'), 'utf8');
  const keys = more.map((line) => /^\w+:/.exec(line)?.[0]).filter((key) => key !== undefined);
  const kept = written.split('\n').filter((line) => !keys.some((key) => line.startsWith(key)) && line !== '');
  await lab.project.write('.yarnrc.yml', [...kept, ...more, ''].join('\n'));
}

export async function addBunScanner(lab: Lab): Promise<void> {
  await lab.project.write('bunfig.toml', `[install.security]\nscanner = "${BUN_SCANNER}"\n`);
}

/** An installation without the gate and without scripts: what it leaves is a lockfile and a warm cache. */
export async function warmUp(lab: Lab, id: 'yarn-4' | 'bun'): Promise<void> {
  const args = id === 'bun' ? ['install', '--ignore-scripts'] : ['install', '--mode=skip-build'];
  const { code, text } = await lab.manager(id, args);
  expect(code, text).toBe(0);
  expect(lab.events()).toEqual([]);
  await removeModules(lab);
}

export async function removeModules(lab: Lab): Promise<void> {
  await rm(path.join(lab.project.cwd, 'node_modules'), { recursive: true, force: true });
  await rm(path.join(lab.project.cwd, '.yarn', 'install-state.gz'), { force: true });
  await rm(path.join(lab.project.cwd, '.yarn', 'build-state.yml'), { force: true });
}

/** Requests for tarballs so far. */
export function tarballs(lab: Lab): number {
  return lab.served.server.stats().byClass.tarball?.requests ?? 0;
}

/** Nothing ran, the package is not there, and the user knows why and what may be done. */
export function expectBlocked(lab: Lab, { code, text }: Ended, name = 'mallory'): void {
  expect(code, text).not.toBe(0);
  expect(lab.events(), text).toEqual([]);
  expect(lab.isInstalled(name)).toBe(false);
  expect(text).toContain(`verify-deps blocked ${name}@1.2.0`);
  expect(text).toContain('provenance-absent, require.provenance (verify-deps.json:');
  expect(text).toContain('an exemption in the policy (reason, owner, expiry)');
}

/** Nothing ran and nothing is there; `why` is in the words of this tool. */
export function expectStopped(lab: Lab, { code, text }: Ended, why: string | RegExp): void {
  expect(code, text).not.toBe(0);
  expect(lab.events(), text).toEqual([]);
  for (const name of ['app', 'deep', 'mallory']) expect(lab.isInstalled(name)).toBe(false);
  expect(text).toMatch(why);
}

export function expectSound(lab: Lab, { code, text }: Ended): void {
  expect(code, text).toBe(0);
  expect(lab.events(), text).toContain('mallory:postinstall');
  expect(lab.isInstalled('mallory')).toBe(true);
}
