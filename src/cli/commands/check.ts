import { systemClock } from '../../core/clock.ts';
import { humanReport } from '../../report/human.ts';
import { jsonReport } from '../../report/json.ts';
import { type RunResult, run } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf } from '../exit.ts';
import { packagesText } from '../packages-text.ts';

/** `verify-deps check`: the whole tree, judged by the policy. */
export async function check(work: WorkArgs, context: Context): Promise<number> {
  const result = await run(runOptions(work, context));
  context.ui.stop();
  await context.output.write(resultText(result, work, context));
  return exitCodeOf(result.report.outcome);
}

function resultText({ report, reportFile }: RunResult, work: WorkArgs, context: Context): string {
  if (work.format === 'json') return jsonReport(report);
  if (work.detail === 'quiet' && report.outcome === 'passed') return '';
  const { style, columns } = context;
  const text = humanReport(report, { style, columns, now: systemClock(), reportFile });
  return work.detail === 'verbose' ? `${packagesText(report, style)}\n${text}` : text;
}
