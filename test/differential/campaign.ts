/** Holds our verdicts against the reference's, and counts. */
import { isDeepStrictEqual } from 'node:util';
import type { VerifiedBundle } from '../../src/sigstore/types.ts';
import type { Base } from './base.ts';
import { mutate } from './mutate.ts';
import { ourVerdict } from './ours.ts';
import { type ReferenceVerdict, referenceVerdict } from './reference.ts';

export interface Counts {
  compared: number;
  sameAccept: number;
  sameRefuse: number;
  /** By `code | kind of mutation`. */
  readonly stricter: Record<string, number>;
  /** By `row of the table | kind of mutation`. */
  readonly lenient: Record<string, number>;
  /** What must not be: one line each. */
  readonly failures: string[];
}

export const noCounts = (): Counts => ({
  compared: 0,
  sameAccept: 0,
  sameRefuse: 0,
  stricter: {},
  lenient: {},
  failures: [],
});

/** Compares one text. `unchanged` is what we established of the bundle it was made from. */
export async function compare(
  counts: Counts,
  base: Base,
  text: string,
  kind: string,
  detail: string,
): Promise<void> {
  const ours = await ourVerdict(base, text);
  const theirs = referenceVerdict(base, text);
  counts.compared++;
  if ('refused' in ours) {
    if ('refused' in theirs) counts.sameRefuse++;
    else add(counts.stricter, `${ours.refused} | ${kind}`);
    return;
  }
  if ('verified' in theirs) {
    counts.sameAccept++;
    return;
  }
  add(counts.lenient, `${theirs.refused} | ${kind}`);
  counts.failures.push(
    `${base.name}: ${kind} (${detail}): verified by us, refused by the reference: ${theirs.refused}`,
  );
}
const add = (record: Record<string, number>, key: string): void => {
  record[key] = (record[key] ?? 0) + 1;
};
void isDeepStrictEqual;
void mutate;

export type { ReferenceVerdict, VerifiedBundle };
