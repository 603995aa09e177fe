import { npmPurl } from '../core/purl.ts';
import type { DependencyTree, PackageNode } from '../tree/types.ts';
import type { Subject } from './types.ts';

/**
 * Gathers nodes that are the same bytes of the same package: each is verified once, in however many places it is
 * installed. What has no digest of its own is kept apart by where it comes from.
 * @returns sorted by purl, then digest
 */
export function subjectsOf(tree: DependencyTree): readonly Subject[] {
  return subjectsOfNodes(tree.nodes.values());
}

/** The same of any nodes. */
export function subjectsOfNodes(nodes: Iterable<PackageNode>): readonly Subject[] {
  const groups = new Map<string, PackageNode[]>();
  for (const node of nodes) {
    const key = JSON.stringify(identity(node));
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, nodes]) => {
      const [first] = nodes as [PackageNode];
      const { name, version, integrity, source } = first;
      return { purl: npmPurl(name, version), name, version, integrity, source, nodes };
    });
}

/** The tarball's place is part of it: of two entries with one digest, the one that points elsewhere must not hide. */
function identity(node: PackageNode): readonly string[] {
  const { integrity, source } = node;
  const digest = integrity.kind === 'none' ? '' : integrity.sri;
  return [npmPurl(node.name, node.version), digest, source.kind, placeOf(node)];
}

function placeOf({ source }: PackageNode): string {
  switch (source.kind) {
    case 'registry':
      return source.resolved ?? '';
    case 'git':
      return `${source.url}#${source.commit ?? ''}`;
    case 'remote':
      return source.url;
    case 'bundled':
      return source.within;
    default:
      return source.path;
  }
}
