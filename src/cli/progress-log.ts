import type { Progress } from '../connect.ts';
import { progressSentence } from './progress-text.ts';
import { type Clocks, observer, processClocks } from './standing.ts';
import type { Latest, Painter } from './ui.ts';

const LOOK_MS = 1_000;
/** Between two lines: at least that at first, twice as much each time, and at most a minute. */
const GAP_MS = { normal: 10_000, verbose: 5_000 } as const;
const GAP_MS_MAX = 60_000;
/** A tenth more is worth a line, if the last one is not just above it. */
const SHARE = 0.1;
/** Over before anybody has read it. */
const unsaid: ReadonlySet<Progress['phase']> = new Set(['judgement', 'report']);

/** A line now and then, for logs: at growing intervals, and where a tenth more is done. */
export function paintLog(
  latest: () => Latest | undefined,
  say: (text: string) => Promise<void>,
  detail: 'normal' | 'verbose',
  clocks: Clocks = processClocks,
): Painter {
  const observe = observer(clocks);
  const least = GAP_MS[detail];
  let gap: number = least;
  let saidAt: number | undefined;
  let said: { readonly phase: Progress['phase']; readonly tenths: number } | undefined;
  const look = (): void => {
    const now = latest();
    if (now === undefined) return;
    const standing = observe(now);
    if (unsaid.has(standing.phase)) return;
    const time = clocks.stopwatch();
    const quiet = saidAt === undefined ? GAP_MS_MAX : time - saidAt;
    const reached = standing.total > 1 ? Math.floor(standing.done / standing.total / SHARE) : 0;
    const before = said?.phase === standing.phase ? said.tenths : 0;
    if (quiet < gap && !(reached > before && quiet >= least)) return;
    if (saidAt !== undefined) gap = Math.min(gap * 2, GAP_MS_MAX);
    saidAt = time;
    said = { phase: standing.phase, tenths: reached };
    void say(`verify-deps: ${progressSentence(standing)}\n`);
  };
  look();
  const timer = setInterval(look, LOOK_MS).unref();
  return { stop: () => clearInterval(timer) };
}
