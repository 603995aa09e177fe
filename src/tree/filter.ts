import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { adjacencyOf, distances, type Graph, projectKey, type Ways, workspaceKey } from './graph.ts';
import type { NodeKey, TreeOptions } from './types.ts';

/**
 * The nodes that `--omit` and `--workspace` leave. `--omit` drops what npm's flag of the same name would not install:
 * what is needed in that way only (and, with dev and optional both, what is needed in one way or the other).
 * @throws {VerifyDepsError} `workspace-unknown`
 */
export function keptKeys(
  graph: Graph,
  ways: ReadonlyMap<NodeKey, Ways>,
  options: TreeOptions,
): ReadonlySet<NodeKey> {
  const { omit } = options;
  const wanted = wantedKeys(graph, options.workspaces);
  const kept = new Set<NodeKey>();
  for (const key of graph.entries.keys()) {
    const { dev, optional, devOptional, peer } = ways.get(key)!;
    const omitted =
      (omit.has('dev') && dev) ||
      (omit.has('optional') && optional) ||
      (omit.has('peer') && peer) ||
      (omit.has('dev') && omit.has('optional') && devOptional);
    if (!omitted && (wanted === undefined || wanted.has(key))) kept.add(key);
  }
  return kept;
}

/** What the named workspaces need. What nothing at all asks for stays in: no workspace can be shown to do without it. */
function wantedKeys(graph: Graph, names: readonly string[]): ReadonlySet<NodeKey> | undefined {
  if (names.length === 0) return undefined;
  const adjacency = adjacencyOf(graph.edges);
  const roots = names.map((name) => rootOf(graph, name));
  const workspaces = new Set(graph.workspaces);
  // The project reaches its workspaces without needing them.
  const needed = (edge: { from: NodeKey; to: NodeKey }): boolean =>
    !(edge.from === projectKey && workspaces.has(edge.to));
  const wanted = new Set(distances(adjacency, roots, needed).keys());
  const reachable = distances(adjacency, [projectKey, ...graph.workspaces], () => true);
  for (const key of graph.entries.keys()) if (!reachable.has(key)) wanted.add(key);
  return wanted;
}

function rootOf(graph: Graph, name: string): NodeKey {
  const path = name.replace(/^\.\//, '').replace(/\/+$/, '');
  if (path === '.' || path === '' || path === graph.project) return projectKey;
  const byPath = workspaceKey(path);
  const key = graph.workspaces.includes(byPath)
    ? byPath
    : graph.workspaces.find((workspace) => graph.entries.get(workspace)?.name === path);
  if (key !== undefined) return key;
  const known = graph.workspaces.map((workspace) => {
    const entry = graph.entries.get(workspace)!;
    return `${printable(entry.name)} (${printable(workspace.slice('workspace:'.length))})`;
  });
  const shown = known.slice(0, 20).join(', ');
  const rest = known.length > 20 ? ` and ${known.length - 20} more` : '';
  throw new VerifyDepsError('workspace-unknown', `no workspace "${printable(name)}" in the lockfile`, {
    hint: known.length === 0 ? 'the lockfile has no workspaces' : `known workspaces: ${shown}${rest}`,
  });
}
