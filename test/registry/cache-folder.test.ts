import { expect, it } from 'vitest';
import { cacheFolder } from '../../src/registry/cache-folder.ts';

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
