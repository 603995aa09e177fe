import type { KeyObject } from 'node:crypto';

/** Milliseconds since 1970; an open end is undefined. A trust root entry without a start is refused when it is read. */
export interface ValidFor {
  readonly start: number;
  readonly end: number | undefined;
}

/** A public key with its algorithm fixed, parsed once per run. */
export interface VerificationKey {
  readonly key: KeyObject;
  /** SubjectPublicKeyInfo, DER. */
  readonly spkiDer: Uint8Array;
  /** Hash that goes with it; null for Ed25519, which brings its own. */
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null;
  readonly padding?: 'pkcs1' | 'pss';
}

/** A transparency log or certificate transparency log of the trust root. */
export interface LogAuthority {
  /** 32 bytes, hex: SHA-256 of the SPKI (Rekor v1, CT), or the checkpoint key id (Rekor v2). */
  readonly logId: string;
  readonly baseUrl: string;
  readonly key: VerificationKey;
  readonly validFor: ValidFor;
}

/** Certificates of an authority, from the one that issues leaves to the self-signed root. */
export interface CertificateAuthority {
  readonly uri: string;
  readonly chain: readonly import('./certificate.ts').Certificate[];
  readonly validFor: ValidFor;
}

export interface TrustRoot {
  readonly certificateAuthorities: readonly CertificateAuthority[];
  readonly ctLogs: readonly LogAuthority[];
  readonly transparencyLogs: readonly LogAuthority[];
  readonly timestampAuthorities: readonly CertificateAuthority[];
  /** sha256 of the document it was read from, hex. */
  readonly digest: string;
}

/** A managed key that may have signed a bundle, and when it was in force. */
export interface ManagedKey {
  /** What `publicKey.hint` must say. */
  readonly hint: string;
  readonly key: VerificationKey;
  readonly validFor: ValidFor;
}

/** Fulcio's extensions 1.3.6.1.4.1.57264.1.x by their names, as the certificate bears them. */
export interface FulcioClaims {
  readonly issuer?: string;
  readonly githubWorkflowTrigger?: string;
  readonly githubWorkflowSha?: string;
  readonly githubWorkflowName?: string;
  readonly githubWorkflowRepository?: string;
  readonly githubWorkflowRef?: string;
  readonly buildSignerUri?: string;
  readonly buildSignerDigest?: string;
  readonly runnerEnvironment?: string;
  readonly sourceRepositoryUri?: string;
  readonly sourceRepositoryDigest?: string;
  readonly sourceRepositoryRef?: string;
  readonly sourceRepositoryIdentifier?: string;
  readonly sourceRepositoryOwnerUri?: string;
  readonly sourceRepositoryOwnerIdentifier?: string;
  readonly buildConfigUri?: string;
  readonly buildConfigDigest?: string;
  readonly buildTrigger?: string;
  readonly runInvocationUri?: string;
  readonly sourceRepositoryVisibility?: string;
  readonly deploymentEnvironment?: string;
}

export interface CertificateIdentity {
  readonly kind: 'certificate';
  readonly subjectAlternativeName: string;
  readonly sanType: 'uri' | 'email' | 'other';
  readonly claims: FulcioClaims;
}

export interface KeyIdentity {
  readonly kind: 'key';
  readonly hint: string;
}

export type SignerIdentity = CertificateIdentity | KeyIdentity;

export interface VerifiedLogEntry {
  readonly logId: string;
  readonly baseUrl: string;
  /** Across shards, as people look it up. Decimal text: it can exceed 2^53. */
  readonly logIndex: string;
  readonly kind: string;
  /** Milliseconds since 1970, where the log has signed for it. */
  readonly integratedTime: number | undefined;
  /** `proof`: shown to be in the log. `promise`: the log has only signed that it will be. */
  readonly inclusion: 'proof' | 'promise';
}

export interface VerifiedTime {
  readonly source: 'transparency-log' | 'timestamp-authority';
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly authority: string;
}

/** Built only after everything it says has been verified. */
export interface VerifiedBundle {
  readonly mediaType: string;
  readonly signer: SignerIdentity;
  readonly logEntries: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  readonly content:
    | { readonly kind: 'dsse'; readonly payloadType: string; readonly payload: Uint8Array }
    | { readonly kind: 'message'; readonly digestAlgorithm: string; readonly digest: Uint8Array };
}
