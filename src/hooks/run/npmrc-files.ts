/**
 * `.npmrc` of the project for the length of a run, for managers that believe it more than their environment: deno, and bun
 * for the registries of scopes. Only the lines that name registries are replaced; afterwards the file is what it was.
 */
import { access, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomic } from '../../core/files.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import type { Command } from './command.ts';
import { textOf } from './refusals.ts';

const REGISTRY_LINE = /^\s*(?:@[^\s=:]+:)?registry\s*=.*$/i;
const MARK = '# of a run of verify-deps, until it ends';

export interface NpmrcFiles {
  restore(): Promise<void>;
}

/** Rejects with what the file system says. */
export async function replaceNpmrc(
  { manager }: Command,
  folders: readonly string[],
  npm: NpmOptions,
  proxyUrl: string,
): Promise<NpmrcFiles> {
  const replaced: { readonly file: string; readonly before: string | undefined; readonly during: string }[] =
    [];
  const restore = async (): Promise<void> => {
    for (const { file, before, during } of replaced) {
      const now = await textOf(file);
      // Gone, or made anew by the command itself: that is its business.
      if (now === undefined || !now.includes(proxyUrl)) continue;
      const text = now === during ? before : withoutOurs(now, before ?? '');
      if (text === undefined) await rm(file, { force: true });
      else await write(file, text);
    }
  };
  if (!isNeeded(manager, npm)) return { restore };
  const lines = [
    MARK,
    `registry=${proxyUrl}`,
    ...[...npm.scopes.keys()].map((scope) => `${scope}:registry=${proxyUrl}`),
  ];
  try {
    for (const folder of await projects(folders)) {
      const file = path.join(folder, '.npmrc');
      const before = await textOf(file);
      const kept = (before ?? '').split('\n').filter((line) => !REGISTRY_LINE.test(line));
      const during = `${lines.join('\n')}\n${kept.join('\n')}`;
      replaced.push({ file, before, during });
      await write(file, during);
    }
  } catch (error) {
    await restore();
    throw error;
  }
  return { restore };
}

function isNeeded(manager: Command['manager'], npm: NpmOptions): boolean {
  if (manager === 'bun') return npm.scopes.size > 0;
  if (manager !== 'deno' && manager !== undefined) return false;
  return npm.scopes.size > 0 || npm.registry !== npm.defaultRegistry;
}

/** The folder itself, and those above it that are projects or have settings. */
async function projects(folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [index, folder] of folders.entries()) {
    const names = ['package.json', 'deno.json', 'deno.jsonc', '.npmrc'].map((name) =>
      path.join(folder, name),
    );
    const there = await Promise.all(
      names.map((name) =>
        access(name).then(
          () => true,
          () => false,
        ),
      ),
    );
    if (index === 0 || there.includes(true)) found.push(folder);
  }
  return found;
}

/** Somebody has written to it meanwhile: that stays, our lines go, and the lines of before come back. */
function withoutOurs(now: string, before: string): string {
  const kept = now.split('\n').filter((line) => line !== MARK && !REGISTRY_LINE.test(line));
  const back = before.split('\n').filter((line) => REGISTRY_LINE.test(line));
  return [...back, ...kept].join('\n');
}

async function write(file: string, text: string): Promise<void> {
  const mode = await stat(file).then(
    (info) => info.mode & 0o777,
    () => 0o600,
  );
  await writeFileAtomic(file, text, { flush: true, mode });
}
