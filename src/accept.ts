/** Accepting a change: one package is verified anew, and what was established goes into the baseline of the report. */
import path from 'node:path';
import { VerifyDepsError } from './core/errors.ts';
import { printable } from './core/text.ts';
import { releaseLine } from './policy/baseline.ts';
import { type Accepted, acceptChanges } from './policy/baseline-accept.ts';
import type { Verdict } from './policy/types.ts';
import { readReport } from './report/earlier.ts';
import { lockText } from './report/lock.ts';
import type { Report } from './report/types.ts';
import { writeReport } from './report/write.ts';
import { REPORT_NAME, type RunOptions, run } from './run.ts';
import { findLockfile } from './tree/find.ts';

export interface AcceptOptions extends RunOptions {
  /** `NAME` or `NAME@VERSION`. */
  readonly only: string;
  /** Why, for whoever reads the report later. */
  readonly reason: string;
}

export interface Acceptance extends Omit<Accepted, 'baseline'> {
  /**
   * `unchanged`: all of it is recorded already. `refused`: a version does not verify, or has nothing that could be recorded.
   * `undecided`: something could not be asked.
   */
  readonly outcome: 'recorded' | 'unchanged' | 'refused' | 'undecided';
  /** Errors that the accepted versions have all the same. */
  readonly remaining: readonly {
    readonly name: string;
    readonly version: string;
    readonly codes: readonly string[];
  }[];
  readonly reportPath: string;
}

/**
 * Records what was established about a package, for its release lines in the tree, as what later versions are held to.
 * Nothing else in the report changes: the next run over the whole tree brings it up to date.
 * @throws {VerifyDepsError} `report-unreadable` where there is no report, `package-unknown`, and what `run()` throws
 */
export async function accept(options: AcceptOptions): Promise<Acceptance> {
  const found = await findLockfile(options.cwd, options.lockfile);
  const reportPath = path.join(path.dirname(found.path), REPORT_NAME);
  const earlier = await readReport(reportPath);
  if (earlier === undefined) {
    throw new VerifyDepsError('report-unreadable', `there is no report ${printable(reportPath)}`, {
      hint: 'run verify-deps first: it records what is there, and only a change has to be accepted',
    });
  }
  const verdicts = await linesInQuestion(options);
  const { lines, refusals, baseline } = acceptChanges(verdicts, earlier.baseline, options.reason);
  const remaining = remainingOf(verdicts, lines);
  const shared = { lines, refusals, remaining, reportPath };
  if (refusals.length > 0) {
    const open = refusals.every(({ status }) => status === 'unreachable');
    return { ...shared, outcome: open ? 'undecided' : 'refused' };
  }
  if (lines.every(({ changes, entry }) => changes.length === 0 && entry === undefined)) {
    return { ...shared, outcome: 'refused' };
  }
  if (lines.every(({ changes }) => changes.length === 0)) return { ...shared, outcome: 'unchanged' };
  options.signal?.throwIfAborted();
  await writeReport(reportPath, lockText({ ...earlier, baseline }));
  return { ...shared, outcome: 'recorded' };
}

/** Every version in the tree that shares a release line with one that was named: they are recorded together. */
async function linesInQuestion(options: AcceptOptions): Promise<readonly Verdict[]> {
  const verify = async (only: string): Promise<Report> =>
    (await run({ ...options, only, report: 'none' })).report;
  const named = await verify(options.only);
  const lines = new Set(named.verdicts.map(({ evidence }) => lineKey(evidence.subject)));
  const known = new Set(named.verdicts.map(({ evidence }) => evidence.subject.version));
  const others = [...named.tree.nodes.values()].some(
    (node) => lines.has(lineKey(node)) && !known.has(node.version),
  );
  if (!others) return named.verdicts;
  const all: Verdict[] = [];
  // One name, or several where it is an alias.
  for (const name of new Set(named.verdicts.map(({ evidence }) => evidence.subject.name))) {
    all.push(...(await verify(name)).verdicts);
  }
  return all.filter(({ evidence }) => lines.has(lineKey(evidence.subject)));
}

function lineKey({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${name}@${releaseLine(version)}`;
}

/** Findings that do not go away by what is recorded. */
function remainingOf(verdicts: readonly Verdict[], lines: Accepted['lines']): Acceptance['remaining'] {
  if (lines.length === 0) return [];
  return verdicts.flatMap(({ evidence, findings }) => {
    const codes = findings
      .filter(
        ({ severity, about, code }) =>
          severity === 'error' && about !== 'baseline' && code !== 'provenance-lost',
      )
      .map(({ code }) => code);
    const { name, version } = evidence.subject;
    return codes.length === 0 ? [] : [{ name, version, codes: [...new Set(codes)] }];
  });
}
