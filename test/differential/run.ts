/** One share of the whole comparison. */
import { writeFileSync } from 'node:fs';
import { admit, type Counts, noCounts, probe, type Subject } from './campaign.ts';
import { generatedBases } from './generated.ts';
import { realBases } from './real.ts';

const SEED = 20261122;

/** Of those that are refused as they came, a mutation says little. */
async function subjectsOf(counts: Counts, bases: Parameters<typeof admit>[1][]): Promise<readonly Subject[]> {
  const subjects: Subject[] = [];
  for (const base of bases) subjects.push(await admit(counts, base));
  return subjects.filter(({ facts }) => facts !== undefined);
}

/**
 * Compares every bundle at hand, then mutations of the sound ones until the share is done: half of them of bundles of our own
 * instance, which can be signed again, half of real ones where there are any.
 */
export async function runShare(
  share: number,
  shares: number,
  mutations: number,
  real: boolean,
): Promise<Counts> {
  const counts = noCounts();
  const made = generatedBases(SEED);
  const found = real ? realBases().filter((_, at) => at % shares === share) : [];
  const own = await subjectsOf(counts, [...made]);
  const others = await subjectsOf(counts, [...found]);
  const all = [...made, ...found];
  for (let i = 0; counts.mutations < mutations; i++) {
    const from = others.length > 0 && i % 2 === 1 ? others : own;
    await probe(counts, from[(i >> 1) % from.length]!, all, SEED + i * shares + share);
  }
  return counts;
}

/** Where the totals are collected from; see totals.ts. */
export function keep(counts: Counts, share: number): void {
  const folder = process.env.VERIFY_DEPS_DIFFERENTIAL_FOLDER;
  if (folder) writeFileSync(`${folder}/${share}.json`, JSON.stringify(counts));
}
