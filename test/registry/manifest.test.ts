import { describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { claimsOf } from '../../src/registry/claims.ts';
import { encodeManifest, parseManifest } from '../../src/registry/manifest.ts';
import type { VersionManifest } from '../../src/registry/types.ts';

const parse = (value: unknown): VersionManifest => parseManifest(Buffer.from(JSON.stringify(value)));
const a = { name: 'a', version: '1.0.0' };

describe('a manifest', () => {
  it('needs no more than name and version', () => {
    expect(parse(a)).toEqual({
      ...a,
      integrity: undefined,
      shasum: undefined,
      tarball: undefined,
      signatures: [],
      announcesAttestations: false,
      announcesProvenance: false,
      repository: undefined,
      repositoryDirectory: undefined,
      hasInstallScript: false,
      claims: claimsOf({}),
    });
  });

  it('is read whole, and again from what is kept of it', () => {
    const manifest = parse({
      ...a,
      dist: {
        integrity: 'sha512-AA==',
        shasum: '00',
        tarball: 'https://registry.example/a.tgz',
        signatures: [{ keyid: 'k', sig: 's', more: 1 }],
        attestations: { url: 'https://registry.example/x', provenance: { predicateType: 'p' } },
      },
      repository: { type: 'git', url: 'git+https://git.example/a.git', directory: 'packages/a' },
      scripts: { postinstall: 'node x' },
      dependencies: { b: '^1.0.0', c: '1.x' },
      optionalDependencies: { c: '1.x' },
      peerDependencies: { d: '*' },
      peerDependenciesMeta: { e: { optional: true } },
      bundleDependencies: ['b'],
      bin: { cmd: './cli.js' },
      gypfile: false,
    });
    expect(manifest).toMatchObject({
      integrity: 'sha512-AA==',
      signatures: [{ keyid: 'k', sig: 's' }],
      announcesAttestations: true,
      announcesProvenance: true,
      repository: 'git+https://git.example/a.git',
      repositoryDirectory: 'packages/a',
      hasInstallScript: true,
    });
    expect(parseManifest(encodeManifest(manifest))).toEqual(manifest);
    expect(parseManifest(encodeManifest(parse(a)))).toEqual(parse(a));
  });

  it.each<[string, object, Partial<VersionManifest>]>([
    ['repository as text', { repository: 'github:o/r' }, { repository: 'github:o/r' }],
    ['repository without url', { repository: { type: 'git' } }, { repository: undefined }],
    ['repository as a list', { repository: ['x'] }, { repository: undefined }],
    ['dist of another type', { dist: 'x' }, { integrity: undefined, signatures: [] }],
    ['integrity of another type', { dist: { integrity: {} } }, { integrity: undefined }],
    ['signatures as an object', { dist: { signatures: { a: 1 } } }, { signatures: [] }],
    [
      'broken signatures among good ones',
      { dist: { signatures: [null, {}, { keyid: 'k', sig: 's' }] } },
      {
        signatures: [{ keyid: 'k', sig: 's' }],
      },
    ],
    [
      'attestations without provenance',
      { dist: { attestations: {} } },
      { announcesAttestations: true, announcesProvenance: false },
    ],
    ['attestations set to true', { dist: { attestations: true } }, { announcesAttestations: false }],
    ['another script', { scripts: { test: 'x' } }, { hasInstallScript: false }],
    ['hasInstallScript', { hasInstallScript: true }, { hasInstallScript: true }],
    ['an implied build', { gypfile: true }, { hasInstallScript: true }],
    [
      'a repository of absurd length',
      { repository: 'x'.repeat(limits.urlCharsMax + 1) },
      { repository: undefined },
    ],
  ])('tolerates %s', (_, more, expected) => {
    expect(parse({ ...a, ...more })).toMatchObject(expected);
  });

  it('takes nothing from a prototype', () => {
    const text = '{"name":"a","version":"1.0.0","dist":{"__proto__":{"integrity":"sha512-AA=="}}}';
    expect(parseManifest(Buffer.from(text)).integrity).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ['no object', []],
    ['no name', { version: '1.0.0' }],
    ['no version', { name: 'a', version: 1 }],
    ['an empty name', { name: '', version: '1.0.0' }],
    ['an endless name', { name: 'a'.repeat(500), version: '1.0.0' }],
    ['too many signatures', { ...a, dist: { signatures: Array(limits.registrySignaturesMax + 1).fill({}) } }],
  ])('is refused with %s', (_, value) => {
    expect(() => parse(value)).toThrow(
      expect.objectContaining({ name: expect.stringMatching(/Malformed|Proof/) }),
    );
  });
});
