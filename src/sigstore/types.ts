import type { KeyObject } from 'node:crypto';
import type { Note } from '../core/check.ts';
import type { DigestAlgorithm } from './digest.ts';

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
  /** Who runs it: thresholds count these. The trust root's word for it, or the log's own id. */
  readonly operator: string;
  /** 32 bytes, hex: SHA-256 of the SPKI (Rekor v1, CT), or the checkpoint key id (Rekor v2). */
  readonly logId: string;
  readonly baseUrl: string;
  readonly key: VerificationKey;
  readonly validFor: ValidFor;
}

/** Certificates of an authority, from the one that issues leaves to the self-signed root. */
export interface CertificateAuthority {
  /** Who runs it: thresholds count these. The trust root's word for it, its URI, or the digest of its anchor's key. */
  readonly operator: string;
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
  readonly issuer?: string | undefined;
  readonly githubWorkflowTrigger?: string | undefined;
  readonly githubWorkflowSha?: string | undefined;
  readonly githubWorkflowName?: string | undefined;
  readonly githubWorkflowRepository?: string | undefined;
  readonly githubWorkflowRef?: string | undefined;
  readonly buildSignerUri?: string | undefined;
  readonly buildSignerDigest?: string | undefined;
  readonly runnerEnvironment?: string | undefined;
  readonly sourceRepositoryUri?: string | undefined;
  readonly sourceRepositoryDigest?: string | undefined;
  readonly sourceRepositoryRef?: string | undefined;
  readonly sourceRepositoryIdentifier?: string | undefined;
  readonly sourceRepositoryOwnerUri?: string | undefined;
  readonly sourceRepositoryOwnerIdentifier?: string | undefined;
  readonly buildConfigUri?: string | undefined;
  readonly buildConfigDigest?: string | undefined;
  readonly buildTrigger?: string | undefined;
  readonly runInvocationUri?: string | undefined;
  readonly sourceRepositoryVisibility?: string | undefined;
  readonly deploymentEnvironment?: string | undefined;
  readonly tokenSubject?: string | undefined;
}

/** When a certificate transparency log has seen the signing certificate. */
export interface VerifiedSct {
  readonly logId: string;
  readonly baseUrl: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

export interface CertificateIdentity {
  readonly kind: 'certificate';
  readonly subjectAlternativeName: string;
  readonly sanType: 'uri' | 'email' | 'other';
  readonly claims: FulcioClaims;
  readonly certificate: CertificateFact;
}

/** The signing certificate itself, for looking it up. */
export interface CertificateFact {
  /** Of its DER, hex. */
  readonly sha256: string;
  /** Hex, without leading zeros. */
  readonly serialNumber: string;
  /** Milliseconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** URI of the authority that issued it. */
  readonly authority: string;
  readonly transparency: readonly VerifiedSct[];
}

export interface KeyIdentity {
  readonly kind: 'key';
  /** What the bundle calls it. */
  readonly hint: string;
  /** Of its SubjectPublicKeyInfo, hex. */
  readonly sha256: string;
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
  /** Names of the known witnesses that have cosigned the checkpoint of the proof. */
  readonly witnesses: readonly string[];
}

export interface VerifiedTime {
  readonly source: 'transparency-log' | 'timestamp-authority';
  /** Milliseconds since 1970. */
  readonly time: number;
  /** URI of the authority or log. */
  readonly authority: string;
  /** Who runs it; see {@link LogAuthority.operator}. */
  readonly operator: string;
}

/** The artifact that was held against the bundle: these exact bytes are what was signed, or what a statement names. */
export interface VerifiedArtifact {
  readonly algorithm: DigestAlgorithm;
  /** Hex. */
  readonly digest: string;
}

/** Built only after everything it says has been verified. */
export interface VerifiedBundle {
  readonly mediaType: string;
  readonly signer: SignerIdentity;
  readonly logEntries: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  /** Timestamps by authorities outside of the trust root: nothing is known of them, and nothing rests on them. */
  readonly uncoveredTimestamps: readonly Note[];
  readonly content:
    | { readonly kind: 'dsse'; readonly payloadType: string; readonly payload: Uint8Array }
    /** The digest of the artifact, which was held against the bundle. */
    | { readonly kind: 'message'; readonly digestAlgorithm: DigestAlgorithm; readonly digest: Uint8Array };
}
