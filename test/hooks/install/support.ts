/** Projects in folders of their own, with programs on PATH that say a version and nothing else. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { type Installed, installGates } from '../../../src/hooks/install/install.ts';

export const PNPM_PLUGIN = 'exports.hooks = {};\n';

export interface Stand {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  write(file: string, text: string): Promise<void>;
  read(file: string): Promise<string>;
  /** Every file of the project with its text, without .git. */
  all(): Promise<Readonly<Record<string, string>>>;
  install(more?: {
    readonly dryRun?: boolean;
    readonly gitHook?: boolean;
    readonly folder?: string;
  }): Promise<Installed>;
}

const made: string[] = [];

function programAt(name: string): string {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`these tests need ${name}`);
  return found;
}

/** @param programs  what `NAME --version` says */
export async function projectWith(
  files: Readonly<Record<string, string>>,
  programs: Readonly<Record<string, string>> = {},
): Promise<Stand> {
  if (made.length === 0)
    afterAll(() => Promise.all(made.map((dir) => rm(dir, { recursive: true, force: true }))));
  const dir = await mkdtemp(path.join(tmpdir(), 'verify-deps-install-'));
  made.push(dir);
  const folder = path.join(dir, 'project');
  const bin = path.join(dir, 'bin');
  const plugins = path.join(dir, 'plugins');
  const put = async (file: string, text: string, mode = 0o644): Promise<void> => {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text, { mode });
  };
  for (const [name, text] of Object.entries(files)) await put(path.join(folder, name), text);
  for (const [name, version] of Object.entries(programs))
    await put(path.join(bin, name), `#!/bin/sh\necho '${version}'\n`, 0o755);
  await put(path.join(plugins, 'pnpmfile.cjs'), PNPM_PLUGIN);
  await put(path.join(plugins, 'yarn-plugin.cjs'), 'module.exports = {};\n');
  await put(path.join(plugins, 'bun-scanner.mjs'), 'export const scanner = {};\n');
  await mkdir(bin, { recursive: true });
  await symlink(programAt('git'), path.join(bin, 'git'));
  const env = { PATH: bin, HOME: dir };
  return {
    folder,
    env,
    write: (file, text) => put(path.join(folder, file), text),
    read: (file) => readFile(path.join(folder, file), 'utf8'),
    async all() {
      const entries = await readdir(folder, { recursive: true, withFileTypes: true });
      const found = entries
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
        .filter((file) => !file.includes(`${path.sep}.git${path.sep}`));
      const texts = await Promise.all(
        found.map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')] as const),
      );
      return Object.fromEntries(texts.sort());
    },
    install: (more) =>
      installGates({
        folder,
        env,
        plugins: (name) => readFile(path.join(plugins, name)),
        dryRun: false,
        gitHook: false,
        ...more,
      }),
  };
}

export function gitInit(folder: string): void {
  execFileSync('git', ['init', '-q', '-b', 'main', folder]);
}

export const manifest = (more: object = {}): string => `${JSON.stringify({ name: 'p', ...more }, null, 2)}\n`;
