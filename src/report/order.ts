import type { Finding, Severity, Verdict } from '../policy/types.ts';
import type { Integrity } from '../tree/types.ts';

/** By UTF-16 code units, the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The lockfile's digest as text; empty where it pins none. */
export function digestOf(integrity: Integrity): string {
  return integrity.kind === 'none' ? '' : integrity.sri;
}

/** By purl, then digest; packages outside registries can share both, then their place in the tree decides. */
export function compareVerdicts(a: Verdict, b: Verdict): number {
  const x = a.evidence.subject;
  const y = b.evidence.subject;
  return (
    compareText(x.purl, y.purl) ||
    compareText(digestOf(x.integrity), digestOf(y.integrity)) ||
    compareText(x.nodes[0]?.key ?? '', y.nodes[0]?.key ?? '')
  );
}

const RANK: Readonly<Record<Severity, number>> = { error: 0, warn: 1, info: 2 };

/** Errors first, then by code, then by content: the order must not depend on which answer came first. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    RANK[a.severity] - RANK[b.severity] ||
    compareText(a.code, b.code) ||
    compareText(a.about, b.about) ||
    compareText(stableArgs(a), stableArgs(b))
  );
}

export function worse(a: Severity, b: Severity): Severity {
  return RANK[a] <= RANK[b] ? a : b;
}

function stableArgs(finding: Finding): string {
  return JSON.stringify(Object.entries(finding.args).sort(([a], [b]) => compareText(a, b)));
}
