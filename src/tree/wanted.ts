import { VerifyDepsError } from '../core/errors.ts';
import { didYouMean } from '../core/near.ts';
import { printable } from '../core/text.ts';
import type { DependencyTree, PackageNode } from './types.ts';

const VERSIONS_SHOWN = 8;

/** Whether a node is what a person named: `NAME`, `NAME@VERSION`, or the alias it is installed under. */
export function isWanted({ name, version, alias }: PackageNode, wanted: string): boolean {
  return wanted === name || wanted === `${name}@${version}` || wanted === alias;
}

/**
 * Refuses a name that the tree does not have, before anything is asked about it.
 * @throws {VerifyDepsError} `package-unknown`, naming what was probably meant
 */
export function assertInTree(tree: DependencyTree, wanted: string): void {
  const nodes = [...tree.nodes.values()];
  if (nodes.some((node) => isWanted(node, wanted))) return;
  const at = wanted.lastIndexOf('@');
  const name = at > 0 ? wanted.slice(0, at) : wanted;
  const versions = new Set(nodes.filter((node) => node.name === name).map((node) => node.version));
  const names = nodes.map((node) => node.name);
  const near =
    versions.size > 0
      ? `it has ${[...versions]
          .slice(0, VERSIONS_SHOWN)
          .map((version) => printable(version))
          .join(', ')}`
      : (didYouMean(name, names) ?? 'nothing there has a name like it');
  const left = tree.omitted > 0 ? `; ${tree.omitted} entries are left out by --omit or --workspace` : '';
  const message = `${printable(tree.lockfile.path)} has no package ${printable(wanted)}`;
  throw new VerifyDepsError('package-unknown', message, { hint: `${near}${left}` });
}
