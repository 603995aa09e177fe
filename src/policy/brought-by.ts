import type { PackageNode } from '../tree/types.ts';

const NAMES_MAX = 8;

/**
 * Who brings a package along where the project itself does not name it: the packages that need it, as they stand in the
 * lockfile, at most eight.
 */
export function broughtBy(nodes: readonly PackageNode[]): readonly string[] {
  const names = new Set<string>();
  for (const { depth, parents } of nodes) {
    if (depth <= 1) continue;
    for (const parent of parents) names.add(nameOf(parent));
  }
  return [...names].sort().slice(0, NAMES_MAX);
}

/** npm's keys are folders, of which the last says which package it is; pnpm's are names already. */
function nameOf(key: string): string {
  if (key === '') return 'the project';
  const folder = key.lastIndexOf('node_modules/');
  return folder < 0 ? key : key.slice(folder + 'node_modules/'.length);
}
