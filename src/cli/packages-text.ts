import { printable } from '../core/text.ts';
import type { Outcome, Verdict } from '../policy/types.ts';
import type { Style } from '../report/style.ts';
import type { Report } from '../report/types.ts';

/** One line for each package: outcome, name, and what was proven about it. */
export function packagesText(report: Report, style: Style): string {
  const names = report.verdicts.map(({ evidence: { subject } }) =>
    printable(`${subject.name}@${subject.version}`),
  );
  const width = Math.min(48, Math.max(0, ...names.map((name) => name.length)));
  return report.verdicts
    .map(
      (verdict, i) =>
        `${mark(verdict.outcome, style)} ${names[i]!.padEnd(width)}  ${proven(verdict, style)}\n`,
    )
    .join('');
}

function mark(outcome: Outcome, style: Style): string {
  switch (outcome) {
    case 'passed':
      return style.good('✔');
    case 'passed-with-exemption':
      return style.warn('✔');
    case 'failed':
      return style.bad('✖');
    case 'undecided':
      return style.open('?');
  }
}

/** What is proven of a package, in a few words. */
export function proven({ evidence, outcome }: Verdict, style: Style): string {
  const facts: string[] = [];
  if (evidence.subject.source.kind !== 'registry') facts.push(evidence.subject.source.kind);
  if (evidence.registrySignature.status === 'verified') facts.push('signed');
  if (evidence.provenance.status === 'verified') {
    const { sourceRepository, ref, commit } = evidence.provenance.value.claims;
    facts.push(
      `built from ${printable(sourceRepository)} ${printable(ref)} ${printable(commit.slice(0, 12))}`,
    );
  }
  if (outcome === 'passed-with-exemption') facts.push('exempted');
  return facts.length === 0 ? style.dim('nothing proven') : facts.join(', ');
}
