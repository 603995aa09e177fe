import type { Finding, Outcome, Policy, Verdict } from '../policy/types.ts';
import type { DependencyTree } from '../tree/types.ts';
import { foldRegistries } from './fold.ts';
import { compareFindings, compareText, compareVerdicts } from './order.ts';
import type { Counts, Report } from './types.ts';

export interface ReportInput {
  readonly toolVersion: string;
  readonly tree: DependencyTree;
  readonly policy: Report['policy'];
  readonly trust: Report['trust'];
  /** One for each (purl, digest), in any order. */
  readonly verdicts: readonly Verdict[];
  /** About a registry or the run as a whole, in any order. */
  readonly findings: readonly Finding[];
  readonly stats: Report['stats'];
  readonly coverage?: Report['coverage'];
  readonly gathered?: Report['gathered'];
}

/** What a report says of the policy it was made by. */
export function policyFacts({ files, digest, mode, practices }: Policy): Report['policy'] {
  return { files, digest, mode: mode.value, practices };
}

/** Sorts, counts and decides the outcome of the run. Pure: the same input in another order gives the same report. */
export function buildReport(input: ReportInput): Report {
  const sorted = [...input.verdicts]
    .map((verdict) => ({ ...verdict, findings: [...verdict.findings].sort(compareFindings) }))
    .sort(compareVerdicts);
  const folded = foldRegistries(sorted);
  const { requests, bytes, fromStore } = input.stats;
  const findings = [...input.findings, ...folded.findings].sort(compareFindings);
  return {
    tool: { name: 'verify-deps', version: input.toolVersion },
    tree: input.tree,
    policy: input.policy,
    trust: input.trust,
    verdicts: folded.verdicts,
    findings,
    counts: countVerdicts(input.tree, sorted),
    outcome: input.policy.mode === 'observe' ? 'passed' : outcomeOf(sorted, findings),
    stats: { requests, bytes, fromStore },
    coverage: input.coverage,
    ...(input.gathered === undefined ? {} : { gathered: input.gathered }),
  };
}

function outcomeOf(verdicts: readonly Verdict[], findings: readonly Finding[]): Report['outcome'] {
  const errors = findings.filter((finding) => finding.severity === 'error');
  const has = (outcome: Outcome): boolean => verdicts.some((verdict) => verdict.outcome === outcome);
  if (has('failed') || errors.some((finding) => finding.status !== 'unreachable')) return 'failed';
  return has('undecided') || errors.length > 0 ? 'undecided' : 'passed';
}

function countVerdicts(tree: DependencyTree, verdicts: readonly Verdict[]): Counts {
  const count = (test: (verdict: Verdict) => boolean): number => verdicts.filter(test).length;
  const sources = new Map<string, number>();
  for (const { evidence } of verdicts) {
    const kind = evidence.subject.source.kind;
    sources.set(kind, (sources.get(kind) ?? 0) + 1);
  }
  return {
    packages: verdicts.length,
    nodes: tree.nodes.size,
    passed: count((verdict) => verdict.outcome === 'passed'),
    exempted: count((verdict) => verdict.outcome === 'passed-with-exemption'),
    failed: count((verdict) => verdict.outcome === 'failed'),
    undecided: count((verdict) => verdict.outcome === 'undecided'),
    registrySigned: count(({ evidence }) => evidence.registrySignature.status === 'verified'),
    withProvenance: count(({ evidence }) => evidence.provenance.status === 'verified'),
    sources: Object.fromEntries([...sources].sort(([a], [b]) => compareText(a, b))),
  };
}
