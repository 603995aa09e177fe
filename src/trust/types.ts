import type { TrustRoot, ValidFor, VerificationKey } from '../sigstore/types.ts';
import type { OfferedState } from './tuf-offer.ts';
import type { TufState } from './tuf-state.ts';

/** A key with which a registry signs packages or publish attestations. */
export interface RegistryKey {
  /** As in `dist.signatures[].keyid`: `SHA256:` and unpadded base64. */
  readonly keyid: string;
  readonly usage: 'signatures' | 'attestations';
  readonly key: VerificationKey;
  readonly validFor: ValidFor;
}

export interface RegistryKeys {
  /** `tuf`: from the trust root; `policy`: pinned there; `registry`: its own word, taken because the policy says so. */
  readonly origin: 'tuf' | 'policy' | 'registry';
  /** Base URL of the registry whose keys they are: of a mirror, the one at the end of `mirrorOf`. */
  readonly registry: string;
  readonly keys: readonly RegistryKey[];
}

/** Where the trust root came from and how fresh it is, for the report and for `verify-deps trust`. */
export interface TrustOrigin {
  readonly kind: 'tuf' | 'cache' | 'evidence' | 'shipped' | 'file';
  /** Mirror URL or file path. */
  readonly from: string;
  /** TUF versions of the metadata used, where there are any. */
  readonly metadata: { readonly root: number; readonly timestamp: number | undefined } | undefined;
  /** When its newest metadata was fetched or made, milliseconds since 1970; undefined if nobody knows. */
  readonly asOf: number | undefined;
  /** Why it could not be refreshed, where it could not. */
  readonly stale: string | undefined;
}

export interface Trust {
  readonly root: TrustRoot;
  readonly origin: TrustOrigin;
  /** When the first of the metadata behind it expires, milliseconds since 1970; undefined where there is none (a file). */
  readonly expires?: number | undefined;
  /** Trusted keys of a registry (base URL with trailing slash), or undefined if none are known. */
  registryKeys(registry: string): Promise<RegistryKeys | undefined>;
  /** The TUF repository behind it, as far as it was asked for until now; undefined where there is none, or it only ships. `mirror` is without credentials. */
  readonly tuf?: { readonly mirror: string; held(): Omit<TufState, 'fetched'> } | undefined;
}

/** A key as a policy file pins it. */
export interface PinnedKey {
  readonly keyid: string;
  /** Base64 of the SPKI DER, or PEM. */
  readonly key: string;
  readonly usage: readonly ('signatures' | 'attestations')[];
  readonly validFrom: string | undefined;
  readonly validUntil: string | undefined;
}

/** What the policy says of one registry (see `policy/types.ts`, which builds it). */
export interface RegistryTrust {
  /** Base URL with trailing slash. */
  readonly url: string;
  /**
   * `tuf` (default): the trust root's keys for this very host. `mirror`: it mirrors `mirrorOf`, whose keys count.
   * `pinned`: the keys given. `registry`: whatever `/-/npm/v1/keys` answers. `none`: it signs nothing.
   */
  readonly keys: 'tuf' | 'mirror' | 'pinned' | 'registry' | 'none';
  /** With `mirror`: base URL of the origin; `default` is npm's default registry. */
  readonly mirrorOf: string | undefined;
  readonly pinned: readonly PinnedKey[];
}

export interface TrustOptions {
  /** trusted_root.json of a private Sigstore instead of TUF. */
  readonly trustRootFile: string | undefined;
  /** Another TUF repository, with the root it is anchored in. */
  readonly tufMirror: string | undefined;
  readonly tufRootFile: string | undefined;
  /** A file in the form of the TUF target keys.json, for `trustRootFile`. */
  readonly registryKeysFile: string | undefined;
  readonly registries: readonly RegistryTrust[];
  /** The user's cache folder for this tool. */
  readonly cacheDir: string;
  readonly offline: boolean;
  /** What evidence files have of the TUF repository at this mirror (URL without trailing slash and credentials). */
  readonly offered?: ((mirror: string) => readonly OfferedState[]) | undefined;
}
