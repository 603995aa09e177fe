export interface BundleRow {
  kind: string;
  round: number;
  who: 'sigstore' | 'ours' | 'floor';
  bundles: number;
  /** Seconds. */
  wall: number;
  cpu: number;
}
/** Bundles per second; CPU milliseconds for each. */
export interface BundleMedians {
  rate: number;
  cpu: number;
}
export interface BundleCell {
  kind: string;
  sigstore: BundleMedians | undefined;
  ours: BundleMedians;
  floor: BundleMedians;
  /** How many times as fast as @sigstore/verify; in how many times the time of the floor. */
  speed: { sigstore: number | undefined; floor: number };
  /** The same of CPU time. */
  work: { sigstore: number | undefined; floor: number };
}
export interface BundleFacts {
  bundles: number;
  rounds: number;
  sigstore: string;
  node: string;
  cpus: number;
}
export function summarizeBundles(rows: readonly BundleRow[]): BundleCell[];
export function bundleTable(cells: readonly BundleCell[], facts: BundleFacts): string;
