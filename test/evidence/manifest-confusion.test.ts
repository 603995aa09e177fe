import { describe, expect, test } from 'vitest';
import { manifestConfusion } from '../../src/evidence/manifest-confusion.ts';
import { parseManifest } from '../../src/registry/manifest.ts';
import { listTarball } from '../../src/registry/tar-list.ts';
import { files, tgz } from '../support/tar.ts';

const base = { name: 'a', version: '1.0.0' };

async function told(inside: object | string, served: object, more: Readonly<Record<string, string>> = {}) {
  const text = typeof inside === 'string' ? inside : JSON.stringify({ ...base, ...inside });
  const list = await listTarball(tgz(files({ 'package.json': text, ...more })));
  const manifest = parseManifest(Buffer.from(JSON.stringify({ ...base, ...served })));
  return manifestConfusion(list, manifest).map(
    ({ code, args }) => `${code} ${args.field}: ${args.expected} / ${args.actual}`,
  );
}

describe('a tarball and its manifest in the registry', () => {
  test.each<[string, object | string, object, string]>([
    ['another name', { name: 'b' }, {}, 'name: a / b'],
    ['no name', { name: 7 }, {}, 'name: a / nothing'],
    ['another version', { version: '2.0.0' }, {}, 'version: 1.0.0 / 2.0.0'],
    ['no version', { version: undefined }, {}, 'version: 1.0.0 / nothing'],
    ['a hidden script', { scripts: { postinstall: 'x' } }, {}, 'scripts.postinstall: nothing / x'],
    [
      'another script',
      { scripts: { install: 'x' } },
      { scripts: { install: 'y' } },
      'scripts.install: y / x',
    ],
    ['a script that is not there', {}, { scripts: { preinstall: 'y' } }, 'scripts.preinstall: y / nothing'],
    ['a hidden dependency', { dependencies: { e: '1' } }, {}, 'dependencies.e: nothing / 1'],
    [
      'another range',
      { dependencies: { e: '^2' } },
      { dependencies: { e: '^1' } },
      'dependencies.e: ^1 / ^2',
    ],
    ['a dependency it does not have', {}, { dependencies: { e: '1' } }, 'dependencies.e: 1 / nothing'],
    [
      'an optional dependency',
      { optionalDependencies: { e: '1' } },
      {},
      'optionalDependencies.e: nothing / 1',
    ],
    ['a peer', { peerDependencies: { e: '1' } }, {}, 'peerDependencies.e: nothing / 1'],
    ['something bundled', { bundledDependencies: ['e'] }, {}, 'bundleDependencies: nothing / e'],
    ['a command', { bin: { node: 'x.js' } }, {}, 'bin.node: nothing / x.js'],
    [
      'a command that runs another file',
      { bin: { c: 'x.js' } },
      { bin: { c: 'y.js' } },
      'bin.c: y.js / x.js',
    ],
    ['the last of two equal keys', '{"name":"a","version":"1.0.0","name":"b"}', {}, 'name: a / b'],
    ['a package.json that is none', '[]', {}, 'package.json: a@1.0.0 / nothing'],
  ])('differ by %s', async (_, inside, served, expected) => {
    expect(await told(inside, served)).toEqual([`manifest-confusion ${expected}`]);
  });

  test('differ by a binding.gyp for which npm runs node-gyp, unless the package forbids it', async () => {
    const gyp = { 'binding.gyp': '{}' };
    expect(await told({}, {}, gyp)).toEqual(['manifest-confusion binding.gyp: nothing / node-gyp rebuild']);
    expect(await told({ gypfile: false }, {}, gyp)).toEqual([]);
    const implied = { gypfile: true, scripts: { install: 'node-gyp rebuild' } };
    expect(await told({}, implied, gyp)).toEqual([]);
    // Without the file, nothing would run what the registry shows.
    expect(await told({}, implied)).toEqual([
      'manifest-confusion scripts.install: node-gyp rebuild / nothing',
    ]);
  });

  test('are told apart in a bounded number of fields', async () => {
    const dependencies = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`d${i}`, '1']));
    expect(await told({ dependencies }, {})).toHaveLength(9);
  });

  test.each<[string, object | string, object, Readonly<Record<string, string>>?]>([
    [
      'say the same',
      { dependencies: { e: '1' }, bin: './c.js' },
      { dependencies: { e: '1' }, bin: { a: 'c.js' } },
    ],
    ['have another spelling of a version', { version: ' v1.0.0+build' }, {}],
    [
      'have optional dependencies in both lists',
      { dependencies: { e: '1' }, optionalDependencies: { e: '1' } },
      { optionalDependencies: { e: '1' } },
    ],
    ['have them in one list each', { optionalDependencies: { e: '1' } }, { dependencies: { e: '1' } }],
    [
      'spell a repository in two ways',
      { dependencies: { e: 'o/r#v1', f: 'git://github.com/o/f.git' } },
      { dependencies: { e: 'github:o/r#v1', f: 'git+ssh://git@github.com/o/f.git' } },
    ],
    [
      'bundle everything',
      { dependencies: { e: '1' }, bundleDependencies: true },
      { dependencies: { e: '1' }, bundleDependencies: ['e'] },
    ],
    [
      'bundle what npm lists as well',
      { bundleDependencies: ['e'] },
      { bundleDependencies: ['e'], dependencies: { e: '*' } },
    ],
    [
      'have commands in a folder',
      { directories: { bin: './bin' } },
      { bin: { x: 'bin/x' }, directories: { bin: './bin' } },
      { 'bin/x': '' },
    ],
    ['differ in scripts that nobody runs', { scripts: { test: 'x', prepare: 'y' } }, {}],
    [
      'have a short manifest that tells of a script',
      { scripts: { install: 'x' } },
      { hasInstallScript: true },
    ],
    ['begin with a byte order mark', '\ufeff{"name":"a","version":"1.0.0"}', {}],
    ['list dependencies as the oldest did', { dependencies: ['e'] }, { dependencies: { e: '*' } }],
    [
      'have names from Object.prototype',
      { dependencies: { constructor: '1' } },
      { dependencies: { constructor: '1' } },
    ],
  ])('do not differ where they %s', async (_, inside, served, more) => {
    expect(await told(inside, served, more)).toEqual([]);
  });
});
