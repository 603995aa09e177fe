import type { DependencyKind, Layout, NodeKey, PackageNode } from './types.ts';

/** The project itself, as a parent. */
export const projectKey: NodeKey = '';

export function workspaceKey(path: string): NodeKey {
  return `workspace:${path}`;
}

/** How a dependency binds, and in which ways only a package is needed: bits. Edges are never `devOptional`. */
export const way = { dev: 1, optional: 2, peer: 4, devOptional: 8 } as const;

export interface Entry extends Omit<PackageNode, 'dependency' | 'depth' | 'parents'> {
  /**
   * What the lockfile itself says of it, as bits of `way`; it is believed only where the edges say the same. Undefined
   * where the format has no flags: the edges alone decide.
   */
  readonly flags: number | undefined;
  /** How deep it is nested in the lockfile; stands in for the depth of what nothing asks for. */
  readonly nesting: number;
}

/** Dependencies in columns: edge `i` leads from node `from[i]` to node `to[i]` and binds as `ways[i]` says. */
export interface Edges {
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly ways: readonly number[];
}

/** A lockfile as read, before depth, kind and filters. Nodes go by number: 0 is the project, `i + 1` is `entries[i]`. */
export interface Graph {
  readonly version: string;
  readonly project: string | undefined;
  readonly entries: readonly Entry[];
  readonly edges: Edges;
  /** Numbers of the workspaces, which count as part of the project. */
  readonly workspaces: readonly number[];
  readonly layout?: Layout;
}

/** The edges by one of their ends: those of node `n` are `edges[starts[n]]` up to, not with, `edges[starts[n + 1]]`. */
export interface Adjacency {
  readonly starts: Int32Array;
  readonly edges: Int32Array;
}

/** @param ends  `from` or `to` of the edges */
export function adjacencyOf(ends: readonly number[], nodes: number): Adjacency {
  const starts = new Int32Array(nodes + 1);
  for (let i = 0; i < ends.length; i++) starts[ends[i]! + 1]!++;
  for (let n = 0; n < nodes; n++) starts[n + 1]! += starts[n]!;
  const next = starts.slice();
  const edges = new Int32Array(ends.length);
  for (let i = 0; i < ends.length; i++) edges[next[ends[i]!]!++] = i;
  return { starts, edges };
}

/**
 * Steps from the nearest root to each node, -1 where none leads there.
 * @param barred  nodes that are not entered from the project
 */
export function distances(
  { from, to }: Edges,
  { starts, edges }: Adjacency,
  roots: readonly number[],
  barred?: ReadonlySet<number>,
): Int32Array {
  const nodes = starts.length - 1;
  const distance = new Int32Array(nodes).fill(-1);
  const queue = new Int32Array(nodes);
  let end = 0;
  for (const root of roots) {
    if (distance[root] === 0) continue;
    distance[root] = 0;
    queue[end++] = root;
  }
  for (let at = 0; at < end; at++) {
    const node = queue[at]!;
    for (let i = starts[node]!; i < starts[node + 1]!; i++) {
      const edge = edges[i]!;
      const next = to[edge]!;
      if (distance[next] !== -1) continue;
      if (from[edge] === 0 && barred?.has(next)) continue;
      distance[next] = distance[node]! + 1;
      queue[end++] = next;
    }
  }
  return distance;
}

/** In which ways every path from the project to a node leads, as npm's own flags have it; by number of the node. */
export interface Ways {
  readonly depth: Int32Array;
  /**
   * Bits of `way`: `dev`, only through devDependencies; `optional`, only through optional dependencies; `devOptional`, only
   * through one or the other; `peer`, only through peer dependencies.
   */
  readonly only: Uint8Array;
}

// What is known of a node while the ways to it are followed: some way leads there, and one that has no edge of a kind.
const reached = { any: 16, withoutEither: way.devOptional } as const;

/** What of it goes on along an edge, by the bits of the edge. */
const passes = Uint8Array.from({ length: 8 }, (_, edge) => {
  const either = (edge & (way.dev | way.optional)) === 0 ? reached.withoutEither : 0;
  return reached.any | (~edge & (way.dev | way.optional | way.peer)) | either;
});

/**
 * A node that nothing asks for is needed in every way: a package manager may still install it, so no filter may drop
 * it, and it is never a direct dependency.
 */
export function waysOf({ entries, edges, workspaces }: Graph): Ways {
  const nodes = entries.length + 1;
  const { to, ways } = edges;
  const { starts, edges: order } = adjacencyOf(edges.from, nodes);
  const depth = new Int32Array(nodes).fill(-1);
  const known = new Uint8Array(nodes);
  // Whoever learns of another kind of way is gone through once more: five kinds, so five times at most. The first time
  // comes in the order of the steps from the project.
  const queue = new Int32Array(5 * nodes);
  let end = 0;
  for (const root of [0, ...workspaces]) {
    known[root] = reached.any | way.dev | way.optional | way.peer | reached.withoutEither;
    depth[root] = 0;
    queue[end++] = root;
  }
  for (let at = 0; at < end; at++) {
    const node = queue[at]!;
    const have = known[node]!;
    for (let i = starts[node]!; i < starts[node + 1]!; i++) {
      const edge = order[i]!;
      const next = to[edge]!;
      const had = known[next]!;
      const has = had | (have & passes[ways[edge]!]!);
      if (has === had) continue;
      known[next] = has;
      if (had === 0) depth[next] = depth[node]! + 1;
      queue[end++] = next;
    }
  }
  const only = new Uint8Array(nodes);
  for (let n = 1; n < nodes; n++) {
    const { flags, nesting } = entries[n - 1]!;
    if (known[n] === 0) depth[n] = Math.max(2, nesting);
    else only[n] = ~known[n]! & claimed(flags);
  }
  return { depth, only };
}

/** What npm marks as `dev` or `optional` it does not mark as `devOptional` too. */
function claimed(flags: number | undefined): number {
  if (flags === undefined) return way.dev | way.optional | way.devOptional | way.peer;
  return (flags & (way.dev | way.optional)) === 0 ? flags : flags | way.devOptional;
}

/** @param only  bits of `Ways` */
export function kindOf(only: number): DependencyKind {
  if ((only & way.dev) !== 0) return 'dev';
  if ((only & (way.optional | way.devOptional)) !== 0) return 'optional';
  return (only & way.peer) === 0 ? 'prod' : 'peer';
}
