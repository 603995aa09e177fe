import type { Sigstore } from './sigstore.mjs';

/** What the server hands out under one key: `full NAME`, `corgi NAME`, `manifest|tarball|att NAME@VERSION`. */
export interface Doc {
  /** Gzipped body, as it travels … */
  gz?: Buffer;
  /** … or the plain one. */
  body?: Buffer;
  ct: string;
}
export interface RigPackage {
  location: string;
  name: string;
  version: string;
  /** `owner/name` on GitHub, as its package.json declares it. */
  repo: string;
  attested: boolean;
  /** False for optional packages of another platform. */
  onDisk: boolean;
  /** Only development needs it. */
  dev: boolean;
  /** When it was published, milliseconds since 1970. */
  time: number;
}
export interface LockEntry {
  name?: string;
  version?: string;
  resolved?: string;
  integrity?: string;
  dev?: boolean;
  dependencies?: Record<string, string>;
  [field: string]: unknown;
}
export interface Project {
  'package.json': {
    name: string;
    version: string;
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
    [field: string]: unknown;
  };
  'package-lock.json': {
    name: string;
    lockfileVersion: number;
    packages: Record<string, LockEntry>;
    [field: string]: unknown;
  };
}
export interface Rig {
  sigstore: Sigstore;
  origin: string;
  docs: Map<string, Doc>;
  project: Project;
  packages: RigPackage[];
  info: {
    seed: number;
    packages: number;
    attested: number;
    origin: string;
    installed: number;
    uniqueInstalled: number;
    withAttestations: number;
    platformOnly: number;
    nested: number;
  };
}
export interface RigOptions {
  /** Lockfile entries that are really installed. */
  packages?: number;
  /** Share of the installed packages that carry attestations, 0 to 1. */
  attested?: number;
  /** Where the registry will be served; baked into tarball and attestation URLs. */
  origin?: string;
  seed?: number;
  /** Size of a full packument before compression. */
  medianKB?: number;
  maxKB?: number;
  /** Origin written to `resolved` in the lockfile; `origin` if left out. */
  resolved?: string;
  /** Milliseconds since 1970. */
  now?: number;
  /** Exactly these packages instead of random ones. */
  catalogue?: readonly CatalogueEntry[];
  /** Of the project. */
  name?: string;
  sigstore?: Sigstore;
}
export interface CatalogueEntry {
  name: string;
  version: string;
  /** Age of that version. */
  days: number;
  /** `owner/name`; made from the name if left out. */
  repo?: string;
  /** With attestations, in this format. */
  attested?: 'v0.1' | 'v0.2' | 'v0.3';
  dev?: boolean;
  /** Its tarball, instead of one that is made up. */
  tarball?: Buffer;
  /** Of its package.json, instead of made-up ones. */
  scripts?: Readonly<Record<string, string>>;
  /** More files of its tarball: content by path. */
  files?: Readonly<Record<string, string>>;
  /** Names of packages it depends on. What nothing needs is a direct dependency. */
  needs?: readonly string[];
  /** Older versions, which nobody installs. */
  earlier?: readonly { version: string; days: number }[];
}
export function makeRig(options?: RigOptions): Rig;
export function writeRig(dir: string, rig: Rig): void;
export function readRig(dir: string): Rig;
