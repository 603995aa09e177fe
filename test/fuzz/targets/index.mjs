/** Every parser of hostile bytes by its name: format of its input, sound inputs to start from, and how it is read. */
import { core } from './core.mjs';
import { evidence } from './evidence.mjs';
import { files } from './files.mjs';
import { planted } from './planted.mjs';
import { portable } from './portable.mjs';
import { registry } from './registry.mjs';
import { sigstoreTargets } from './sigstore.mjs';
import { tuf } from './tuf.mjs';

const TARGETS = { ...core, ...sigstoreTargets, ...tuf, ...evidence, ...registry, ...portable, ...files };

export const names = Object.keys(TARGETS);

export async function load(name) {
  return { name, ...(await { ...TARGETS, ...planted }[name]()) };
}
