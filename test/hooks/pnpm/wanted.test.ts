import { expect, test } from 'vitest';
import { identityOfOffer, offersOf } from '../../../src/hooks/pnpm/wanted.ts';

const SRI = `sha512-${Buffer.alloc(64, 7).toString('base64')}`;
const OTHER = `sha512-${Buffer.alloc(64, 8).toString('base64')}`;

test('packages of a registry, with peers and scopes', () => {
  const packages = {
    'a@1.0.0(b@2.0.0)': { resolution: { integrity: SRI } },
    '@s/c@1.0.0-rc.1': { resolution: { integrity: SRI, tarball: 'https://a.example/c.tgz' } },
    '/d@1.0.0': { resolution: { integrity: SRI }, requiresBuild: true },
  };
  expect(
    offersOf({ packages }).map(({ name, version, resolved, hasInstallScript }) => [
      name,
      version,
      resolved,
      hasInstallScript,
    ]),
  ).toEqual([
    ['a', '1.0.0', undefined, false],
    ['@s/c', '1.0.0-rc.1', 'https://a.example/c.tgz', false],
    ['d', '1.0.0', undefined, true],
  ]);
});

test('what comes from elsewhere says so', () => {
  const packages = {
    'a@https://codeload.github.com/o/a/tar.gz/0123456789012345678901234567890123456789': {
      resolution: {
        tarball: 'https://codeload.github.com/o/a/tar.gz/0123456789012345678901234567890123456789',
        gitHosted: true,
      },
      version: '3.0.0',
    },
    'b@file:b': { resolution: { type: 'directory', directory: 'b' } },
    'c@file:c': { resolution: { type: 'directory', directory: 'c' } },
    'd@git+https://host.example/d.git': {
      resolution: { type: 'git', repo: 'https://host.example/d.git', commit: 'abc' },
    },
  };
  const offers = offersOf({ packages, importers: { '.': {}, b: {} } });
  expect(offers.map(({ version, source }) => [version, source?.kind])).toEqual([
    ['3.0.0', 'git'],
    ['0.0.0', 'workspace'],
    ['0.0.0', 'directory'],
    ['0.0.0', 'git'],
  ]);
});

test('other bytes, another place and another source are something else', () => {
  const of = (resolution: object): string =>
    identityOfOffer(offersOf({ packages: { 'a@1.0.0': { resolution } } })[0]!);
  const ids = [
    of({ integrity: SRI }),
    of({ integrity: OTHER }),
    of({}),
    of({ integrity: SRI, tarball: 'https://b.example/a.tgz' }),
    of({ integrity: SRI, type: 'directory', directory: 'a' }),
    of({ integrity: SRI, type: 'something-new', url: 'https://b.example/a.tgz' }),
  ];
  expect(new Set(ids).size).toBe(ids.length);
  expect(of({ integrity: ` ${SRI} ` })).toBe(ids[0]);
});

test('nothing for no lockfile, an error for what makes no sense', () => {
  expect(offersOf(undefined)).toEqual([]);
  expect(offersOf({ lockfileVersion: '9.0' })).toEqual([]);
  expect(() => offersOf({ packages: { what: {} } })).toThrow(/neither a version nor a place/);
  expect(() => offersOf({ packages: { 'a@1.0.0': { resolution: { type: {} } } } })).toThrow(/is not a text/);
});
