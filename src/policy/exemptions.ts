/** Dated exceptions for single versions. Nothing here reads a clock: the time comes from the caller. */
import type { Args } from '../core/check.ts';
import type { Subject } from '../evidence/types.ts';
import { sortFindings } from './findings.ts';
import type { Exemption, Finding, Policy, Position, Severity, Verdict } from './types.ts';

/** Whether an exemption is about these very bytes and accepts this finding; its date is not looked at. */
function accepts(exemption: Exemption, subject: Subject, finding: Finding): boolean {
  if (finding.severity === 'info') return false;
  if (exemption.name !== subject.name || exemption.version !== subject.version) return false;
  const { integrity } = subject;
  if (exemption.integrity !== undefined) {
    if (integrity.kind === 'none' || integrity.sri !== exemption.integrity) return false;
  }
  const named = exemption.codes?.includes(finding.code);
  // A proof that is wrong is accepted only in full knowledge: this finding, for these bytes.
  if (finding.status === 'invalid') return named === true && exemption.integrity !== undefined;
  return named ?? true;
}

export interface Exempted {
  readonly findings: readonly Finding[];
  /** An error among them is accepted. */
  readonly exempted: boolean;
}

/** Turns what valid exemptions accept into infos and says which exemption did. */
export function applyExemptions(
  subject: Subject,
  findings: readonly Finding[],
  exemptions: readonly Exemption[],
  now: number,
): Exempted {
  const valid = exemptions.filter(({ name, expires }) => name === subject.name && now <= expires);
  if (valid.length === 0) return { findings, exempted: false };
  const used = new Set<Exemption>();
  let exempted = false;
  const result = findings.map((finding): Finding => {
    const exemption = valid.find((candidate) => accepts(candidate, subject, finding));
    if (exemption === undefined) return finding;
    used.add(exemption);
    if (finding.severity === 'error') exempted = true;
    return { ...finding, severity: 'info', decidedBy: decidedBy(exemption) };
  });
  const notes = [...used].map((exemption) => findingAbout('exemption-used', 'info', exemption));
  return { findings: sortFindings([...result, ...notes]), exempted };
}

/**
 * Expired and unused exemptions, as findings of the run. An exemption that another file brought along is written for many
 * projects: that it is of no use in this one is an info.
 * @param now  milliseconds since 1970
 */
export function exemptionFindings(
  policy: Policy,
  verdicts: readonly Verdict[],
  now: number,
): readonly Finding[] {
  const byName = new Map<string, Verdict[]>();
  const used = new Set<string>();
  for (const verdict of verdicts) {
    const { name } = verdict.evidence.subject;
    const same = byName.get(name);
    if (same === undefined) byName.set(name, [verdict]);
    else same.push(verdict);
    for (const { code, decidedBy: by } of verdict.findings) {
      if (code === 'exemption-used' && by !== undefined) used.add(placeKey(by.at));
    }
  }
  const findings: Finding[] = [];
  for (const exemption of policy.exemptions) {
    const idle: Severity = exemption.at.file === policy.files[0] ? 'warn' : 'info';
    if (now > exemption.expires) {
      const missed = (byName.get(exemption.name) ?? []).flatMap(({ evidence, findings: all }) =>
        all.filter((finding) => accepts(exemption, evidence.subject, finding)),
      );
      const severity = missed.some((finding) => finding.severity === 'error')
        ? 'error'
        : missed.length > 0
          ? 'warn'
          : idle;
      findings.push(findingAbout('exemption-expired', severity, exemption));
    } else if (!used.has(placeKey(exemption.at))) {
      findings.push(findingAbout('exemption-unused', idle, exemption));
    }
  }
  return sortFindings(findings);
}

function findingAbout(
  code: 'exemption-used' | 'exemption-expired' | 'exemption-unused',
  severity: Severity,
  exemption: Exemption,
): Finding {
  const args: Args = {
    package: `${exemption.name}@${exemption.version}`,
    reason: exemption.reason,
    expires: new Date(exemption.expires).toISOString().slice(0, 10),
    ...(exemption.owner === undefined ? {} : { owner: exemption.owner }),
    ...(exemption.codes === undefined ? {} : { codes: exemption.codes }),
  };
  return { code, severity, args, status: undefined, about: 'exemption', decidedBy: decidedBy(exemption) };
}

function decidedBy({ name, version, at }: Exemption): { readonly rule: string; readonly at: Position } {
  return { rule: `exemption of ${name}@${version}`, at };
}

function placeKey({ file, line, column }: Position): string {
  return `${file}\0${line}\0${column}`;
}
