import type { KeyObject } from 'node:crypto';
import type { Bundle, LeafCert, LogEntry, MerkleLog, Sigstore, Statement } from './sigstore.d.mts';

export interface TimestampAuthority {
  key: KeyObject;
  /** Name of the root, DER. */
  issuer: Buffer;
  serial: Buffer;
  /** The signing certificate and the root. */
  chain: Buffer[];
}
export interface TimestampOptions {
  embed?: boolean;
  status?: number;
}
/** A bundle with a signature over a file. */
export type MessageBundle = Omit<Bundle, 'dsseEnvelope'> & {
  messageSignature: { messageDigest: { algorithm: string; digest: string }; signature: string };
};

export class ModernInstance {
  constructor(sigstore: Sigstore);
  readonly sigstore: Sigstore;
  readonly origin: string;
  readonly key: KeyObject;
  readonly logId: Buffer;
  readonly witness: { name: string; key: KeyObject };
  readonly log: MerkleLog;
  readonly pending: { index: number; entry: LogEntry }[];
  readonly tsa: TimestampAuthority;
  // biome-ignore lint/suspicious/noExplicitAny: tests take the document apart and break it
  trustedRoot(): any;
  witnessKey(): string;
  timestamp(signature: Uint8Array, time: number, options?: TimestampOptions): Buffer;
  attest(options: {
    statement: Statement | Record<string, unknown> | Buffer;
    cert: LeafCert;
    time: number;
    payloadType?: string;
    /** What the signature is made with; whatever it is, the log says what the key's details say. */
    hash?: string;
  }): Bundle;
  signFile(options: { content: Uint8Array; cert: LeafCert; time: number }): MessageBundle;
  seal(): void;
  checkpoint(size: number, root: Uint8Array, options?: { cosigned?: number }): string;
}
export function timestampAuthority(domain: string, begin: number, end: number): TimestampAuthority;
export function timestampResponse(
  tsa: TimestampAuthority,
  signature: Uint8Array,
  time: number,
  options?: TimestampOptions,
): Buffer;
