import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Package whose file of seeds is put into the code. */
export const SEEDS = '@sigstore/tuf';

/**
 * Puts the files that the tool reads beside its code into the code, and tells the code where it is now.
 * @param presetLayers  code that has every preset read beforehand
 */
export function filesInside(root, presetLayers) {
  const at = (...parts) => path.join(root, 'src', ...parts);
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const seeds = createRequire(path.join(root, 'package.json')).resolve(`${SEEDS}/seeds.json`);
  const presets = Object.fromEntries(
    fs
      .readdirSync(path.join(root, 'policies'))
      .filter((name) => name.endsWith('.yaml'))
      .sort()
      .map((name) => [
        name.slice(0, -'.yaml'.length),
        fs.readFileSync(path.join(root, 'policies', name), 'utf8'),
      ]),
  );
  const text = (value) => JSON.stringify(value);
  const inside = new Map([
    [at('core', 'version.ts'), `export const toolVersion = () => ${text(version)};`],
    [
      at('policy', 'preset-file.ts'),
      `const presets = ${text(presets)};
       export const readPreset = async (name) => new TextEncoder().encode(presets[name]);`,
    ],
    [at('policy', 'preset-layer.ts'), presetLayers],
    [
      at('trust', 'seed-file.ts'),
      `const seeds = ${text(fs.readFileSync(seeds, 'utf8'))};
       export const readSeedFile = async () => new TextEncoder().encode(seeds);`,
    ],
    [
      at('hooks', 'install', 'dist-folder.ts'),
      `import { fileURLToPath } from 'node:url';
       export const distFolder = fileURLToPath(new URL('../', import.meta.url));`,
    ],
  ]);
  const left = new Set(inside.keys());
  return {
    name: 'files-inside',
    load(id) {
      const code = inside.get(id);
      if (code !== undefined) left.delete(id);
      return code;
    },
    buildEnd(error) {
      if (error === undefined && left.size > 0) throw new Error(`not bundled: ${[...left].join(', ')}`);
    },
  };
}
