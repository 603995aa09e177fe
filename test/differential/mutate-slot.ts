/** One change to one place of a bundle, whatever stands there. */
import type { Random } from '../support/rig/sigstore.mjs';
import type { Base } from './base.ts';
import { flip, renumber, resize, respell } from './mutate-bytes.ts';
import { recode } from './mutate-der.ts';
import { rewrite } from './mutate-json.ts';
import { rearrange } from './mutate-structure.ts';
import type { Mutation, SlotMutator } from './mutation.ts';
import { groupOf, type Slot, slotsOf } from './slots.ts';

/** Chosen as often as they stand here. */
const onSlots: readonly SlotMutator[] = [
  flip,
  flip,
  resize,
  respell,
  renumber,
  recode,
  recode,
  rewrite,
  rewrite,
  rearrange,
  rearrange,
];

const slots = new WeakMap<Base, ReadonlyMap<string, readonly Slot[]>>();

/** By the part of the bundle they belong to. */
function slotsByGroup(base: Base): ReadonlyMap<string, readonly Slot[]> {
  const known = slots.get(base);
  if (known) return known;
  const groups = new Map<string, Slot[]>();
  for (const slot of slotsOf(base.text)) {
    const group = groups.get(groupOf(slot));
    if (group) group.push(slot);
    else groups.set(groupOf(slot), [slot]);
  }
  slots.set(base, groups);
  return groups;
}

function pickSlot(
  base: Base,
  random: Random,
  wanted: (slot: Slot) => boolean = () => true,
): Slot | undefined {
  const groups = [...slotsByGroup(base).values()]
    .map((list) => list.filter(wanted))
    .filter((list) => list.length > 0);
  return groups.length === 0 ? undefined : random.pick(random.pick(groups));
}

/** One change to one slot that applies there. */
export function mutateSlot(
  base: Base,
  random: Random,
  wanted?: (slot: Slot) => boolean,
): Mutation | undefined {
  const slot = pickSlot(base, random, wanted);
  if (!slot) return undefined;
  for (let tries = 0; tries < 20; tries++) {
    const mutation = random.pick(onSlots)(slot, random);
    if (mutation && mutation.text !== base.text) return mutation;
  }
  return undefined;
}
