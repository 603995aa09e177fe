/**
 * `verify-deps.lock.json`: what was established, in a form for pull requests. Keys sorted, one fact a line, no clock: the
 * same inputs give the same bytes, whoever runs it, wherever, with whatever cache.
 */
import path from 'node:path';
import type { Args } from '../core/check.ts';
import { printable } from '../core/text.ts';
import type { Evidence } from '../evidence/types.ts';
import { CHANGE_CODES } from '../policy/baseline.ts';
import { nextRecorded } from '../policy/coverage.ts';
import type { Baseline, Finding, Verdict } from '../policy/types.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import { type JsonOut, jsonInline, jsonPieces, Members } from './json-text.ts';
import {
  LOCK_VERSION,
  type LockFinding,
  type LockPackage,
  type WrittenLock,
  type WrittenMap,
} from './lock-types.ts';
import { compareFindings, compareText, compareVerdicts, digestOf } from './order.ts';
import { practicesShown } from './practices.ts';
import type { Report } from './types.ts';

/** Facts that say when or how something was asked rather than what is so. */
const FLEETING: ReadonlySet<string> = new Set(['age', 'now', 'duration', 'elapsed', 'attempts', 'cached']);
/** What is left of a question without an answer: the way it failed differs from run to run. */
const UNREACHABLE_ARGS: ReadonlySet<string> = new Set(['registry', 'count', 'status']);

/** The part of a report that is written beside the lockfile. */
export function lockOf(report: Report, baseline: Baseline): WrittenLock {
  const { lockfile } = report.tree;
  const root = path.dirname(lockfile.path);
  return {
    lockfile: {
      kind: lockfile.kind,
      version: lockfile.version,
      name: path.basename(lockfile.path),
      digest: lockfile.digest,
    },
    policy: report.policy.digest,
    trustRoot: report.trust.digest,
    counts: report.counts,
    outcome: report.outcome,
    // How fresh the trust root is depends on the day and the network, not on the inputs.
    findings: lockFindings(
      report.findings.filter(({ code }) => code !== 'trust-root-stale'),
      root,
      report,
    ),
    packages: packagesOf(report, root),
    baseline,
    coverage: report.coverage && nextRecorded(report.coverage.before, report.coverage.now, report.findings),
  };
}

/** Text of the file, with a final line feed. */
export function formatLock(lock: WrittenLock): string {
  return [...lockText(lock)].join('');
}

/** The same in pieces, made anew each time they are gone through: the text of a large tree is never in memory whole. */
export function lockText(lock: WrittenLock): Iterable<string> {
  return { [Symbol.iterator]: () => piecesOf(lock) };
}

function* piecesOf({ packages, baseline, ...lock }: WrittenLock): Generator<string, void> {
  yield* jsonPieces([
    ['baseline', membersOf(baseline, jsonInline)],
    ['counts', { ...lock.counts }],
    ['coverage', lock.coverage && jsonInline({ ...lock.coverage })],
    ['findings', lock.findings.map((finding) => jsonInline({ ...finding }))],
    ['lockfile', lock.lockfile],
    ['outcome', lock.outcome],
    ['packages', membersOf(packages, packageOut)],
    ['policy', lock.policy],
    ['trustRoot', lock.trustRoot],
    ['version', LOCK_VERSION],
  ]);
  yield '\n';
}

function membersOf<T>(map: WrittenMap<T>, out: (value: T) => JsonOut): Members {
  return new Members(
    (function* () {
      for (const key of [...map.keys()].sort(compareText)) yield [key, out(map.get(key)!)] as const;
    })(),
  );
}

function packageOut(entry: LockPackage): JsonOut {
  return {
    ...entry,
    publish: entry.publish && jsonInline(entry.publish),
    provenance: entry.provenance && { ...entry.provenance },
    findings:
      entry.findings.length === 0 ? undefined : entry.findings.map((finding) => jsonInline({ ...finding })),
  };
}

function packagesOf(report: Report, root: string): WrittenLock['packages'] {
  const sorted = [...report.verdicts].sort(compareVerdicts);
  const perPurl = new Map<string, number>();
  for (const { evidence } of sorted) {
    perPurl.set(evidence.subject.purl, (perPurl.get(evidence.subject.purl) ?? 0) + 1);
  }
  const verdicts = new Map<string, Verdict>();
  for (const verdict of sorted) {
    const { purl, integrity } = verdict.evidence.subject;
    const base = perPurl.get(purl) === 1 ? purl : `${purl}#${digestOf(integrity) || 'none'}`;
    let key = base;
    for (let n = 2; verdicts.has(key); n++) key = `${base}#${n}`;
    verdicts.set(key, verdict);
  }
  return {
    keys: () => verdicts.keys(),
    get: (key) => {
      const verdict = verdicts.get(key);
      return verdict && packageOf(verdict, root, report);
    },
  };
}

function packageOf({ evidence, outcome, findings }: Verdict, root: string, report: Report): LockPackage {
  const { registrySignature, publish } = evidence;
  return {
    integrity: digestOf(evidence.subject.integrity) || undefined,
    source: evidence.subject.source.kind,
    outcome,
    registrySignature: registrySignature.status === 'verified' ? registrySignature.value.keyid : undefined,
    publish: publish.status === 'verified' ? { logIndex: logIndexOf(publish.value) } : undefined,
    provenance: provenanceOf(evidence.provenance),
    findings: lockFindings(
      findings.filter((finding) => !isRecorded(finding)),
      root,
      report,
    ),
  };
}

/** What differs from the baseline and is no step back stands in the baseline of this same file. */
function isRecorded({ code, severity }: Finding): boolean {
  return severity === 'info' && CHANGE_CODES.has(code);
}

function provenanceOf(check: Evidence['provenance']): LockPackage['provenance'] {
  if (check.status !== 'verified') return undefined;
  const { bundle, claims } = check.value;
  return {
    builder: claims.builderId,
    commit: claims.commit,
    issuer: claims.issuer,
    logIndex: logIndexOf(bundle),
    ref: claims.ref,
    repository: claims.sourceRepository,
    runner: claims.runner,
    signer: claims.signer,
    trigger: claims.trigger,
    workflow: claims.workflow,
  };
}

/** Of several entries the lowest index, whatever order they came in. */
function logIndexOf(bundle: Pick<VerifiedBundle, 'logEntries'>): string | undefined {
  return bundle.logEntries
    .map((entry) => entry.logIndex)
    .sort((a, b) => a.length - b.length || compareText(a, b))[0];
}

function lockFindings(findings: readonly Finding[], root: string, report: Report): readonly LockFinding[] {
  // Cleaned before it is sorted: what is left out must not decide the order either.
  return findings
    .map((finding) => ({ ...finding, args: stable(finding, root) }))
    .sort(compareFindings)
    .map(({ code, severity, args }) => ({ code, severity, args, ...practicesShown(report, code) }));
}

function stable(finding: Finding, root: string): Args {
  const kept = Object.entries(finding.args)
    .filter(([key]) => !FLEETING.has(key))
    .filter(([key]) => finding.status !== 'unreachable' || UNREACHABLE_ARGS.has(key))
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, value]) => [printable(key, 40), cleanArg(value, root)] as const);
  return Object.fromEntries(kept);
}

function cleanArg(value: Args[string], root: string): Args[string] {
  if (typeof value === 'string') return printable(withoutRoot(value, root));
  if (typeof value === 'object') return value.map((item) => printable(withoutRoot(item, root)));
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** Where the project lies on this machine is no fact about it. */
function withoutRoot(text: string, root: string): string {
  if (root.length < 2) return text;
  return text.split(`${root}${path.sep}`).join('').split(root).join('.');
}
