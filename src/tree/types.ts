/** Where the lockfile says a package's bytes come from. */
export type Source =
  /** From an npm registry. `resolved` is the tarball URL the lockfile names, where it names one. */
  | { readonly kind: 'registry'; readonly resolved: string | undefined }
  | { readonly kind: 'git'; readonly url: string; readonly commit: string | undefined }
  /** A tarball at a plain URL. */
  | { readonly kind: 'remote'; readonly url: string }
  /** A tarball on this disk. */
  | { readonly kind: 'file'; readonly path: string }
  /** A folder on this disk that is not part of the project. */
  | { readonly kind: 'directory'; readonly path: string }
  /** A part of the project itself: its code is reviewed here, not downloaded. */
  | { readonly kind: 'workspace'; readonly path: string }
  /** Inside the tarball of another package (`bundleDependencies`). */
  | { readonly kind: 'bundled'; readonly within: NodeKey };

export type SourceKind = Source['kind'];

/**
 * What the lockfile pins. Only sha512 is what registry signatures and attestations speak about; of several digests the
 * sha512 counts, and everything weaker is `weak`.
 */
export type Integrity =
  /** `sri` is canonical: `sha512-` and 88 characters of padded base64. */
  | { readonly kind: 'sha512'; readonly sri: string }
  | { readonly kind: 'weak'; readonly algorithm: string; readonly sri: string }
  | { readonly kind: 'none' };

/** npm: the location (`node_modules/a/node_modules/b`); pnpm: the dependency path with its peer suffix. */
export type NodeKey = string;

/** How the project depends on a package. A package can be needed in several ways; production wins over the others. */
export type DependencyKind = 'prod' | 'dev' | 'optional' | 'peer';

export interface PackageNode {
  readonly key: NodeKey;
  /** The name its registry knows it by (an `npm:` alias is resolved). */
  readonly name: string;
  /** The name it is installed under, where that differs. */
  readonly alias: string | undefined;
  readonly version: string;
  readonly source: Source;
  readonly integrity: Integrity;
  /** `dev` only if nothing in production needs it; `optional` only if it may be missing. */
  readonly dependency: DependencyKind;
  /** Steps from the project: 1 for a direct dependency. */
  readonly depth: number;
  /** Nodes that need this one, sorted; the empty string is the project itself, workspaces are `workspace:PATH`. */
  readonly parents: readonly NodeKey[];
  /** The lockfile says that it runs a script when it is installed. */
  readonly hasInstallScript: boolean;
  /** Set where it is installed on some platforms only. */
  readonly platform:
    | { readonly os: readonly string[]; readonly cpu: readonly string[]; readonly libc: readonly string[] }
    | undefined;
  /** Digest or path of a patch that the package manager applies after unpacking (pnpm `patchedDependencies`). */
  readonly patch: string | undefined;
  /** 1-based line of its entry in the lockfile, where known. */
  readonly line: number | undefined;
  /** What its entry says about the package itself, where a registry says it too. */
  readonly claims?: LockfileClaims | undefined;
}

/** Name, range, name, range, …: an object with keys of its own would take ten times the memory. */
type Ranges = readonly string[];

/** What a lockfile repeats of a package's manifest, and what package managers plan by instead of it. */
export type LockfileClaims =
  | {
      readonly kind: 'npm';
      readonly dependencies: Ranges;
      readonly optionalDependencies: Ranges;
      readonly peerDependencies: Ranges;
      readonly bundled: readonly string[];
      /** The form of the lockfile has a place for it. */
      readonly tellsScripts: boolean;
    }
  /** Of its dependencies the names only: what they were resolved to stands in place of the ranges. */
  | { readonly kind: 'pnpm'; readonly names: readonly string[] };

/** Where a package manager puts what the lockfile lists, relative to the lockfile. */
export type Layout =
  | {
      readonly kind: 'npm';
      /** Every location in a node_modules folder, with the location that it links to. */
      readonly places: ReadonlyMap<string, string | undefined>;
      /** The project (``) and each other folder outside of node_modules. */
      readonly folders: readonly string[];
    }
  | {
      readonly kind: 'pnpm';
      /** Key of a node, a workspace or the project (``) -> name it finds a dependency under -> key of that. */
      readonly links: ReadonlyMap<NodeKey, ReadonlyMap<string, NodeKey>>;
      /** What pnpm installs for itself, by name. */
      readonly own: ReadonlyMap<string, NodeKey>;
    };

export type LockfileKind = 'npm' | 'pnpm';

export interface Lockfile {
  readonly kind: LockfileKind;
  /** As in the file: `3`, `9.0`. */
  readonly version: string;
  /** Absolute path. */
  readonly path: string;
  /** sha256 of its bytes, hex. */
  readonly digest: string;
  /** Absolute paths of the lockfiles beside it that were passed over. */
  readonly others?: readonly string[];
}

export interface DependencyTree {
  readonly lockfile: Lockfile;
  /** Name of the project, where it has one. */
  readonly project: string | undefined;
  /** Every node the lockfile lists and the filters keep, by key, in key order. */
  readonly nodes: ReadonlyMap<NodeKey, PackageNode>;
  /** Nodes left out by `--omit` or `--workspace`. */
  readonly omitted: number;
  /** Of the whole lockfile, whatever was left out. */
  readonly layout?: Layout;
}

export interface TreeOptions {
  readonly omit: ReadonlySet<'dev' | 'optional' | 'peer'>;
  /** Workspace names or paths; empty means all. */
  readonly workspaces: readonly string[];
}
