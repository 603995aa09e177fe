/**
 * `node_modules/.package-lock.json`: what npm believes to lie there, and does not look at again. An entry that says something
 * else than the lockfile makes the next installation build on it.
 */
import path from 'node:path';
import type { Note } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { isObject, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { parseIntegrity } from '../tree/integrity.ts';
import type { DependencyTree, Layout } from '../tree/types.ts';

const NOTES_MAX = 1_000;

export async function checkRecord(
  root: string,
  tree: DependencyTree,
  layout: Extract<Layout, { kind: 'npm' }>,
): Promise<readonly Note[]> {
  const file = path.join(root, 'node_modules', '.package-lock.json');
  const read = await readFileBounded(file, limits.lockfileBytesMax);
  if (read.status === 'absent') return [];
  const at = 'node_modules/.package-lock.json';
  const packages = read.status === 'read' ? packagesOf(read.bytes) : undefined;
  if (!isObject(packages)) return [{ code: 'disk-record-differs', args: { path: at } }];
  const notes: Note[] = [];
  for (const [location, entry] of Object.entries(packages)) {
    if (notes.length >= NOTES_MAX) break;
    if (location === '' || !location.includes('node_modules/')) continue;
    const differs = (field: string, expected: string, actual: string): void => {
      notes.push({
        code: 'disk-record-differs',
        args: { path: at, package: location, field, expected, actual },
      });
    };
    if (!layout.places.has(location)) {
      differs(location, 'nothing', 'an entry');
      continue;
    }
    const node = tree.nodes.get(location);
    if (node === undefined || node.source.kind !== 'registry' || !isObject(entry)) continue;
    const version = textOf(member(entry, 'version'));
    if (version !== node.version) differs(`version of ${location}`, node.version, version);
    const [expected, actual] = [node.integrity, parseIntegrity(textOf(member(entry, 'integrity')))].map(
      (one) => (one.kind === 'none' ? 'nothing' : one.sri),
    );
    if (expected !== actual) differs(`integrity of ${location}`, expected!, actual!);
  }
  return notes;
}

function packagesOf(bytes: Uint8Array): JsonValue | undefined {
  try {
    const value = parseJson(bytes, 'hidden lockfile', limits.lockfileBytesMax);
    return isObject(value) ? member(value, 'packages') : undefined;
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}
