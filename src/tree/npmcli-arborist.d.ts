/** The few parts of @npmcli/arborist that are used, most of them by tests only; the package ships no types. */
declare module '@npmcli/arborist' {
  export interface Edge {
    readonly type: 'prod' | 'dev' | 'optional' | 'peer' | 'peerOptional' | 'workspace';
    readonly name: string;
    readonly rawSpec: string;
    readonly to: Node | null;
    /** `MISSING`, `INVALID` and the like; null where it is satisfied. */
    readonly error: string | null;
    reload(): void;
  }

  export class Node {
    constructor(options: {
      readonly path: string;
      readonly realpath: string;
      readonly pkg: object;
      readonly extraneous: boolean;
      readonly dev: boolean;
      readonly optional: boolean;
      readonly devOptional: boolean;
      readonly peer: boolean;
    });
    readonly location: string;
    readonly root: Node;
    readonly isLink: boolean;
    readonly isProjectRoot: boolean;
    readonly isWorkspace: boolean;
    readonly package: { readonly bundleDependencies?: readonly string[] };
    readonly target: Node;
    readonly edgesOut: ReadonlyMap<string, Edge>;
    readonly inventory: ReadonlyMap<string, Node>;
    meta: Shrinkwrap;
  }

  export class Shrinkwrap {
    constructor(options: { readonly path: string });
    data: { lockfileVersion: number; requires: boolean; packages: object; dependencies: object };
    originalLockfileVersion: number;
    lockfileVersion: number | null;
    loadedFromDisk: boolean;
    load(): Promise<this>;
  }

  export class Arborist {
    constructor(options: {
      readonly path: string;
      readonly subtreeOnly?: boolean;
      readonly legacyPeerDeps?: boolean;
    });
    loadVirtual(options?: { readonly root: Node }): Promise<Node>;
  }
}

declare module '@npmcli/arborist/lib/shrinkwrap.js' {
  export { Shrinkwrap as default } from '@npmcli/arborist';
}
