import ora from 'ora';
import { progressLine } from './progress-text.ts';
import { observer } from './standing.ts';
import type { Latest, Painter } from './ui.ts';

/** Faster than that nobody reads; the spinner turns in between. */
const TEXT_MS = 200;
const FRAME_MS = 100;
/** The spinner and the space behind it, and a free column: some terminals begin a new line once the last one is taken. */
const MARGIN = 3;

/** One line on a terminal, drawn anew. */
export function paintTerminal(
  latest: () => Latest | undefined,
  stream: NodeJS.WriteStream,
  color: boolean,
): Painter {
  const observe = observer();
  // stdin is left alone: in raw mode Ctrl-C would be a character, and no signal.
  const spinner = ora({ stream, discardStdin: false, color: color ? 'cyan' : false, interval: FRAME_MS });
  const draw = (): void => {
    const now = latest();
    if (now !== undefined) spinner.text = progressLine(observe(now), stream.columns - MARGIN);
  };
  draw();
  spinner.start();
  const timer = setInterval(draw, TEXT_MS).unref();
  return {
    stop() {
      clearInterval(timer);
      spinner.stop();
    },
  };
}
