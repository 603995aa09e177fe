import type { DependencyTree, NodeKey, PackageNode } from '../tree/types.ts';

const STEPS_MAX = 64;

/**
 * A shortest way from the project to one of the given nodes, both ends included: the project's own side as `undefined`
 * or the workspace's path. Cycles and parents that do not exist are stepped over.
 */
export function shortestPath(
  tree: DependencyTree,
  targets: readonly PackageNode[],
): { readonly from: string | undefined; readonly nodes: readonly PackageNode[] } | undefined {
  const next = new Map<NodeKey, NodeKey | undefined>(targets.map((node) => [node.key, undefined]));
  let level = [...next.keys()];
  for (let step = 0; step < STEPS_MAX && level.length > 0; step++) {
    const above: NodeKey[] = [];
    for (const key of level) {
      const node = tree.nodes.get(key) ?? targets.find((target) => target.key === key);
      for (const parent of node?.parents ?? []) {
        if (parent === '') return { from: undefined, nodes: walk(tree, targets, next, key) };
        if (parent.startsWith('workspace:')) {
          return { from: parent.slice('workspace:'.length), nodes: walk(tree, targets, next, key) };
        }
        if (next.has(parent)) continue;
        next.set(parent, key);
        above.push(parent);
      }
    }
    level = above;
  }
  return undefined;
}

function walk(
  tree: DependencyTree,
  targets: readonly PackageNode[],
  next: ReadonlyMap<NodeKey, NodeKey | undefined>,
  start: NodeKey,
): readonly PackageNode[] {
  const nodes: PackageNode[] = [];
  for (let key: NodeKey | undefined = start; key !== undefined; key = next.get(key)) {
    const node = tree.nodes.get(key) ?? targets.find((target) => target.key === key);
    if (node) nodes.push(node);
  }
  return nodes;
}
