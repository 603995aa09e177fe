import path from 'node:path';
import { printable } from '../core/text.ts';
import { percent } from '../policy/coverage.ts';
import type { ProposalDetails } from '../policy/proposal-text.ts';
import type { Proposal } from '../policy/propose.ts';
import type { Finding } from '../policy/types.ts';
import { plural } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import { adviceFor, sentence } from '../report/words.ts';
import type { RunResult } from '../run.ts';

interface Init {
  readonly proposal: Proposal;
  readonly details: ProposalDetails;
  /** Of the run under the policy that was written. */
  readonly result: RunResult;
  readonly target: string;
  readonly cwd: string;
}

const NAMED_MAX = 20;

/** What `init` has written, what it has left to a person, and the next step. */
export function initText({ proposal, details, result, target, cwd }: Init, style: Style): string {
  const { report, reportFile } = result;
  const { pins, unpinned, exemptions, refused } = proposal;
  const shown = (file: string): string => printable(path.relative(cwd, file) || file);
  const lines = [
    `${style.bold(shown(target))}  policy on top of the preset ${details.preset}`,
    ...pins.map(
      ({ name, identity, count }) =>
        `  pinned      ${printable(name)} (${plural(count, 'package')}) to ${printable((identity.repository ?? identity.owner ?? []).join(', '))}`,
    ),
    ...unpinned.map(({ name, why }) => style.dim(`  not pinned  ${printable(name)}: ${printable(why)}`)),
    exemptions.length === 0
      ? '  exempted    nothing: the tree passes as it is'
      : `  exempted    ${plural(exemptions.length, 'package')} until ${details.expires}, answered for by ${printable(details.owner)}`,
    ...named(
      exemptions.map(({ name, version, codes }) => `${printable(`${name}@${version}`)}  ${codes.join(', ')}`),
    ),
  ];
  if (reportFile !== undefined) {
    const coverage = report.coverage?.now;
    const share =
      coverage === undefined || coverage.production === 0
        ? ''
        : `; ${percent(coverage)} % of ${plural(coverage.production, 'package')} in production proven`;
    lines.push(
      `${style.bold(shown(reportFile.path))}  who built each package, which later runs are held to${share}`,
    );
  }
  const open = report.verdicts.filter(({ outcome }) => outcome === 'failed' || outcome === 'undecided');
  const wide = report.findings.filter(({ severity }) => severity === 'error');
  if (open.length + wide.length > 0) {
    const what =
      refused.length > 0 ? 'wrong, or worse than it was: nothing of this is exempted' : 'still failing';
    lines.push(
      '',
      style.bad(`✖ ${what}`),
      ...named(
        open.flatMap(({ evidence: { subject }, findings }) =>
          findings
            .filter(({ severity }) => severity === 'error')
            .map((finding) => `${printable(`${subject.name}@${subject.version}`)}  ${told(finding)}`),
        ),
      ),
      ...named(wide.map(told)),
      '',
      'Next: look at each with `verify-deps explain PKG`, then run `verify-deps` again.',
    );
  } else {
    lines.push(
      '',
      style.good('✔ the tree passes'),
      'Next: look at the policy, commit both files, and run `verify-deps` in CI.',
    );
  }
  return `${lines.join('\n')}\n`;
}

function told(finding: Finding): string {
  return `${finding.code}: ${sentence(finding.code, finding.args)}; ${adviceFor(finding.code)}`;
}

function named(lines: readonly string[]): readonly string[] {
  const more = lines.length - NAMED_MAX;
  return [
    ...lines.slice(0, NAMED_MAX).map((line) => `    ${line}`),
    ...(more > 0 ? [`    and ${plural(more, 'other', 'others')}`] : []),
  ];
}
