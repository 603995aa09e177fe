import { lockfileHook } from '../../hooks/npm/lockfile-hook.ts';
import { stoppedLines } from '../../hooks/stopped.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf } from '../exit.ts';

/** `verify-deps hook`: what npm 12 runs as the project's own preinstall script, before it fetches anything. */
export async function hook(work: WorkArgs, context: Context): Promise<number> {
  const { onProgress: _quiet, ...options } = runOptions(work, context);
  context.ui.stop();
  const result = await lockfileHook(options);
  if (result.outcome === 'nothing-to-install') {
    await context.say('verify-deps: npm installs nothing now; nothing was verified\n');
    return 0;
  }
  const { report } = result;
  if (report.outcome !== 'passed')
    await context.say(`${stoppedLines(report, 'npm fetches and runs nothing').join('\n')}\n`);
  return exitCodeOf(report.outcome);
}
