import type { Check, Note } from '../core/check.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import type { Integrity, PackageNode, Source } from '../tree/types.ts';

/**
 * What is verified once: a package by (purl, digest), however many places of the tree install it.
 */
export interface Subject {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  readonly integrity: Integrity;
  readonly source: Source;
  /** Every node of the tree that is this subject, in key order, at least one. */
  readonly nodes: readonly PackageNode[];
}

/**
 * Who built it, from what, where. Every value here is borne by the signing certificate, but for the build type (a name for
 * the form of the predicate) and the number of a GitLab runner at the end of `builderId`.
 */
export interface Provenance {
  readonly predicateType: string;
  readonly buildType: string;
  /** `https://github.com/actions/runner/github-hosted`, a reusable workflow, or `PROJECT/-/runners/NUMBER` on GitLab. */
  readonly builderId: string;
  readonly ci: 'github' | 'gitlab';
  /** OIDC issuer. */
  readonly issuer: string;
  /** `https://github.com/owner/repo` */
  readonly sourceRepository: string;
  readonly sourceRepositoryId: string | undefined;
  readonly sourceOwnerId: string | undefined;
  readonly ref: string;
  /** Commit, hex. */
  readonly commit: string;
  /** Path of the workflow or CI configuration within its repository: `.github/workflows/release.yml`. */
  readonly workflow: string;
  /** URI of the workflow that signed; another repository's for a reusable workflow. */
  readonly signer: string;
  readonly trigger: string | undefined;
  /** `github-hosted`, `self-hosted`, … */
  readonly runner: string | undefined;
  readonly invocation: string | undefined;
}

export interface PublishTime {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** True if a transparency log signed for it, false if it is the registry's bare word. */
  readonly signed: boolean;
}

export interface RegistrySignatureFact {
  readonly keyid: string;
  readonly keyOrigin: 'tuf' | 'policy' | 'registry';
  /** What was used to judge the key's validity, where that was needed. */
  readonly publishTime: PublishTime | undefined;
}

/**
 * A verified bundle once its statement has been read. Of what was signed only the size is left: a run holds this for every
 * package until its end.
 */
export interface VerifiedAttestation extends Omit<VerifiedBundle, 'content'> {
  readonly content: {
    readonly kind: 'dsse';
    readonly payloadType: string;
    readonly payloadBytes: number;
  };
}

export interface ProvenanceFact {
  readonly bundle: VerifiedAttestation;
  readonly claims: Provenance;
}

/** All that could be established about one subject. Checks do not stop each other; policy decides what they are worth. */
export interface Evidence {
  readonly subject: Subject;
  /** Base URL of the registry that was asked; undefined for what does not come from one. */
  readonly registry: string | undefined;
  /** The lockfile pins a sha512, and the registry has the same for this version. */
  readonly integrity: Check<string>;
  /** The tarball URL of the lockfile is this version's. */
  readonly resolved: Check<string>;
  readonly registrySignature: Check<RegistrySignatureFact>;
  readonly publish: Check<VerifiedAttestation>;
  readonly provenance: Check<ProvenanceFact>;
  /** Attestations of other predicate types; kept, shown, not judged by default. */
  readonly other: readonly { readonly predicateType: string; readonly check: Check<VerifiedAttestation> }[];
  /** The tarball's own bytes, where they were asked for. */
  readonly tarball: Check<string> | undefined;
  /** When the registry says it was published, without signing for it; only where the policy made that matter. */
  readonly claimedTime?: Check<number>;
  /** The registry's unsigned word, for comparison only. */
  readonly declared:
    | { readonly repository: string | undefined; readonly hasInstallScript: boolean }
    | undefined;
  /** Where lockfile, registry and tarball say different things about the package; only where there is such a place. */
  readonly confusion?: readonly Note[];
  /** What differs on this disk from the tarball, where that was asked for. */
  readonly disk?: readonly Note[];
  /** Facts worth telling that decide nothing by themselves. */
  readonly notes: readonly Note[];
}
