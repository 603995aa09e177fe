import type { GateId } from '../coverage.ts';

export type ManagerName = 'npm' | 'pnpm' | 'yarn' | 'bun' | 'deno';

/** Who installs here, and how that is known. */
export interface FoundManager {
  readonly name: ManagerName;
  /** Undefined where neither the project nor PATH says. */
  readonly version: string | undefined;
  readonly major: number | undefined;
  /** `packageManager in package.json`, `pnpm-lock.yaml`. */
  readonly why: string;
}

/** A file of the project as it is to be; all paths absolute. */
export interface FileChange {
  readonly path: string;
  /** Undefined for a file that is not there yet. */
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array;
  /** Permissions, where they matter. */
  readonly mode?: number;
}

/** What is to be done for one gate. */
export interface SetUp {
  readonly gates: readonly GateId[];
  readonly changes: readonly FileChange[];
  /** What a person has to do or to know, each a paragraph of lines. */
  readonly notes: readonly (readonly string[])[];
}

export const NOTHING: SetUp = { gates: [], changes: [], notes: [] };
