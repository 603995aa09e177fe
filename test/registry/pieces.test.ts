import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Pieces } from '../../src/registry/pieces.ts';

describe('a body that comes in pieces', () => {
  test('is what came, in its order, whatever the size of the pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20_000 }), { maxLength: 12 }), (sizes) => {
        const pieces = new Pieces();
        const parts = sizes.map((size, i) => Buffer.alloc(size, i + 1));
        for (const part of parts) {
          const once = Buffer.from(part);
          pieces.add(once);
          // What it was read into is used again.
          once.fill(0xff);
        }
        expect(pieces.take().equals(Buffer.concat(parts))).toBe(true);
        expect(pieces.take()).toHaveLength(0);
      }),
      { seed: 20261123, numRuns: 100 },
    );
  });

  test('costs little more than its bytes, however small they are', () => {
    const pieces = new Pieces();
    const one = Buffer.from('x');
    const before = process.memoryUsage();
    for (let i = 0; i < 500_000; i++) pieces.add(one);
    const after = process.memoryUsage();
    // An object for each byte would be fifty megabytes.
    expect(after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers).toBeLessThan(
      20_000_000,
    );
    expect(pieces.take()).toHaveLength(500_000);
  });

  test('takes no room of its own for what is large', () => {
    const pieces = new Pieces();
    pieces.add(Buffer.alloc(10_000, 1));
    const taken = pieces.take();
    expect([taken.length, taken.buffer.byteLength]).toEqual([10_000, 10_000]);
  });
});
