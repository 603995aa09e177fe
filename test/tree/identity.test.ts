import * as fc from 'fast-check';
import semver from 'semver';
import { expect, test } from 'vitest';
import { isPackageName, isRelativePath, isVersion } from '../../src/tree/identity.ts';

test.each([
  'a',
  'lodash',
  '@scope/name',
  'JSONStream',
  'a.b_c-d',
  '-',
  '@a-b.c/d.e',
  "h(o)'~!*",
  '7zip',
  'constructor',
])('name %j', (name) => {
  expect(isPackageName(name)).toBe(true);
});

test.each([
  [
    '',
    '.',
    '..',
    '../x',
    'a/b',
    '@a/b/c',
    '@/a',
    '@a/',
    '@a',
    'a b',
    ' a',
    'a%2fb',
    'a\\b',
    'a\u0000',
    'a\n',
    'é',
  ],
  [
    '.hidden',
    '_private',
    '__proto__',
    '@a/../b',
    '@a/.b',
    '@../b',
    'node_modules',
    'Favicon.ico',
    'a?b',
    'a#b',
    'a:b',
  ],
  ['x'.repeat(215), '@a/@b', 'a\u202eb'],
])('impossible names %#', (...names) => {
  for (const name of names) expect([name, isPackageName(name)]).toEqual([name, false]);
});

test.each(['1.2.3', '0.0.0', '1.2.3-beta.1', '1.2.3+build.5', '10.20.30-rc.1+x'])('version %s', (version) => {
  expect(isVersion(version)).toBe(true);
});

test.each([
  '',
  '1',
  '1.2',
  'v1.2.3',
  '=1.2.3',
  '^1.2.3',
  '1.2.3 ',
  '1.2.3\n',
  '01.2.3',
  '1.2.3/../4',
  '1.2.3beta',
  'latest',
  '1.2.x',
  `1.2.${'3'.repeat(300)}`,
])('no version: %j', (version) => {
  expect(isVersion(version)).toBe(false);
});

test('a version is what semver takes for one, without the spelling that it forgives', () => {
  const parts = fc.constantFrom(
    ...['0', '1', '01', '12', '.', '-', '+', 'a', 'x-', 'v', '=', ' ', '\n', '*', 'é'],
    ...[
      '1.2.3',
      '9007199254740991',
      '9007199254740992',
      '99999999999999999999',
      'a'.repeat(250),
      '1'.repeat(100),
    ],
  );
  const texts = fc.array(parts, { maxLength: 8 }).map((list) => list.join(''));
  fc.assert(
    fc.property(
      fc.oneof(
        texts,
        texts.map((text) => `1.2.3-${text}`),
        texts.map((text) => `1.2.3+${text}`),
      ),
      (text) => {
        const expected = text.length <= 256 && /^\d\S*$/.test(text) && semver.parse(text) !== null;
        expect([text, isVersion(text)]).toEqual([text, expected]);
      },
    ),
    { numRuns: 5000 },
  );
});

test.each(['', 'node_modules/a', 'packages/web', '../x', '../../x/node_modules/@a/b', 'a..b/c'])(
  'place %j',
  (at) => {
    expect(isRelativePath(at)).toBe(true);
  },
);

test.each([
  '/etc',
  'C:/x',
  'a/../b',
  'a//b',
  './a',
  'a/',
  'a\\b',
  'a/\u0000',
  '__proto__',
  'a/__proto__/b',
  '../'.repeat(17),
])('no place inside or beside a project: %j', (at) => {
  expect(isRelativePath(at)).toBe(false);
});

test('places of the usual kind are no exception', () => {
  const parts = fc.constantFrom(
    'a',
    'A-1',
    '@s',
    '.',
    '..',
    '__proto__',
    '_',
    '.b',
    'c:',
    '',
    'é',
    '\\',
    '\n',
    ' ',
    '~',
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 5 }), (segments) => {
      const at = segments.join('/');
      const inside = segments.slice(segments.findIndex((segment) => segment !== '..'));
      const proper = inside.every((segment) => !['', '.', '..', '__proto__'].includes(segment));
      const expected =
        at === '' ||
        (!/[\n\\]/.test(at) &&
          !/^[a-z]:/i.test(at) &&
          (proper || segments.every((segment) => segment === '..')));
      expect([at, isRelativePath(at)]).toEqual([at, expected]);
    }),
    { numRuns: 2000 },
  );
  expect(isRelativePath('a'.repeat(2048))).toBe(true);
  expect(isRelativePath('a'.repeat(2049))).toBe(false);
});
