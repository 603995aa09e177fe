/** The input of one case: a sound sample first, then whatever the seed makes of it. */
import { base64 } from './mutate/base64.mjs';
import { mutateBytes, randomBytes } from './mutate/bytes.mjs';
import { der } from './mutate/der.mjs';
import { json } from './mutate/json.mjs';
import { sct } from './mutate/sct.mjs';
import { lines } from './mutate/text.mjs';
import { yaml } from './mutate/yaml.mjs';
import { randomFor } from './random.mjs';

/** Without a structure that a change could know of. */
const bytes = { prepare: (sample) => sample, mutate: mutateBytes };
export const FORMATS = { base64, bytes, der, json, sct, text: lines, yaml };
const prepared = new WeakMap();

/** @returns the bytes: samples as they are for the first numbers, then random and structured ones, each from the seed alone */
export function inputOf(target, seed, number) {
  const { samples } = target;
  if (number < samples.length) return samples[number];
  const format = FORMATS[target.format];
  if (!prepared.has(target)) prepared.set(target, samples.map(format.prepare));
  const random = randomFor(seed, target.name, number);
  if (random.chance(0.05)) return randomBytes(random);
  const sample = random.int(samples.length);
  if (random.chance(0.1)) return mutateBytes(random, samples[sample], samples);
  const structures = prepared.get(target);
  return format.mutate(random, structures[sample], structures);
}

/** How an input is written into a file: text where it is text, and what repeats only once. */
export function encodeInput(bytes) {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : { base64: bytes.toString('base64') };
}

export function decodeInput(input) {
  if (typeof input === 'string') return Buffer.from(input);
  if (Array.isArray(input)) return Buffer.concat(input.map(decodeInput));
  if (input.times !== undefined) return Buffer.from(input.text.repeat(input.times));
  return Buffer.from(input.hex ?? input.base64, input.hex === undefined ? 'base64' : 'hex');
}
