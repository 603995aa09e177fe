import type { Unproven } from '../core/check.ts';
import type { ManifestClaims } from './claims.ts';

/** An answer of the registry, or why there is none: `absent` (404), `unreachable` (everything else). */
export type Answer<T> = { readonly status: 'found'; readonly value: T } | Unproven;

export interface RegistrySignature {
  readonly keyid: string;
  /** Base64 as served, not yet decoded. */
  readonly sig: string;
}

/** What a registry says about one version. Nothing of it is proven; the proofs are checked against the lockfile. */
export interface VersionManifest {
  readonly name: string;
  readonly version: string;
  readonly integrity: string | undefined;
  readonly shasum: string | undefined;
  readonly tarball: string | undefined;
  readonly signatures: readonly RegistrySignature[];
  /** `dist.attestations` is there. */
  readonly announcesAttestations: boolean;
  /** `dist.attestations.provenance` is there. */
  readonly announcesProvenance: boolean;
  /** `repository.url` (or the string form of `repository`), as written. */
  readonly repository: string | undefined;
  readonly repositoryDirectory: string | undefined;
  readonly hasInstallScript: boolean;
  /** What it says about how the package is installed. */
  readonly claims?: ManifestClaims;
}

/** Raw body of the attestations endpoint; parsed and judged in `evidence/`. */
export type AttestationsBody = Uint8Array;

/** One key of `/-/npm/v1/keys`, as served. */
export interface ServedKey {
  readonly keyid: string;
  readonly keytype: string;
  readonly scheme: string;
  readonly key: string;
  readonly expires: string | undefined;
}

export interface PackageRef {
  readonly name: string;
  readonly version: string;
}

/** What the rest of the tool knows of registries. One instance serves a run. */
export interface RegistryClient {
  /** Base URL with a trailing slash of the registry that npm's configuration names for this package. */
  registryFor(name: string): string;
  /** npm's own default registry, wherever the configuration points. */
  readonly defaultRegistry: string;
  /** `/NAME/VERSION`; falls back to the full packument when the registry has no such endpoint. */
  manifest(ref: PackageRef): Promise<Answer<VersionManifest>>;
  /**
   * Publish time from the full packument (unsigned), where a fact needs it. Milliseconds since 1970.
   * @param by  `registry`: what stands in an evidence file, which anybody can write, does not do
   */
  publishTime(ref: PackageRef, by?: 'registry'): Promise<Answer<number>>;
  /** Manifest out of the full packument, for registries that strip signatures from `/NAME/VERSION`. */
  fullManifest(ref: PackageRef): Promise<Answer<VersionManifest>>;
  attestations(ref: PackageRef): Promise<Answer<AttestationsBody>>;
  /** `/-/npm/v1/keys` of a registry. Asked only where the policy says so. */
  keys(registry: string): Promise<Answer<readonly ServedKey[]>>;
  /** sha512 SRI and length of the tarball's bytes, streamed; nothing is unpacked. */
  tarballIntegrity(ref: PackageRef, url: string | undefined): Promise<Answer<string>>;
  /** The bytes of a tarball of a bounded size; not held against any digest. */
  tarball(ref: PackageRef, url: string | undefined, bytesMax: number): Promise<Answer<Uint8Array>>;
  /** Bytes that npm keeps under this digest, if it does; to be hashed again by whoever uses them. */
  cachedTarball?(sri: string, bytesMax: number): Promise<Uint8Array | undefined>;
  /**
   * Drops what the evidence store has of a version, so that it is asked for again.
   * @returns false if nothing of it was answered from the store in this run: asking again would tell nothing new
   */
  forget(ref: PackageRef): boolean;
  /**
   * Raw GET under npm's proxy and CA settings, for TUF metadata and policies. Throws on anything but 200 within the bounds.
   * @param strictly  https through all redirects (http only where it starts and stays on the loopback), no credentials
   */
  download(url: string, bytesMax: number, strictly?: 'strictly'): Promise<Uint8Array>;
  readonly stats: {
    readonly requests: number;
    readonly bytes: number;
    readonly fromStore: number;
    /** What nothing can go on without now; `until` is milliseconds since 1970. */
    readonly waiting?: { readonly host: string; readonly reason: string; readonly until: number } | undefined;
  };
  /** When the oldest and the newest of the answers out of a store or an evidence file were given; milliseconds since 1970. */
  readonly ages?: { readonly oldest: number; readonly newest: number } | undefined;
  close(): Promise<void>;
}
