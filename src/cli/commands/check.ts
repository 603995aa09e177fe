import { systemClock } from '../../core/clock.ts';
import { forLog } from '../../core/workflow-command.ts';
import { humanReport } from '../../report/human.ts';
import { jsonReport } from '../../report/json.ts';
import { type RunResult, run } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { unprovenText } from '../coverage-text.ts';
import { exitCodeOf } from '../exit.ts';
import type { PolicyFix } from '../fix-policy.ts';
import { packagesText } from '../packages-text.ts';
import { timingMember } from '../timing.ts';

/** `verify-deps check`: the whole tree, judged by the policy. */
export async function check(work: WorkArgs, context: Context): Promise<number> {
  try {
    return await checked(work, context);
  } catch (error) {
    context.ui.stop();
    if (work.github && !context.signal.aborted) {
      const { failureCommand } = await import('../ci-reports.ts');
      await context.output.write(failureCommand(error));
    }
    throw error;
  }
}

async function checked(work: WorkArgs, context: Context): Promise<number> {
  const { result, fix } = work.fix
    ? await fixed(work, context)
    : { result: await run(runOptions(work, context)), fix: undefined };
  context.ui.stop();
  context.timing?.count(result.report.verdicts);
  const exitCode = exitCodeOf(result.report.outcome);
  const text = resultText(result, fix, work, context);
  await context.output.write(work.format === 'json' ? text : forLog(text, context.env));
  if (work.sarif === undefined && work.gitlab === undefined && !work.github) return exitCode;
  const { leaveForCi } = await import('../ci-reports.ts');
  const commands = await leaveForCi(result.report, work, context.env, exitCode);
  if (commands !== '') await context.output.write(commands);
  return exitCode;
}

interface Fixed {
  readonly result: RunResult;
  readonly fix: PolicyFix;
}

/**
 * Looks first and writes no report, removes what turned out to be dead, and judges again by the policy as it then stands,
 * so that the report is that of the policy that is committed with it. The second time the evidence comes from the store.
 */
async function fixed(work: WorkArgs, context: Context): Promise<Fixed> {
  const { fixPolicy, fixText } = await import('../fix-policy.ts');
  const first = await run({ ...runOptions(work, context), report: 'none' });
  context.signal.throwIfAborted();
  const fix = await fixPolicy(first.report);
  if (work.format === 'human' && (work.detail !== 'quiet' || fix.outcome === 'removed')) {
    context.ui.stop();
    await context.output.write(`${fixText(fix)}\n`);
  }
  if (fix.outcome !== 'removed' && work.report === 'none') return { result: first, fix };
  return { result: await run(runOptions(work, context)), fix };
}

function resultText(
  { report, reportFile }: RunResult,
  fix: PolicyFix | undefined,
  work: WorkArgs,
  context: Context,
): string {
  if (work.format === 'json') {
    return jsonReport(report, { ...(fix && { fix: { ...fix.facts } }), ...timingMember(context.timing) });
  }
  if (work.detail === 'quiet' && report.outcome === 'passed') return '';
  const { style, columns } = context;
  const text = humanReport(report, { style, columns, now: systemClock(), reportFile });
  if (work.detail !== 'verbose') return text;
  return [packagesText(report, style), unprovenText(report, style), text]
    .filter((part) => part !== '')
    .join('\n');
}
