import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { manifestFor, packumentFor } from '../../../src/hooks/proxy/documents.ts';
import { type Places, placesOf } from '../../../src/hooks/proxy/places.ts';
import type { NpmOptions } from '../../../src/registry/npmrc.ts';

const PROXY = 'http://127.0.0.1:9/';
const npm = {
  registry: 'https://registry.example/npm/',
  defaultRegistry: 'https://default.example/',
  scopes: new Map([['@acme', 'https://acme.example/']]),
  scope: undefined,
} as unknown as NpmOptions;
const places = (): Places => placesOf(npm, ['https://policy.example/'], PROXY);
const never = (): boolean => false;
const always = (): boolean => true;

function manifest(name: string, version: string, tarball: string): JsonObject {
  return { name, version, dist: { tarball, integrity: 'sha512-x' } };
}
function tarballOf(document: JsonObject | undefined, version?: string): unknown {
  const versions = document?.versions as Record<string, { dist: { tarball: string } }> | undefined;
  return version === undefined
    ? (document?.dist as JsonObject | undefined)?.tarball
    : versions?.[version]?.dist.tarball;
}

describe('a manifest', () => {
  test.each([
    'https://registry.example/npm/app/-/app-1.0.0.tgz',
    'https://elsewhere.example/app-1.0.0.tgz',
    'ftp://registry.example/app.tgz',
    'not a URL',
  ])('with the tarball %s leads to the proxy', (url) => {
    const found = manifestFor(manifest('app', '1.0.0', url), 'app', '1.0.0', places(), never);
    expect(tarballOf(found?.document)).toBe(`${PROXY}app/-/app-1.0.0.tgz`);
  });

  test('keeps its address for a client that replaces the host itself', () => {
    const url = 'https://registry.example/npm/app/-/app-1.0.0.tgz';
    const found = manifestFor(manifest('app', '1.0.0', url), 'app', '1.0.0', places(), always);
    expect(found).toMatchObject({ changed: false });
    expect(tarballOf(found?.document)).toBe(url);
  });

  test.each([
    'https://registry.example/npm/deep/-/deep-2.0.0.tgz',
    'https://registry.example/npm/app/-/app-1.0.1.tgz',
    'https://registry.example/npm/@evil/app/-/app-1.0.0.tgz',
    'https://registry.example/npm/blob/4711',
  ])('does not keep %s, which does not name itself', (url) => {
    const found = manifestFor(manifest('app', '1.0.0', url), 'app', '1.0.0', places(), always);
    expect(tarballOf(found?.document)).toBe(`${PROXY}app/-/app-1.0.0.tgz`);
  });

  test.each<[JsonObject, string]>([
    [manifest('deep', '1.0.0', 'x'), 'another name'],
    [manifest('app', '1.0.1', 'x'), 'another version'],
    [manifest('app', 'v1.0.0', 'x'), 'no version'],
    [{ dist: { tarball: 'x' } }, 'nothing'],
  ])('of another package is none: %#', (entry) => {
    expect(manifestFor(entry, 'app', '1.0.0', places(), never)).toBeUndefined();
  });
});

describe('a packument', () => {
  test('loses versions that say they are others, and nothing else', () => {
    const document = {
      name: 'app',
      'dist-tags': { latest: '1.0.0' },
      versions: {
        '1.0.0': manifest('app', '1.0.0', 'https://registry.example/npm/app/-/app-1.0.0.tgz'),
        '1.0.1': manifest('deep', '1.0.1', 'x'),
        '1.0.2': manifest('app', '1.0.0', 'x'),
        '1.0.3': 'x',
      },
      time: { '1.0.0': 'x' },
    };
    const found = packumentFor(document, 'app', places(), never);
    expect(Object.keys(found?.document.versions as object)).toEqual(['1.0.0']);
    expect(found?.document).toMatchObject({ name: 'app', time: { '1.0.0': 'x' } });
  });

  test('of another package is refused', () => {
    expect(packumentFor({ name: 'deep', versions: {} }, 'app', places(), never)).toBeUndefined();
  });

  test('with a key that would be a prototype harms nobody', () => {
    const document = JSON.parse('{"name":"app","__proto__":{"x":1},"versions":{"__proto__":{"name":"app"}}}');
    const found = packumentFor(document, 'app', places(), never);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
    expect(Object.keys(found?.document.versions as object)).toEqual([]);
  });
});

describe('places', () => {
  test('know unusual addresses once a packument has named them, both ways', () => {
    const known = places();
    const url = 'https://acme.example/files/4711.tgz';
    manifestFor(manifest('@acme/tool', '1.0.0', url), '@acme/tool', '1.0.0', known, never);
    expect(known.originalOf(`${PROXY}@acme/tool/-/tool-1.0.0.tgz`)).toBe(url);
    expect(known.originalOf(`${PROXY}@acme/tool/-/tool-1.0.1.tgz`)).toBe(
      'https://acme.example/@acme/tool/-/tool-1.0.1.tgz',
    );
  });

  test.each([
    ['https://registry.example/x', 'https://registry.example/x'],
    ['http://registry.example/x', 'https://registry.example/x'],
    ['https://me:secret@policy.example/x#y', 'https://policy.example/x'],
    ['https://registry.example:8443/x', undefined],
    ['https://elsewhere.example/x', undefined],
    ['http://169.254.169.254/latest/meta-data', undefined],
    ['file:///etc/passwd', undefined],
    ['x', undefined],
  ])('ask %s as %s', (url, expected) => {
    expect(places().allowed(url)).toBe(expected);
  });

  test.each([
    `${PROXY}`,
    `${PROXY}app`,
    'http://127.0.0.1:99/app/-/app-1.0.0.tgz',
    `${PROXY}../app/-/app-1.0.0.tgz`,
  ])('%s stands for nothing', (url) => {
    expect(places().originalOf(url)).toBeUndefined();
  });
});
