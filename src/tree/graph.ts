import type { DependencyKind, Layout, NodeKey, PackageNode } from './types.ts';

/** The project itself, as a parent. */
export const projectKey: NodeKey = '';

export function workspaceKey(path: string): NodeKey {
  return `workspace:${path}`;
}

/** What the lockfile itself says of an entry. It is believed only where the edges say the same. */
export interface Flags {
  readonly dev: boolean;
  readonly optional: boolean;
  readonly devOptional: boolean;
  readonly peer: boolean;
}

export interface Entry extends Omit<PackageNode, 'dependency' | 'depth' | 'parents'> {
  /** Undefined where the format has no flags: the edges alone decide. */
  readonly flags: Flags | undefined;
  /** How deep it is nested in the lockfile; stands in for the depth of what nothing asks for. */
  readonly nesting: number;
}

export interface Edge {
  readonly from: NodeKey;
  readonly to: NodeKey;
  readonly dev: boolean;
  readonly optional: boolean;
  readonly peer: boolean;
}

/** A lockfile as read, before depth, kind and filters. */
export interface Graph {
  readonly version: string;
  readonly project: string | undefined;
  readonly entries: ReadonlyMap<NodeKey, Entry>;
  readonly edges: readonly Edge[];
  /** Keys of the workspaces, which count as part of the project. */
  readonly workspaces: readonly NodeKey[];
  readonly layout?: Layout;
}

type Adjacency = ReadonlyMap<NodeKey, readonly Edge[]>;

export function adjacencyOf(edges: readonly Edge[]): Adjacency {
  const out = new Map<NodeKey, Edge[]>();
  for (const edge of edges) {
    const list = out.get(edge.from);
    if (list === undefined) out.set(edge.from, [edge]);
    else list.push(edge);
  }
  return out;
}

/** Steps from the nearest root along the edges that `follow` allows; what is not in it cannot be reached. */
export function distances(
  adjacency: Adjacency,
  roots: readonly NodeKey[],
  follow: (edge: Edge) => boolean,
): ReadonlyMap<NodeKey, number> {
  const distance = new Map<NodeKey, number>(roots.map((root) => [root, 0]));
  const queue = [...distance.keys()];
  for (let i = 0; i < queue.length; i++) {
    const from = queue[i]!;
    const next = distance.get(from)! + 1;
    for (const edge of adjacency.get(from) ?? []) {
      if (distance.has(edge.to) || !follow(edge)) continue;
      distance.set(edge.to, next);
      queue.push(edge.to);
    }
  }
  return distance;
}

/** In which ways every path from the project to a node leads, as npm's own flags have it. */
export interface Ways {
  readonly depth: number;
  /** Only through devDependencies. */
  readonly dev: boolean;
  /** Only through optional dependencies. */
  readonly optional: boolean;
  /** Only through one or the other. */
  readonly devOptional: boolean;
  /** Only through peer dependencies. */
  readonly peer: boolean;
}

/**
 * A node that nothing asks for is needed in every way: a package manager may still install it, so no filter may drop
 * it, and it is never a direct dependency.
 */
export function waysOf(graph: Graph): ReadonlyMap<NodeKey, Ways> {
  const adjacency = adjacencyOf(graph.edges);
  const roots = [projectKey, ...graph.workspaces];
  const reach = (follow: (edge: Edge) => boolean): ReadonlyMap<NodeKey, number> =>
    distances(adjacency, roots, follow);
  const all = reach(() => true);
  const withoutDev = reach((edge) => !edge.dev);
  const withoutOptional = reach((edge) => !edge.optional);
  const withoutEither = reach((edge) => !edge.dev && !edge.optional);
  const withoutPeer = reach((edge) => !edge.peer);
  const ways = new Map<NodeKey, Ways>();
  for (const [key, { flags, nesting }] of graph.entries) {
    const depth = all.get(key);
    const only = (rest: ReadonlyMap<NodeKey, number>, claimed: boolean): boolean =>
      depth !== undefined && !rest.has(key) && claimed;
    ways.set(key, {
      depth: depth ?? Math.max(2, nesting),
      dev: only(withoutDev, flags?.dev ?? true),
      optional: only(withoutOptional, flags?.optional ?? true),
      devOptional: only(
        withoutEither,
        flags === undefined || flags.dev || flags.optional || flags.devOptional,
      ),
      peer: only(withoutPeer, flags?.peer ?? true),
    });
  }
  return ways;
}

export function kindOf(ways: Ways): DependencyKind {
  if (ways.dev) return 'dev';
  if (ways.optional || ways.devOptional) return 'optional';
  return ways.peer ? 'peer' : 'prod';
}
