import { systemClock } from '../../core/clock.ts';
import { inspectTrust } from '../../run.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { describeChains, trustJson, trustText } from '../trust-text.ts';

/** `verify-deps trust`: what every verdict rests on. */
export async function trust(work: WorkArgs, context: Context): Promise<number> {
  const inspected = await inspectTrust(runOptions(work, context));
  const chains = await describeChains(inspected);
  context.ui.stop();
  const json = work.format === 'json';
  await context.output.write(
    json ? trustJson(inspected, chains) : trustText(inspected, chains, systemClock()),
  );
  return exitCodes.passed;
}
