/**
 * GitHub's workflow commands: annotations at the lockfile's lines. Of each kind GitHub shows ten for a step; the tenth counts
 * what does not fit.
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */

import { workflowCommand } from '../core/workflow-command.ts';
import { decimal, plural } from './layout.ts';
import { lockfileName, type Remark, remarksOf, spoken } from './remarks.ts';
import type { Report } from './types.ts';
import { adviceFor, docsFor } from './words.ts';

const ANNOTATIONS_MAX = 10;

/**
 * @param root  folder from which paths are counted: that of the repository
 * @returns     lines, each with a line feed; empty where nothing is to be said
 */
export function githubCommands(report: Report, root: string): string {
  const file = lockfileName(report, root);
  const remarks = remarksOf(report, file);
  const errors = spoken(remarks.filter(({ finding }) => finding.severity === 'error'));
  const warnings = spoken(remarks.filter(({ finding }) => finding.severity === 'warn'));
  return [...commands('error', errors, file), ...commands('warning', warnings, file)]
    .map((line) => `${line}\n`)
    .join('');
}

function commands(kind: 'error' | 'warning', remarks: readonly Remark[], file: string): readonly string[] {
  const fit = remarks.length > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : remarks.length;
  const lines = remarks
    .slice(0, fit)
    .map((remark) =>
      workflowCommand(
        kind,
        { file, line: remark.places[0].line, title: `verify-deps: ${remark.finding.code}` },
        annotation(remark),
      ),
    );
  const more = remarks.length - fit;
  if (more === 0) return lines;
  const noun = kind === 'error' ? 'more package or registry' : 'more with warnings';
  const nouns = kind === 'error' ? 'more packages or registries' : noun;
  const text = `${plural(more, noun, nouns)}: the job summary and the log of this step name them`;
  return [
    ...lines,
    workflowCommand(kind, { file, line: 1, title: `verify-deps: ${decimal(more)} more` }, text),
  ];
}

function annotation({ finding, text, way, rule }: Remark): string {
  return [
    text,
    ...(way === undefined ? [] : [`needed by: ${way}`]),
    ...(rule === '' ? [] : [`rule: ${rule}`]),
    `what to do: ${adviceFor(finding.code)} (${docsFor(finding.code)})`,
  ].join('\n');
}
