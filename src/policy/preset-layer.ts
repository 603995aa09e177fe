import type { Layer } from './convert.ts';
import { readPreset } from './preset-file.ts';
import type { PresetName } from './presets.ts';

/**
 * A preset as the layer it is. The published package has each read beforehand, by this very function: most projects have
 * no policy of their own, and reading YAML takes longer to load than to verify a hundred packages.
 */
export async function presetLayer(name: PresetName): Promise<Layer> {
  const { readLayer } = await import('./read-layer.ts');
  return readLayer(await readPreset(name), `preset:${name}`, undefined);
}
