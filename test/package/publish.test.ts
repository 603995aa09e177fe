/** Where a build lands while processes of an earlier one may run. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { publish } from '../../scripts/bundle/publish.mjs';
import { filesBelow, temporary } from './support.ts';

const HIDDEN = '.superseded.json';
const first = new Map([
  ['index.js', '1'],
  ['chunks/a-12345678.cjs', 'a'],
]);
const second = new Map([
  ['index.js', '2'],
  ['chunks/b-12345678.cjs', 'b'],
]);

test('what an earlier build named stands for a while, and is gone later', () => {
  const folder = temporary('publish');
  publish(folder, first, { clean: false });
  publish(folder, second, { clean: false });
  expect(filesBelow(folder)).toEqual([HIDDEN, 'chunks/a-12345678.cjs', 'chunks/b-12345678.cjs', 'index.js']);
  expect(readFileSync(path.join(folder, 'index.js'), 'utf8')).toBe('2');
  const long = Date.now() - 16 * 60_000;
  writeFileSync(path.join(folder, HIDDEN), JSON.stringify({ 'chunks/a-12345678.cjs': long }));
  publish(folder, second, { clean: false });
  expect(filesBelow(folder)).toEqual([HIDDEN, 'chunks/b-12345678.cjs', 'index.js']);
  publish(folder, first, { clean: false });
  publish(folder, second, { clean: false });
  expect(filesBelow(folder)).toContain('chunks/a-12345678.cjs');
});

test('for a package nothing is left of earlier builds', () => {
  const folder = temporary('publish');
  publish(folder, first, { clean: false });
  publish(folder, second, { clean: true });
  expect(filesBelow(folder)).toEqual(['chunks/b-12345678.cjs', 'index.js']);
});
