import { describe, expect, test } from 'vitest';
import { checkIntegrity, checkResolved, unpinned } from '../../src/evidence/integrity.ts';
import type { VersionManifest } from '../../src/registry/types.ts';
import type { Integrity } from '../../src/tree/types.ts';
import { SRI } from '../support/nodes.ts';
import { subjectOf } from './samples.ts';

const OTHER = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const SHA1_HEX = 'da39a3ee5e6b4b0d3255bfef95601890afd80709';
const SHA1 = `sha1-${Buffer.from(SHA1_HEX, 'hex').toString('base64')}`;

const manifestOf = (rest: Partial<VersionManifest> = {}): VersionManifest => ({
  name: '@acme/log',
  version: '2.1.0',
  integrity: SRI,
  shasum: SHA1_HEX,
  tarball: 'https://registry.example/@acme/log/-/log-2.1.0.tgz',
  signatures: [],
  announcesAttestations: false,
  announcesProvenance: false,
  repository: undefined,
  repositoryDirectory: undefined,
  hasInstallScript: false,
  ...rest,
});
const brief = (check: { status: string; code?: string }) =>
  [check.status, check.code].filter(Boolean).join(' ');

describe('integrity', () => {
  const weak: Integrity = { kind: 'weak', algorithm: 'sha1', sri: SHA1 };
  test.each<[string, Integrity, Partial<VersionManifest>, string]>([
    ['the same', { kind: 'sha512', sri: SRI }, {}, 'verified'],
    ['other bytes', { kind: 'sha512', sri: SRI }, { integrity: OTHER }, 'invalid integrity-mismatch'],
    ['the same and a weaker one', { kind: 'sha512', sri: SRI }, { integrity: `${SHA1} ${SRI}` }, 'verified'],
    [
      'the same and another sha512',
      { kind: 'sha512', sri: SRI },
      { integrity: `${SRI} ${OTHER}` },
      'invalid integrity-mismatch',
    ],
    [
      'the same without padding',
      { kind: 'sha512', sri: SRI },
      { integrity: SRI.replace(/=+$/, '') },
      'invalid integrity-mismatch',
    ],
    ['nothing', { kind: 'sha512', sri: SRI }, { integrity: undefined }, 'absent integrity-withheld'],
    ['an empty text', { kind: 'sha512', sri: SRI }, { integrity: '' }, 'absent integrity-withheld'],
    ['a weaker one only', { kind: 'sha512', sri: SRI }, { integrity: SHA1 }, 'absent integrity-withheld'],
    ['anything, where none is pinned', { kind: 'none' }, {}, 'uncovered integrity-missing'],
    ['the same sha1, where that is pinned', weak, {}, 'uncovered integrity-weak'],
    ['another sha1, where that is pinned', weak, { shasum: 'f'.repeat(40) }, 'invalid integrity-mismatch'],
    ['no sha1, where that is pinned', weak, { shasum: undefined }, 'uncovered integrity-weak'],
    [
      'anything, where md5 is pinned',
      { kind: 'weak', algorithm: 'md5', sri: 'md5-x' },
      {},
      'uncovered integrity-weak',
    ],
  ])('the registry has %s', (_, integrity, manifest, outcome) => {
    expect(brief(checkIntegrity(subjectOf({ integrity }), manifestOf(manifest)))).toBe(outcome);
  });

  test('what is not pinned has a name', () => {
    expect(unpinned({ kind: 'sha512', sri: SRI })).toBeUndefined();
    expect(brief(unpinned({ kind: 'none' })!)).toBe('uncovered integrity-missing');
  });
});

describe('the place of the tarball', () => {
  const REGISTRY = 'https://npm.corp.example/api/npm/';
  const DEFAULT = 'https://registry.example/';
  const place = (
    resolved: string | undefined,
    rest: { name?: string; version?: string; manifest?: VersionManifest | undefined } = {},
  ) =>
    brief(
      checkResolved(
        subjectOf({
          name: rest.name ?? '@acme/log',
          ...(rest.version === undefined ? {} : { version: rest.version }),
          source: { kind: 'registry', resolved },
        }),
        'manifest' in rest ? rest.manifest : manifestOf(),
        REGISTRY,
        DEFAULT,
      ),
    );
  const OK = 'verified';
  const WRONG = 'invalid resolved-mismatch';

  test.each<[string, string | undefined, string]>([
    ['left out', undefined, OK],
    ['by convention at the default registry', 'https://registry.example/@acme/log/-/log-2.1.0.tgz', OK],
    ['by convention at the configured one', 'https://npm.corp.example/api/npm/@acme/log/-/log-2.1.0.tgz', OK],
    ['with an escaped scope', 'https://registry.example/%40acme%2flog/-/log-2.1.0.tgz', OK],
    ['of another package', 'https://registry.example/@acme/lag/-/lag-2.1.0.tgz', WRONG],
    ['of another version', 'https://registry.example/@acme/log/-/log-2.1.1.tgz', WRONG],
    ['of another scope', 'https://registry.example/@evil/log/-/log-2.1.0.tgz', WRONG],
    ['of another file', 'https://registry.example/@acme/log/-/lag-2.1.0.tgz', WRONG],
    ['with more behind it', 'https://registry.example/@acme/log/-/log-2.1.0.tgz/x', WRONG],
    ['out of that place', 'https://registry.example/@acme/log/-/../../../evil/-/evil-1.0.0.tgz', WRONG],
    ['at another host', 'https://evil.example/@acme/log/-/log-2.1.0.tgz', 'uncovered resolved-elsewhere'],
    [
      'at another port',
      'https://registry.example:8443/@acme/log/-/log-2.1.0.tgz',
      'uncovered resolved-elsewhere',
    ],
    [
      'at a host that only looks alike',
      'https://registry.example@evil.example/@acme/log/-/log-2.1.0.tgz',
      'uncovered resolved-elsewhere',
    ],
    ['no URL at all', 'x', WRONG],
    ['of broken escapes', 'https://registry.example/%ff/-/log-2.1.0.tgz', WRONG],
  ])('%s', (_, resolved, outcome) => {
    expect(place(resolved)).toBe(outcome);
  });

  test.each<[string, { readonly name?: string; readonly version?: string }, string]>([
    ['a name that leads up', { name: '..' }, 'https://registry.example/../-/..-2.1.0.tgz'],
    ['a version with a query', { name: 'log', version: '2?x' }, 'https://registry.example/log/-/log-2?x.tgz'],
    ['a version with a place', { name: 'log', version: '2#x' }, 'https://registry.example/log/-/log-2#x.tgz'],
  ])('the text of the conventional place is not enough for %s', (_, subject, resolved) => {
    expect(place(resolved, subject)).toBe(WRONG);
  });

  test.each([
    ['@evil/log', 'https://registry.example/@evil/log/-/log-2.1.0.tgz'],
    ['@evil/log, escaped', 'https://registry.example/%40evil%2flog/-/log-2.1.0.tgz'],
    ['@evil/log of a registry below a path', 'https://npm.corp.example/api/npm/@evil/log/-/log-2.1.0.tgz'],
    ['a way back up', 'https://registry.example/x%2f..%2flog/-/log-2.1.0.tgz'],
  ])('of a package without a scope is not that of %s', (_, resolved) => {
    expect(place(resolved, { name: 'log' })).toBe(WRONG);
    expect(place('https://registry.example/log/-/log-2.1.0.tgz', { name: 'log' })).toBe(OK);
    expect(place('https://npm.corp.example/any/prefix/log/-/log-2.1.0.tgz', { name: 'log' })).toBe(OK);
  });

  test('may be wherever the registry says, but then exactly there', () => {
    const manifest = manifestOf({ tarball: 'https://files.example/blob/abc.tgz' });
    expect(place('https://files.example/blob/abc.tgz', { manifest })).toBe(OK);
    expect(place('https://files.example/blob/abd.tgz', { manifest })).toBe(WRONG);
    expect(place('https://files.example/@acme/log/-/log-2.1.0.tgz', { manifest })).toBe(OK);
  });

  test('is judged without a manifest too', () => {
    expect(place('https://registry.example/@acme/log/-/log-2.1.0.tgz', { manifest: undefined })).toBe(OK);
    expect(place('https://registry.example/@acme/lag/-/lag-2.1.0.tgz', { manifest: undefined })).toBe(WRONG);
    expect(place('https://x.example/y.tgz', { manifest: manifestOf({ tarball: 'no URL' }) })).toBe(
      'uncovered resolved-elsewhere',
    );
  });
});
