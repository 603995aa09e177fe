import type { Level, Placed, Position, Severity } from './types.ts';

export const RANK: Readonly<Record<Level, number>> = { off: 0, warn: 1, error: 2 };

/** A level with what set it. */
export interface Decided {
  readonly level: Level;
  /** A rule's id, `require.NAME` for a default, `sources.KIND`. */
  readonly rule: string;
  readonly at: Position;
  /** Set by a rule, not by a default. */
  readonly byRule: boolean;
}

export function decided(placed: Placed<Level>, rule: string, byRule = false): Decided {
  return { level: placed.value, rule, at: placed.at, byRule };
}

/** The first of the strictest. */
export function strictest(first: Decided, ...others: readonly Decided[]): Decided {
  return others.reduce((worst, next) => (RANK[next.level] > RANK[worst.level] ? next : worst), first);
}

/** The first of the two unless the other is milder. */
export function atMost(first: Decided, limit: Decided): Decided {
  return RANK[limit.level] < RANK[first.level] ? limit : first;
}

export function severityOf(level: Level): Severity | undefined {
  return level === 'off' ? undefined : level;
}

/** One step down: an error becomes a warning, a warning an info. */
export function milder(level: Level): Severity | undefined {
  return level === 'error' ? 'warn' : level === 'warn' ? 'info' : undefined;
}
