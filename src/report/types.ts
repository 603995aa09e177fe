import type { Finding, Verdict } from '../policy/types.ts';
import type { DependencyTree } from '../tree/types.ts';
import type { TrustOrigin } from '../trust/types.ts';

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
  };
  readonly trust: { readonly digest: string; readonly origin: TrustOrigin };
  /** Sorted by purl, then digest. */
  readonly verdicts: readonly Verdict[];
  /** About a registry or the run as a whole. */
  readonly findings: readonly Finding[];
  readonly counts: Counts;
  /** `undecided` leads to exit code 3. */
  readonly outcome: 'passed' | 'failed' | 'undecided';
  readonly stats: { readonly requests: number; readonly bytes: number; readonly fromStore: number };
}
