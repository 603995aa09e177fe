import { expect, test } from 'vitest';
import { nameFolder, placeOf } from '../../src/tree/npm-place.ts';

test.each([
  ['node_modules/a', 'a', ''],
  ['node_modules/@s/a', '@s/a', ''],
  ['node_modules/@s', '@s', ''],
  ['node_modules/a/node_modules/b', 'b', 'node_modules/a'],
  ['node_modules/a/node_modules/@s/b', '@s/b', 'node_modules/a'],
  ['packages/x/node_modules/a', 'a', 'packages/x'],
  ['../out/node_modules/a', 'a', '../out'],
  ['node_modules/node_modules/a', 'a', 'node_modules'],
  ['node_modules/node_modules', 'node_modules', ''],
  ['node_modules/@s/node_modules', '@s/node_modules', ''],
])('%s: %s in "%s"', (location, name, within) => {
  expect(placeOf(location)).toEqual({ name, within });
});

test.each([
  '',
  'node_modules',
  'packages/a',
  'node_modules/a/b',
  'node_modules/@s/a/b',
  'my_node_modules/a',
  '..',
])('"%s" is in no node_modules folder', (location) => {
  expect(placeOf(location)).toBeUndefined();
});

test('names that file systems may take for one are folded into one', () => {
  const fold = nameFolder();
  for (const [a, b] of [
    ['Foo', 'foo'],
    ['\u212a', 'k'],
    ['caf\u00e9', 'cafe\u0301'],
  ])
    expect(fold(a!)).toBe(fold(b!));
  expect(fold('foo')).toBe('foo');
  expect(fold('foo-bar')).not.toBe(fold('foo_bar'));
});
