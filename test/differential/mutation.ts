import type { Random } from '../support/rig/sigstore.mjs';
import type { Slot } from './slots.ts';

/** A bundle's text after one change. */
export interface Mutation {
  /** What was done, as the tables name it: `der indefinite length`. */
  readonly kind: string;
  /** Where, and whatever else a person needs to repeat it. */
  readonly detail: string;
  readonly text: string;
}

/** Changes one slot; undefined where the change does not apply to what stands there. */
export type SlotMutator = (slot: Slot, random: Random) => Mutation | undefined;

export function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = copy[bit >> 3]! ^ (1 << (bit & 7));
  return copy;
}
