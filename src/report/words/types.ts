import type { Code } from '../../core/codes.ts';

export interface Wording {
  /** Template, see `report/words.ts`. */
  readonly say: string;
  /** What to do: one short sentence, lower case, no full stop. */
  readonly advice: string;
}

/** Wordings of one theme. Every code stands in exactly one of the tables; a test holds that. */
export type WordTable = Readonly<Partial<Record<Code, Wording>>>;
