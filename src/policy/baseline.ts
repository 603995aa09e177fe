/**
 * What was recorded for each package on each release line. Lines are kept apart because an old line often never had
 * provenance while the current one has; within a line releases and prereleases, which are often built in another way.
 */
import type { Code } from '../core/codes.ts';
import { changesBetween, whoChange } from './baseline-changes.ts';
import { formerNames } from './baseline-names.ts';
import { commonRecord, recordOf } from './baseline-record.ts';
import { normalizeRepository } from './repository.ts';
import { semverOf } from './semver-of.ts';
import type { Baseline, BaselineEntry, RecordedProvenance, Verdict } from './types.ts';

const PRERELEASE = '-prerelease';

/** Findings after which the record moves on as soon as nobody objects to them any more. */
export const CHANGE_CODES: ReadonlySet<Code> = new Set<Code>([
  'baseline-first-seen',
  'repository-changed',
  'repository-renamed',
  'owner-changed',
  'issuer-changed',
  'workflow-changed',
  'ref-kind-changed',
  'trigger-changed',
  'runner-changed',
  'builder-changed',
]);

/**
 * Release line of a version: the major, `0.MINOR` below 1.0. A prerelease belongs to the line it leads to. What is not
 * semver is a line of its own.
 */
export function releaseLine(version: string): string {
  const semver = semverOf(version);
  if (semver === undefined) return version;
  return semver.major > 0 ? `${semver.major}` : `0.${semver.minor}`;
}

/** `NAME@LINE`, with `-prerelease` behind it for the prereleases of the line. */
export function baselineKey(name: string, version: string): string {
  const isPrerelease = (semverOf(version)?.prerelease.length ?? 0) > 0;
  return `${name}@${releaseLine(version)}${isPrerelease ? PRERELEASE : ''}`;
}

/** What a version is held to. */
export interface Recorded extends Pick<BaselineEntry, 'provenance' | 'formerly'> {
  /** `who`: of the line only its releases are known for a prerelease, or the other way round; how they are built may differ. */
  readonly reach: 'all' | 'who';
  /** There are entries at all, so that one that is missing says something. */
  readonly begun: boolean;
}

const NO_BASELINE: Recorded = { provenance: undefined, reach: 'who', begun: false };
const NO_ENTRY: Recorded = { provenance: undefined, reach: 'who', begun: true };

export function recordedFor(baseline: Baseline, name: string, version: string): Recorded {
  if (baseline.size === 0) return NO_BASELINE;
  const key = baselineKey(name, version);
  const own = baseline.get(key);
  if (own !== undefined) return { ...own, reach: 'all', begun: true };
  const sibling = baseline.get(siblingOf(key));
  return sibling === undefined ? NO_ENTRY : { ...sibling, reach: 'who', begun: true };
}

/** By key: the entry of its own, or that of its line's other kind where there is none. */
export function heldTo(baseline: Baseline, key: string): BaselineEntry | undefined {
  return baseline.get(key) ?? baseline.get(siblingOf(key));
}

function siblingOf(key: string): string {
  return key.endsWith(PRERELEASE) ? key.slice(0, -PRERELEASE.length) : `${key}${PRERELEASE}`;
}

/**
 * The baseline after a run. The entries of a line are set or moved only if every version of it in this tree passed with
 * provenance, nobody objects to how one differs from what was recorded, and all were built by the same: so an unchanged tree
 * judges the same twice. A failed run changes nothing for a package that is still there; what has left the tree is dropped.
 * @param verdicts  of the whole tree, in any order
 */
export function nextBaseline(previous: Baseline, verdicts: readonly Verdict[]): Baseline {
  const names = new Set(verdicts.map(({ evidence }) => evidence.subject.name));
  const next = new Map<string, BaselineEntry>();
  for (const [key, entry] of previous) {
    if (names.has(key.slice(0, key.lastIndexOf('@')))) next.set(key, entry);
  }
  for (const line of linesOf(verdicts)) {
    if (!line.every(isClean)) continue;
    for (const [key, provenance] of agreedRecords(line, previous)) {
      const names = formerNames(heldTo(previous, key), provenance, declaredBy(line));
      next.set(key, { provenance, ...names, ...acceptedStill(provenance, previous.get(key), line) });
    }
  }
  return new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Packages from registries by name and release line, prereleases with the releases; newest first. */
export function linesOf(verdicts: readonly Verdict[]): readonly (readonly Verdict[])[] {
  const lines = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const { subject } = verdict.evidence;
    if (subject.source.kind !== 'registry') continue;
    const key = `${subject.name}@${releaseLine(subject.version)}`;
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [verdict]);
    else line.push(verdict);
  }
  return [...lines.values()].map((line) => line.sort(newestFirst));
}

/** What the versions of one line have in common, by key of the baseline; empty if not all were built by the same. */
export function agreedRecords(
  line: readonly Verdict[],
  previous: Baseline,
): ReadonlyMap<string, RecordedProvenance> {
  const records = new Map<string, RecordedProvenance[]>();
  for (const { evidence } of line) {
    const { subject, provenance } = evidence;
    if (provenance.status !== 'verified') return new Map();
    const key = baselineKey(subject.name, subject.version);
    records.set(key, [...(records.get(key) ?? []), recordOf(provenance.value.claims)]);
  }
  const all = [...records.values()].flat();
  const name = lineOf(line);
  const agreed = new Map<string, RecordedProvenance>();
  for (const [key, own] of records) {
    const common = commonOf(own, previous.get(key)?.provenance, name);
    if (common === undefined || all.some((record) => objectionTo(whoChange(common, record))))
      return new Map();
    agreed.set(key, common);
  }
  return agreed;
}

/** Release line of verdicts that share one. */
export function lineOf([first]: readonly Verdict[]): string {
  return first === undefined ? '' : releaseLine(first.evidence.subject.version);
}

function commonOf(
  records: readonly RecordedProvenance[],
  previous: RecordedProvenance | undefined,
  line: string,
): RecordedProvenance | undefined {
  const holds = (common: RecordedProvenance): boolean =>
    records.every((record) => !changesBetween(common, record, line).some(objectionTo));
  const kept =
    previous !== undefined && !objectionTo(whoChange(previous, records[0]!)) ? previous : undefined;
  return [commonRecord(records, kept), commonRecord(records, undefined)].find(holds);
}

function objectionTo(change: { readonly gravity: string } | undefined): boolean {
  return change !== undefined && change.gravity !== 'info';
}

function isClean({ outcome, findings }: Verdict): boolean {
  if (outcome !== 'passed' && outcome !== 'passed-with-exemption') return false;
  // Reported but not stopped: the old entry stays, so that it is reported until somebody accepts it. Where the policy only
  // observes, a wrong proof stops nothing either, and is no ground for a record.
  return !findings.some(
    ({ code, severity, status }) => severity !== 'info' && (CHANGE_CODES.has(code) || status === 'invalid'),
  );
}

/** Repositories that versions of a line declare. */
export function declaredBy(line: readonly Verdict[]): ReadonlySet<string> {
  return new Set(
    line.flatMap(({ evidence: { declared } }) => normalizeRepository(declared?.repository ?? '') ?? []),
  );
}

/** The reason of an acceptance stays with what was accepted. */
function acceptedStill(
  provenance: RecordedProvenance,
  previous: BaselineEntry | undefined,
  line: readonly Verdict[],
): Pick<BaselineEntry, 'accepted'> {
  const same =
    previous?.provenance !== undefined &&
    changesBetween(previous.provenance, provenance, lineOf(line)).length === 0;
  return same && previous.accepted !== undefined ? { accepted: previous.accepted } : {};
}

function newestFirst(a: Verdict, b: Verdict): number {
  const [left, right] = [a.evidence.subject.version, b.evidence.subject.version];
  const [x, y] = [semverOf(left), semverOf(right)];
  const order = x !== undefined && y !== undefined ? y.compare(x) || y.compareBuild(x) : 0;
  return order || byText(right, left) || byText(textOf(a), textOf(b));
}

/** Two digests of one version: their order must not depend on which answer came first. */
function textOf({ evidence: { subject, provenance } }: Verdict): string {
  const claims = provenance.status === 'verified' ? provenance.value.claims : undefined;
  return `${subject.integrity.kind === 'none' ? '' : subject.integrity.sri} ${JSON.stringify(claims ?? null)}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
