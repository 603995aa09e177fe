/**
 * What was recorded for each package on each release line. Lines are kept apart because an old line often never had
 * provenance while the current one has.
 */
import parse from 'semver/functions/parse.js';
import { sameRepository } from './claims.ts';
import type { Baseline, BaselineEntry, Verdict } from './types.ts';

type Recorded = NonNullable<BaselineEntry['provenance']>;

/**
 * Release line of a version: the major, `0.MINOR` below 1.0. A prerelease belongs to the line it leads to. What is not
 * semver is a line of its own.
 */
export function releaseLine(version: string): string {
  const semver = parse(version);
  if (semver === null) return version;
  return semver.major > 0 ? `${semver.major}` : `0.${semver.minor}`;
}

/** `NAME@LINE` */
export function baselineKey(name: string, version: string): string {
  return `${name}@${releaseLine(version)}`;
}

/**
 * The baseline after a run. An entry is set or moved only by verdicts that passed with provenance, and only if all
 * versions of the line in this tree agree, so that an unchanged tree judges the same twice. A failed run changes nothing
 * for a package that is still there; what has left the tree is dropped.
 * @param verdicts  of the whole tree, in any order
 */
export function nextBaseline(previous: Baseline, verdicts: readonly Verdict[]): Baseline {
  const names = new Set(verdicts.map(({ evidence }) => evidence.subject.name));
  const lines = new Map<string, Verdict[]>();
  for (const verdict of verdicts) {
    const { subject } = verdict.evidence;
    if (subject.source.kind !== 'registry') continue;
    const key = baselineKey(subject.name, subject.version);
    const line = lines.get(key);
    if (line === undefined) lines.set(key, [verdict]);
    else line.push(verdict);
  }
  const next = new Map<string, BaselineEntry>();
  for (const [key, entry] of previous) {
    if (names.has(key.slice(0, key.lastIndexOf('@')))) next.set(key, entry);
  }
  for (const [key, line] of lines) {
    const agreed = agreedProvenance(line);
    if (agreed !== undefined) next.set(key, { provenance: agreed });
  }
  return new Map([...next].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What every version of the line was built from, with the particulars of the newest; undefined if they differ. */
function agreedProvenance(line: readonly Verdict[]): Recorded | undefined {
  const newestFirst = [...line].sort((a, b) => {
    const [left, right] = [parse(a.evidence.subject.version), parse(b.evidence.subject.version)];
    if (left !== null && right !== null) return right.compare(left) || right.compareBuild(left);
    return a.evidence.subject.version < b.evidence.subject.version ? 1 : -1;
  });
  let agreed: Recorded | undefined;
  for (const { outcome, evidence, findings } of newestFirst) {
    const { provenance } = evidence;
    if (provenance.status !== 'verified') return undefined;
    if (outcome !== 'passed' && outcome !== 'passed-with-exemption') return undefined;
    // Reported but not stopped: the old entry stays, so that it is reported until somebody accepts it.
    const objected = findings.some(
      ({ code, severity }) => code === 'repository-changed' && severity !== 'info',
    );
    if (objected) return undefined;
    const { sourceRepository, workflow, signer } = provenance.value.claims;
    if (agreed === undefined) agreed = { sourceRepository, workflow, signer };
    else if (!sameRepository(agreed.sourceRepository, sourceRepository)) return undefined;
  }
  return agreed;
}
