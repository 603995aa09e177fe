import { keptNodes } from './filter.ts';
import { adjacencyOf, type Entry, type Graph, kindOf, projectKey, type Ways, waysOf } from './graph.ts';
import type { DependencyTree, NodeKey, PackageNode, TreeOptions } from './types.ts';

const nobody: readonly NodeKey[] = [];

/**
 * The nodes of a lockfile that the filters keep, in key order.
 * @throws {VerifyDepsError} `workspace-unknown`
 */
export function nodesOf(graph: Graph, options: TreeOptions): Pick<DependencyTree, 'nodes' | 'omitted'> {
  const { entries } = graph;
  const ways = waysOf(graph);
  const kept = keptNodes(graph, ways, options);
  const numbers = new Map<NodeKey, number>();
  for (let n = 1; n < kept.length; n++) if (kept[n] === 1) numbers.set(entries[n - 1]!.key, n);
  const keys = [...numbers.keys()].sort();
  const order = Int32Array.from(keys, (key) => numbers.get(key)!);
  const parents = parentsOf(graph, kept, order);
  const nodes = new Map<NodeKey, PackageNode>();
  for (let i = 0; i < order.length; i++) {
    const n = order[i]!;
    // Copied: a list that has grown keeps room for more.
    nodes.set(keys[i]!, nodeOf(entries[n - 1]!, ways, n, parents[n]?.slice() ?? nobody));
  }
  return { nodes, omitted: entries.length - keys.length };
}

/** Keys of the kept nodes, and of the project, that need each node: sorted, because they are visited in that order. */
function parentsOf(
  { entries, edges: { from, to } }: Graph,
  kept: Uint8Array,
  order: Int32Array,
): readonly (readonly NodeKey[] | undefined)[] {
  const { starts, edges } = adjacencyOf(from, kept.length);
  const parents = new Array<NodeKey[] | undefined>(kept.length).fill(undefined);
  const visit = (node: number, key: NodeKey): void => {
    for (let i = starts[node]!; i < starts[node + 1]!; i++) {
      const child = to[edges[i]!]!;
      if (child === node || kept[child] !== 1) continue;
      const list = parents[child];
      if (list === undefined) parents[child] = [key];
      else if (list.at(-1) !== key) list.push(key);
    }
  };
  visit(0, projectKey);
  for (let i = 0; i < order.length; i++) visit(order[i]!, entries[order[i]! - 1]!.key);
  return parents;
}

/** Written out: objects of one shape take a third of the memory of those that are put together by spreading. */
function nodeOf(entry: Entry, { depth, only }: Ways, n: number, parents: readonly NodeKey[]): PackageNode {
  return {
    key: entry.key,
    name: entry.name,
    alias: entry.alias,
    version: entry.version,
    source: entry.source,
    integrity: entry.integrity,
    dependency: kindOf(only[n]!),
    depth: depth[n]!,
    parents,
    hasInstallScript: entry.hasInstallScript,
    platform: entry.platform,
    patch: entry.patch,
    line: entry.line,
    claims: entry.claims,
  };
}
