/** A change that somebody accepts: what is recorded of it, and what cannot be accepted. */
import type { Note, Unproven } from '../core/check.ts';
import type { Evidence } from '../evidence/types.ts';
import { agreedRecords, baselineKey, declaredBy, heldTo, linesOf } from './baseline.ts';
import { formerNames } from './baseline-names.ts';
import { comparable, RECORDED } from './baseline-record.ts';
import type { Baseline, BaselineEntry, RecordedProvenance, Verdict } from './types.ts';

/** One claim before and after; undefined where nothing is recorded. */
export interface ClaimChange {
  readonly claim: keyof RecordedProvenance;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface AcceptedLine {
  /** Key of the baseline: `NAME@LINE`, see `policy/baseline.ts`. */
  readonly key: string;
  readonly name: string;
  /** In the tree, newest first. */
  readonly versions: readonly string[];
  /** Empty where it is recorded already, or where there is nothing to record. */
  readonly changes: readonly ClaimChange[];
  /** What is recorded now; undefined where nothing was and nothing can be. */
  readonly entry: BaselineEntry | undefined;
  /** Versions of the line were built by different ones, so that nothing can be held against later ones. */
  readonly mixed: boolean;
}

/** A version whose evidence does not allow to accept anything. */
export interface Refusal extends Note {
  readonly name: string;
  readonly version: string;
  readonly status: Unproven['status'];
  readonly about: string;
}

export interface Accepted {
  readonly lines: readonly AcceptedLine[];
  /** If there are any, nothing is accepted. */
  readonly refusals: readonly Refusal[];
  readonly baseline: Baseline;
}

/**
 * @param verdicts  of every version in the tree of the release lines in question: what one line shares is recorded
 * @param reason    why it is accepted, for whoever reads the file
 */
export function acceptChanges(verdicts: readonly Verdict[], baseline: Baseline, reason: string): Accepted {
  const refusals = verdicts.flatMap((verdict) => refusalOf(verdict) ?? []);
  if (refusals.length > 0) return { lines: [], refusals, baseline };
  const lines = linesOf(verdicts).flatMap((line) => acceptLine(line, baseline, reason));
  const next = new Map(baseline);
  for (const { key, changes, entry } of lines) {
    if (changes.length > 0 && entry !== undefined) next.set(key, entry);
  }
  return { lines, refusals, baseline: new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

function acceptLine(line: readonly Verdict[], baseline: Baseline, reason: string): readonly AcceptedLine[] {
  const agreed = settledRecords(line, baseline);
  const versions = new Map<string, Set<string>>();
  for (const { evidence } of line) {
    const { name, version } = evidence.subject;
    const key = baselineKey(name, version);
    versions.set(key, (versions.get(key) ?? new Set()).add(version));
  }
  const proven = line.some(({ evidence }) => evidence.provenance.status === 'verified');
  return [...versions].map(([key, found]) => {
    const earlier = baseline.get(key);
    const provenance = agreed.get(key);
    const held = heldTo(baseline, key);
    const changes = claimChanges(held?.provenance, provenance);
    const names = formerNames(held, provenance, declaredBy(line));
    const after: BaselineEntry = { provenance, ...names, accepted: { reason } };
    return {
      key,
      name: line[0]!.evidence.subject.name,
      versions: [...found],
      changes,
      entry: changes.length > 0 ? after : earlier,
      mixed: proven && agreed.size === 0,
    };
  });
}

/**
 * What the versions agree in once it is recorded: an earlier record keeps its word where nobody says otherwise, so that the
 * first answer can depend on a record that it replaces.
 */
function settledRecords(line: readonly Verdict[], baseline: Baseline): ReturnType<typeof agreedRecords> {
  const keys = new Set(
    line.map(({ evidence }) => baselineKey(evidence.subject.name, evidence.subject.version)),
  );
  let records = agreedRecords(line, baseline);
  for (let pass = 0; pass < PASSES_MAX; pass++) {
    const recorded = new Map(baseline);
    for (const key of keys) recorded.set(key, { provenance: records.get(key) });
    const again = agreedRecords(line, recorded);
    if (JSON.stringify([...again]) === JSON.stringify([...records])) break;
    records = again;
  }
  return records;
}

const PASSES_MAX = 4;

function claimChanges(
  before: RecordedProvenance | undefined,
  after: RecordedProvenance | undefined,
): readonly ClaimChange[] {
  return (['sourceRepository', ...RECORDED] as const)
    .filter((claim) => (before && comparable(before, claim)) !== (after && comparable(after, claim)))
    .map((claim) => ({ claim, before: before?.[claim], after: after?.[claim] }));
}

/** Who built it is known, or it is known that nobody says so: everything else is no ground to accept something on. */
function refusalOf({ evidence, findings }: Verdict): Refusal | undefined {
  const { subject, integrity, registrySignature, provenance } = evidence;
  if (subject.source.kind !== 'registry') return undefined;
  const refuse = (about: string, { code, args, status }: Unproven): Refusal => {
    return { name: subject.name, version: subject.version, about, code, args, status };
  };
  for (const [about, check] of checksOf(evidence)) {
    if (check !== undefined && check.status === 'invalid') return refuse(about, check);
  }
  if (integrity.status !== 'verified') return refuse('integrity', integrity);
  const failing = findings.find(
    ({ severity, status, about }) => severity === 'error' && status !== undefined && about !== 'provenance',
  );
  if (failing !== undefined) return refuse(failing.about, { ...failing, status: failing.status! });
  if (provenance.status === 'verified') return undefined;
  if (provenance.code !== 'attestations-absent' && provenance.code !== 'provenance-absent') {
    return refuse('provenance', provenance);
  }
  return registrySignature.status === 'verified'
    ? undefined
    : refuse('registry signature', registrySignature);
}

function checksOf(
  evidence: Evidence,
): readonly (readonly [
  string,
  (
    | Evidence['integrity']
    | Evidence['provenance']
    | Evidence['publish']
    | Evidence['registrySignature']
    | undefined
  ),
])[] {
  const { integrity, resolved, registrySignature, publish, provenance, tarball, other } = evidence;
  return [
    ['integrity', integrity],
    ['tarball URL', resolved],
    ['registry signature', registrySignature],
    ['publish attestation', publish],
    ['provenance', provenance],
    ['tarball', tarball],
    ...other.map(({ check }) => ['attestation', check] as const),
  ];
}
