/** What forms for other programs tell of a run: each finding with a place in the lockfile and an identity that lasts. */
import path from 'node:path';
import { hex, sha256, utf8 } from '../core/bytes.ts';
import { printable } from '../core/text.ts';
import type { Verdict } from '../policy/types.ts';
import { oneEach, ruleOf, type Told, tellAll } from './groups.ts';
import { packageName, wayTo } from './human.ts';
import type { Report } from './types.ts';
import { sentence } from './words.ts';

const ACCEPTED_CHARS_MAX = 1000;

/** A line of the lockfile. */
export interface Place {
  /** 1-based; 1 where the entry of a package has no line of its own. */
  readonly line: number;
}

export interface Remark extends Told {
  /** Every place that installs the package, at least one. */
  readonly places: readonly [Place, ...Place[]];
  /** `left-pad@1.3.0: it has no provenance`; printable, on one line. */
  readonly text: string;
  /** What needs the package, nearest first. */
  readonly way: string | undefined;
  /** The rule that decided, with its place; empty if none did. */
  readonly rule: string;
  /** Somebody accepted it: `reason (owner, until date)`, printable. */
  readonly accepted: string | undefined;
  /**
   * 32 hex digits: the same for the same finding about the same version in the same lockfile, whatever the line and
   * whatever else is found. Of several alike, `ordinal` tells them apart.
   */
  readonly fingerprint: string;
  /** 1 for the first of those with this fingerprint. */
  readonly ordinal: number;
}

/** Lockfile as seen from `root`, with `/`; its absolute path where it lies elsewhere. */
export function lockfileName(report: Report, root: string): string {
  const file = report.tree.lockfile.path;
  const relative = path.relative(root, file);
  const inside = relative !== '' && !relative.startsWith('..') && !path.isAbsolute(relative);
  return (inside ? relative : file).split(path.sep).join('/');
}

/**
 * Errors, warnings and what an exemption accepted, in this order; within, of the run first, then by package. Other infos
 * decide nothing and stay with `--json`.
 * @param file  as of `lockfileName`
 */
export function remarksOf(report: Report, file: string): readonly Remark[] {
  const seen = new Map<string, number>();
  const remarks = tellAll(report).flatMap((told): Remark[] => {
    const { finding, verdict } = told;
    const accepted = acceptanceOf(told);
    if (finding.severity === 'info' && accepted === undefined) return [];
    const fingerprint = fingerprintOf(told, file);
    const ordinal = (seen.get(fingerprint) ?? 0) + 1;
    seen.set(fingerprint, ordinal);
    const said = sentence(finding.code, finding.args);
    return [
      {
        finding,
        verdict,
        places: placesOf(verdict),
        text: verdict === undefined ? said : `${packageName(verdict)}: ${said}`,
        way: verdict === undefined ? undefined : wayTo(report, verdict),
        rule: ruleOf(finding),
        accepted,
        fingerprint,
        ordinal,
      },
    ];
  });
  const rank = { error: 0, warn: 1, info: 2 } as const;
  return remarks.sort((a, b) => rank[a.finding.severity] - rank[b.finding.severity]);
}

/** One each package, what does not hold before what is missing. */
export function spoken(remarks: readonly Remark[]): readonly Remark[] {
  const first = new Set(oneEach(remarks).map(({ finding }) => finding));
  const shown = remarks.filter(({ finding }) => first.has(finding));
  const rank = ({ finding: { status } }: Remark): number =>
    status === 'invalid' ? 0 : status === 'unreachable' ? 2 : 1;
  return [...shown].sort((a, b) => rank(a) - rank(b));
}

function placesOf(verdict: Verdict | undefined): readonly [Place, ...Place[]] {
  const lines = (verdict?.evidence.subject.nodes ?? []).flatMap(({ line }) =>
    line === undefined ? [] : [line],
  );
  const [first = 1, ...rest] = [...new Set(lines)].sort((a, b) => a - b);
  return [{ line: first }, ...rest.map((line) => ({ line }))];
}

/** An exempted finding names the exemption as what decided, and the package's list has a note of its use. */
function acceptanceOf({ finding, verdict }: Told): string | undefined {
  const at = finding.decidedBy?.at;
  if (finding.severity !== 'info' || finding.code === 'exemption-used' || at === undefined) return undefined;
  const note = verdict?.findings.find(
    ({ code, decidedBy }) =>
      code === 'exemption-used' &&
      decidedBy?.at.file === at.file &&
      decidedBy.at.line === at.line &&
      decidedBy.at.column === at.column,
  );
  if (note === undefined) return undefined;
  const { reason = '', owner = '', expires = '' } = note.args;
  return printable(`${reason} (${owner}, until ${expires})`, ACCEPTED_CHARS_MAX);
}

function fingerprintOf({ finding, verdict }: Told, file: string): string {
  const subject = verdict?.evidence.subject;
  const { registry = '', package: of = '' } = finding.args;
  const about = subject === undefined ? [String(registry), String(of)] : [subject.purl, ''];
  const identity = JSON.stringify(['verify-deps/1', file, finding.code, finding.about, ...about]);
  return hex(sha256(utf8(identity))).slice(0, 32);
}
