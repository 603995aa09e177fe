// Writes dist/plugins: each plugin of a package manager as one file that needs nothing beside it.
//
//   node scripts/bundle-plugins.mjs [FOLDER]
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { rolldown } from 'rolldown';

const root = path.join(import.meta.dirname, '..');
const out = path.resolve(process.argv[2] ?? path.join(root, 'dist', 'plugins'));

/** Entry under src/hooks, and the form in which its host loads it. */
const PLUGINS = [
  { entry: 'pnpm-plugin.ts', file: 'pnpmfile.mjs', format: 'esm' },
  { entry: 'pnpm-plugin.ts', file: 'pnpmfile.cjs', format: 'cjs' },
  {
    entry: 'yarn-plugin.ts',
    file: 'yarn-plugin.cjs',
    format: 'cjs',
    // `yarn plugin import` runs the file where there is no `require`, to see its name: all the rest waits for the factory.
    banner: `module.exports = { name: 'plugin-verify-deps', factory(yarn) { const module = { exports: {} }, { exports } = module;`,
    footer: 'return module.exports.factory(yarn); } };',
  },
  { entry: 'bun-scanner.ts', file: 'bun-scanner.mjs', format: 'esm' },
];
// What no plugin gets to: lockfiles of npm, single bundles, spinners of the command line.
const ABSENT = ['@npmcli/arborist', 'pacote', '@peculiar/x509', 'reflect-metadata', 'ora'];

fs.mkdirSync(out, { recursive: true });
for (const { entry, file, format, banner, footer } of PLUGINS) {
  const input = path.join(root, 'src', 'hooks', entry);
  if (!fs.existsSync(input)) continue;
  const bundle = await rolldown({
    input,
    platform: 'node',
    external: ABSENT,
    plugins: [filesInside(), withoutDeprecated()],
    onLog: (level, log, handler) => {
      // A dependency of npm's configuration that uses eval of its own.
      if (log.code !== 'EVAL') handler(level, log);
    },
  });
  // Whoever loads a plugin meanwhile has the old one or the new one, never half.
  const unfinished = path.join(out, `.${process.pid}.${file}`);
  await bundle.write({
    file: unfinished,
    format,
    banner,
    footer,
    codeSplitting: false,
    comments: { legal: true },
  });
  await bundle.close();
  fs.renameSync(unfinished, path.join(out, file));
}
packForPnpm(path.join(out, 'pnpm-plugin'));

/** The folder that is published for `pnpm add --config`: nothing to install, nothing to run, only what pnpm loads. */
function packForPnpm(folder) {
  const { version, license, engines, repository, author } = JSON.parse(
    fs.readFileSync(path.join(root, 'package.json'), 'utf8'),
  );
  const manifest = {
    name: '@verify-deps/pnpm-plugin-verify-deps',
    version,
    description: 'Lets pnpm install nothing that your policy has not accepted: the gate of verify-deps',
    license,
    engines,
    repository,
    author,
    // pnpm 10 loads the one that is CommonJS.
    files: ['pnpmfile.cjs', 'pnpmfile.mjs'],
  };
  fs.mkdirSync(folder, { recursive: true });
  const put = (file, text) => {
    fs.writeFileSync(path.join(folder, `.${process.pid}.${file}`), text);
    fs.renameSync(path.join(folder, `.${process.pid}.${file}`), path.join(folder, file));
  };
  put('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
  put(
    'README.md',
    `# ${manifest.name}\n\n${manifest.description}.\n\n    pnpm add --config ${manifest.name}\n`,
  );
  put('LICENSE', fs.readFileSync(path.join(root, 'LICENSE')));
  for (const file of manifest.files) put(file, fs.readFileSync(path.join(out, file)));
}

/** nopt reads URLs with a function that newer versions of Node.js complain of where it stands outside of node_modules. */
function withoutDeprecated() {
  const before = `val = url.parse(String(val))
  if (!val.host) {`;
  const after = `val = URL.canParse(String(val)) ? new URL(String(val)) : {}
  if (!val.host) {`;
  return {
    name: 'without-deprecated',
    transform(code, id) {
      if (!/[\\/]nopt[\\/]lib[\\/]type-defs\.js$/.test(id)) return undefined;
      if (!code.includes(before)) throw new Error(`not as it was: ${id}`);
      return code.replace(before, after);
    },
  };
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
