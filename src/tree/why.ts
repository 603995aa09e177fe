import type { DependencyTree, NodeKey } from './types.ts';

export interface Step {
  readonly key: NodeKey;
  readonly name: string;
  readonly version: string;
}

/**
 * The shortest ways from the project to a node, the project left out: direct dependency (or workspace) first, the node
 * itself last. All are of one length; empty if nothing asks for the node or the tree does not have it.
 * @param pathsMax  how many at most; a node can have exponentially many
 */
export function whyInstalled(
  tree: DependencyTree,
  key: NodeKey,
  pathsMax: number = 3,
): readonly (readonly Step[])[] {
  if (!tree.nodes.has(key)) return [];
  const distance = distancesFromProject(tree);
  if (!distance.has(key)) return [];
  const paths: Step[][] = [];
  // Depth first over parents that are one step nearer: every branch ends at the project, so no work is wasted.
  const stack: { readonly key: NodeKey; readonly below: readonly Step[] }[] = [{ key, below: [] }];
  while (stack.length > 0 && paths.length < pathsMax) {
    const top = stack.pop()!;
    const node = tree.nodes.get(top.key)!;
    const path = [{ key: top.key, name: node.name, version: node.version }, ...top.below];
    const nearer = node.parents.filter((parent) => distance.get(parent) === distance.get(top.key)! - 1);
    if (nearer.includes('')) paths.push(path);
    // Pushed in reverse, so that they are taken in sorted order; more than are asked for are never needed.
    else
      for (const parent of nearer.slice(0, pathsMax).toReversed()) stack.push({ key: parent, below: path });
  }
  return paths;
}

function distancesFromProject(tree: DependencyTree): ReadonlyMap<NodeKey, number> {
  const children = new Map<NodeKey, NodeKey[]>();
  for (const [key, node] of tree.nodes) {
    for (const parent of node.parents) {
      const list = children.get(parent);
      if (list === undefined) children.set(parent, [key]);
      else list.push(key);
    }
  }
  const distance = new Map<NodeKey, number>([['', 0]]);
  const queue: NodeKey[] = [''];
  for (let i = 0; i < queue.length; i++) {
    const next = distance.get(queue[i]!)! + 1;
    for (const child of children.get(queue[i]!) ?? []) {
      if (distance.has(child)) continue;
      distance.set(child, next);
      queue.push(child);
    }
  }
  return distance;
}
