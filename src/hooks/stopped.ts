/** What a gate that judges a whole tree says when it stops it. */
import { printable } from '../core/text.ts';
import { isBlocked } from '../gate.ts';
import { blockedLines, WAY_OUT } from '../report/blocked.ts';
import { ruleOf } from '../report/groups.ts';
import type { Report } from '../report/types.ts';
import { sentence } from '../report/words.ts';

const REASON_CHARS_MAX = 300;

/**
 * @param after  what became of the installation: `nothing was installed`
 * @returns lines, the first one as a heading
 */
export function stoppedLines(report: Report, after: string): readonly string[] {
  const blocked = report.verdicts.filter(isBlocked);
  // Findings about the run stop it as well: a share of provenance that fell, an exemption that has expired.
  const besides = report.findings
    .filter(({ severity }) => severity === 'error')
    .map((finding) => {
      const rule = ruleOf(finding);
      const reason = printable(sentence(finding.code, finding.args), REASON_CHARS_MAX);
      return `${reason} (${finding.code}${rule === '' ? '' : `, ${rule}`})`;
    });
  const { packages } = report.counts;
  const count =
    blocked.length === 0
      ? 'the policy does not hold'
      : `${blocked.length} of ${packages} ${packages === 1 ? 'package' : 'packages'} blocked`;
  return [
    `verify-deps: ${count}; ${after}`,
    ...[...besides, ...(blocked.length > 0 ? blockedLines(blocked) : [WAY_OUT])].map((line) => `  ${line}`),
  ];
}
