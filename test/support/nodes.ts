import type { PackageNode } from '../../src/tree/types.ts';

/** A sha512 that no bytes of a test have. */
export const SRI: string = `sha512-${Buffer.alloc(64, 0x5a).toString('base64')}`;

/** A direct production dependency from a registry, but for what is given. */
export function packageNode(over: Partial<PackageNode> = {}): PackageNode {
  const name = over.name ?? '@acme/log';
  return {
    key: `node_modules/${over.alias ?? name}`,
    name,
    alias: undefined,
    version: '2.1.0',
    source: { kind: 'registry', resolved: undefined },
    integrity: { kind: 'sha512', sri: SRI },
    dependency: 'prod',
    depth: 1,
    parents: [''],
    hasInstallScript: false,
    platform: undefined,
    patch: undefined,
    line: undefined,
    ...over,
  };
}
