import type { Code } from './codes.ts';

/** Facts that fill the sentence of a code: short, already bounded, not yet cleaned for a terminal. */
export type Args = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * What became of one thing we tried to establish:
 * - `verified`     it is there and holds
 * - `invalid`      it is there and wrong: the only status that may be called tampering
 * - `absent`       whoever should have it says that there is none
 * - `unreachable`  we could not ask, or got no usable answer
 * - `uncovered`    this proof cannot speak about these bytes (git source, sha1 pin, a format newer than this tool)
 */
export type Status = 'verified' | 'invalid' | 'absent' | 'unreachable' | 'uncovered';

/** A code with the facts that fill its sentence; words are made from it in `report/words.ts` only. */
export interface Note {
  readonly code: Code;
  readonly args: Args;
}

export interface Verified<T> {
  readonly status: 'verified';
  readonly value: T;
}

export interface Unproven extends Note {
  readonly status: Exclude<Status, 'verified'>;
}

/** One fact we tried to establish. Only `verified` carries a value. */
export type Check<T> = Verified<T> | Unproven;

export function verified<T>(value: T): Verified<T> {
  return { status: 'verified', value };
}

/** Nothing to tell, in one object for all of them. */
const none: Args = Object.freeze({});

export function unproven(status: Unproven['status'], code: Code, args: Args = none): Unproven {
  return { status, code, args };
}
