import { settingsOf } from '../hooks/settings.ts';
import { createStyle, type Style } from '../report/style.ts';
import type { RunOptions } from '../run.ts';
import type { ColorChoice, WorkArgs } from './args.ts';
import { heedSize } from './heap.ts';
import type { Output } from './output.ts';
import type { Timing } from './timing.ts';
import type { Ui } from './ui.ts';

/** What a command gets from the process besides its flags. */
export interface Context {
  readonly input: NodeJS.ReadableStream;
  readonly output: Output;
  /** To standard error, whatever becomes of it. */
  readonly say: (text: string) => Promise<void>;
  /** For standard output. */
  readonly style: Style;
  /** Columns of standard output, where it is a terminal. */
  readonly columns: number | undefined;
  readonly ui: Ui;
  /** Where `--timing` was given. */
  readonly timing?: Timing | undefined;
  readonly signal: AbortSignal;
  readonly env: Environment;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colour for a stream: `--color` and `--no-color` win over the environment, which wins over the terminal. */
export function styleFor(
  choice: ColorChoice,
  env: Environment,
  stream: { readonly isTTY?: boolean | undefined },
): Style {
  const forced = choice === undefined ? {} : { FORCE_COLOR: choice ? '1' : '0' };
  return createStyle({ env: { ...env, ...forced }, stream });
}

/** The flags in the words of `run()`; where one is not given, the environment may say it. */
export function runOptions(work: WorkArgs, context: Context): RunOptions {
  const settings = settingsOf(context.env);
  return {
    cwd: work.cwd,
    omit: work.omit,
    workspaces: work.workspaces,
    tarballs: work.tarballs,
    installed: work.installed,
    report: work.report,
    offline: work.offline,
    evidence: work.evidence,
    evidenceDigests: work.evidenceDigests,
    env: context.env,
    signal: context.signal,
    onProgress: progressTo(context),
    onUnkept: unkeptTo(context),
    ...given('lockfile', work.lockfile),
    ...given('policy', work.policy),
    ...given('registry', work.registry),
    ...given('trustRoot', work.trustRoot ?? settings.trustRoot),
    ...given('registryKeys', work.registryKeys ?? settings.registryKeys),
    ...given('tufMirror', work.tufMirror ?? settings.tufMirror),
    ...given('tufRoot', work.tufRoot ?? settings.tufRoot),
    ...given('cacheDir', work.cacheDir ?? settings.cacheDir),
  };
}

function progressTo({ ui, timing }: Context): NonNullable<RunOptions['onProgress']> {
  return (progress) => {
    heedSize(progress);
    timing?.update(progress);
    ui.update(progress);
  };
}

const told = new WeakSet<Context>();

/** Once, however often a command asks. */
function unkeptTo(context: Context): NonNullable<RunOptions['onUnkept']> {
  return async (folder, code) => {
    if (told.has(context)) return;
    told.add(context);
    const { unkeptText } = await import('./unkept-text.ts');
    context.ui.stop();
    await context.say(unkeptText(folder, code));
  };
}

function given<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string });
}
