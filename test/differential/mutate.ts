import { rng } from '../support/rig/sigstore.mjs';
import type { Base } from './base.ts';
import { mutateSlot } from './mutate-slot.ts';
import { borrow } from './mutate-structure.ts';
import type { Mutation } from './mutation.ts';
import { resign } from './resign.ts';

/**
 * The mutation that belongs to a seed. Everything about it depends on the seed and on the bundles.
 * @returns  undefined where what the seed says does not apply to this bundle, or changes nothing
 */
export function mutate(base: Base, bases: readonly Base[], seed: number): Mutation | undefined {
  const random = rng(seed);
  const how = random();
  let mutation: Mutation | undefined;
  if (base.instance && how < 0.5) mutation = resign(base, base.instance, random);
  else if (how < 0.85) mutation = mutateSlot(base, random);
  else mutation = borrow(JSON.parse(base.text), JSON.parse(random.pick(bases).text), random);
  return mutation && mutation.text !== base.text ? mutation : undefined;
}
