import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Arborist, type Edge as ArboristEdge, Node, Shrinkwrap } from '@npmcli/arborist';

/** One dependency as npm resolves it among the entries of a lockfile. Locations are relative; `` is the project. */
export interface ResolvedEdge {
  readonly from: string;
  readonly to: string;
  readonly type: ArboristEdge['type'];
  readonly name: string;
  readonly spec: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** What of an entry decides how dependencies resolve. */
function forResolution(location: string, entry: Fields): object {
  if (entry.link === true) return { link: true, resolved: entry.resolved ?? '' };
  const copy = (key: string): object => ({ ...((entry[key] ?? {}) as object) });
  return {
    ...(location === '' ? { name: 'project' } : {}),
    dependencies: copy('dependencies'),
    // npm follows them for the project and its workspaces only.
    ...(/(?:^|\/)node_modules\/(?:@[^/]+\/)?[^/]+$/.test(location)
      ? {}
      : { devDependencies: copy('devDependencies') }),
    optionalDependencies: copy('optionalDependencies'),
    peerDependencies: copy('peerDependencies'),
    // Without one, Arborist finds a value for a dependency named `constructor` in Object.prototype, and fails.
    acceptDependencies: Object.create(null),
    peerDependenciesMeta: copy('peerDependenciesMeta'),
  };
}

/**
 * The dependencies among the `packages` of a lockfile (version 2 or 3) as npm's own Arborist finds them, in its order. It
 * looks for package.json files wherever the lockfile points: in a folder that does not exist there are none.
 */
export async function resolveWithArborist(
  packages: Readonly<Record<string, Fields>>,
): Promise<readonly ResolvedEdge[]> {
  const at = path.join(tmpdir(), `verify-deps-${randomUUID()}`, ...Array<string>(17).fill('x'));
  const lock = new Shrinkwrap({ path: at });
  const entries = Object.entries(packages).map(
    ([location, entry]) => [location, forResolution(location, entry)] as const,
  );
  const data = Object.fromEntries(entries);
  lock.data = { lockfileVersion: 3, requires: true, packages: data, dependencies: {} };
  lock.originalLockfileVersion = 3;
  lock.lockfileVersion = 3;
  // Not loaded from disk: there is no package.json that it could disagree with.
  lock.loadedFromDisk = false;
  const flags = { extraneous: false, dev: false, optional: false, devOptional: false, peer: false };
  const root = new Node({ path: at, realpath: at, pkg: data[''] ?? {}, ...flags });
  root.meta = lock;
  await new Arborist({ path: at }).loadVirtual({ root });
  for (const node of root.inventory.values()) for (const edge of node.edgesOut.values()) edge.reload();

  const edges: ResolvedEdge[] = [];
  for (const node of root.inventory.values()) {
    if (node.isLink) continue;
    for (const { to, type, name, rawSpec } of node.edgesOut.values()) {
      if (to === null || to === undefined) continue;
      const target = to.isLink ? to.target : to;
      edges.push({ from: node.location, to: target.location, type, name, spec: rawSpec });
    }
  }
  return edges;
}
