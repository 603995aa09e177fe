import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Code that stands in place of src/policy/preset-layer.ts: every preset as that module, built file by file, reads it. Each
 * call makes the layer anew, as reading it would.
 */
export async function presetLayers(root) {
  const reader = path.join(root, 'build', 'policy', 'read-layer.js');
  const { readLayer } = await import(pathToFileURL(reader).href);
  const { presetNames } = await import(pathToFileURL(path.join(root, 'build', 'policy', 'presets.js')).href);
  const layers = presetNames.map((name) => {
    const bytes = fs.readFileSync(path.join(root, 'policies', `${name}.yaml`));
    const { bytes: _, ...layer } = readLayer(bytes, `preset:${name}`, undefined);
    return `${JSON.stringify(name)}: () => (${sourceOf(layer)})`;
  });
  return `import { readPreset } from './preset-file.ts';
    const layers = { ${layers.join(',\n')} };
    export const presetLayer = async (name) => ({ ...layers[name](), bytes: await readPreset(name) });`;
}

/** Plain data as an expression. */
function sourceOf(value) {
  if (value === undefined) return 'undefined';
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sourceOf).join(',')}]`;
  if (value instanceof Map) return `new Map(${sourceOf([...value])})`;
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error(`not plain: ${value}`);
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${sourceOf(item)}`)
    .join(',')}}`;
}
