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
