import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { JsonObject } from '../core/json.ts';

/**
 * The `packages` that npm makes of a version 1 lockfile.
 * @param lockfile  checked: only fields of version 1, with their right types
 */
export async function convertVersion1(lockfile: object): Promise<JsonObject> {
  // The one part of Arborist that converts: all of it takes five times as long to load.
  const { default: Shrinkwrap } = await import('@npmcli/arborist/lib/shrinkwrap.js');
  // It looks for package.json files wherever the lockfile points. A folder that does not exist, deeper than any `..` that
  // `isRelativePath` lets through, keeps it away from the disk: the lockfile alone counts.
  const lock = new Shrinkwrap({
    path: path.join(tmpdir(), `verify-deps-${randomUUID()}`, ...Array<string>(17).fill('x')),
  });
  // What it would read from disk: npm-shrinkwrap.json, package-lock.json, yarn.lock.
  Object.defineProperty(lock, 'loadFiles', { value: Promise.resolve(['', JSON.stringify(lockfile), '']) });
  await lock.load();
  return lock.data.packages as JsonObject;
}
