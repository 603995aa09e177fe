import path from 'node:path';
import { hex, sha256 } from '../core/bytes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { malformed, refuseMergeConflict } from './failure.ts';
import type { Graph } from './graph.ts';
import { isFileError } from './manifest.ts';
import { nodesOf } from './nodes.ts';
import { parseNpm, readNpm } from './npm.ts';
import type { DependencyTree, LockfileKind, TreeOptions } from './types.ts';

/**
 * Reads a lockfile whole: every entry becomes a node or the file is refused.
 * @throws {VerifyDepsError} `lockfile-absent`, `lockfile-unreadable`, `lockfile-malformed`, `lockfile-unsupported`,
 *                           `workspace-unknown`
 */
export async function loadTree(
  file: { readonly path: string; readonly kind: LockfileKind },
  options: TreeOptions,
): Promise<DependencyTree> {
  const absolute = path.resolve(file.path);
  return treeOf({ path: absolute, kind: file.kind }, await readLockfile(absolute), options);
}

/**
 * The same for a lockfile that is not on the disk (yet).
 * @param file   absolute path that it has or will have, for messages and for the package.json beside it
 * @param bytes  its content
 */
export async function treeOf(
  { path: absolute, kind }: { readonly path: string; readonly kind: LockfileKind },
  bytes: Uint8Array,
  options: TreeOptions,
): Promise<DependencyTree> {
  const digest = hex(sha256(bytes));
  // What a lockfile takes in memory while it is read is many times what is left of it: each step lets go of the last.
  const graph = await (kind === 'npm'
    ? readNpm(absolute, parseNpm(absolute, decode(absolute, bytes)))
    : readPnpm(absolute, decode(absolute, bytes)));
  const { nodes, omitted } = nodesOf(graph, options);
  return {
    lockfile: { kind, version: graph.version, path: absolute, digest },
    project: graph.project,
    nodes,
    omitted,
    ...(graph.layout === undefined ? {} : { layout: graph.layout }),
  };
}

async function readLockfile(file: string): Promise<Uint8Array> {
  let read: Awaited<ReturnType<typeof readFileBounded>>;
  try {
    read = await readFileBounded(file, limits.lockfileBytesMax);
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new VerifyDepsError('lockfile-unreadable', `${printable(file)}: cannot be read (${error.code})`, {
      hint: 'check that the file can be read by this user',
      cause: error,
    });
  }
  if (read.status === 'read') return read.bytes;
  if (read.status === 'absent')
    throw new VerifyDepsError('lockfile-absent', `${printable(file)}: no such file`, {
      hint: 'name a lockfile with --lockfile, or let the package manager write one',
    });
  throw new VerifyDepsError(
    'lockfile-unreadable',
    `${printable(file)}: ${read.bytes} bytes, more than the ${limits.lockfileBytesMax} that are read`,
    { hint: 'a lockfile of 10,000 packages is about 5 MB; see what makes this one so large' },
  );
}

function decode(file: string, bytes: Uint8Array): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(file, 'not UTF-8');
  }
  if (text.trim() === '') throw malformed(file, 'empty');
  if (text.includes('\0')) throw malformed(file, 'a NUL byte');
  refuseMergeConflict(file, text);
  return text;
}

/** A reader of YAML is loaded for those who use pnpm. */
async function readPnpm(file: string, text: string): Promise<Graph> {
  const pnpm = await import('./pnpm.ts');
  return pnpm.readPnpm(file, text);
}
