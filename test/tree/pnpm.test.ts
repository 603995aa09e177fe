import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadTree } from '../../src/tree/load.ts';
import { candidates6, candidates9, parsePath6, parsePath9, splitSuffix } from '../../src/tree/pnpm-path.ts';
import type { DependencyTree } from '../../src/tree/types.ts';
import { everything, failureOf, fixture, folder, sha512, summary, trees } from './helpers.ts';

const make = folder();
const commit = '0123456789abcdef0123456789abcdef01234567';

async function read(text: string): Promise<DependencyTree> {
  const dir = make({ 'pnpm-lock.yaml': text });
  return loadTree({ path: path.join(dir, 'pnpm-lock.yaml'), kind: 'pnpm' }, everything);
}

/** A lockfile 9.0 of one dependency `a`, with parts put in place of the usual ones. */
function lock(
  parts: {
    version?: string;
    ref?: string;
    key?: string;
    resolution?: string;
    entry?: string;
    snapshots?: string;
    more?: string;
  } = {},
): string {
  const key = parts.key ?? 'a@1.0.0';
  return [
    `lockfileVersion: '${parts.version ?? '9.0'}'`,
    parts.more ?? '',
    `importers:\n  .:\n    dependencies:\n      a:\n        specifier: ^1.0.0\n        version: ${parts.ref ?? '1.0.0'}`,
    `packages:\n  ${key}:\n    resolution: ${parts.resolution ?? `{integrity: ${sha512}}`}\n${parts.entry ?? ''}`,
    `snapshots:\n${parts.snapshots ?? `  ${key}: {}`}\n`,
  ].join('\n');
}

test('9.0: every kind of entry', async () => {
  const tree = await fixture('pnpm/shapes/pnpm-lock.yaml');
  expect(tree).toMatchObject({ omitted: 0, lockfile: { kind: 'pnpm', version: '9.0' } });
  expect(summary(tree)).toEqual({
    'dev-only@1.0.0': 'dev-only@1.0.0 registry sha512 dev 1',
    'from-file@file:vendor/from-file.tgz': 'from-file@5.0.0 file vendor/from-file.tgz sha512 prod 1',
    [`from-git@git+ssh://git@git.example/owner/from-git.git#${commit}`]:
      'from-git@3.0.0 git 012345 none prod 1',
    [`from-github@https://codeload.github.com/owner/from-github/tar.gz/${commit}`]:
      'from-github@3.1.0 git 012345 none prod 1',
    'from-url@https://files.example/from-url.tgz':
      'from-url@4.0.0 remote https://files.example/from-url.tgz sha512 prod 1',
    'link:../linked': 'linked@0.0.0 directory ../linked none prod 1',
    'local@file:../local': 'local@0.0.0 directory ../local none prod 1',
    'native@1.0.0': 'native@1.0.0 registry sha512 optional 1',
    'needs-peer@1.0.0(the-peer@1.0.0)': 'needs-peer@1.0.0 registry sha512 dev 1',
    'needs-peer@1.0.0(the-peer@2.0.0)': 'needs-peer@1.0.0 registry sha512 prod 1',
    'patched@1.0.0(patch_hash=0000000000000000000000000000000000000000000000000000000000000abc)':
      'patched@1.0.0 registry sha512 prod 1',
    'plain@1.2.0': 'plain@1.2.0 registry sha512 prod 1',
    'real-name@2.1.0': 'real-name@2.1.0 as aliased registry sha512 prod 1',
    'shared@1.0.0': 'shared@1.0.0 registry weak prod 2',
    'the-peer@1.0.0': 'the-peer@1.0.0 registry sha512 dev 1',
    'the-peer@2.0.0': 'the-peer@2.0.0 registry sha512 prod 1',
    'workspace:packages/lib': '@shapes/lib@0.1.0 workspace packages/lib none prod 0',
    'workspace:packages/web': 'packages/web@0.0.0 workspace packages/web none prod 0',
  });
  expect(tree.nodes.get('native@1.0.0')!.platform).toEqual({
    os: ['darwin'],
    cpu: ['arm64'],
    libc: ['glibc'],
  });
  expect(tree.nodes.get('plain@1.2.0')!.source).toMatchObject({
    resolved: 'https://registry.example/plain/-/plain-1.2.0.tgz',
  });
  const patched = [...tree.nodes.values()].find(({ name }) => name === 'patched')!;
  expect(patched.patch).toBe(`${'0'.repeat(61)}abc`);
  const lines = readFileSync(path.join(trees, 'pnpm/shapes/pnpm-lock.yaml'), 'utf8').split('\n');
  for (const { line, key } of tree.nodes.values())
    if (line !== undefined) expect(lines[line - 1]).toContain(splitSuffix(key).base);
  expect(patched.line).toBeDefined();
});

test('two documents: what pnpm installs for itself counts too', async () => {
  expect(summary(await fixture('pnpm/two-documents/pnpm-lock.yaml'))).toEqual({
    'plain@1.2.0': 'plain@1.2.0 registry sha512 prod 1',
    'shared@1.0.0': 'shared@1.0.0 registry sha512 prod 2',
    'the-config@1.0.0': 'the-config@1.0.0 registry sha512 prod 1',
    'the-manager@12.0.0': 'the-manager@12.0.0 registry sha512 prod 1',
  });
});

test('6.0: keys with a slash, everything in one place', async () => {
  const tree = await fixture('pnpm/version-6/pnpm-lock.yaml');
  expect(summary(tree)).toEqual({
    '/needs-peer@1.0.0(the-peer@1.0.0)': 'needs-peer@1.0.0 registry sha512 prod 1',
    '/old-path/1.0.0': 'old-path@1.0.0 registry sha512 dev 1',
    '/real-name@2.1.0': 'real-name@2.1.0 as aliased registry sha512 prod 1',
    '/the-peer@1.0.0': 'the-peer@1.0.0 registry sha512 prod 1',
    'file:../local': 'local@0.0.0 directory ../local none prod 1',
    [`github.com/owner/from-github/${commit}`]: 'from-github@3.1.0 git 012345 none prod 1',
  });
  expect(tree.nodes.get('/needs-peer@1.0.0(the-peer@1.0.0)')!.hasInstallScript).toBe(true);
});

test('a download for each platform: each is named', async () => {
  const tree = await fixture('pnpm/runtime/pnpm-lock.yaml');
  expect(summary(tree)).toEqual({
    'node@runtime:24.0.0#0-linux-x64':
      'node@24.0.0 remote https://files.example/node-linux-x64.tar.gz weak dev 1',
    'node@runtime:24.0.0#1-win32-x64': 'node@24.0.0 remote https://files.example/node-win-x64.zip weak dev 1',
  });
});

test.each([
  ['a@1.0.0', 'a@1.0.0', ''],
  ['a@1.0.0(b@2.0.0)', 'a@1.0.0', '(b@2.0.0)'],
  ['a@1.0.0(b@2.0.0(c@3.0.0))(d@4.0.0)', 'a@1.0.0', '(b@2.0.0(c@3.0.0))(d@4.0.0)'],
  ['a@file:x(1)/y', 'a@file:x(1)/y', ''],
  ['a@1.0.0)', 'a@1.0.0)', ''],
  ['a@1.0.0(b))', 'a@1.0.0(b))', ''],
])('suffix of %s', (text, base, suffix) => {
  expect(splitSuffix(text)).toEqual({ base, suffix });
});

test('paths and references', () => {
  expect(parsePath9('@s/a@1.0.0')).toEqual({ name: '@s/a', ref: '1.0.0' });
  expect(parsePath9('@s/a')).toBeUndefined();
  expect(parsePath9('a@')).toBeUndefined();
  expect(parsePath6('/@s/a@1.0.0')).toEqual({ name: '@s/a', ref: '1.0.0' });
  expect(parsePath6('/@s/a/1.0.0')).toEqual({ name: '@s/a', ref: '1.0.0' });
  expect(parsePath6('github.com/a/b/c')).toBeUndefined();
  expect(parsePath6('/a')).toBeUndefined();
  expect(candidates9('a', '1.0.0(b@2.0.0)')).toEqual(['a@1.0.0(b@2.0.0)']);
  expect(candidates9('a', 'b@2.0.0(c@1.0.0)')).toEqual(['b@2.0.0(c@1.0.0)']);
  expect(candidates9('a', '@s/b@2.0.0')).toEqual(['@s/b@2.0.0']);
  expect(candidates9('a', 'git+ssh://git@x/y.git#z')).toEqual(['a@git+ssh://git@x/y.git#z']);
  expect(candidates6('a', '/b@2.0.0')).toEqual(['/b@2.0.0']);
  expect(candidates6('a', '1.0.0(@s/b@2.0.0)')).toEqual(['/a@1.0.0(@s/b@2.0.0)', '/a/1.0.0(@s/b@2.0.0)']);
});

test.each([
  ['a version and a digest', {}, 'registry'],
  [
    'a version and a tarball of any host',
    { resolution: `{integrity: ${sha512}, tarball: https://x.example/y.tgz}` },
    'registry',
  ],
  [
    'a version, but taken from git',
    { resolution: `{type: git, repo: https://git.example/a.git, commit: ${commit}}` },
    'git',
  ],
  [
    'a version, but a tarball that pnpm takes for a repository',
    { resolution: `{integrity: ${sha512}, tarball: https://codeload.github.com/o/a/tar.gz/${commit}}` },
    'git',
  ],
  [
    'a version, but marked as a repository',
    { resolution: '{tarball: https://x.example/y.tgz, gitHosted: true}' },
    'git',
  ],
  ['a version, but a file', { resolution: '{tarball: file:a.tgz}' }, 'file'],
  ['a version, but a folder', { resolution: '{type: directory, directory: x}' }, 'directory'],
  ['a kind nobody knows', { resolution: '{type: custom:thing}' }, 'remote'],
  ['one download', { resolution: '{type: binary, url: https://x.example/a.zip}' }, 'remote'],
])('source: %s', async (_name, parts, kind) => {
  expect((await read(lock(parts))).nodes.get('a@1.0.0')!.source.kind).toBe(kind);
});

test('an entry without a snapshot is listed all the same', async () => {
  const tree = await read(lock({ entry: `  b@2.0.0:\n    resolution: {integrity: ${sha512}}` }));
  expect(tree.nodes.get('b@2.0.0')).toMatchObject({ dependency: 'prod', depth: 2, parents: [] });
});

test('an injected project of the workspace is a part of the project', async () => {
  const tree = await read(`lockfileVersion: '9.0'
importers:
  a:
    dependencies:
      b:
        specifier: workspace:*
        version: file:b
  b: {}
packages:
  b@file:b:
    resolution: {directory: b, type: directory}
snapshots:
  b@file:b: {}
`);
  expect(tree.nodes.get('b@file:b')!.source).toEqual({ kind: 'workspace', path: 'b' });
});

test('patches listed by path or by digest', async () => {
  const tree = await read(lock({ more: 'patchedDependencies:\n  a@1.0.0: abc' }));
  expect(tree.nodes.get('a@1.0.0')!.patch).toBe('abc');
});

test('a project without dependencies', async () => {
  expect((await read("lockfileVersion: '9.0'\nimporters:\n  .: {}\n")).nodes.size).toBe(0);
});

test.each([
  ['5.4', lock({ version: '5.4' }), 'lockfile-unsupported'],
  ['5.4 as a number', 'lockfileVersion: 5.4\n', 'lockfile-unsupported'],
  ['10.0', lock({ version: '10.0' }), 'lockfile-unsupported'],
  ['no version', 'importers: {}\n', 'lockfile-malformed'],
  ['a list as version', 'lockfileVersion: [9]\n', 'lockfile-malformed'],
  ['x', lock({ version: 'x' }), 'lockfile-malformed'],
  [
    'a kind of dependency nobody knows',
    lock({ snapshots: '  a@1.0.0:\n    newDependencies:\n      b: 1.0.0' }),
    'lockfile-unsupported',
  ],
  ['a list', '- a\n', 'lockfile-malformed'],
  ['a text', 'hello\n', 'lockfile-malformed'],
  ['no YAML', 'lockfileVersion: "9.0\n', 'lockfile-malformed'],
  ['duplicate keys', `${lock()}packages: {}\n`, 'lockfile-malformed'],
  [
    'the same key quoted and plain',
    lock({ entry: `  'a@1.0.0':\n    resolution: {integrity: ${sha512}}` }),
    'lockfile-malformed',
  ],
  ['three documents', `---\n${lock()}---\n${lock()}---\n${lock()}`, 'lockfile-malformed'],
  [
    'two documents that disagree',
    `---\n${lock()}---\n${lock({ resolution: '{integrity: sha1-x}' })}`,
    'lockfile-malformed',
  ],
  [
    'an unknown version in one document',
    `---\n${lock()}---\n${lock({ version: '99.0' })}`,
    'lockfile-unsupported',
  ],
  [
    'an alias',
    lock({ resolution: '&r {integrity: sha1-x}', entry: '  b@1.0.0:\n    resolution: *r' }),
    'lockfile-malformed',
  ],
  ['a circle', 'lockfileVersion: "9.0"\nimporters: &i\n  .: *i\n', 'lockfile-malformed'],
  ['a tag', lock({ resolution: '!!js/function "x"' }), 'lockfile-malformed'],
  ['deep nesting', `lockfileVersion: '9.0'\nx: ${'['.repeat(5000)}\n`, 'lockfile-malformed'],
  [
    'nesting just too deep',
    `lockfileVersion: '9.0'\nx: ${'['.repeat(70)}${']'.repeat(70)}\n`,
    'lockfile-malformed',
  ],
  ['importers a list', "lockfileVersion: '9.0'\nimporters: [a]\n", 'lockfile-malformed'],
  ['an importer that is a text', "lockfileVersion: '9.0'\nimporters:\n  .: x\n", 'lockfile-malformed'],
  [
    'an importer at an absolute place',
    "lockfileVersion: '9.0'\nimporters:\n  /etc: {}\n",
    'lockfile-malformed',
  ],
  [
    'an importer called __proto__',
    "lockfileVersion: '9.0'\nimporters:\n  __proto__: {}\n",
    'lockfile-malformed',
  ],
  ['a dependency without a version', lock({ ref: '' }), 'lockfile-malformed'],
  ['a dependency that is not listed', lock({ ref: '2.0.0' }), 'lockfile-malformed'],
  [
    'a dependency with an impossible name',
    lock({ snapshots: '  a@1.0.0:\n    dependencies:\n      ../b: 1.0.0' }),
    'lockfile-malformed',
  ],
  [
    'a dependency called __proto__',
    lock({ snapshots: '  a@1.0.0:\n    dependencies:\n      __proto__: 1.0.0' }),
    'lockfile-malformed',
  ],
  ['a snapshot of nothing', lock({ snapshots: '  a@1.0.0: {}\n  b@1.0.0: {}' }), 'lockfile-malformed'],
  ['a snapshot that is a text', lock({ snapshots: '  a@1.0.0: x' }), 'lockfile-malformed'],
  ['packages a list', "lockfileVersion: '9.0'\npackages: [a]\n", 'lockfile-malformed'],
  ['an entry that is a text', "lockfileVersion: '9.0'\npackages:\n  a@1.0.0: x\n", 'lockfile-malformed'],
  [
    'a key without a name',
    lock({ entry: '  lonely:\n    resolution: {integrity: sha1-x}' }),
    'lockfile-malformed',
  ],
  [
    'an impossible name',
    lock({ entry: '  ..@1.0.0:\n    resolution: {integrity: sha1-x}' }),
    'lockfile-malformed',
  ],
  [
    'an impossible version',
    lock({ entry: '  b@1.0.0%2f:\n    resolution: {integrity: sha1-x}' }),
    'lockfile-malformed',
  ],
  ['two versions', lock({ entry: '    version: 2.0.0' }), 'lockfile-malformed'],
  ['a resolution that is a text', lock({ resolution: 'x' }), 'lockfile-malformed'],
  ['an integrity that is a list', lock({ resolution: '{integrity: [x]}' }), 'lockfile-malformed'],
  ['git without a repository', lock({ resolution: '{type: git}' }), 'lockfile-malformed'],
  ['variants that are none', lock({ resolution: '{type: variations, variants: []}' }), 'lockfile-malformed'],
  ['os a mapping', lock({ entry: '    os: {a: b}' }), 'lockfile-malformed'],
  ['requiresBuild a text', lock({ entry: '    requiresBuild: maybe' }), 'lockfile-malformed'],
])('refused: %s', async (_name, text, code) => {
  const error = await failureOf(read(text));
  expect(error.code).toBe(code);
  expect(error.message).toContain('pnpm-lock.yaml: ');
  expect(error.message).not.toMatch(/[\n\u0000-\u001f]/);
  expect(error.hint).toBeTruthy();
});
