import path from 'node:path';
import { isObject, member } from '../core/json.ts';
import { type Entry, workspaceKey } from './graph.ts';
import { isPackageName, localVersion, manifestName } from './identity.ts';
import { readManifest } from './manifest.ts';
import type { NodeKey, Source } from './types.ts';

/**
 * A project of the workspace. The lockfile knows its path only; its package.json has the name.
 * @param folder  of the lockfile
 * @param at      path of the project, relative to it
 */
export async function workspaceEntry(folder: string, at: string): Promise<Entry> {
  // A project beside the folder of the lockfile is named by its path: nothing outside is read.
  const manifest = at.startsWith('..') ? undefined : await readManifest(path.join(folder, at));
  const version = isObject(manifest) ? member(manifest, 'version') : undefined;
  return localEntry(
    workspaceKey(at),
    manifestName(manifest) ?? at,
    typeof version === 'string' ? version : undefined,
    { kind: 'workspace', path: at },
  );
}

/** A folder that is linked and not a project of the workspace. */
export function directoryEntry(key: NodeKey, name: string, at: string): Entry {
  return localEntry(key, isPackageName(name) ? name : at, undefined, { kind: 'directory', path: at });
}

function localEntry(key: NodeKey, name: string, version: string | undefined, source: Source): Entry {
  return {
    key,
    name,
    alias: undefined,
    version: localVersion(version),
    source,
    integrity: { kind: 'none' },
    hasInstallScript: false,
    platform: undefined,
    patch: undefined,
    line: undefined,
    flags: undefined,
    nesting: 1,
  };
}
