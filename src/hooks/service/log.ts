/**
 * One JSON object a line, for machines and for whoever has to answer what came in and when. What the disk does not take is
 * counted and said, never waited for without an end: a full disk must not hold up every install.
 */
import type { Clock } from '../../core/clock.ts';
import { printable } from '../../core/text.ts';

/** Takes text; lines are whole. */
export interface LogSink {
  write(text: string): Promise<void>;
  /** Opens its file anew, for whoever has moved the old one away. */
  reopen(): Promise<void>;
  close(): Promise<void>;
}

export type LogValue = string | number | boolean | null | readonly string[] | undefined;

export interface Log {
  /** Adds the time; text is made printable. */
  write(event: string, facts: Readonly<Record<string, LogValue>>): void;
  /** After what has been written so far. @throws what the sink says; it goes on with the old file then */
  reopen(): Promise<void>;
  /** Waits until all has been taken. */
  close(): Promise<void>;
  /** Lines that were not taken. */
  readonly lost: number;
}

const QUEUE_LINES_MAX = 20_000;
const BATCH_LINES_MAX = 1_000;
const VALUE_CHARS_MAX = 600;
const LIST_MAX = 20;

export interface LogOptions {
  readonly sink: LogSink;
  readonly clock: Clock;
  /** Called once for each time that the sink begins to refuse. */
  readonly onTrouble: (message: string) => void;
  readonly queueLinesMax?: number;
}

export function createLog({ sink, clock, onTrouble, queueLinesMax = QUEUE_LINES_MAX }: LogOptions): Log {
  let queue: string[] = [];
  let lost = 0;
  let untold = 0;
  let inTrouble = false;
  let turn: Promise<unknown> = Promise.resolve();
  let pumping = false;

  const lose = (lines: number, why: string): void => {
    lost += lines;
    untold += lines;
    if (!inTrouble) onTrouble(`the log cannot be written, lines are lost: ${why}`);
    inTrouble = true;
  };
  const pump = async (): Promise<void> => {
    while (queue.length > 0) {
      const lines = queue.slice(0, BATCH_LINES_MAX);
      queue = queue.slice(BATCH_LINES_MAX);
      const told = untold;
      const about = told > 0 ? [lineOf(clock(), 'log-lost', { lines: told })] : [];
      try {
        // A write that failed may have left half a line.
        await sink.write([inTrouble ? '\n' : '', ...about, ...lines].join(''));
        untold -= told;
        inTrouble = false;
      } catch (error) {
        lose(
          lines.length,
          printable(String((error as NodeJS.ErrnoException).code ?? (error as Error).message)),
        );
      }
    }
    pumping = false;
  };
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };
  return {
    write(event, facts) {
      if (queue.length >= queueLinesMax) return lose(1, `more than ${queueLinesMax} lines are waiting`);
      queue.push(lineOf(clock(), event, facts));
      if (pumping) return;
      pumping = true;
      void inTurn(pump);
    },
    reopen: () => inTurn(() => sink.reopen()),
    close: () => inTurn(() => sink.close()),
    get lost() {
      return lost;
    },
  };
}

/** JSON leaves characters that reorder a line on a terminal as they are; `printable` does not. */
function lineOf(now: number, event: string, facts: Readonly<Record<string, LogValue>>): string {
  const entries = Object.entries(facts).map(([key, value]) => [key, harmless(value)]);
  return `${JSON.stringify({ time: new Date(now).toISOString(), event, ...Object.fromEntries(entries) })}\n`;
}

function harmless(value: LogValue): LogValue {
  if (typeof value === 'string') return printable(value, VALUE_CHARS_MAX);
  if (Array.isArray(value)) {
    return value.slice(0, LIST_MAX).map((one: string) => printable(one, VALUE_CHARS_MAX));
  }
  return value;
}
