/** A package manager with the Node.js it runs on, or that its packages' scripts find. */
import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { type ManagerId, manager } from '../support/managers.ts';

export type Family = 'npm' | 'pnpm' | 'yarn-1' | 'yarn-4' | 'bun';

export interface Runner {
  readonly id: string;
  readonly manager: Exclude<ManagerId, 'deno'>;
  readonly family: Family;
  /** Major version of Node.js. */
  readonly node: number;
  /** The version of Node.js on which the manager is tested in all situations. */
  readonly isFirst: boolean;
  /** Name and version, as a page says it. */
  readonly title: string;
}

/** Folder of the built tool: this one, or for instance an unpacked release. */
export const UNDER_TEST: string =
  process.env.VERIFY_DEPS_UNDER_TEST ?? path.join(import.meta.dirname, '..', '..', '..');

const CLI = path.join(UNDER_TEST, 'bin', 'verify-deps.js');
const HERE = Number(process.versions.node.split('.')[0]);

/** Manager, and the versions of Node.js it is tested with: the first in all situations, the second in the usual ones. */
const MANAGERS: readonly (readonly [Runner['manager'], Family, readonly number[]])[] = [
  ['npm-11', 'npm', [20, 24]],
  ['npm-12', 'npm', [24]],
  ['pnpm-10', 'pnpm', [20, 24]],
  ['pnpm-11', 'pnpm', [24]],
  ['pnpm-12.10', 'pnpm', [24, 20]],
  ['pnpm-12', 'pnpm', [24, 20]],
  ['yarn-1', 'yarn-1', [20, 24]],
  ['yarn-4', 'yarn-4', [20, 24]],
  ['bun', 'bun', [20, 24]],
];

/** Those that are installed, on the versions of Node.js that are there. */
export const runners: readonly Runner[] = MANAGERS.flatMap(([id, family, nodes]) =>
  nodes
    .filter((node) => manager(id) !== undefined && nodeProgram(node) !== undefined)
    .map((node) => ({
      id: `${id} on Node ${node}`,
      manager: id,
      family,
      node,
      isFirst: node === nodes[0],
      title: `${family.replace(/-.*/, '')} ${versionOf(id)}`,
    })),
);

/** All that a page speaks of can be run here. */
export const isComplete: boolean =
  runners.length === MANAGERS.reduce((sum, [, , nodes]) => sum + nodes.length, 0);

function nodeProgram(major: number): string | undefined {
  if (major === HERE) return process.execPath;
  const other = manager('npm-12')?.nodeFolder;
  return major === 24 && other !== undefined ? path.join(other, 'node') : undefined;
}

function versionOf(id: Runner['manager']): string {
  const managers = path.join(import.meta.dirname, '..', 'managers', 'package.json');
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync(managers, 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>;
    readonly optionalDependencies: Readonly<Record<string, string>>;
  };
  const [, wanted = ''] = Object.entries({ ...dependencies, ...optionalDependencies }).find(
    ([name]) => name === id || name.startsWith(`${id}-`),
  )!;
  return wanted.slice(wanted.lastIndexOf('@') + 1);
}

/**
 * Puts `node`, the manager under its usual name and `verify-deps` into a folder for PATH, as on a machine where these are
 * installed.
 */
export async function programs(folder: string, runner: Runner): Promise<void> {
  const node = path.join(folder, 'node');
  const { command } = manager(runner.manager)!;
  const script = command[1];
  await mkdir(folder, { recursive: true });
  await symlink(nodeProgram(runner.node)!, node);
  const name = runner.family.replace(/-.*/, '');
  await symlink(script ?? command[0], path.join(folder, name));
  if (name === 'npm') await symlink(path.join(path.dirname(script!), 'npx-cli.js'), path.join(folder, 'npx'));
  await symlink(CLI, path.join(folder, 'verify-deps'));
}
