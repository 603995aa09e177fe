export interface BenchRow {
  who: 'npm' | 'ours';
  attested: number;
  latency: number;
  cache: string;
  wall: number;
  cpu: number;
  rssMB: number;
  requests: number;
  bytes: number;
}
export type Medians = Pick<BenchRow, 'wall' | 'cpu' | 'rssMB' | 'requests' | 'bytes'>;
export interface Cell extends Pick<BenchRow, 'attested' | 'latency' | 'cache'> {
  npm: Medians | undefined;
  ours: Medians;
}
export interface Facts {
  packages: number;
  runs: number;
  npm: string | undefined;
  node: string;
  cpus: number;
}
export function summarize(rows: readonly BenchRow[]): Cell[];
export function table(cells: readonly Cell[], facts: Facts): string;
export function writePage(text: string): string;
