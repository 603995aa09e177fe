/**
 * Lockfiles around a run. Before: addresses that a manager would ask past the proxy are made to lead to it. After: whatever of
 * the proxy stands in a file is put back as it was, or as it would have been written without a proxy. Nothing else is touched.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded, writeFileAtomic } from '../../core/files.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import type { NpmOptions } from '../../registry/npmrc.ts';
import { conventionalOf } from '../proxy/places.ts';
import { pathOf, tarballOf } from '../proxy/route.ts';
import type { VerifyingProxy } from '../proxy/types.ts';
import type { ManagerName } from './command.ts';
import { kindOfLock, lockUrlsOf } from './lock-urls.ts';
import { unguarded } from './refusals.ts';

/** Lockfiles, and where managers note what they have installed and from where. */
const FILES = [
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'deno.lock',
  'node_modules/.package-lock.json',
  'node_modules/.modules.yaml',
  'node_modules/.pnpm-workspace-state-v1.json',
  'node_modules/.pnpm-workspace-state.json',
  'node_modules/.pnpm/lock.yaml',
  'node_modules/.yarn-integrity',
] as const;

export interface Origins {
  /** Puts everything back. @returns files in which something of the proxy stands that stands for nothing */
  restore(): Promise<readonly string[]>;
}

export interface OriginsOptions {
  readonly folders: readonly string[];
  readonly proxy: Pick<VerifyingProxy, 'url' | 'originalOf'>;
  readonly npm: NpmOptions;
  readonly manager: ManagerName | undefined;
}

/** Managers that follow the addresses of each lockfile. */
const READERS: Readonly<Record<string, ManagerName>> = {
  'yarn.lock': 'yarn',
  'bun.lock': 'bun',
  'deno.lock': 'deno',
};

/** @throws {VerifyDepsError} `run-unguarded` for an address that the proxy cannot stand in for */
export async function redirectLockfiles(options: OriginsOptions): Promise<Origins> {
  const { folders, proxy, manager } = options;
  const originals = new Map<string, string>();
  const before = new Map<string, { readonly text: string; readonly redirected: string }>();
  const restore = async (): Promise<readonly string[]> => {
    const left: string[] = [];
    for (const folder of folders)
      for (const name of FILES)
        if (!(await putBack(path.join(folder, name), before, originals, options)))
          left.push(path.join(folder, name));
    return left;
  };
  try {
    for (const folder of folders) {
      for (const [name, reader] of Object.entries(READERS)) {
        if (manager !== undefined && manager !== reader) continue;
        const file = path.join(folder, name);
        const text = await lockText(file);
        const kind = text === undefined ? undefined : kindOfLock(name, text);
        if (text === undefined || kind === undefined) continue;
        const { packages, past } = lockUrlsOf(kind, text);
        const tarballs = packages.flatMap(({ url, name: of, version }) =>
          url === undefined ? [] : [{ url, of, version }],
        );
        if (past[0] !== undefined) {
          throw unguarded(
            `${printable(file)} takes ${past[0]}, past the gate${past.length > 1 ? `, and ${past.length - 1} more` : ''}`,
            'what is installed from git, a URL or another place than a registry cannot be gated here',
          );
        }
        const table = new Map<string, string>();
        for (const { url, of: packageName, version } of tarballs) {
          const own = `${proxy.url}${conventionalOf(packageName, version)}`;
          if (originals.has(own) && originals.get(own) !== url) {
            throw unguarded(
              `${printable(file)} takes ${printable(`${packageName}@${version}`)} from two places`,
              'let the package manager write the lockfile anew',
            );
          }
          originals.set(own, url);
          table.set(url, own);
        }
        const redirected = text.replace(/https?:\/\/[^\s"#]+/g, (url) => table.get(url) ?? url);
        if (redirected === text) continue;
        before.set(file, { text, redirected });
        await replaceFile(file, redirected);
      }
    }
  } catch (error) {
    await restore();
    throw error;
  }
  return { restore };
}

/** @returns false if something of the proxy is left */
async function putBack(
  file: string,
  before: ReadonlyMap<string, { readonly text: string; readonly redirected: string }>,
  originals: ReadonlyMap<string, string>,
  { proxy, npm }: OriginsOptions,
): Promise<boolean> {
  const text = await lockText(file);
  if (text === undefined || !text.includes(proxy.url.slice(0, -1))) return true;
  const known = before.get(file);
  if (known?.redirected === text) {
    await replaceFile(file, known.text);
    return true;
  }
  let complete = true;
  const origin = proxy.url.slice(0, -1);
  const pattern = new RegExp(`${escaped(origin)}(/[^\\s"'#,)}\\]]*)?`, 'g');
  const restored = text.replace(pattern, (url: string, rest: string | undefined, at: number) => {
    if (rest === undefined || rest === '/') {
      const registry = registryOf(text.slice(Math.max(0, at - 200), at), npm);
      return rest === undefined ? registry.slice(0, -1) : registry;
    }
    const original = originals.get(url) ?? proxy.originalOf(url);
    if (original === undefined) complete = false;
    return original ?? url;
  });
  await replaceFile(file, path.basename(file) === 'bun.lock' ? withoutDefault(restored, npm) : restored);
  return complete;
}

/** In front of a registry's address stands what it is for: `'@scope':`. */
function registryOf(before: string, npm: NpmOptions): string {
  const scope = /(@[^"':\s/]+)(?::registry)?["']?\s*[:=]\s*["']?$/.exec(before)?.[1];
  return (scope === undefined ? undefined : npm.scopes.get(scope)) ?? npm.registry;
}

/** bun leaves the address out where it is that of the default registry; to bun, the proxy was none. */
function withoutDefault(text: string, { defaultRegistry }: NpmOptions): string {
  return text.replace(/"(https?:\/\/[^\s"]+\.tgz)"/g, (quoted, url: string) => {
    if (!url.startsWith(defaultRegistry)) return quoted;
    const route = tarballOf(pathOf(`/${url.slice(defaultRegistry.length)}`) ?? '');
    return route?.prefix === '' ? '""' : quoted;
  });
}

async function lockText(file: string): Promise<string | undefined> {
  const read = await readFileBounded(file, limits.lockfileBytesMax);
  if (read.status === 'absent') return undefined;
  if (read.status === 'read') return Buffer.from(read.bytes).toString('utf8');
  throw new VerifyDepsError('lockfile-unreadable', `${printable(file)} is too large: ${read.bytes} bytes`);
}

async function replaceFile(file: string, text: string): Promise<void> {
  const { mode } = await stat(file);
  await writeFileAtomic(file, text, { flush: true, mode: mode & 0o777 });
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
