// Writes dist/plugins: each plugin of a package manager as one file that needs nothing beside it.
//
//   node scripts/bundle-plugins.mjs
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.join(import.meta.dirname, '..');
const out = path.join(root, 'dist', 'plugins');

/** Entry under src/hooks, and the form in which its host loads it. */
const PLUGINS = [
  { entry: 'pnpm-plugin.ts', file: 'pnpmfile.mjs', format: 'esm' },
  { entry: 'pnpm-plugin.ts', file: 'pnpmfile.cjs', format: 'cjs' },
  { entry: 'yarn-plugin.ts', file: 'yarn-plugin.cjs', format: 'cjs' },
  { entry: 'bun-scanner.ts', file: 'bun-scanner.mjs', format: 'esm' },
];
// What no plugin gets to: lockfiles of npm, single bundles, spinners of the command line.
const ABSENT = ['@npmcli/arborist', 'pacote', '@peculiar/x509', 'reflect-metadata', 'ora'];

fs.rmSync(out, { recursive: true, force: true });
for (const { entry, file, format } of PLUGINS) {
  const input = path.join(root, 'src', 'hooks', entry);
  if (!fs.existsSync(input)) continue;
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: ABSENT,
    plugins: [filesInside()],
    onLog: (level, log, handler) => {
      // A dependency of npm's configuration that uses eval of its own.
      if (log.code !== 'EVAL') handler(level, log);
    },
  });
  await bundle.write({ file: path.join(out, file), format, codeSplitting: false, comments: { legal: true } });
  await bundle.close();
}

/** Puts the files that the tool reads beside its code into the code. */
function filesInside() {
  const at = (...parts) => path.join(root, 'src', ...parts);
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const seeds = createRequire(import.meta.url).resolve('@sigstore/tuf/seeds.json');
  const presets = Object.fromEntries(
    fs
      .readdirSync(path.join(root, 'policies'))
      .filter((name) => name.endsWith('.yaml'))
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
    [
      at('trust', 'seed-file.ts'),
      `const seeds = ${text(fs.readFileSync(seeds, 'utf8'))};
       export const readSeedFile = async () => new TextEncoder().encode(seeds);`,
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
