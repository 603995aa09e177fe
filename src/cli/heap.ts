import { setFlagsFromString } from 'node:v8';
import type { Progress } from '../connect.ts';

/** Below that a collection costs more than the memory it gives back. */
const LARGE_TREE = 3_000;
let tight = false;

/**
 * In a large tree, lets the heap grow by a tenth before it is collected, where V8 would let it double: what verifying leaves
 * behind is garbage at once, and a fifth of the memory of the whole process. It costs a twentieth of the time. The number of
 * packages is known before the first of them is looked at.
 */
export function heedSize({ phase, total }: Progress): void {
  if (tight || phase !== 'packages' || total < LARGE_TREE) return;
  tight = true;
  setFlagsFromString('--heap-growing-percent=10');
}
