import { readFile } from 'node:fs/promises';
import type { PresetName } from './presets.ts';

/** Bytes of a preset that comes with the tool. The published form has them inside (`scripts/bundle/inside.mjs`). */
export async function readPreset(name: PresetName): Promise<Uint8Array> {
  return readFile(new URL(`../../policies/${name}.yaml`, import.meta.url));
}
