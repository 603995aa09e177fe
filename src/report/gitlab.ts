/**
 * GitLab's code quality report: a list in the form of Code Climate, shown in merge requests. It has no notion of an accepted
 * finding, so that what an exemption accepts is left out.
 * @see https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
 */
import { escapeUnseen } from './json-text.ts';
import { lockfileName, type Remark, remarksOf } from './remarks.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor } from './words.ts';

/**
 * @param root  folder from which paths are counted: that of the repository
 * @returns     JSON with a final line feed; an empty list where nothing is to be said
 */
export function gitlabReport(report: Report, root: string): string {
  const path = lockfileName(report, root);
  const issues = remarksOf(report, path)
    .filter(({ accepted }) => accepted === undefined)
    .map((remark) => ({
      type: 'issue',
      description: descriptionOf(remark),
      check_name: remark.finding.code,
      categories: ['Security'],
      // GitLab shows one of those that have it in common.
      fingerprint: remark.ordinal === 1 ? remark.fingerprint : `${remark.fingerprint}-${remark.ordinal}`,
      severity: severityOf(remark),
      location: { path, lines: { begin: remark.places[0].line } },
    }));
  return `${escapeUnseen(JSON.stringify(issues, undefined, 2))}\n`;
}

function descriptionOf({ finding, text, rule }: Remark): string {
  const by = rule === '' ? '' : `; decided by ${rule}`;
  return `${text}${by}; what to do: ${adviceFor(finding.code)} (${docsFor(finding.code)})`;
}

function severityOf({ finding: { severity, status } }: Remark): string {
  if (severity !== 'error') return 'minor';
  if (status === 'invalid') return 'blocker';
  return status === 'unreachable' ? 'major' : 'critical';
}
