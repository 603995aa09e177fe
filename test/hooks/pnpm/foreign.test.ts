import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { foreignSource, foreignWants, lockedWants } from '../../../src/hooks/pnpm/foreign.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a range', () => {
  test.each([
    '^1.0.0',
    '1.x || >=2.0.0 <3',
    '',
    '*',
    'latest',
    'npm:@scope/other@^1',
    'jsr:@scope/other@1',
    'workspace:*',
    'workspace:../a',
    'link:../a',
    'catalog:',
    'work:@scope/other@^1',
    'work:^1.0.0',
  ])('%j is looked up in a registry or part of the project', (range) => {
    expect(foreignSource(range)).toBeUndefined();
  });

  test.each([
    ['owner/repo', 'git'],
    ['owner/repo#semver:^1', 'git'],
    ['github:owner/repo', 'git'],
    ['gitlab:owner/repo', 'git'],
    ['git+https://host.example/a.git', 'git'],
    ['git+ssh://git@host.example/a.git#v1', 'git'],
    ['git@host.example:owner/repo.git', 'git'],
    ['ssh://git@host.example/a', 'git'],
    ['https://host.example/a.git', 'git'],
    ['https://github.com/owner/repo/tarball/main', 'git'],
    ['HTTPS://user@codeload.github.com/owner/repo/tar.gz/abc', 'git'],
    ['https://host.example/a-1.0.0.tgz', 'remote'],
    ['http://host.example/a', 'remote'],
    ['runtime:^22.0.0', 'remote'],
    ['file:../a', 'directory'],
    ['file:a.tgz', 'file'],
    ['a.tgz', 'file'],
    ['./a', 'directory'],
    ['..', 'directory'],
    ['../a.tar.gz', 'file'],
    ['/a/b', 'directory'],
    ['~/a', 'directory'],
    ['C:\\a\\b.tgz', 'file'],
  ])('%j is from %s', (range, kind) => {
    expect(foreignSource(range)?.kind).toBe(kind);
  });

  test('is read in time, whatever it is', () => {
    for (const text of [
      'a.'.repeat(50_000),
      `${'-'.repeat(100_000)}:`,
      'https://'.repeat(20_000),
      '@'.repeat(99_999),
    ])
      foreignSource(text);
  });
});

describe('a manifest', () => {
  const manifest = {
    dependencies: { a: 'o/a', b: '^1', __proto__: 'o/p' },
    optionalDependencies: { c: 'https://host.example/c.tgz' },
    peerDependencies: { d: 'catalog:' },
    devDependencies: { e: 'catalog:old' },
  };
  const catalogs = { default: { d: 'git+https://host.example/d.git' }, old: { e: '^1' } };
  const names = (ofProject: boolean): readonly string[] =>
    foreignWants(manifest, catalogs, ofProject).map(({ name }) => name);

  test('asks for what is in no registry, through catalogs too', () => {
    expect(names(true)).toEqual(['a', 'c', 'd']);
  });

  test('of a package: what it needs for its own development does not count', () => {
    const dev = { devDependencies: { a: 'o/a' } };
    expect(foreignWants(dev, {}, false)).toEqual([]);
    expect(foreignWants(dev, {}, true)).toHaveLength(1);
  });

  test.each([[{}], [{ dependencies: null }], [{ dependencies: ['o/a'] }], [{ dependencies: { a: 1 } }]])(
    'of no sense asks for nothing: %j',
    (value) => {
      expect(foreignWants(value, {}, true).filter(({ name }) => name === 'a')).toEqual([]);
    },
  );
});

describe('what a lockfile has', () => {
  const want = (name: string, range: string) => ({ name, range, source: foreignSource(range)! });

  test('for the same range under the same name', async () => {
    const file = path.join(folder, 'pnpm-lock.yaml');
    writeFileSync(
      file,
      `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: o/a
        version: https://codeload.example/o/a/tar.gz/abc
packages:
  a@https://codeload.example/o/a/tar.gz/abc:
    resolution: {tarball: https://codeload.example/o/a/tar.gz/abc}
`,
    );
    const isLocked = await lockedWants(file);
    expect(isLocked(want('a', 'o/a'))).toBe(true);
    expect(isLocked(want('a', 'https://codeload.example/o/a/tar.gz/abc'))).toBe(true);
    expect(isLocked(want('a', 'o/other'))).toBe(false);
    expect(isLocked(want('b', 'o/a'))).toBe(false);
  });

  test('is nothing where there is none, and no guess where it cannot be read', async () => {
    expect((await lockedWants(path.join(folder, 'none.yaml')))(want('a', 'o/a'))).toBe(false);
    const broken = path.join(folder, 'broken.yaml');
    writeFileSync(broken, 'a: [');
    await expect(lockedWants(broken)).rejects.toMatchObject({ code: 'lockfile-malformed' });
  });
});
