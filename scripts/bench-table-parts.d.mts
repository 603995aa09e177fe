import type { Bar, Machine } from './bench-table.mjs';

/** Seconds; measures of one process. */
interface Measured {
  run: number;
  wall: number;
  cpu: number;
}
type Pair = Record<'wall' | 'cpu', number>;

export interface FloorRow extends Measured {
  who: 'ours' | 'floor';
  signatures?: number;
}
export interface FloorCell {
  ours: Pair;
  floor: Pair & { signatures: number };
  /** Ours to the least work in the same run. */
  ratio: Pair;
  bar: Bar;
}
export function summarizeFloor(rows: readonly FloorRow[]): FloorCell;
export function floorTable(
  cell: FloorCell,
  facts: Machine & { packages: number; runs: number; rounds: number },
): string;

export interface ScaleRow extends Measured {
  packages: number;
  rssMB: number;
}
export interface ScaleSummary {
  cells: Omit<ScaleRow, 'run'>[];
  ratio: Pair & { rssMB: number };
  bars: [time: Bar, memory: Bar];
}
export function summarizeScale(rows: readonly ScaleRow[]): ScaleSummary;
export function scaleTable(
  summary: ScaleSummary,
  facts: Machine & { attested: number; runs: number },
): string;

export interface CurveCell {
  cache: string;
  packages: number;
  wall: number;
  rssMB: number;
  /** Milliseconds and KiB of one package. */
  each: Pair & { memory: number };
  /** What costs more than 15 % more than in the next smaller tree. */
  rises: string[];
}
export function summarizeCurve(rows: readonly (ScaleRow & { cache: string })[]): CurveCell[];
export function curveTable(
  cells: readonly CurveCell[],
  facts: Machine & { attested: number; runs: number },
): string;

export interface StartRow extends Measured {
  what: 'help' | 'check';
  who: 'ours' | 'node';
  rssMB: number;
}
interface Loaded {
  files: number;
  bytes: number;
}
export interface StartCell {
  name: string;
  ours: { wall: number; rssMB: number };
  node: { wall: number; rssMB: number };
  /** Milliseconds. */
  above: Pair;
  loaded: Loaded;
  bar: Bar;
}
export function summarizeStart(
  rows: readonly StartRow[],
  facts: { loaded: Record<'help' | 'check', Loaded> },
): StartCell[];
export function startTable(cells: readonly StartCell[], facts: Machine & { runs: number }): string;

export interface NpxRow extends Measured {
  who: 'ours' | 'one file';
}
export interface NpxSummary {
  ours: Pair;
  single: Pair;
  ratio: number;
  bars: [time: Bar, packages: Bar, unpacked: Bar];
}
export function summarizeNpx(
  rows: readonly NpxRow[],
  facts: { packages: number; unpacked: number },
): NpxSummary;
export function npxTable(
  summary: NpxSummary,
  facts: Machine & {
    runs: number;
    npm: string;
    packages: number;
    files: number;
    tarball: number;
    unpacked: number;
  },
): string;

export interface FaultsRow extends Measured {
  faults: string;
  /** Requests a second at most; 0 is unlimited. */
  rate: number;
  requests: number;
  /** How many answers of each status, or kind of fault. */
  answers: Record<string, number>;
  same: boolean;
}
export interface FaultsCell {
  faults: string;
  wall: number;
  requests: number;
  failed: number;
  longer: number;
  repeated: number;
  least: number | undefined;
  same: number;
  runs: number;
  bar: Bar;
}
export function summarizeFaults(rows: readonly FaultsRow[]): FaultsCell[];
export function faultsTable(
  cells: readonly FaultsCell[],
  facts: Machine & { packages: number; attested: number; runs: number },
): string;
