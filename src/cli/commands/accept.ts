import { accept as acceptChange } from '../../accept.ts';
import { acceptJson, acceptText } from '../accept-text.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';

/**
 * `verify-deps accept PKG[@VERSION] --reason TEXT`: a deliberate change goes into the baseline of the report.
 * @throws {VerifyDepsError} what `run()` throws; `report-unreadable` where there is no report yet
 */
export async function accept(
  wanted: string,
  reason: string,
  work: WorkArgs,
  context: Context,
): Promise<number> {
  const acceptance = await acceptChange({ ...runOptions(work, context), only: wanted, reason });
  context.ui.stop();
  const { outcome } = acceptance;
  const exitCode = {
    recorded: exitCodes.passed,
    unchanged: exitCodes.passed,
    refused: exitCodes.failed,
    undecided: exitCodes.undecided,
  }[outcome];
  if (work.format === 'json') await context.output.write(acceptJson(acceptance, reason, work));
  else if (work.detail !== 'quiet' || exitCode !== exitCodes.passed) {
    await context.output.write(acceptText(acceptance, { style: context.style, reason }));
  }
  return exitCode;
}
