// Writes dist, the published form of this package: a few chunks with every library inside, the declarations of the public
// API, source maps, an SBOM and the licences of the libraries. docs/package.md tells what is in it.
//
//   node scripts/bundle.mjs [--clean] [--out FOLDER] [--modules FILE]
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { build, contentsOf } from './bundle/build.mjs';
import { componentsOf } from './bundle/components.mjs';
import { licencesText } from './bundle/licences.mjs';
import { pluginPlan } from './bundle/plugins.mjs';
import { publish } from './bundle/publish.mjs';
import { sbomOf } from './bundle/sbom.mjs';
import { declarations } from './bundle/types.mjs';

const root = path.join(import.meta.dirname, '..');
const { values } = parseArgs({
  options: {
    clean: { type: 'boolean', default: false },
    out: { type: 'string' },
    modules: { type: 'string' },
  },
});
const manifest = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

const NOTICE = 'THIRD-PARTY-LICENSES.txt';

const { chunks, modules } = await build(root);
const components = componentsOf(root, modules);
const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const files = new Map([
  ...chunks.files,
  ['plugins.json', `${JSON.stringify(pluginPlan(chunks, manifest, NOTICE))}\n`],
  ['sbom.json', json(sbomOf(root, manifest, components))],
  [NOTICE, licencesText(root, components)],
  ['index.d.ts', declarations(path.join(root, 'build'))],
]);
// Not published: what each chunk is made of, to see what is worth a second look.
fs.writeFileSync(
  path.resolve(values.modules ?? path.join(root, 'build', 'modules.json')),
  json(contentsOf(root, chunks)),
);
publish(path.resolve(values.out ?? path.join(root, 'dist')), files, { clean: values.clean });
