/** What a run starts from: the tree that a lockfile resolves, the policy that judges it, and npm's configuration beside it. */
import path from 'node:path';
import { type ConnectOptions, fromCwd, npmOf, withPolicySource } from './connect.ts';
import { VerifyDepsError } from './core/errors.ts';
import { loadPolicy } from './policy/load.ts';
import type { PresetName } from './policy/presets.ts';
import type { Policy } from './policy/types.ts';
import type { NpmOptions } from './registry/npmrc.ts';
import { findLockfile } from './tree/find.ts';
import { loadTree, treeOf } from './tree/load.ts';
import type { DependencyTree } from './tree/types.ts';
import { assertInTree } from './tree/wanted.ts';

export interface PolicyOptions extends ConnectOptions {
  /** Policy file instead of the one that would be found; relative to `cwd`. */
  readonly policy?: string;
  /** Preset that counts instead of any policy file. */
  readonly preset?: PresetName;
}

export interface ProjectOptions extends PolicyOptions {
  readonly lockfile?: string;
  /** A lockfile of npm that is judged in place of the one on disk: what a package manager is about to install. */
  readonly planned?: { readonly path: string; readonly bytes: Uint8Array };
  readonly omit?: readonly ('dev' | 'optional' | 'peer')[];
  readonly workspaces?: readonly string[];
  /** Verify only this package: `NAME` or `NAME@VERSION`. No report is written then. */
  readonly only?: string;
}

/** What lies on this disk. */
export interface Project {
  readonly tree: DependencyTree;
  readonly policy: Policy;
  readonly npm: NpmOptions;
}

/** All of it before anybody is asked: a typo must not wait for the network. */
export async function readProject(
  options: ProjectOptions,
  need: 'lockfile' | 'lockfile-optional' = 'lockfile',
): Promise<Project> {
  options.onProgress?.({ phase: 'lockfile', done: 0, total: 0 });
  const tree = await readTree(options, need);
  if (options.only !== undefined) assertInTree(tree, options.only);
  options.onProgress?.({ phase: 'policy', done: 0, total: 0 });
  return { tree, ...(await readPolicy(path.dirname(tree.lockfile.path), options)) };
}

/**
 * The policy that counts in a folder, with npm's configuration there.
 * @throws {VerifyDepsError} unreadable policy or configuration
 */
export async function readPolicy(folder: string, options: PolicyOptions): Promise<Omit<Project, 'tree'>> {
  const file = fromCwd(options, options.policy);
  const npm = await npmOf(folder, options);
  const policy = await withPolicySource(npm, options, (remote) =>
    loadPolicy({
      from: folder,
      remote,
      ...(file === undefined ? {} : { file }),
      ...(options.preset === undefined ? {} : { preset: options.preset }),
    }),
  );
  return { npm, policy };
}

async function readTree(
  options: ProjectOptions,
  need: 'lockfile' | 'lockfile-optional',
): Promise<DependencyTree> {
  const filter = { omit: new Set(options.omit ?? []), workspaces: options.workspaces ?? [] };
  const { planned } = options;
  if (planned !== undefined) return treeOf({ path: planned.path, kind: 'npm' }, planned.bytes, filter);
  try {
    const found = await findLockfile(options.cwd, options.lockfile);
    const tree = await loadTree(found, filter);
    return { ...tree, lockfile: { ...tree.lockfile, others: found.others } };
  } catch (error) {
    const none =
      error instanceof VerifyDepsError && error.code === 'lockfile-absent' && options.lockfile === undefined;
    if (need === 'lockfile' || !none) throw error;
    const lockfile = {
      kind: 'npm',
      version: '',
      path: path.join(path.resolve(options.cwd), 'package-lock.json'),
      digest: '',
    } as const;
    return { lockfile, project: undefined, nodes: new Map(), omitted: 0 };
  }
}
