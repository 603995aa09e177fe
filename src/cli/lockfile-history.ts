import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { FoundLockfile } from '../tree/find.ts';
import { loadTree } from '../tree/load.ts';
import type { DependencyTree } from '../tree/types.ts';
import { type Commit, commitsOf, fileAt, type GitOptions, isShallow, resolveCommit } from './git.ts';

/** A lockfile as it was after a commit. */
export type Revision =
  | { readonly commit: Commit; readonly tree: DependencyTree }
  /** Removed, too large, or not a lockfile that can be read. */
  | { readonly commit: Commit; readonly problem: string };

export interface LockfileHistory {
  /** Oldest first. */
  readonly revisions: readonly Revision[];
  /** What was there before the first of them, where that is known. */
  readonly seed: DependencyTree | undefined;
  /** There are older commits that were not looked at. */
  readonly more: boolean;
  /** Older commits are missing from this clone. */
  readonly shallow: boolean;
}

const COMMITS = 20;
const COMMITS_SINCE_MAX = 200;
/** Of all lockfiles together: they are held in memory. */
const NODES_MAX = 400_000;

/**
 * The lockfile through the history of the current branch, a commit at a time: the last 20 that changed it, or at most 200
 * since a revision.
 * @throws {VerifyDepsError} `git-failed`
 */
export async function lockfileHistory(
  lockfile: FoundLockfile,
  since: string | undefined,
  options: GitOptions,
): Promise<LockfileHistory> {
  const name = path.basename(lockfile.path);
  const max = since === undefined ? COMMITS : COMMITS_SINCE_MAX;
  const commits = await commitsOf([name], { since, max: max + 1 }, options);
  const start = since === undefined ? undefined : await resolveCommit(since, options);
  const revisions: Revision[] = [];
  let nodes = 0;
  for (const commit of commits.slice(0, max)) {
    options.signal?.throwIfAborted();
    const found = await treeAt(commit.id, lockfile, options);
    nodes += 'tree' in found ? found.tree.nodes.size : 0;
    if (nodes > NODES_MAX && revisions.length > 0) break;
    revisions.push({ commit, ...found });
  }
  const more = commits.length > revisions.length;
  const before = more ? commits[revisions.length]!.id : start;
  const seed = before === undefined ? undefined : await treeAt(before, lockfile, options);
  return {
    revisions: revisions.reverse(),
    seed: seed !== undefined && 'tree' in seed ? seed.tree : undefined,
    more,
    shallow: await isShallow(options),
  };
}

type Found = { readonly tree: DependencyTree } | { readonly problem: string };

/** Lockfile and package.json as of a commit, read from a folder of their own. */
async function treeAt(commit: string, lockfile: FoundLockfile, options: GitOptions): Promise<Found> {
  const name = path.basename(lockfile.path);
  const bytes = await fileAt(commit, name, options);
  if (bytes === undefined) return { problem: 'no lockfile that can be read' };
  const manifest = await fileAt(commit, 'package.json', options, limits.manifestBytesMax);
  const folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-history-'));
  try {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    if (manifest !== undefined) await writeFile(path.join(folder, 'package.json'), manifest);
    const tree = await loadTree({ path: file, kind: lockfile.kind }, { omit: new Set(), workspaces: [] });
    return { tree };
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    return { problem: printable(error.message.replaceAll(`${folder}${path.sep}`, '')) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
