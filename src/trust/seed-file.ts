import { createRequire } from 'node:module';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';

/**
 * Bytes of the JSON file that holds the seed. The JSON alone: the code of `@sigstore/tuf` brings a second HTTP stack, with
 * neither proxy nor CA from npmrc. The published form has it inside (`scripts/bundle/inside.mjs`).
 */
export async function readSeedFile(): Promise<Uint8Array> {
  const file = createRequire(import.meta.url).resolve('@sigstore/tuf/seeds.json');
  const read = await readFileBounded(file, limits.trustRootBytesMax);
  if (read.status !== 'read') throw new Error(`${file} is missing from the installation`);
  return read.bytes;
}
