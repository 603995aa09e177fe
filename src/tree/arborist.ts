import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Edge as ArboristEdge, Node as ArboristNode } from '@npmcli/arborist';
import type { JsonObject } from '../core/json.ts';

/** One dependency as npm resolves it among the entries of a lockfile. Locations are relative; `` is the project. */
export interface ResolvedEdge {
  readonly from: string;
  readonly to: string;
  readonly type: ArboristEdge['type'];
  readonly name: string;
  readonly spec: string;
}

/**
 * Arborist looks for package.json files wherever the lockfile points. A folder that does not exist, deeper than any
 * `..` that `isRelativePath` lets through, keeps it away from the disk: the lockfile alone counts.
 */
function nowhere(): string {
  return path.join(tmpdir(), `verify-deps-${randomUUID()}`, ...Array<string>(17).fill('x'));
}

/** Roots whose trees are being put together by `resolveEdges`. */
const loading = new WeakSet<object>();
let quiet = false;

/**
 * Whenever a node joins a tree, Arborist asks every node below its parent whether it waits for that name: 31 s of CPU for
 * 10,000 packages. The nodes of our trees are not asked; all edges look once, when every node is there. If a later
 * version has no such method, the result is the same and only the time is lost.
 */
function askOnce(Node: typeof ArboristNode): void {
  if (quiet) return;
  quiet = true;
  const prototype = Node.prototype as unknown as Record<
    symbol,
    (this: ArboristNode, ...rest: unknown[]) => void
  >;
  const name = Object.getOwnPropertySymbols(prototype).find((it) => it.description === '_reloadNamedEdges');
  const original = name === undefined ? undefined : prototype[name];
  if (name === undefined || original === undefined) return;
  prototype[name] = function (this: ArboristNode, ...rest: unknown[]): void {
    if (!loading.has(this.root)) original.apply(this, rest);
  };
}

/**
 * Resolves the dependencies among the `packages` of a lockfile (version 2 or 3) exactly as npm would.
 * @param packages  checked entries by location; only what resolution needs
 */
export async function resolveEdges(
  packages: Readonly<Record<string, object>>,
): Promise<readonly ResolvedEdge[]> {
  const { Arborist, Node, Shrinkwrap } = await import('@npmcli/arborist');
  askOnce(Node);
  const at = nowhere();
  const lock = new Shrinkwrap({ path: at });
  lock.data = { lockfileVersion: 3, requires: true, packages, dependencies: {} };
  lock.originalLockfileVersion = lock.lockfileVersion = 3;
  // Not loaded from disk: there is no package.json that it could disagree with.
  lock.loadedFromDisk = false;
  const flags = { extraneous: false, dev: false, optional: false, devOptional: false, peer: false };
  const root = new Node({ path: at, realpath: at, pkg: packages[''] ?? {}, ...flags });
  root.meta = lock;
  loading.add(root);
  await new Arborist({ path: at }).loadVirtual({ root });
  loading.delete(root);
  for (const node of root.inventory.values()) for (const edge of node.edgesOut.values()) edge.reload();

  const edges: ResolvedEdge[] = [];
  for (const node of root.inventory.values()) {
    if (node.isLink) continue;
    for (const { to, type, name, rawSpec } of node.edgesOut.values()) {
      if (to === null || to === undefined) continue;
      edges.push({ from: node.location, to: targetOf(to).location, type, name, spec: rawSpec });
    }
  }
  return edges;
}

function targetOf(node: ArboristNode): ArboristNode {
  return node.isLink ? node.target : node;
}

/**
 * The `packages` that npm makes of a version 1 lockfile.
 * @param lockfile  checked: only fields of version 1, with their right types
 */
export async function convertVersion1(lockfile: object): Promise<JsonObject> {
  const { Shrinkwrap } = await import('@npmcli/arborist');
  const lock = new Shrinkwrap({ path: nowhere() });
  // What it would read from disk: npm-shrinkwrap.json, package-lock.json, yarn.lock.
  Object.defineProperty(lock, 'loadFiles', { value: Promise.resolve(['', JSON.stringify(lockfile), '']) });
  await lock.load();
  return lock.data.packages as JsonObject;
}
