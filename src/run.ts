import type { Clock } from './core/clock.ts';
import type { Report } from './report/types.ts';

export interface Progress {
  readonly phase: 'lockfile' | 'trust' | 'packages' | 'report';
  readonly done: number;
  readonly total: number;
}

export interface RunOptions {
  /** Folder of the project; the lockfile is looked for here and above. */
  readonly cwd: string;
  readonly lockfile?: string;
  readonly omit?: readonly ('dev' | 'optional' | 'peer')[];
  readonly workspaces?: readonly string[];
  /** Policy file instead of the one that would be found. */
  readonly policy?: string;
  readonly trustRoot?: string;
  readonly registryKeys?: string;
  readonly tufMirror?: string;
  readonly tufRoot?: string;
  /** Like npm's `--registry`: wins over every npmrc. */
  readonly registry?: string;
  /** Also download every tarball and compare its bytes with the lockfile. */
  readonly tarballs?: boolean;
  /** Verify only this package: `NAME` or `NAME@VERSION`. No report is written then. */
  readonly only?: string;
  /** `write` (default) puts `verify-deps.lock.json` beside the lockfile. */
  readonly report?: 'write' | 'none';
  /** Folder for evidence and TUF state. */
  readonly cacheDir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

export interface RunResult {
  readonly report: Report;
  /** Where the report is, and what happened to it; undefined if none was asked for. */
  readonly reportFile:
    | { readonly path: string; readonly outcome: 'written' | 'unchanged' | 'kept' }
    | undefined;
}

/**
 * Verifies every package of a lockfile and judges it by the policy.
 * @throws {VerifyDepsError} when the job cannot be done at all (no lockfile, unreadable policy, no trust root)
 */
export async function run(_options: RunOptions): Promise<RunResult> {
  throw new Error('in the making');
}
