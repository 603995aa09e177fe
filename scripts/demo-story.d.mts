import type { CatalogueEntry } from '../test/support/rig/registry.mjs';

export const CATALOGUE: readonly CatalogueEntry[];
export const ATTACKS: readonly { tamper: string; victim: string; code: string; story: string }[];
export const EXPLAINED: { sound: string; attacked: string };
