import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { adjacencyOf, distances, type Graph, type Ways, way, workspaceKey } from './graph.ts';
import type { TreeOptions } from './types.ts';

/**
 * Marks the nodes that `--omit` and `--workspace` leave. `--omit` drops what npm's flag of the same name would not install:
 * what is needed in that way only (and, with dev and optional both, what is needed in one way or the other).
 * @returns 1 for each number of a node that stays; the project has none
 * @throws {VerifyDepsError} `workspace-unknown`
 */
export function keptNodes(graph: Graph, { only }: Ways, { omit, workspaces }: TreeOptions): Uint8Array {
  const omitted =
    (omit.has('dev') ? way.dev : 0) |
    (omit.has('optional') ? way.optional : 0) |
    (omit.has('peer') ? way.peer : 0) |
    (omit.has('dev') && omit.has('optional') ? way.devOptional : 0);
  const wanted = wantedNodes(graph, workspaces);
  const kept = new Uint8Array(only.length);
  for (let n = 1; n < kept.length; n++)
    if ((only[n]! & omitted) === 0 && (wanted === undefined || wanted[n] === 1)) kept[n] = 1;
  return kept;
}

/** What the named workspaces need. What nothing at all asks for stays in: no workspace can be shown to do without it. */
function wantedNodes(graph: Graph, names: readonly string[]): Uint8Array | undefined {
  if (names.length === 0) return undefined;
  const { edges, workspaces } = graph;
  const roots = names.map((name) => rootOf(graph, name));
  const adjacency = adjacencyOf(edges.from, graph.entries.length + 1);
  // The project reaches its workspaces without needing them.
  const needed = distances(edges, adjacency, roots, new Set(workspaces));
  const reachable = distances(edges, adjacency, [0, ...workspaces]);
  return Uint8Array.from(needed, (steps, n) => (steps !== -1 || reachable[n] === -1 ? 1 : 0));
}

/** Number of the project or the workspace of that name or path. */
function rootOf({ entries, workspaces, project }: Graph, name: string): number {
  const path = name.replace(/^\.\//, '').replace(/\/+$/, '');
  if (path === '.' || path === '' || path === project) return 0;
  const byPath = workspaceKey(path);
  const found =
    workspaces.find((n) => entries[n - 1]!.key === byPath) ??
    workspaces.find((n) => entries[n - 1]!.name === path);
  if (found !== undefined) return found;
  const known = workspaces.map((n) => {
    const entry = entries[n - 1]!;
    return `${printable(entry.name)} (${printable(entry.key.slice('workspace:'.length))})`;
  });
  const shown = known.slice(0, 20).join(', ');
  const rest = known.length > 20 ? ` and ${known.length - 20} more` : '';
  throw new VerifyDepsError('workspace-unknown', `no workspace "${printable(name)}" in the lockfile`, {
    hint: known.length === 0 ? 'the lockfile has no workspaces' : `known workspaces: ${shown}${rest}`,
  });
}
