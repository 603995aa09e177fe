import type { Rig } from './registry.mjs';
import type { TufOptions, TufRepo } from './sigstore.mjs';

export const TUF_HOST: string;
export interface ServerOptions {
  /** Milliseconds before each response starts. */
  latency?: number;
  jitter?: number;
  /** Requests a second; 0 is unlimited. */
  maxRps?: number;
  rateMode?: 'wait' | '429';
  /** What `Retry-After` says with 429; empty leaves the field out. */
  retryAfter?: string;
  /** `cache-control: max-age` of manifests and attestations, seconds. */
  maxAge?: number;
  gzip?: boolean;
  /** `503:0.05,reset:0.01,truncate:0.01,hang:0`: odds per response. */
  fail?: string;
  /** Classes of responses that `fail` applies to. */
  failOn?: string;
  /** The first N tries of every path fail with 503. */
  failFirst?: number;
  /** As a company mirror: no signatures, no attestations, no keys. */
  strip?: boolean;
  /** False: no `/NAME/VERSION`, only full packuments. */
  versionEndpoint?: boolean;
  logRequests?: boolean;
}
/** What is served instead of a document. Getters are asked at each request. */
export interface Override {
  json?: unknown;
  body?: Buffer;
  ct?: string;
  status?: number;
  drop?: 'reset' | 'truncate' | 'hang';
  headers?: Record<string, string>;
}
export interface Stats {
  requests: number;
  bytes: number;
  maxConcurrent: number;
  limited: number;
  refusedConnects: string[];
  byClass: Record<string, { requests: number; bytes: number; status: Record<string, number> }>;
  log: { method: string; url: string; cls: string; status: number | string; bytes: number; ms: number }[];
}
export interface RigServer {
  /** Without trailing slash. */
  readonly origin: string;
  /** With trailing slash; the TUF mirror is at `${url}tuf`. */
  readonly url: string;
  /** Key: `full NAME`, `corgi NAME`, `manifest|tarball|att NAME@VERSION`, `keys`, `tuf FILE`. */
  readonly overrides: Map<string, Override>;
  readonly opt: Required<ServerOptions>;
  readonly rig: Rig;
  readonly tlsCA: string;
  readonly tuf: TufRepo;
  stats(): Stats;
  reset(): void;
  set(options: ServerOptions): void;
  setTuf(options?: TufOptions): void;
  close(): Promise<void>;
}
export function serve(
  rig: Rig,
  options?: ServerOptions & { port?: number; host?: string; seed?: number; tufOptions?: TufOptions },
): Promise<RigServer>;
/** A port of the loopback interface that is free now. */
export function freePort(): Promise<number>;
