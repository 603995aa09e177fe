import { describe, expect, test } from 'vitest';
import { routeOf } from '../../../src/hooks/proxy/route.ts';

describe('routeOf', () => {
  test.each([
    ['/app', { kind: 'packument', name: 'app' }],
    ['/@acme%2ftool', { kind: 'packument', name: '@acme/tool' }],
    ['/@acme/tool', { kind: 'packument', name: '@acme/tool' }],
    ['/app?write=true', { kind: 'packument', name: 'app' }],
    ['/app/1.2.0', { kind: 'manifest', name: 'app', wanted: '1.2.0' }],
    ['/app/latest', { kind: 'manifest', name: 'app', wanted: 'latest' }],
    ['/@acme%2Ftool/1.0.0-rc.1', { kind: 'manifest', name: '@acme/tool', wanted: '1.0.0-rc.1' }],
    ['/-/ping', { kind: 'ping' }],
    ['/-/npm/v1/keys', { kind: 'keys' }],
    ['/-/npm/v1/attestations/app@1.2.0', { kind: 'attestations', name: 'app', version: '1.2.0' }],
    [
      '/-/npm/v1/attestations/@acme%2ftool@1.2.0',
      { kind: 'attestations', name: '@acme/tool', version: '1.2.0' },
    ],
    ['/-/package/@acme%2ftool/dist-tags', { kind: 'dist-tags', name: '@acme/tool' }],
    ['/-/v1/search?text=a&size=2', { kind: 'search', query: 'text=a&size=2' }],
    [
      '/-/npm/v1/security/advisories/bulk',
      { kind: 'advisories', path: '/-/npm/v1/security/advisories/bulk' },
    ],
  ])('%s', (url, expected) => {
    expect(routeOf(url)).toEqual(expected);
  });

  test.each([
    ['/app/-/app-1.2.0.tgz', 'app', '1.2.0', ''],
    ['/@acme/tool/-/tool-1.2.0.tgz', '@acme/tool', '1.2.0', ''],
    ['/@acme%2ftool/-/tool-1.2.0.tgz', '@acme/tool', '1.2.0', ''],
    ['/@acme/tool/-/@acme/tool-1.2.0.tgz', '@acme/tool', '1.2.0', ''],
    ['/a-1/-/a-1-2.0.0-rc.1.tgz', 'a-1', '2.0.0-rc.1', ''],
    ['/api/npm/repo/app/-/app-1.2.0.tgz', 'app', '1.2.0', '/api/npm/repo'],
    ['/api/npm/@acme/tool/-/tool-1.2.0.tgz', '@acme/tool', '1.2.0', '/api/npm'],
    [
      '/download/@acme/tool/1.2.0/0123456789abcdef0123456789abcdef01234567',
      '@acme/tool',
      '1.2.0',
      '/download',
    ],
  ])('the tarball %s', (url, name, version, prefix) => {
    expect(routeOf(url)).toMatchObject({ kind: 'tarball', name, version, prefix });
  });

  test.each([
    // Half of a scoped name is another package.
    '/@acme/tool/-/app-1.2.0.tgz',
    '/app/-/deep-1.2.0.tgz',
    '/app/-/app-1.2.0.zip',
    '/app/-/app-latest.tgz',
    '/app/-/app-1.2.tgz',
    '/__proto__/-/__proto__-1.0.0.tgz',
    '/-/user/org.couchdb.user:me',
    '/-/v1/login',
    '/-/npm/v1/tokens',
    '/-/whoami',
    '/-/package/app/dist-tags/latest',
    '/-/all',
    '/',
    '/a/b/c',
    '/node_modules',
    '/download/@acme/tool/1.2.0/xyz',
  ])('nothing that is known: %s', (url) => {
    expect(routeOf(url)).toEqual({ kind: 'unknown' });
  });

  test.each([
    '',
    'app',
    'http://registry.example/app',
    '//registry.example/app',
    '/../etc/passwd',
    '/app/../deep',
    '/%2e%2e/app',
    '/app/..%2f..%2fdeep',
    '/app//1.2.0',
    '/app/',
    '/app%252f..%252fdeep',
    '/app%00',
    '/app%0d%0ahost: x',
    '/app%5c..%5cdeep',
    '/app%23x',
    '/app%3fx',
    '/app%20x',
    '/%ff',
    '/%',
    '/appü',
    `/${'a'.repeat(3000)}`,
  ])('no path at all: %s', (url) => {
    expect(routeOf(url)).toEqual({ kind: 'malformed' });
  });
});
