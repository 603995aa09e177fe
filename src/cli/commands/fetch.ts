import { type Fetched, fetchEvidence } from '../../fetch.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { fetchJson, fetchText } from '../fetch-text.ts';

/** `verify-deps fetch [-o FILE]`: evidence for runs that ask nobody. */
export async function fetchCommand(
  output: string | undefined,
  work: WorkArgs,
  context: Context,
): Promise<number> {
  const fetched: Fetched = await fetchEvidence({
    ...runOptions(work, context),
    ...(output === undefined ? {} : { file: output }),
  });
  context.ui.stop();
  const complete = fetched.outcome !== 'incomplete';
  if (work.format === 'json') await context.output.write(fetchJson(fetched));
  else if (!complete || work.detail !== 'quiet')
    await context.output.write(fetchText(fetched, context.style));
  return complete ? exitCodes.passed : exitCodes.undecided;
}
