import { explainVerdict } from '../../report/explain.ts';
import { jsonReport } from '../../report/json.ts';
import type { Report } from '../../report/types.ts';
import { run } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf } from '../exit.ts';

/**
 * `verify-deps explain PKG[@VERSION]`: every version of it that the lockfile has.
 * @param wanted  as given: `NAME` or `NAME@VERSION`
 * @throws {VerifyDepsError} what `run()` throws, `package-unknown` among it
 */
export async function explain(wanted: string, work: WorkArgs, context: Context): Promise<number> {
  const { report } = await run({ ...runOptions(work, context), only: wanted, report: 'none' });
  context.ui.stop();
  await context.output.write(work.format === 'json' ? jsonReport(report) : allText(report, context));
  return exitCodeOf(report.outcome);
}

function allText(report: Report, { style, columns }: Context): string {
  return report.verdicts.map((verdict) => explainVerdict(verdict, report, { style, columns })).join('\n');
}
