import type { KeyObject } from 'node:crypto';

export const PUBLISH_PREDICATE: string;
export const SLSA_V1: string;
export const SLSA_V02: string;
export const INTOTO: string;
export const BUNDLE_V01: string;
export const BUNDLE_V02: string;
export const BUNDLE_V03: string;

/** Seeded random numbers in [0, 1), with helpers. */
export interface Random {
  (): number;
  int(low: number, high: number): number;
  pick<T>(list: readonly T[]): T;
  normal(): number;
  hex(length: number): string;
}
export function rng(seed: number): Random;
export function sha(algorithm: string, ...parts: readonly (string | Uint8Array)[]): Buffer;
export function ecKey(curve?: 'P-256' | 'P-384' | 'P-521'): KeyObject;
export function spki(key: KeyObject): Buffer;
export function pem(label: string, der: Uint8Array): string;
/** DER encoded ECDSA signature. */
export function ecSign(key: KeyObject, data: Uint8Array, algorithm?: string): Buffer;
export function canonical(value: unknown): string;
export function pae(payloadType: string, payload: Uint8Array): Buffer;
export function tlsIdentity(host: string): { ca: string; cert: string; key: string };

export class MerkleLog {
  constructor(base: number, leaves?: Buffer[]);
  readonly base: number;
  readonly leaves: Buffer[];
  readonly size: number;
  /** Index of the new leaf. */
  append(body: Uint8Array): number;
  root(start?: number, end?: number): Buffer;
  proof(index: number, end?: number, start?: number): Buffer[];
}

/** A key pair of the npm registry and when it is in force (milliseconds since 1970; `end` null if open). */
export interface NpmKey {
  key: KeyObject;
  keyid: string;
  der: Buffer;
  start: number;
  end: number | null;
}
/** What GitHub Actions puts into a certificate. */
export interface GithubIdentity {
  issuer: string;
  repo: string;
  ref: string;
  sha: string;
  trigger: string;
  workflowName: string;
  workflow: string;
  workflowUri: string;
  repoId: string;
  ownerId: string;
  runId: string;
}
export interface EmailIdentity {
  email: string;
  issuer: string;
}
export interface LeafCert {
  key: KeyObject;
  der: Buffer;
}
export interface LogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime: string;
  inclusionPromise: { signedEntryTimestamp: string } | null;
  inclusionProof: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  } | null;
  canonicalizedBody: string;
}
export interface Bundle {
  mediaType: string;
  verificationMaterial: {
    publicKey?: { hint: string };
    certificate?: { rawBytes: string };
    x509CertificateChain?: { certificates: { rawBytes: string }[] };
    tlogEntries: LogEntry[];
    timestampVerificationData: { rfc3161Timestamps: unknown[] } | null;
  };
  dsseEnvelope: {
    payload: string;
    payloadType: string;
    signatures: { sig: string; keyid: string }[];
  };
}
export interface Statement {
  _type: string;
  subject: { name: string; digest: Record<string, string> }[];
  predicateType: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests take predicates apart and break them
  predicate: any;
}
export interface AttestOptions {
  statement: Statement | Record<string, unknown> | Buffer;
  signer: { registry: Pick<NpmKey, 'key' | 'keyid' | 'der'> } | { cert: LeafCert };
  /** When it is logged, milliseconds since 1970. */
  time: number;
  version?: 'v0.1' | 'v0.2' | 'v0.3';
  payloadType?: string;
  /** Kind of the log entry; goes with the version if left out. */
  kind?: 'dsse' | 'intoto';
  /** False leaves the signed entry timestamp out. */
  promise?: boolean;
}
export interface TufRepo {
  /** Path below the mirror to bytes. */
  files: Map<string, Buffer>;
  /** Root version 1: what a client must trust beforehand. */
  anchor: Buffer;
}
export interface TufOptions {
  registryHost?: string;
  trustedRoot?: unknown;
  keysTarget?: unknown;
  /** No keys.json for the registry. */
  noKeys?: boolean;
  /** The timestamp role has expired. */
  expired?: boolean;
}

export class Sigstore {
  static create(options?: {
    now?: number;
    rotation?: number;
    domain?: string;
    logBase?: number;
    logShift?: number;
    tufKeys?: number;
    tufThreshold?: number;
  }): Sigstore;
  static load(dir: string): Sigstore;
  save(dir: string): void;
  readonly conf: {
    now: number;
    rotation: number;
    domain: string;
    logShift: number;
    tufThreshold: number;
    begin: number;
  };
  readonly keys: Record<string, KeyObject>;
  readonly npmKeys: [NpmKey, NpmKey];
  readonly rootCert: Buffer;
  readonly interCert: Buffer;
  readonly rekorId: Buffer;
  readonly ctId: Buffer;
  readonly rekorHost: string;
  readonly log: MerkleLog;
  registryKey(time?: number): NpmKey;
  registrySignature(
    id: string,
    integrity: string,
    key: Pick<NpmKey, 'key' | 'keyid'>,
  ): { keyid: string; sig: string };
  keysEndpoint(): {
    keys: { expires: string | null; keyid: string; keytype: string; scheme: string; key: string }[];
  };
  keysTarget(): {
    keys: {
      keyId: string;
      keyUsage: string;
      publicKey: { rawBytes: string; keyDetails: string; validFor: { start: string; end?: string } };
    }[];
  };
  leafCert(
    identity: GithubIdentity | EmailIdentity,
    time: number,
    options?: { ca?: 'other'; sct?: boolean | 'bad'; ttl?: number; key?: KeyObject },
  ): LeafCert;
  attest(options: AttestOptions): Bundle;
  logEntry(
    body: Buffer,
    time: number,
    options: { kind: string; version: string; proof?: boolean; promise?: boolean },
  ): LogEntry;
  signSET(entry: { body: string; integratedTime: number; logIndex: number }): Buffer;
  checkpoint(size: number, root: Uint8Array, key?: KeyObject): string;
  seal(): void;
  // biome-ignore lint/suspicious/noExplicitAny: tests take the document apart and break it
  trustedRoot(): any;
  tufRepo(options?: TufOptions): TufRepo;
}

export function githubIdentity(
  random: Random,
  repo: string,
  options?: { tag?: string; workflow?: string },
): GithubIdentity;
export function purl(name: string, version: string): string;
export function publishStatement(
  name: string,
  version: string,
  sha512hex: string,
  registry: string,
): Statement;
export function slsaV1(name: string, version: string, sha512hex: string, identity: GithubIdentity): Statement;
export function slsaV02(
  name: string,
  version: string,
  sha512hex: string,
  identity: GithubIdentity,
): Statement;
