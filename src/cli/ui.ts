/**
 * What whoever waits sees while the work goes on: one line at a terminal, which is drawn anew, or now and then a line in a
 * log. The work only leaves its latest state here; whoever shows it looks for itself, and is loaded only for work that
 * lasts.
 */
import type { Progress } from '../connect.ts';
import { stopwatch } from '../core/clock.ts';

export interface Ui {
  /** Costs next to nothing: called for every package. */
  update(progress: Progress): void;
  /** Clears the line. A later `update` begins anew. */
  stop(): void;
}

/** The work as it stands, for whoever shows it. */
export interface Latest {
  readonly progress: Progress;
  /** When its phase began, by the stopwatch. */
  readonly since: number;
}

/** Shows the work until it is stopped. */
export interface Painter {
  stop(): void;
}

export const silent: Ui = { update: () => undefined, stop: () => undefined };

/** Work that ends before that is not worth a line. */
export const FIRST_MS = { terminal: 300, log: 10_000, verbose: 2_000 } as const;

export interface UiOptions {
  readonly stream: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly detail: 'quiet' | 'normal' | 'verbose';
  readonly color: boolean;
  /** Writes a line to standard error, fit for the log of a CI job. */
  readonly say: (text: string) => Promise<void>;
  /** Something else draws on the terminal: only a log gets lines. */
  readonly shared: boolean;
}

/** Progress goes to standard error, and nowhere if it is to be quiet. */
export function progressUi(options: UiOptions): Ui {
  const { detail, env, shared, stream } = options;
  if (detail === 'quiet') return silent;
  if (isDrawable(stream, env)) {
    if (shared) return silent;
    return waiting(FIRST_MS.terminal, async (latest) => {
      const { paintTerminal } = await import('./progress-terminal.ts');
      return paintTerminal(latest, stream, options.color);
    });
  }
  if (shared && stream.isTTY === true) return silent;
  return waiting(detail === 'verbose' ? FIRST_MS.verbose : FIRST_MS.log, async (latest) => {
    const { paintLog } = await import('./progress-log.ts');
    return paintLog(latest, options.say, detail);
  });
}

/** A pseudo-terminal without a size counts as none: nobody knows where its lines end. */
function isDrawable(stream: NodeJS.WriteStream, env: UiOptions['env']): boolean {
  return stream.isTTY === true && env.TERM !== 'dumb' && env.CI === undefined && stream.columns > 0;
}

/** Loads what shows the work when it has lasted so long. */
function waiting(ms: number, begin: (latest: () => Latest | undefined) => Promise<Painter>): Ui {
  let progress: Progress | undefined;
  let since = 0;
  let timer: NodeJS.Timeout | undefined;
  let painter: Painter | undefined;
  const show = async (): Promise<void> => {
    const own = timer;
    // A broken installation is told by what needs the missing part; progress is not worth an error.
    const begun = await begin(() => progress && { progress, since }).catch(() => undefined);
    if (timer === own) painter = begun;
    else begun?.stop();
  };
  const stop = (): void => {
    clearTimeout(timer);
    timer = undefined;
    progress = undefined;
    painter?.stop();
    painter = undefined;
  };
  return {
    update(next) {
      // npm speaks for itself, and its time is not ours.
      if (next.phase === 'npm') {
        stop();
        return;
      }
      if (progress?.phase !== next.phase) since = stopwatch();
      progress = next;
      timer ??= setTimeout(() => void show(), ms).unref();
    },
    stop,
  };
}
