/** A value that the benchmark holds this tool to. */
export interface Bar {
  what: string;
  value: number;
  limit: number;
  /** The value must not be below the limit; otherwise it must not be above it. */
  least?: boolean;
  unit?: string;
}
export function median(values: readonly number[]): number;
export function barText(bar: Bar | undefined): string;
export function barsText(bars: readonly Bar[]): string;

export interface AuditRow {
  who: 'npm' | 'ours';
  run: number;
  attested: number;
  /** Milliseconds. */
  latency: number;
  cache: string;
  /** Seconds. */
  wall: number;
  cpu: number;
  rssMB: number;
  requests: number;
  bytes: number;
}
export type Medians = Pick<AuditRow, 'wall' | 'cpu' | 'rssMB' | 'requests' | 'bytes'>;
export interface AuditCell extends Pick<AuditRow, 'attested' | 'latency' | 'cache'> {
  npm: Medians | undefined;
  ours: Medians;
  /** Medians of npm's to ours in the same run. */
  ratio: { wall: number | undefined; cpu: number | undefined };
  bar: Bar | undefined;
}
export interface Machine {
  node: string;
  cpus: number;
}
export interface AuditFacts extends Machine {
  packages: number;
  runs: number;
  npm: string | undefined;
}
export function summarizeAudit(rows: readonly AuditRow[]): AuditCell[];
export function auditTable(cells: readonly AuditCell[], facts: AuditFacts): string;
