import { describe, expect, it } from 'vitest';
import type { BlockHead } from '../../src/portable/head.ts';
import { createShelf, type Shelf } from '../../src/portable/shelf.ts';

const BLOCK = 1_048_576;
const blocksOf = (count: number, bytes = BLOCK): readonly BlockHead[] =>
  Array.from({ length: count }, (_, n) => ({ first: `${n}`, bytes, packed: 1, stored: 1, sha256: '' }));

let work = 0;
function take(shelf: Shelf, blocks: readonly BlockHead[], ...at: readonly number[]): number {
  work = 0;
  for (const one of at)
    shelf.take(blocks, one, () => {
      work++;
      return { content: Buffer.alloc(0), index: { packages: new Map() } };
    });
  return work;
}

describe('blocks that were taken apart', () => {
  it('are held three of a file, those that were used last', () => {
    const [shelf, blocks, others] = [createShelf(), blocksOf(5), blocksOf(5)];
    expect(take(shelf, blocks, 0, 1, 2, 0, 1, 2)).toBe(3);
    expect(take(shelf, others, 0, 1, 2)).toBe(3);
    expect(take(shelf, blocks, 0, 3, 0, 2, 3)).toBe(1);
    expect(take(shelf, blocks, 1)).toBe(1);
    expect(take(shelf, others, 0, 1, 2)).toBe(0);
  });

  it('are held no longer where they are large together', () => {
    const [shelf, blocks, others] = [createShelf({ heldBytesMax: 4 * BLOCK }), blocksOf(3), blocksOf(3)];
    expect(take(shelf, blocks, 0, 1, 2)).toBe(3);
    expect(take(shelf, others, 0, 1)).toBe(2);
    expect(take(shelf, blocks, 1, 2)).toBe(0);
    expect(take(shelf, blocks, 0)).toBe(1);
  });

  it('are not taken apart again and again without end', () => {
    const [shelf, blocks] = [createShelf({ takenBytesMax: 10 * BLOCK }), blocksOf(4)];
    const round = [0, 1, 2, 3];
    expect(take(shelf, blocks, ...round, ...round)).toBe(8);
    expect(() => take(shelf, blocks, ...round)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
    const small = createShelf({ takenBytesMax: 10 * BLOCK });
    const tiny = blocksOf(4, 1);
    expect(() => {
      for (let n = 0; n < 160; n++) take(small, tiny, ...round);
    }).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });

  it('that are damaged are not held', () => {
    const [shelf, blocks] = [createShelf(), blocksOf(1)];
    const broken = (): never => {
      throw new Error('damaged');
    };
    expect(() => shelf.take(blocks, 0, broken)).toThrow('damaged');
    expect(take(shelf, blocks, 0)).toBe(1);
  });
});
