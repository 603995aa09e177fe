import type { HeldTo } from '../policy/baseline-view.ts';
import type { ConsideredRule } from '../policy/considered.ts';
import type { Coverage } from '../policy/coverage.ts';
import type { Finding, Verdict } from '../policy/types.ts';
import type { DependencyTree } from '../tree/types.ts';
import type { TrustOrigin } from '../trust/types.ts';

export interface CoverageChange {
  readonly now: Coverage;
  /** What the earlier report recorded. */
  readonly before: Coverage | undefined;
}

/** Where answers came from, where that is something else than registries and the store of this machine. */
export interface Gathered {
  /** Nobody was asked. */
  readonly offline: boolean;
  /** Evidence files that were looked into; times are days, as the file says. */
  readonly files: readonly {
    readonly path: string;
    readonly digest: string;
    readonly oldest: number;
    readonly newest: number;
  }[];
  /** When the answers that were used had been given, as far as they were not asked for now; milliseconds since 1970. */
  readonly ages: { readonly oldest: number; readonly newest: number } | undefined;
}

export interface Counts {
  /** Distinct (purl, digest). */
  readonly packages: number;
  readonly nodes: number;
  readonly passed: number;
  readonly exempted: number;
  readonly failed: number;
  readonly undecided: number;
  readonly registrySigned: number;
  readonly withProvenance: number;
  /** By source kind, `registry` included. */
  readonly sources: Readonly<Record<string, number>>;
}

/** Everything a run found out. Texts are made from it by the reporters; nothing is computed there. */
export interface Report {
  readonly tool: { readonly name: 'verify-deps'; readonly version: string };
  readonly tree: DependencyTree;
  readonly policy: {
    readonly files: readonly string[];
    readonly digest: string;
    readonly mode: 'enforce' | 'observe';
    /** `ssdf`: each finding is shown with the tasks of NIST SP 800-218 that it bears on. */
    readonly practices?: 'ssdf' | 'none';
  };
  readonly trust: {
    readonly digest: string;
    readonly origin: TrustOrigin;
    /** When the first of the metadata behind it expires or has expired, milliseconds since 1970. */
    readonly expires?: number | undefined;
  };
  readonly gathered?: Gathered | undefined;
  /** Sorted by purl, then digest. */
  readonly verdicts: readonly Verdict[];
  /** Of `explain` only: the rules that were considered for a package, in the order in which they are asked. */
  readonly considered?: ReadonlyMap<Verdict, readonly ConsideredRule[]>;
  /** Of `explain` only: what a package from a registry is held to. */
  readonly heldTo?: ReadonlyMap<Verdict, HeldTo>;
  /** About a registry or the run as a whole. */
  readonly findings: readonly Finding[];
  readonly counts: Counts;
  /** Of what production installs; undefined where only a part of it was looked at. */
  readonly coverage?: CoverageChange | undefined;
  /** `undecided` leads to exit code 3. */
  readonly outcome: 'passed' | 'failed' | 'undecided';
  readonly stats: { readonly requests: number; readonly bytes: number; readonly fromStore: number };
}
