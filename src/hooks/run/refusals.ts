/** Settings by which a command would go past the proxy, or use a cache that nobody has looked at: refused before it starts. */
import { homedir } from 'node:os';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';
import { printable } from '../../core/text.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import type { Command, ManagerName } from './command.ts';

const SETTINGS_BYTES_MAX = 1_048_576;

/** Options that name another registry, another configuration, another folder or another cache. */
const OPTIONS =
  /^--(?:config\.)?(?:(?:@[^:=]+:)?registry|userconfig|globalconfig|cache|store-dir|cache-dir|cache-folder|global-folder|modules-cache|prefix|dir|cwd|config|replace-registry-host|use-yarnrc|no-default-rc|global-pnpmfile)(?:=|$)/i;

/** @throws {VerifyDepsError} `usage` */
export function expectOptions({ manager, own }: Command): void {
  if (manager === undefined) return;
  for (const word of own) {
    const short = /^-C/.test(word) || (manager === 'bun' && /^-c(?:=|$)/.test(word));
    if (!short && !OPTIONS.test(word)) continue;
    throw new VerifyDepsError('usage', `${printable(word)} would lead ${manager} past the gate`, {
      hint: 'say it to verify-deps, in front of "run": --registry URL, -C DIR; caches are those of the run',
    });
  }
}

interface Look {
  readonly managers: readonly (ManagerName | undefined)[];
  readonly file: string;
  readonly inHome?: true;
  /** What is wrong with it, or undefined. */
  readonly find: (text: string, npm: NpmOptions) => string | undefined;
}

const LOOKS: readonly Look[] = [
  {
    managers: ['pnpm', undefined],
    file: 'pnpm-workspace.yaml',
    find: (text) => /^["']?(?:registries|registry|namedRegistries)["']?\s*:/m.exec(text)?.[0],
  },
  {
    managers: ['bun', undefined],
    file: 'bunfig.toml',
    find: (text) => /^\s*\[\s*install\s*\.\s*scopes|^\s*(?:install\.)?scopes\b/m.exec(text)?.[0],
  },
  {
    managers: ['bun', undefined],
    file: '.bunfig.toml',
    inHome: true,
    find: (text) => /^\s*\[\s*install\s*\.\s*scopes|^\s*(?:install\.)?scopes\b/m.exec(text)?.[0],
  },
  { managers: ['yarn', undefined], file: '.yarnrc', find: yarnrc },
  { managers: ['yarn', undefined], file: '.yarnrc', inHome: true, find: yarnrc },
];

function yarnrc(text: string, npm: NpmOptions): string | undefined {
  const mirror = /^\s*["']?(?:yarn-)?offline-mirror\b.*$/m.exec(text)?.[0];
  if (mirror !== undefined) return mirror.trim();
  for (const [, scope] of text.matchAll(/^\s*["']?(@[^:"'\s]+):registry/gm))
    if (!npm.scopes.has(scope!)) return `${scope}:registry`;
  return undefined;
}

/**
 * Looks at settings that no environment variable overrides.
 * @param folders  of the project, nearest first
 * @throws {VerifyDepsError} `run-unguarded`
 */
export async function expectSettings(
  { manager }: Command,
  folders: readonly string[],
  npm: NpmOptions,
): Promise<void> {
  for (const { managers, file, inHome, find } of LOOKS) {
    if (!managers.includes(manager)) continue;
    for (const folder of inHome ? [homedir()] : folders) {
      const text = await textOf(path.join(folder, file));
      const found = text === undefined ? undefined : find(text, npm);
      if (found === undefined) continue;
      throw unguarded(
        `${printable(path.join(folder, file))} leads past the gate: ${printable(found.trim())}`,
        'name registries in .npmrc, which the gate reads too',
      );
    }
  }
  for (const folder of folders) {
    if (manager !== 'bun' && manager !== undefined) break;
    const binary = await readFileBounded(path.join(folder, 'bun.lockb'), Number.MAX_SAFE_INTEGER);
    if (binary.status === 'absent') continue;
    throw unguarded(
      'bun.lockb holds addresses that cannot be read here',
      'let bun write bun.lock: bun install --save-text-lockfile --frozen-lockfile --lockfile-only',
    );
  }
}

/** Undefined if it is not there. @throws {VerifyDepsError} `run-unguarded` */
export async function textOf(file: string): Promise<string | undefined> {
  const read = await readFileBounded(file, SETTINGS_BYTES_MAX);
  if (read.status === 'absent') return undefined;
  if (read.status === 'read') return Buffer.from(read.bytes).toString('utf8');
  throw unguarded(
    `${printable(file)} is too large to be looked at: ${read.bytes} bytes`,
    'look at it yourself',
  );
}

export function unguarded(message: string, hint: string): VerifyDepsError {
  return new VerifyDepsError('run-unguarded', message, { hint: `nothing was started; ${hint}` });
}
