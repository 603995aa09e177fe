/** THIRD-PARTY-LICENSES.txt: the licence of every package whose code is in the chunks, as the package itself has it. */
import fs from 'node:fs';
import path from 'node:path';

const LICENCE = /^(?:licen[sc]e|copying|notice)(?:[-.].*)?$/i;

/**
 * Packages that are published without the text of their licence, which stands in the repository they name: whose it is, as
 * they say, and a package with the text of that licence.
 */
const WITHOUT = {
  '@npmcli/agent': { holder: 'GitHub, Inc.', textOf: '@npmcli/config' },
};

/** @returns  the text; the same whatever order the components are in */
export function licencesText(root, components) {
  const texts = new Map();
  for (const component of components) {
    const text = licenceOf(root, component, components);
    texts.set(text, [
      ...(texts.get(text) ?? []),
      `${component.name} ${component.version} (${component.license})`,
    ]);
  }
  const parts = [...texts].map(([text, names]) => `${[...new Set(names)].join('\n')}\n\n${indent(text)}\n`);
  const text = [
    'verify-deps contains code of the packages below, under the terms that stand below their names.\n',
    ...parts,
  ].join(`\n${'-'.repeat(80)}\n\n`);
  // In a plugin all of it is one comment.
  if (text.includes('*/')) throw new Error('a licence would end the comment that it stands in');
  return text;
}

function licenceOf(root, { path: place, name }, components) {
  const folder = path.join(root, place);
  const files = fs
    .readdirSync(folder)
    .filter((file) => LICENCE.test(file))
    .sort();
  if (files.length > 0)
    return files
      .map((file) => fs.readFileSync(path.join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim())
      .join('\n\n');
  const without = WITHOUT[name];
  if (without === undefined) throw new Error(`${place} has no file with the text of its licence`);
  const other = components.find((component) => component.name === without.textOf);
  if (other === undefined) throw new Error(`${without.textOf} is not in the package`);
  return `Copyright (c) ${without.holder}\n\n${licenceOf(root, other, components)}`;
}

function indent(text) {
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? '' : `    ${line.trimEnd()}`))
    .join('\n');
}
