/** What is changed in libraries changes nothing that they are asked for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { edits } from '../../scripts/bundle/left-out.mjs';
import { ROOT } from './support.ts';

const require = createRequire(import.meta.url);
const FOLDER = path.join(ROOT, 'node_modules', '@npmcli', 'config', 'lib', 'definitions');

type Definitions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** A file of the library as the bundle has it. */
function edited(name: string, load: (what: string) => unknown): unknown {
  const file = path.join(FOLDER, name);
  const { code } = edits().transform(readFileSync(file, 'utf8'), file)!;
  const module = { exports: {} };
  new Function('require', 'module', 'exports', code)(load, module, module.exports);
  return module.exports;
}

test('settings of npm without their help are the same settings', () => {
  const own = createRequire(path.join(FOLDER, 'index.js'));
  const load = (what: string): unknown =>
    what === './definition.js' ? edited('definition.js', own) : own(what);
  load.resolve = own.resolve;
  const without = edited('definitions.js', load) as Definitions;
  const all = require('@npmcli/config/lib/definitions/definitions.js') as Definitions;
  expect(Object.keys(without)).toEqual(Object.keys(all));
  expect(Object.keys(all).length).toBeGreaterThan(100);
  const HELP = ['description', 'defaultDescription', 'typeDescription', 'hint', 'usage'];
  const meant = (definition: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(definition)
        .filter(([key]) => !HELP.includes(key))
        .map(([key, value]) => [key, key === 'flatten' ? String(value) : value]),
    );
  for (const [name, definition] of Object.entries(all))
    expect({ name, ...meant(without[name]!) }).toEqual({ name, ...meant(definition) });
});

test('a library that is not as it was ends the build', () => {
  const plugin = edits();
  const file = path.join(FOLDER, 'definitions.js');
  expect(() => plugin.transform('module.exports = {}', file)).toThrow(`not as it was: ${file}`);
  expect(() => plugin.buildEnd()).toThrow('nothing to edit: ');
  expect(plugin.transform('', path.join(FOLDER, 'index.js'))).toBeUndefined();
});
