import type { Progress } from '../connect.ts';

/** What a person waiting at a terminal sees while the work goes on. */
export interface Ui {
  update(progress: Progress): void;
  /** Clears the line. */
  stop(): void;
}

export const silent: Ui = { update: () => undefined, stop: () => undefined };

const words: Readonly<Record<Progress['phase'], string>> = {
  lockfile: 'reading the lockfile',
  trust: 'loading the trust root',
  packages: 'verifying packages',
  judgement: 'judging by the policy',
  report: 'writing the report',
};

/** `verifying packages 120 of 1,000` */
export function progressText({ phase, done, total }: Progress): string {
  if (total <= 1) return words[phase];
  return `${words[phase]} ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}

/** Progress on stderr, and only on a terminal: a log of a CI job gets no line of it. */
export async function progressUi(
  stream: NodeJS.WriteStream,
  env: Readonly<Record<string, string | undefined>>,
  quiet: boolean,
  color: boolean,
  first: Progress['phase'] = 'lockfile',
): Promise<Ui> {
  if (quiet || stream.isTTY !== true || env.TERM === 'dumb' || env.CI !== undefined) return silent;
  // A pseudo-terminal without a size: ora would count infinitely many lines to clear.
  if (!(stream.columns > 0)) return silent;
  const { default: ora } = await import('ora');
  // stdin is left alone: in raw mode Ctrl-C would be a character, and no signal.
  const spinner = ora({ stream, discardStdin: false, color: color ? 'cyan' : false });
  spinner.start(words[first]);
  return {
    update: (progress) => {
      spinner.text = progressText(progress);
    },
    stop: () => {
      spinner.stop();
    },
  };
}
