import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadTree } from '../../src/tree/load.ts';
import { everything, failureOf, fixture, folder, sha512, summary, trees } from './helpers.ts';

const make = folder();

/** Reads packages of a lockfile 3 whose project depends on what is given. */
async function read(
  root: object,
  packages: Record<string, unknown>,
  files: Record<string, string> = {},
): Promise<Record<string, string>> {
  const lock = { lockfileVersion: 3, packages: { '': root, ...packages } };
  const dir = make({ 'package-lock.json': JSON.stringify(lock), ...files });
  return summary(await loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, everything));
}

test('the place that npm keeps for an optional package it could not find is no package', async () => {
  const a = { version: '1.0.0', integrity: sha512, optionalDependencies: { b: '1' } };
  const root = { dependencies: { a: '1' } };
  const only = { 'node_modules/a': 'a@1.0.0 registry sha512 prod 1' };
  for (const place of [{ optional: true }, { dev: true, optional: true }, { devOptional: true }])
    expect(await read(root, { 'node_modules/a': a, 'node_modules/b': place })).toEqual(only);
  // Whatever npm might fetch something for is refused.
  for (const entry of [
    {},
    { dev: true },
    { optional: true, integrity: sha512 },
    { optional: true, resolved: 'http://registry.example/b/-/b-1.0.0.tgz' },
  ])
    await expect(read(root, { 'node_modules/a': a, 'node_modules/b': entry })).rejects.toThrow('no version');
});

test('what a lockfile repeats of a manifest is kept in lists, whatever the size of the lockfile', async () => {
  const claiming = {
    version: '1.0.0',
    integrity: sha512,
    dependencies: { b: '^1', c: 'npm:d@2' },
    optionalDependencies: { c: '1' },
    os: ['linux'],
  };
  const many = Object.fromEntries(
    Array.from({ length: 3_000 }, (_, i) => [`node_modules/p${i}`, { version: '1.0.0', integrity: sha512 }]),
  );
  for (const more of [{}, many]) {
    const lock = { lockfileVersion: 3, packages: { 'node_modules/a': claiming, ...more } };
    const dir = make({ 'package-lock.json': JSON.stringify(lock, null, 2) });
    const tree = await loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, everything);
    const { claims, platform } = tree.nodes.get('node_modules/a')!;
    expect(claims).toEqual({
      kind: 'npm',
      dependencies: ['b', '^1'],
      optionalDependencies: ['c', '1'],
      peerDependencies: [],
      bundled: [],
      tellsScripts: true,
    });
    // No list of the realm in which the text was parsed, which would keep all of that.
    expect(platform?.os).toEqual(['linux']);
    expect(Object.getPrototypeOf(platform?.os)).toBe(Array.prototype);
  }
});

test('version 3: every kind of entry', async () => {
  const tree = await fixture('npm/shapes/package-lock.json');
  expect(tree).toMatchObject({ project: 'shapes', omitted: 0, lockfile: { kind: 'npm', version: '3' } });
  expect(tree.lockfile.digest).toMatch(/^[0-9a-f]{64}$/);
  expect(summary(tree)).toEqual({
    '../outside': '../outside@6.0.0 directory ../outside none prod 1',
    'node_modules/aliased': 'real-name@2.1.0 as aliased registry sha512 prod 1',
    'node_modules/bundler': 'bundler@1.0.0 registry sha512 prod 1',
    'node_modules/bundler/node_modules/in-bundle': 'in-bundle@1.0.0 bundled node_modules/bundler none prod 2',
    'node_modules/bundler/node_modules/in-bundle-too':
      'in-bundle-too@1.1.0 bundled node_modules/bundler none prod 3',
    // Marked as bundled, but nobody bundles it: npm would download it.
    'node_modules/bundler/node_modules/says-so': 'says-so@1.1.0 registry sha512 prod 3',
    'node_modules/deep': 'deep@1.0.0 registry sha512 prod 2',
    'node_modules/dev-deep': 'dev-deep@1.0.0 registry sha512 dev 1',
    'node_modules/dev-only': 'dev-only@1.0.0 registry sha512 dev 1',
    'node_modules/from-file': 'from-file@5.0.0 file vendor/from-file.tgz sha512 prod 1',
    'node_modules/from-git': 'from-git@3.0.0 git 012345 none prod 1',
    'node_modules/from-url': 'from-url@4.0.0 remote https://files.example/from-url.tgz sha512 prod 1',
    'node_modules/lib-dep': 'lib-dep@1.0.0 registry sha512 prod 1',
    'node_modules/native': 'native@1.0.0 registry sha512 optional 1',
    'node_modules/native-deep': 'native-deep@1.0.0 registry sha512 optional 2',
    'node_modules/needs-peer': 'needs-peer@1.0.0 registry sha512 dev 1',
    'node_modules/plain': 'plain@1.2.0 registry sha512 prod 1',
    'node_modules/shared': 'shared@1.0.0 registry weak prod 2',
    'node_modules/the-peer': 'the-peer@1.0.0 registry sha512 dev 2',
    'packages/web/node_modules/deep': 'deep@2.0.0 registry sha512 prod 1',
    'tools/inside': 'tools/inside@6.1.0 directory tools/inside none prod 1',
    'workspace:packages/lib': '@shapes/lib@0.1.0 workspace packages/lib none prod 0',
    'workspace:packages/web': '@shapes/web@0.2.0 workspace packages/web none prod 0',
  });
  const node = (key: string): unknown => tree.nodes.get(key);
  expect(node('node_modules/native')).toMatchObject({
    platform: { os: ['darwin'], cpu: ['arm64'], libc: ['glibc'] },
  });
  expect(node('node_modules/plain')).toMatchObject({ hasInstallScript: true, platform: undefined });
  expect(node('node_modules/dev-deep')).toMatchObject({
    parents: ['node_modules/dev-only', 'workspace:packages/lib'],
  });
  expect(node('workspace:packages/lib')).toMatchObject({ parents: ['', 'workspace:packages/web'] });
  expect(node('node_modules/bundler/node_modules/says-so')).toMatchObject({ parents: [] });
  const lines = readFileSync(path.join(trees, 'npm/shapes/package-lock.json'), 'utf8').split('\n');
  for (const [key, { line }] of tree.nodes)
    expect(lines[line! - 1]).toContain(`"${key.replace(/^workspace:/, '')}": {`);
});

test('version 2 reads like version 3', async () => {
  expect(summary(await fixture('npm/version-2/package-lock.json'))).toEqual({
    'node_modules/deep': 'deep@1.0.0 registry sha512 prod 2',
    'node_modules/plain': 'plain@1.2.0 registry sha512 prod 1',
    'node_modules/shared': 'shared@1.0.0 registry weak prod 2',
  });
});

const version1 = {
  'node_modules/aliased': 'real-name@2.1.0 as aliased registry sha512 prod 1',
  'node_modules/bundler': 'bundler@1.0.0 registry sha512 prod 1',
  'node_modules/bundler/node_modules/in-bundle': 'in-bundle@1.0.0 bundled node_modules/bundler none prod 2',
  'node_modules/dev-only': 'dev-only@1.0.0 registry sha512 dev 1',
  'node_modules/from-git': 'from-git@0.0.0 git 012345 none prod 1',
  'node_modules/from-url': 'from-url@0.0.0 remote https://files.example/from-url.tgz sha512 prod 1',
  'node_modules/native': 'native@1.0.0 registry sha512 optional 1',
  'node_modules/plain': 'plain@1.2.0 registry sha512 prod 1',
  'node_modules/plain/node_modules/deep': 'deep@1.0.0 registry sha512 prod 2',
};

test('version 1, with the package.json that knows the direct dependencies', async () => {
  const tree = await fixture('npm/version-1/npm-shrinkwrap.json');
  expect(tree.lockfile.version).toBe('1');
  expect(summary(tree)).toEqual({
    ...version1,
    '../outside': '../outside@0.0.0 directory ../outside none prod 1',
    'node_modules/deep': 'deep@2.0.0 registry sha512 prod 1',
  });
});

test('version 1 alone: what nothing requires is direct, and what something requires is not', async () => {
  const found = summary(await fixture('npm/alone/package-lock.json'));
  expect(found).toMatchObject({
    'node_modules/plain': version1['node_modules/plain'],
    'node_modules/dev-only': version1['node_modules/dev-only'],
    'node_modules/native': version1['node_modules/native'],
  });
  expect(Object.keys(found)).toHaveLength(11);
  // Required by dev-only alone, but the lockfile does not mark it so: npm would install it in production.
  expect(found['node_modules/deep']).toBe('deep@2.0.0 registry sha512 prod 2');
});

test('an override in package.json may put another package or a URL in place of what was asked for', async () => {
  expect(summary(await fixture('npm/override/package-lock.json'))).toEqual({
    'node_modules/elsewhere': 'elsewhere@1.0.0 remote https://files.example/elsewhere.tgz sha512 prod 2',
    'node_modules/plain': 'plain@1.2.0 registry sha512 prod 1',
    'node_modules/swapped': '@other/swapped@1.5.0 as swapped registry sha512 prod 2',
  });
});

test('a name that nobody asked for does not count', async () => {
  const entry = { version: '1.0.0', name: 'evil', integrity: sha512 };
  expect(await read({ dependencies: { good: '^1.0.0' } }, { 'node_modules/good': entry })).toEqual({
    'node_modules/good': 'good@1.0.0 registry sha512 prod 1',
  });
});

test.each([
  ['a mirror', '^1.0.0', 'https://mirror.example/any/place', 'registry'],
  ['no place', '^1.0.0', undefined, 'registry'],
  ['a tag', 'latest', 'https://registry.example/a/-/a-1.0.0.tgz', 'registry'],
  ['a URL that was asked for', 'https://files.example/a.tgz', 'https://files.example/a.tgz', 'remote'],
  ['git behind a range', '^1.0.0', 'git+ssh://git@git.example/o/a.git', 'git'],
  ['git behind the address of a web page', '^1.0.0', 'https://github.com/o/a', 'git'],
  ['a file behind a range', '^1.0.0', 'file:a.tgz', 'file'],
])('source: %s', async (_name, spec, resolved, kind) => {
  const found = await read(
    { dependencies: { a: spec } },
    { 'node_modules/a': { version: '1.0.0', resolved, integrity: sha512 } },
  );
  expect(found['node_modules/a']).toContain(` ${kind} `);
});

test.each([
  ['https://registry.example/@s/a/-/a-1.0.0.tgz', 'registry'],
  ['https://registry.example/@s%2fa/-/a-1.0.0.tgz', 'registry'],
  ['https://registry.example/b/-/b-1.0.0.tgz', 'remote'],
  ['https://files.example/a.tgz', 'remote'],
])('where nothing asks for a package, its address decides: %s', async (resolved, kind) => {
  const found = await read({}, { 'node_modules/@s/a': { version: '1.0.0', resolved, integrity: sha512 } });
  expect(found['node_modules/@s/a']).toBe(
    kind === 'registry' ? '@s/a@1.0.0 registry sha512 prod 2' : `@s/a@1.0.0 remote ${resolved} sha512 prod 2`,
  );
});

test('flags of the lockfile make nothing optional that is needed', async () => {
  const lie = { version: '1.0.0', integrity: sha512, dev: true, optional: true, peer: true };
  expect(await read({ dependencies: { a: '1' } }, { 'node_modules/a': lie })).toEqual({
    'node_modules/a': 'a@1.0.0 registry sha512 prod 1',
  });
});

test('bundled: only nested below the package that lists it, and only without a pin of its own', async () => {
  const a = {
    version: '1.0.0',
    integrity: sha512,
    dependencies: { b: '1', c: '1' },
    bundleDependencies: ['b', 'c'],
  };
  const found = await read(
    { dependencies: { a: '1', r: '1' }, bundleDependencies: ['r'] },
    {
      'node_modules/a': a,
      'node_modules/b': { version: '1.0.0', inBundle: true },
      'node_modules/a/node_modules/c': { version: '1.0.0', inBundle: true, integrity: sha512 },
      'node_modules/r': { version: '1.0.0', inBundle: true },
    },
  );
  expect(Object.values(found).filter((line) => line.includes('bundled'))).toEqual([]);
});

test.each<[string, object, object, readonly string[]]>([
  [
    'for development in the lockfile alone',
    { devDependencies: { a: '1' } },
    { dependencies: { a: '1' } },
    ['a', 'b'],
  ],
  ['for development in both', { devDependencies: { a: '1' } }, { devDependencies: { a: '1' } }, []],
  ['in neither group of package.json', { devDependencies: { a: '1' } }, { dependencies: { d: '1' } }, []],
  ['without a package.json', { devDependencies: { a: '1' } }, [], []],
  [
    'optional in package.json',
    { devDependencies: { a: '1' } },
    { optionalDependencies: { a: '1' } },
    ['a', 'b'],
  ],
  ['a peer in package.json', { devDependencies: { a: '1' } }, { peerDependencies: { a: '1' } }, ['a', 'b']],
  [
    'for development in package.json, listed twice',
    { devDependencies: { a: '1' } },
    { dependencies: { a: '1' }, devDependencies: { a: '1' } },
    [],
  ],
  [
    'not in the list of the lockfile',
    { devDependencies: { c: '1' } },
    { dependencies: { a: '1' } },
    ['a', 'b'],
  ],
  ['something impossible', { devDependencies: { a: '1' } }, { dependencies: { a: 1, '../a': '1' } }, []],
  [
    'optional in the lockfile alone',
    { optionalDependencies: { a: '1' } },
    { dependencies: { a: '1' } },
    ['a', 'b'],
  ],
])('what npm installs without development and optional dependencies: %s', async (_, root, manifest, kept) => {
  const flags = { dev: true, optional: true };
  const packages = {
    '': root,
    'node_modules/a': { ...flags, version: '1.0.0', dependencies: { b: '1' } },
    'node_modules/b': { ...flags, version: '1.0.0' },
    'node_modules/c': { ...flags, version: '1.0.0', dependencies: { a: '1' } },
  };
  const dir = make({
    'package-lock.json': JSON.stringify({ lockfileVersion: 3, packages }),
    'package.json': JSON.stringify(manifest),
  });
  const omit = { omit: new Set(['dev', 'optional'] as const), workspaces: [] };
  const tree = await loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, omit);
  const names = [...tree.nodes.values()].map(({ name }) => name);
  expect(names.filter((name) => name !== 'c')).toEqual(kept);
});

test('the given file is read, whatever lies beside it, and package.json may disagree', async () => {
  const lock = (name: string): string =>
    JSON.stringify({
      lockfileVersion: 3,
      packages: { '': { dependencies: { [name]: '1' } }, [`node_modules/${name}`]: { version: '1.0.0' } },
    });
  const dir = make({
    'npm-shrinkwrap.json': lock('one'),
    'package-lock.json': lock('two'),
    'other.lock': lock('three'),
    'package.json': '{"name":"p","dependencies":{"four":"1"},"workspaces":["**"]}',
    'node_modules/.package-lock.json': lock('five'),
  });
  for (const [file, name] of [
    ['npm-shrinkwrap.json', 'one'],
    ['package-lock.json', 'two'],
    ['other.lock', 'three'],
  ]) {
    const tree = await loadTree({ path: path.join(dir, file!), kind: 'npm' }, everything);
    expect([...tree.nodes.keys()]).toEqual([`node_modules/${name}`]);
    expect(tree.nodes.get(`node_modules/${name}`)).toMatchObject({ depth: 1, parents: [''] });
  }
});

const ok = { version: '1.0.0' };
test.each([
  ['no lockfileVersion', { packages: {} }, 'lockfile-malformed'],
  ['lockfileVersion "x"', { lockfileVersion: 'x', packages: {} }, 'lockfile-malformed'],
  ['lockfileVersion "3"', { lockfileVersion: '3', packages: {} }, 'lockfile-malformed'],
  ['lockfileVersion 1.5', { lockfileVersion: 1.5 }, 'lockfile-malformed'],
  ['lockfileVersion 4', { lockfileVersion: 4, packages: {} }, 'lockfile-unsupported'],
  ['lockfileVersion 99', { lockfileVersion: 99 }, 'lockfile-unsupported'],
  ['lockfileVersion 0', { lockfileVersion: 0 }, 'lockfile-unsupported'],
  ['no packages', { lockfileVersion: 3 }, 'lockfile-malformed'],
  ['a list of packages', { lockfileVersion: 3, packages: [] }, 'lockfile-malformed'],
  ['version 1 with packages', { lockfileVersion: 1, packages: {}, dependencies: {} }, 'lockfile-malformed'],
  ['version 1, dependencies a list', { lockfileVersion: 1, dependencies: [] }, 'lockfile-malformed'],
  ['version 1, entry a text', { lockfileVersion: 1, dependencies: { a: 'x' } }, 'lockfile-malformed'],
  [
    'version 1, version a number',
    { lockfileVersion: 1, dependencies: { a: { version: 1 } } },
    'lockfile-malformed',
  ],
  [
    'version 1, requires of a wrong type',
    { lockfileVersion: 1, dependencies: { a: { ...ok, requires: { b: 1 } } } },
    'lockfile-malformed',
  ],
  [
    'version 1, an impossible name',
    { lockfileVersion: 1, dependencies: { '../a': { ...ok } } },
    'lockfile-malformed',
  ],
])('refused: %s', async (_name, lock, code) => {
  const dir = make({ 'package-lock.json': JSON.stringify(lock) });
  const error = await failureOf(
    loadTree({ path: path.join(dir, 'package-lock.json'), kind: 'npm' }, everything),
  );
  expect(error.code).toBe(code);
  expect(error.message).not.toMatch(/\n/);
  expect(error.hint).toBeTruthy();
});

test.each([
  ['an entry that is no object', { 'node_modules/a': 1 }],
  ['an entry that is null', { 'node_modules/a': null }],
  ['a number as version', { 'node_modules/a': { version: 1 } }],
  ['no version', { 'node_modules/a': {} }],
  ['an impossible version', { 'node_modules/a': { version: '../1.0.0' } }],
  ['an impossible name', { 'node_modules/a b': ok }],
  ['a name with a percent sign', { 'node_modules/a%2e': ok }],
  ['traversal', { 'node_modules/../a': ok }],
  ['an absolute place', { '/etc/node_modules/a': ok }],
  ['a place far above', { [`${'../'.repeat(20)}a`]: ok }],
  ['resolved true', { 'node_modules/a': { ...ok, resolved: true } }],
  ['resolved an object', { 'node_modules/a': { ...ok, resolved: {} } }],
  ['resolved to a version', { 'node_modules/a': { ...ok, resolved: '2.0.0' } }],
  ['resolved to another name', { 'node_modules/a': { ...ok, resolved: 'npm:evil@1.0.0' } }],
  ['resolved by a protocol nobody knows', { 'node_modules/a': { ...ok, resolved: 'gopher://x/a.tgz' } }],
  ['integrity a list', { 'node_modules/a': { ...ok, integrity: [] } }],
  ['dev a text', { 'node_modules/a': { ...ok, dev: 'true' } }],
  ['hasInstallScript a number', { 'node_modules/a': { ...ok, hasInstallScript: 1 } }],
  ['dependencies a list', { 'node_modules/a': { ...ok, dependencies: [] } }],
  ['a dependency that is no text', { 'node_modules/a': { ...ok, dependencies: { b: {} } } }],
  ['os a number', { 'node_modules/a': { ...ok, os: 1 } }],
  ['bundleDependencies an object', { 'node_modules/a': { ...ok, bundleDependencies: {} } }],
  ['peerDependenciesMeta a text', { 'node_modules/a': { ...ok, peerDependenciesMeta: 'x' } }],
  ['a link to nothing', { 'node_modules/a': { link: true, resolved: 'a' } }],
  ['a link to an absolute place', { 'node_modules/a': { link: true, resolved: '/etc' } }],
  ['a link to itself', { 'node_modules/a': { link: true, resolved: 'node_modules/a' } }],
  [
    'a circle of links',
    {
      'node_modules/a': { link: true, resolved: 'node_modules/b' },
      'node_modules/b': { link: true, resolved: 'node_modules/a' },
    },
  ],
])('refused, naming the entry: %s', async (_name, packages) => {
  const error = await failureOf(read({}, packages));
  expect(error.code).toBe('lockfile-malformed');
  expect(error.message).toContain('package-lock.json: ');
  expect(error.message).not.toMatch(/[\n\u0000-\u001f]/);
});

test('a link to the project itself, and names of Object.prototype', async () => {
  expect(
    await read(
      { dependencies: { self: 'file:.', constructor: '1', 'has-own': '1' } },
      {
        'node_modules/self': { link: true, resolved: '' },
        'node_modules/constructor': { ...ok, dependencies: { valueOf: '1' } },
        'node_modules/has-own': { ...ok, peerDependencies: { toString: '1' } },
      },
    ),
  ).toEqual({
    'node_modules/constructor': 'constructor@1.0.0 registry none prod 1',
    'node_modules/has-own': 'has-own@1.0.0 registry none prod 1',
  });
});

test('names that differ in case only are both there', async () => {
  const found = await read(
    { dependencies: { Foo: '1', foo: '1' } },
    { 'node_modules/Foo': ok, 'node_modules/foo': ok },
  );
  expect(Object.keys(found)).toEqual(['node_modules/Foo', 'node_modules/foo']);
});

test('more packages in a folder that another of its name replaces than a project has folders', async () => {
  const inside = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`node_modules/Foo/node_modules/p${i}`, ok]));
  const packages = (count: number) => ({ 'node_modules/Foo': ok, ...inside(count), 'node_modules/foo': ok });
  expect(Object.keys(await read({}, packages(5000)))).toHaveLength(5002);
  expect((await failureOf(read({}, packages(5001)))).code).toBe('lockfile-malformed');
});

test('more folders than a project has', async () => {
  const packages = Object.fromEntries(Array.from({ length: 5001 }, (_, i) => [`p/${i}`, ok]));
  expect((await failureOf(read({}, packages))).code).toBe('lockfile-malformed');
});
