import type { Args } from '../core/check.ts';
import type { Code } from '../core/codes.ts';
import type { Coverage } from '../policy/coverage.ts';
import type { PracticeId } from '../policy/practices.ts';
import type { Baseline, BaselineEntry, Outcome, Severity } from '../policy/types.ts';
import type { LockfileKind, SourceKind } from '../tree/types.ts';
import type { Counts } from './types.ts';

/** Version of the file's form. A reader refuses any other. */
export const LOCK_VERSION = 1;

export interface LockFinding {
  readonly code: Code;
  readonly severity: Severity;
  readonly args: Args;
  /** Tasks of NIST SP 800-218, where the policy asks for them. */
  readonly practices?: readonly PracticeId[];
}

/** Claims that the signing certificate bears, and where the log has them. */
interface LockProvenance {
  readonly builder: string;
  readonly commit: string;
  readonly issuer: string;
  readonly logIndex: string | undefined;
  readonly ref: string;
  readonly repository: string;
  readonly runner: string | undefined;
  readonly signer: string;
  readonly trigger: string | undefined;
  readonly workflow: string;
}

/** What holds for one (purl, digest). An undefined fact is not in the file. */
export interface LockPackage {
  readonly integrity: string | undefined;
  readonly source: SourceKind;
  readonly outcome: Outcome;
  /** Id of the key whose signature held. */
  readonly registrySignature: string | undefined;
  /** The publish attestation held; its place in the log. */
  readonly publish: { readonly logIndex: string | undefined } | undefined;
  readonly provenance: LockProvenance | undefined;
  readonly findings: readonly LockFinding[];
}

/** `verify-deps.lock.json` as a value: everything in it follows from lockfile, policy, trust root and evidence alone. */
export interface LockReport {
  readonly lockfile: {
    readonly kind: LockfileKind;
    readonly version: string;
    readonly name: string;
    readonly digest: string;
  };
  /** sha256, hex. */
  readonly policy: string;
  /** sha256, hex. */
  readonly trustRoot: string;
  readonly counts: Counts;
  readonly outcome: 'passed' | 'failed' | 'undecided';
  /** About registries or the run. */
  readonly findings: readonly LockFinding[];
  /** By purl; `PURL#DIGEST` where the lockfile pins several digests for one purl. In key order. */
  readonly packages: ReadonlyMap<string, LockPackage>;
  readonly baseline: Baseline;
  /** Share of proven packages in production that a ratchet holds the next run to; undefined if none is recorded. */
  readonly coverage?: Coverage | undefined;
}

/** What writing takes of a map: each value is asked for when its turn comes. */
export type WrittenMap<T> = Pick<ReadonlyMap<string, T>, 'keys' | 'get'>;

/** A report to be written: what was read, or what a run found out, of which each package is put together by itself. */
export interface WrittenLock extends Omit<LockReport, 'packages' | 'baseline'> {
  readonly packages: WrittenMap<LockPackage>;
  readonly baseline: WrittenMap<BaselineEntry>;
}
