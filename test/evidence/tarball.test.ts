import { describe, expect, test } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { isList, openTarball } from '../../src/evidence/tarball.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { files, sriOf, tgz } from '../support/tar.ts';
import { subjectOf } from './samples.ts';

const bytes = tgz(files({ 'package.json': '{}' }));
const other = tgz(files({ 'package.json': '[]' }));
const subject = subjectOf({ integrity: { kind: 'sha512', sri: sriOf(bytes) } });
const client = (more: object) => more as unknown as RegistryClient;
const found = (value: unknown) => () => Promise.resolve({ status: 'found', value });

describe('the bytes of a package', () => {
  test('are read where they have the digest of the lockfile', async () => {
    const { check, list } = await openTarball(subject, client({ tarball: found(bytes) }), false);
    expect(check.status).toBe('verified');
    expect(isList(list) && [...list.files.keys()]).toEqual(['package.json']);
  });

  test('are not read where they have another', async () => {
    const { check, list } = await openTarball(subject, client({ tarball: found(other) }), false);
    expect(check).toMatchObject({ status: 'invalid', code: 'tarball-mismatch' });
    expect(list).toBeUndefined();
  });

  test('come out of the cache only where that is allowed, and only with the right digest', async () => {
    const cached = { cachedTarball: () => Promise.resolve(bytes), tarball: found(other) };
    expect((await openTarball(subject, client(cached), true)).check.status).toBe('verified');
    expect((await openTarball(subject, client(cached), false)).check.status).toBe('invalid');
    const swapped = { cachedTarball: () => Promise.resolve(other), tarball: found(bytes) };
    expect((await openTarball(subject, client(swapped), true)).check.status).toBe('verified');
  });

  test('are uncovered without a sha512, and ambiguous where they can be read in two ways', async () => {
    const weak = subjectOf({ integrity: { kind: 'none' } });
    expect((await openTarball(weak, client({}), true)).check).toMatchObject({ code: 'integrity-missing' });
    const strange = tgz([
      { name: 'package/a', content: '1' },
      { name: 'package/a', content: '2' },
    ]);
    const pinned = subjectOf({ integrity: { kind: 'sha512', sri: sriOf(strange) } });
    const { check, list } = await openTarball(pinned, client({ tarball: found(strange) }), false);
    expect(check.status).toBe('verified');
    expect(list).toMatchObject({
      code: 'tarball-ambiguous',
      args: { why: 'two different files of one name' },
    });
  });

  test('are hashed where they are too large to be read, and stay unknown where nobody has them', async () => {
    const large = { tarball: () => Promise.resolve(unproven('unreachable', 'limit-exceeded')) };
    const digest = { ...large, tarballIntegrity: found(sriOf(bytes)) };
    expect(await openTarball(subject, client(digest), false)).toMatchObject({
      check: { status: 'verified' },
      list: { status: 'uncovered', code: 'limit-exceeded' },
    });
    const gone = unproven('absent', 'version-absent');
    expect(await openTarball(subject, client({ tarball: () => Promise.resolve(gone) }), false)).toEqual({
      check: gone,
      list: undefined,
    });
  });
});
