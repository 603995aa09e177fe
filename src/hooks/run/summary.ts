/** What is said at the end of a run: some managers swallow what a registry tells them, and some end with 0 all the same. */
import path from 'node:path';
import { printable } from '../../core/text.ts';
import { isBlocked } from '../../gate.ts';
import { blockedLines, WAY_OUT } from '../../report/blocked.ts';
import { stoppedLines } from '../stopped.ts';
import type { PastGate } from './past-gate.ts';
import type { RunCommandResult } from './run.ts';

export interface Summary {
  readonly lines: readonly string[];
  readonly stopped: 'nothing' | 'failed' | 'undecided';
}

const LINES_MAX = 20;

/** Before anything was started: what of the lockfile stopped it. */
export function stoppedSummary(
  { report, verdicts }: PastGate,
  program: string,
): Summary & { readonly stopped: 'failed' | 'undecided' } {
  const after = `${printable(path.basename(program))} was not started`;
  if (report !== undefined) {
    const stopped = report.outcome === 'undecided' ? 'undecided' : 'failed';
    return { lines: stoppedLines(report, after), stopped };
  }
  const failed = verdicts.some(({ outcome }) => outcome === 'failed');
  return {
    lines: [`verify-deps: ${count(verdicts.length)} blocked; ${after}`, ...indented(blockedLines(verdicts))],
    stopped: failed ? 'failed' : 'undecided',
  };
}

export function summaryOf({ decisions, after, left, refused }: RunCommandResult): Summary {
  const blocked = decisions.filter(({ outcome }) => outcome !== 'passed');
  const passed = decisions.length - blocked.length;
  // Never judged, because they never came: too large, from nowhere, a registry that failed to the end.
  const known = new Set(decisions.map(({ name, version }) => `${name}@${version}`));
  const unanswered = refused.filter((what) => !known.has(what)).map((what) => printable(what));
  const lines = [
    `verify-deps: ${count(passed)} verified${blocked.length > 0 ? `, ${count(blocked.length)} blocked` : ''}`,
  ];
  const verdicts = blocked.flatMap(({ verdict }) => verdict ?? []);
  const withoutVerdict = blocked.filter(({ verdict }) => verdict === undefined).map(({ line }) => line);
  lines.push(...indented(withoutVerdict.slice(0, LINES_MAX)));
  if (verdicts.length > 0) lines.push(...indented(blockedLines(verdicts)));
  else if (withoutVerdict.length > 0) lines.push(...indented([WAY_OUT]));
  if (unanswered.length > 0)
    lines.push(`verify-deps: could not be had: ${unanswered.slice(0, LINES_MAX).join(', ')}`);
  const past = after?.lines ?? [];
  if (after !== undefined && after.verdicts.length > 0) {
    lines.push(`verify-deps: in the lockfile, and installed before or past the gate; remove node_modules`);
    lines.push(...indented(blockedLines(after.verdicts)));
  }
  if (past.length > 0) {
    lines.push(
      'verify-deps: installed from elsewhere than a registry, and judged by nobody; remove node_modules',
    );
    lines.push(...indented(past.slice(0, LINES_MAX)));
  }
  const report = after?.report;
  // What the proxy has said already is not said again.
  const told = new Set(blocked.map(({ name, version }) => `${name}@${version}`));
  const isNews =
    report !== undefined &&
    (report.findings.some(({ severity }) => severity === 'error') ||
      report.verdicts.some(
        (verdict) =>
          isBlocked(verdict) &&
          !told.has(`${verdict.evidence.subject.name}@${verdict.evidence.subject.version}`),
      ));
  if (report !== undefined && isNews)
    lines.push(...stoppedLines(report, 'see what the lockfile holds now, and remove node_modules'));
  for (const file of left) lines.push(`verify-deps: addresses of this run are left in ${printable(file)}`);
  const failed =
    past.length > 0 ||
    after?.verdicts.some(({ outcome }) => outcome === 'failed') === true ||
    after?.report?.outcome === 'failed' ||
    left.length > 0 ||
    blocked.some(({ outcome }) => outcome === 'failed');
  const open = blocked.length > 0 || after !== undefined;
  return { lines, stopped: failed ? 'failed' : open ? 'undecided' : 'nothing' };
}

function count(n: number): string {
  return `${n.toLocaleString('en')} ${n === 1 ? 'package' : 'packages'}`;
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
