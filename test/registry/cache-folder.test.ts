import { expect, it } from 'vitest';
import { cacheBytesMax, cacheFolder } from '../../src/registry/cache-folder.ts';

it.each<[NodeJS.Platform, Record<string, string>, string]>([
  ['linux', { HOME: '/home/u' }, '/home/u/.cache/verify-deps'],
  ['linux', { HOME: '/home/u', XDG_CACHE_HOME: '/c' }, '/c/verify-deps'],
  ['linux', { HOME: '/home/u', XDG_CACHE_HOME: 'c' }, '/home/u/.cache/verify-deps'],
  ['linux', { HOME: '/home/u', VERIFY_DEPS_CACHE: '/own', XDG_CACHE_HOME: '/c' }, '/own'],
  ['linux', { HOME: '/home/u', VERIFY_DEPS_CACHE: './inside' }, '/home/u/.cache/verify-deps'],
  ['darwin', { HOME: '/Users/u', XDG_CACHE_HOME: '/c' }, '/Users/u/Library/Caches/verify-deps'],
  ['win32', { LOCALAPPDATA: 'C:\\u\\Local' }, 'C:\\u\\Local\\verify-deps'],
  ['win32', { USERPROFILE: 'C:\\u' }, 'C:\\u\\AppData\\Local\\verify-deps'],
  ['win32', { USERPROFILE: 'C:\\u', VERIFY_DEPS_CACHE: 'D:\\own' }, 'D:\\own'],
])('on %s with %o', (platform, env, folder) => {
  expect(cacheFolder(env, platform)).toBe(folder);
});

it.each([
  ['250', 250_000_000],
  ['0', 0],
  ['9999999', 9_999_999_000_000],
  ['10000000', undefined],
  ['', undefined],
  ['-1', undefined],
  ['1.5', undefined],
  ['1GB', undefined],
  [undefined, undefined],
])('of %s megabytes', (VERIFY_DEPS_CACHE_MAX, bytes) => {
  expect(cacheBytesMax({ VERIFY_DEPS_CACHE_MAX })).toBe(bytes);
});
