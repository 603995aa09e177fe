// Writes build/plugins: each plugin as `verify-deps hook install` writes it into a project, and the folder that is published
// for `pnpm add --config`. Needs dist; nothing of it is part of this package.
import fs from 'node:fs';
import path from 'node:path';
import { pluginsIn } from '../build/hooks/install/plugin-file.js';

const root = path.join(import.meta.dirname, '..');
const out = path.join(root, 'build', 'plugins');
const plugins = pluginsIn(path.join(root, 'dist'));

const files = ['pnpmfile.cjs', 'pnpmfile.mjs', 'yarn-plugin.cjs', 'bun-scanner.mjs'];
for (const file of files) put(path.join(out, file), await plugins(file));

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
const folder = path.join(out, 'pnpm-plugin');
put(path.join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
put(
  path.join(folder, 'README.md'),
  `# ${manifest.name}\n\n${manifest.description}.\n\n    pnpm add --config ${manifest.name}\n`,
);
put(path.join(folder, 'LICENSE'), fs.readFileSync(path.join(root, 'LICENSE')));
for (const file of manifest.files) put(path.join(folder, file), await plugins(file));

/** Whoever loads it meanwhile has the old one or the new one, never half. */
function put(file, content) {
  const unfinished = `${file}.${process.pid}.tmp`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(unfinished, content);
  fs.renameSync(unfinished, file);
}
