import { stat } from 'node:fs/promises';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { forLog } from '../core/workflow-command.ts';
import { type Args, parseCommandLine } from './args.ts';
import type { Context } from './context.ts';
import { exitCodes, failureOf } from './exit.ts';
import { leaveSignals, watchSignals } from './interrupt.ts';
import { type Output, outputTo } from './output.ts';
import type { Ui } from './ui.ts';

type Work = Extract<Args, { work: unknown }>;
type Say = (text: string) => Promise<void>;

/** Where results and everything else go, and where a bundle may come from. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/**
 * Runs one command line to its exit code. Results go to stdout, everything else to stderr.
 * What a command needs is loaded with the command: `--help` must not wait for the verifier.
 */
export async function main(argv: readonly string[], streams: Streams = process): Promise<number> {
  const output = outputTo(streams.stdout);
  const errors = outputTo(streams.stderr);
  // If not even this can be said, the exit code still tells.
  const say: Say = (text) => errors.write(forLog(text, process.env)).catch(() => undefined);
  try {
    const args = parseCommandLine(argv, process.cwd());
    if (args.command === 'help') {
      const { helpText } = await import('./help.ts');
      await output.write(helpText(args.topic));
      return exitCodes.passed;
    }
    if (args.command === 'version') {
      const { toolVersion } = await import('../core/version.ts');
      await output.write(`${toolVersion()}\n`);
      return exitCodes.passed;
    }
    return await work(args, streams, output, say);
  } catch (error) {
    const failure = failureOf(error);
    await say(failure.text);
    return failure.exitCode;
  }
}

async function work(args: Work, streams: Streams, output: Output, say: Say): Promise<number> {
  await expectFolder(args.work.cwd);
  // A service ends in its own time, and well.
  const interrupt = args.command === 'proxy' || args.command === 'run' ? leaveSignals() : watchSignals();
  const { styleFor } = await import('./context.ts');
  const timing = args.work.timing ? (await import('./timing.ts')).createTiming() : undefined;
  const ui = await uiFor(args, styleFor(args.color, process.env, streams.stderr).colour, streams, say);
  const context: Context = {
    // Node.js makes it when it is first looked at, and hardly any command does.
    get input() {
      return streams.stdin;
    },
    // `check` writes commands of its own, and JSON must stay JSON.
    output: args.command === 'check' || args.work.format === 'json' ? output : shownBy(output),
    say,
    ui,
    timing,
    signal: interrupt.signal,
    style: styleFor(args.color, process.env, streams.stdout),
    columns: streams.stdout.columns,
    env: process.env,
  };
  try {
    const exitCode = await interrupt.settle(perform(args, context));
    if (interrupt.received === undefined && exitCode !== 'abandoned') return exitCode;
    // Done all the same: the signal came too late to stop anything, but the caller asked for an end.
    ui.stop();
    await say('verify-deps: interrupted\n');
    return exitCodes[interrupt.received!];
  } catch (error) {
    if (interrupt.received === undefined) throw error;
    ui.stop();
    // `run()` writes last, so whatever broke off in it has written nothing. Only printing comes after it.
    // With --fix the policy may have been written before.
    const ran =
      args.work.fix ||
      args.command === 'init' ||
      args.command === 'ci' ||
      args.command === 'install' ||
      (error instanceof VerifyDepsError && error.code === 'report-unwritable');
    await say(`verify-deps: interrupted${ran ? '' : '; nothing was written'}\n`);
    return exitCodes[interrupt.received];
  } finally {
    ui.stop();
    if (timing !== undefined && !timing.told) {
      const { timingText } = await import('./timing-text.ts');
      await say(timingText(timing.tell()));
    }
    interrupt.dispose();
  }
}

/** Commands that show how far they are; the others serve, or are done at once. */
const showing: ReadonlySet<Work['command']> = new Set([
  'check',
  'explain',
  'accept',
  'bundle',
  'trust',
  'fetch',
  'scripts',
  'init',
  'simulate',
]);

async function uiFor(args: Work, color: boolean, { stderr }: Streams, say: Say): Promise<Ui> {
  const { progressUi, silent } = await import('./ui.ts');
  // npm draws on the terminal itself.
  const shared = args.command === 'ci' || args.command === 'install';
  if (!shared && !showing.has(args.command)) return silent;
  const { detail } = args.work;
  const ui = progressUi({ stream: stderr, env: process.env, detail, color, say, shared });
  if (!shared) ui.update({ phase: args.command === 'bundle' ? 'trust' : 'lockfile', done: 0, total: 0 });
  return ui;
}

function shownBy(output: Output): Output {
  return { write: (text) => output.write(forLog(text, process.env)) };
}

async function perform(args: Work, context: Context): Promise<number> {
  switch (args.command) {
    case 'check':
      return (await import('./commands/check.ts')).check(args.work, context);
    case 'explain':
      return (await import('./commands/explain.ts')).explain(args, args.work, context);
    case 'accept':
      return (await import('./commands/accept.ts')).accept(args.package, args.reason, args.work, context);
    case 'bundle':
      return (await import('./commands/bundle.ts')).bundle(args.bundle, args.work, context);
    case 'trust':
      return (await import('./commands/trust.ts')).trust(args.work, context);
    case 'fetch':
      return (await import('./commands/fetch.ts')).fetchCommand(args.output, args.work, context);
    case 'init':
      return (await import('./commands/init.ts')).init(args.init, args.work, context);
    case 'simulate':
      return (await import('./commands/simulate.ts')).simulate(args.simulate, args.work, context);
    case 'policy':
      return (await import('./commands/policy.ts')).policy(args.action, args.work, context);
    case 'scripts':
      return (await import('./commands/scripts.ts')).scripts(args.write, args.work, context);
    case 'ci':
    case 'install':
      return (await import('./commands/install.ts')).install(args.command, args.rest, args.work, context);
    case 'run':
      return (await import('./commands/run.ts')).runThrough(args, args.work, context);
    case 'proxy':
      return (await import('./commands/proxy.ts')).proxy(args.proxy, args.work, context);
    case 'hook install':
      return (await import('./commands/hook-install.ts')).hookInstall(args.setUp, args.work, context);
    case 'hook':
      return (await import('./commands/hook.ts')).hook(args.work, context);
  }
}

async function expectFolder(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  if (info?.isDirectory() === true) return;
  throw new VerifyDepsError('usage', `no folder ${printable(folder)}`, { hint: 'it was named with --cwd' });
}
