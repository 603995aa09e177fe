import type { Project } from './registry.mjs';
import type { TufRepo } from './sigstore.mjs';

export interface Peer {
  dir: string;
  home: string;
  cache: string;
  caFile: string;
  cwd: string;
}
/** `code` is the exit code, a signal's name or `timeout`; CPU in seconds and memory in MiB where they could be measured. */
export interface Measured {
  code: number | string;
  out: string;
  err: string;
  wall: number;
  user?: number;
  sys?: number;
  rssMB?: number;
}
export function primeCache(cache: string, anchor: Buffer, trustedRoot?: Buffer): void;
export function trustedRootOf(tuf: TufRepo): Buffer;
export function peerDir(
  base: string | undefined,
  options: { anchor: Buffer; trustedRoot?: Buffer; tlsCA: string; project: Project },
): Peer;
export function run(
  argv: readonly string[],
  options?: { cwd?: string; env?: Record<string, string | undefined>; timeout?: number },
): Promise<Measured>;
export function npmCli(): string;
export function npmCi(peer: Peer, url: string): Promise<Measured>;
export function auditSignatures(
  peer: Peer,
  url: string,
  extra?: readonly string[],
  timeout?: number,
): Promise<Measured>;
export function parseAudit(out: string): {
  audited: number;
  signatures: number;
  attestations: number;
  missing: number;
  invalidSignatures: number;
  invalidAttestations: number;
};
