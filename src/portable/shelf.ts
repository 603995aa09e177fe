/** Blocks that were taken apart, of all evidence files of a run: how many are held, and how many times that is done. */
import { ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { PackageIndex } from './block.ts';
import type { BlockHead } from './head.ts';

export interface TakenApart {
  readonly content: Buffer;
  readonly index: PackageIndex;
}

export interface Shelf {
  /**
   * A block of those of one file, taken apart by `work` if it is not held.
   * @throws {ProofError} `limit-exceeded` if so much had to be taken apart already that somebody wants it to take long
   */
  take(blocks: readonly BlockHead[], at: number, work: () => TakenApart): TakenApart;
}

export interface ShelfOptions {
  /** Content that is held at a time. */
  readonly heldBytesMax?: number;
  /** Content that is taken apart in all, again and again included. */
  readonly takenBytesMax?: number;
}

/** Of one file. Packages are asked for nearly in the order in which they lie there, some dozens at a time. */
const HELD_MAX = 3;
/** As much content takes about as long as the rest of taking a block apart. */
const EFFORT_BYTES = 65_536;

export function createShelf({
  heldBytesMax = limits.evidenceHeldBytesMax,
  takenBytesMax = limits.evidenceTakenBytesMax,
}: ShelfOptions = {}): Shelf {
  /** The one used last stays longest. */
  const held = new Map<BlockHead, { readonly found: TakenApart; readonly of: readonly BlockHead[] }>();
  let heldBytes = 0;
  let takenBytes = 0;
  const drop = (block: BlockHead): void => {
    if (held.delete(block)) heldBytes -= block.bytes;
  };
  const makeRoom = (blocks: readonly BlockHead[], bytes: number): void => {
    const own = [...held].filter(([, { of }]) => of === blocks);
    for (const [block] of own.slice(0, Math.max(0, own.length - HELD_MAX + 1))) drop(block);
    for (const block of held.keys()) {
      if (heldBytes + bytes <= heldBytesMax) return;
      drop(block);
    }
  };
  return {
    take(blocks, at, work) {
      const block = blocks[at]!;
      const known = held.get(block);
      if (known !== undefined) {
        held.delete(block);
        held.set(block, known);
        return known.found;
      }
      takenBytes += Math.max(block.bytes, EFFORT_BYTES);
      if (takenBytes > takenBytesMax)
        throw new ProofError('limit-exceeded', {
          what: 'its blocks, which have to be taken apart again and again',
          max: takenBytesMax,
          unit: 'bytes',
        });
      makeRoom(blocks, block.bytes);
      const found = work();
      held.set(block, { found, of: blocks });
      heldBytes += block.bytes;
      return found;
    },
  };
}
