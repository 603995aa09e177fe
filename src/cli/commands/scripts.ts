import { scriptPackages, scriptsOutcome, standingsByName } from '../../report/scripts.ts';
import { run } from '../../run.ts';
import { allowListOf, writeAllowList } from '../allow-list.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf } from '../exit.ts';
import { scriptsJson } from '../scripts-json.ts';
import { scriptsText } from '../scripts-text.ts';
import { usage } from '../usage.ts';

/**
 * `verify-deps scripts [--write]`: the packages that run scripts when they are installed, and what is proven of each.
 * @throws {VerifyDepsError} what `run()` throws, `usage`, `allow-list-malformed`, `allow-list-unwritable`
 */
export async function scripts(write: boolean, work: WorkArgs, context: Context): Promise<number> {
  const { report } = await run({ ...runOptions(work, context), report: 'none' });
  context.ui.stop();
  const packages = scriptPackages(report);
  if (write && report.policy.mode === 'observe') {
    throw usage(
      'scripts --write needs a policy that enforces',
      'in the mode observe everything passes, and so would every script',
    );
  }
  const { lockfile } = report.tree;
  const written = write ? await writeAllowList(lockfile, standingsByName(report, packages)) : undefined;
  const outcome = scriptsOutcome(packages);
  const shown = { packages, outcome, list: allowListOf(lockfile), written };
  if (work.format === 'json') await context.output.write(scriptsJson(shown, report));
  else if (work.detail !== 'quiet' || outcome !== 'passed') {
    await context.output.write(scriptsText(shown, context.style));
  }
  return exitCodeOf(outcome);
}
