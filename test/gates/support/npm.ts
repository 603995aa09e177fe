/** Around `verify-deps ci`, `install` and `hook`: npm as it is found, and what an installation has left on the disk. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Ended, Lab } from './lab.ts';
import { type ManagerId, manager } from './managers.ts';

export type NpmId = Extract<ManagerId, `npm-${string}`>;

/** This tool in the project, with npm as npm itself names it to what it starts. */
export function gated(
  lab: Lab,
  id: NpmId,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return lab.verifyDeps(args, id, { npm_execpath: manager(id)!.command.at(-1)!, ...env });
}

/** Every file, folder and link below a folder with its mode and the digest of its content. */
export function everything(root: string): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  const visit = (folder: string): void => {
    for (const name of readdirSync(path.join(root, folder)).sort()) {
      const file = path.join(folder, name);
      const at = path.join(root, file);
      const info = lstatSync(at);
      const mode = (info.mode & 0o7777).toString(8);
      if (info.isSymbolicLink()) found[file] = `link to ${readlinkSync(at)}`;
      else if (info.isDirectory()) {
        found[`${file}${path.sep}`] = mode;
        visit(file);
      } else found[file] = `${mode} ${createHash('sha256').update(readFileSync(at)).digest('hex')}`;
    }
  };
  visit('');
  return found;
}

export function readProject(lab: Lab, file: string): string {
  return readFileSync(path.join(lab.project.cwd, file), 'utf8');
}

/** It ended with code 1, said what is wrong with `mallory`, and nothing of it is there or ran. */
export function expectStopped(lab: Lab, { code, text }: Ended): void {
  expect(code, text).toBe(1);
  expect(text).toMatch(/mallory@1\.2\.0: .*provenance-absent, require\.provenance \(verify-deps\.json:/);
  expect(text).toContain('an exemption in the policy');
  expect(
    lab.events().filter((line) => line.includes('mallory')),
    text,
  ).toEqual([]);
  expect(lab.isInstalled('mallory')).toBe(false);
}
