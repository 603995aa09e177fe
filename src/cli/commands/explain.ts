import path from 'node:path';
import { printable } from '../../core/text.ts';
import { heldToOf } from '../../policy/baseline-view.ts';
import { consideredRules } from '../../policy/considered.ts';
import type { Verdict } from '../../policy/types.ts';
import { readEarlier } from '../../report/earlier.ts';
import { explainVerdict } from '../../report/explain.ts';
import { jsonReport } from '../../report/json.ts';
import { maintainerNote } from '../../report/note.ts';
import type { Report } from '../../report/types.ts';
import { REPORT_NAME, run } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { earlierRelease } from '../earlier-release.ts';
import { exitCodeOf } from '../exit.ts';
import { timingMember } from '../timing.ts';
import { usage } from '../usage.ts';

interface ExplainArgs {
  /** As given: `NAME` or `NAME@VERSION`. */
  readonly package: string;
  /** Print a note to the maintainer instead. */
  readonly note: boolean;
}

/**
 * `verify-deps explain PKG[@VERSION]`: every version of it that the lockfile has.
 * @throws {VerifyDepsError} what `run()` throws, `package-unknown` among it; `usage` where there is no note to write
 */
export async function explain(args: ExplainArgs, work: WorkArgs, context: Context): Promise<number> {
  const { report: bare, policy } = await run({
    ...runOptions(work, context),
    only: args.package,
    report: 'none',
  });
  const considered = new Map(bare.verdicts.map((item) => [item, consideredRules(item.evidence, policy)]));
  const { baseline } = await readEarlier(path.join(path.dirname(bare.tree.lockfile.path), REPORT_NAME));
  const heldTo = new Map(
    bare.verdicts.flatMap((item) => {
      const held = heldToOf(item.evidence, baseline);
      return held === undefined ? [] : [[item, held] as const];
    }),
  );
  const report: Report = { ...bare, considered, heldTo };
  const text = args.note ? await notes(report, context) : undefined;
  context.ui.stop();
  context.timing?.count(report.verdicts);
  await context.output.write(
    text ??
      (work.format === 'json' ? jsonReport(report, timingMember(context.timing)) : allText(report, context)),
  );
  return exitCodeOf(report.outcome);
}

function allText(report: Report, { style, columns }: Context): string {
  return report.verdicts.map((verdict) => explainVerdict(verdict, report, { style, columns })).join('\n');
}

/** One note for each release that lost its provenance; undefined where that could not be asked. */
async function notes(report: Report, { env, signal }: Context): Promise<string | undefined> {
  const cwd = path.dirname(report.tree.lockfile.path);
  const found: string[] = [];
  const reasons: string[] = [];
  for (const verdict of report.verdicts) {
    const { subject, provenance } = verdict.evidence;
    if (provenance.status === 'unreachable') return undefined;
    const reason = unsuitable(verdict);
    const earlier =
      reason === undefined
        ? await earlierRelease(subject, path.join(cwd, REPORT_NAME), { cwd, env, signal })
        : undefined;
    if (earlier !== undefined) found.push(maintainerNote(verdict, earlier, report));
    else {
      const why = reason ?? `no report here or in the history of the repository has provenance of its line`;
      reasons.push(`${printable(`${subject.name}@${subject.version}`)}: ${why}`);
    }
  }
  if (found.length > 0) return found.join('\n---\n\n');
  throw usage(
    `there is no note to write: ${reasons.join('; ')}`,
    'verify-deps explain without --note shows it',
  );
}

/** Why a maintainer has nothing to answer for here. */
function unsuitable({ evidence }: Verdict): string | undefined {
  const { provenance, subject } = evidence;
  if (subject.source.kind !== 'registry') return 'it does not come from a registry';
  switch (provenance.status) {
    case 'verified':
      return 'it has provenance';
    case 'absent':
      return provenance.code.endsWith('-withheld')
        ? 'the registry announces attestations and does not hand them over, which is not its maintainer’s doing'
        : undefined;
    case 'invalid':
      return 'it has provenance that is wrong, which is no matter for a friendly note';
    default:
      return 'it has provenance that cannot be judged here';
  }
}
