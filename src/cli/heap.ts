import { getHeapSpaceStatistics, getHeapStatistics, setFlagsFromString } from 'node:v8';
import type { Progress } from '../connect.ts';
import { collectGarbage } from '../core/realm.ts';

/** Below that a collection costs more than the memory it gives back. */
const LARGE_TREE = 3_000;
/** Bytes in use, mostly what reading a lockfile of so many packages has left behind. */
const LARGE_HEAP = 32_000_000;
/** Bytes, of its two halves together. V8 would go on to twice that. */
const NURSERY_MAX = 16_777_216;
/** The nursery is measured once in so many packages. */
const EVERY = 64;

let tight = false;
let nursery: 'growing' | 'held' | 'full' = 'growing';

/**
 * What a run leaves behind is garbage at once, and V8 takes memory for it as long as there is some. Where a large tree is
 * verified, the heap is collected whenever it has grown by a tenth, before the first package too, and the nursery keeps to
 * half its size: a fifth of the memory of the whole process for a twentieth of the time. A nursery never shrinks, so it does
 * not grow at all until the number of packages is known.
 */
export function heedSize({ phase, done, total }: Progress): void {
  if (phase === 'lockfile' && nursery === 'growing') keepNursery('held');
  if (phase === 'policy' && getHeapStatistics().used_heap_size > LARGE_HEAP) collectGarbage();
  if (phase !== 'packages') return;
  if (nursery === 'held') keepNursery('growing');
  if (total < LARGE_TREE) return;
  if (!tight) {
    tight = true;
    setFlagsFromString('--heap-growing-percent=10');
    collectGarbage();
  }
  if (nursery === 'growing' && done % EVERY === 0 && nurserySize() >= NURSERY_MAX) keepNursery('full');
}

function keepNursery(next: typeof nursery): void {
  nursery = next;
  // How many times larger it becomes when it has proved too small.
  setFlagsFromString(`--semi-space-growth-factor=${next === 'growing' ? 2 : 1}`);
}

function nurserySize(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
