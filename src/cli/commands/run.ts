import { VerifyDepsError } from '../../core/errors.ts';
import { type RunCommandResult, runCommand } from '../../hooks/run/run.ts';
import { stoppedSummary, summaryOf } from '../../hooks/run/summary.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const SIGHUP = 129;

/** `verify-deps run -- COMMAND`: the command's own exit code counts, unless it says that all is well where something was stopped. */
export async function runThrough(
  { words, provenOnly }: { readonly words: readonly string[]; readonly provenOnly: boolean },
  work: WorkArgs,
  context: Context,
): Promise<number> {
  // The terminal belongs to the command.
  context.ui.stop();
  const { onProgress: _quiet, ...options } = runOptions(work, context);
  const interrupted = new AbortController();
  let received: (typeof SIGNALS)[number] | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    received ??= SIGNALS.find((known) => known === signal);
    interrupted.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    const interactive = process.stdin.isTTY === true;
    const { signal } = interrupted;
    const result = await runCommand({ words, provenOnly, interactive, signal, gate: { ...options, signal } });
    const { exitCode, text } = outcomeOf(result, words, work);
    if (text !== '') await context.say(text);
    return received === undefined ? exitCode : Math.max(exitCode, 1);
  } catch (error) {
    if (received === undefined) throw error;
    await context.say('verify-deps: interrupted\n');
    return received === 'SIGHUP' ? SIGHUP : exitCodes[received];
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

function outcomeOf(
  result: RunCommandResult,
  words: readonly string[],
  work: WorkArgs,
): { readonly exitCode: number; readonly text: string } {
  if (result.stopped !== undefined) {
    const { lines, stopped } = stoppedSummary(result.stopped, words[0]!);
    return { exitCode: codeOf(stopped), text: `${lines.join('\n')}\n` };
  }
  const { code } = result;
  if (code === undefined) throw new VerifyDepsError('usage', 'nothing was run');
  const { lines, stopped } = summaryOf(result);
  const text = work.detail === 'quiet' && stopped === 'nothing' ? '' : `${lines.join('\n')}\n`;
  if (code !== 0 || stopped === 'nothing') return { exitCode: code, text };
  return { exitCode: codeOf(stopped), text };
}

function codeOf(stopped: 'failed' | 'undecided'): number {
  return stopped === 'undecided' ? exitCodes.undecided : exitCodes.failed;
}
