import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Found } from '../../src/installed/layout.ts';
import { isForHere, mayBeMissing } from '../../src/installed/layout.ts';
import { npmLayout } from '../../src/installed/npm-layout.ts';
import { checkRecord } from '../../src/installed/npm-record.ts';
import { pnpmLayout } from '../../src/installed/pnpm-layout.ts';
import { loadTree } from '../../src/tree/load.ts';
import { packageNode, SRI } from '../support/nodes.ts';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(os.tmpdir(), 'verify-deps-layout-')));
});
afterEach(() => rmSync(root, { recursive: true }));

const inRoot = (...parts: string[]) => path.join(root, ...parts);
const folder = (...places: string[]) => {
  for (const place of places) mkdirSync(inRoot(place), { recursive: true });
};
const link = (place: string, target: string) => {
  mkdirSync(path.dirname(inRoot(place)), { recursive: true });
  symlinkSync(target, inRoot(place));
};
const told = ({ misplaced }: Found) =>
  misplaced.map(({ note, node }) => `${note.code} ${note.args.path}${node ? ` of ${node.name}` : ''}`).sort();
const placesOf = ({ places }: Found) => places.map((place) => path.relative(root, place.folder)).sort();
const all = { omit: new Set<'dev'>(), workspaces: [] };

describe("npm's node_modules", () => {
  const other = process.platform === 'linux' ? 'win32' : 'linux';
  const entry = { version: '1.0.0', integrity: SRI };
  const lockfile = {
    lockfileVersion: 3,
    packages: {
      '': {
        workspaces: ['packages/*'],
        dependencies: { a: '1', '@s/b': '1', w: '*', packs: '1' },
        optionalDependencies: { o: '1' },
        devDependencies: { p: '1' },
      },
      'node_modules/a': { ...entry, dependencies: { '@s/b': '2' } },
      'node_modules/a/node_modules/@s/b': { ...entry, version: '2.0.0' },
      'node_modules/@s/b': entry,
      'node_modules/o': { ...entry, optional: true, dependencies: { q: '1' } },
      'node_modules/q': { ...entry, optional: true },
      'node_modules/p': { ...entry, dev: true, os: [other], dependencies: { r: '1' } },
      'node_modules/r': { ...entry, dev: true },
      'node_modules/packs': { ...entry, bundleDependencies: ['in'], dependencies: { in: '1' } },
      'node_modules/packs/node_modules/in': { version: '1.0.0', inBundle: true },
      'node_modules/w': { resolved: 'packages/w', link: true },
      'packages/w': { name: 'w', version: '1.0.0' },
    },
  };
  const look = async (omit: readonly 'dev'[] = []) => {
    writeFileSync(inRoot('package-lock.json'), JSON.stringify(lockfile));
    const file = { path: inRoot('package-lock.json'), kind: 'npm' } as const;
    const tree = await loadTree(file, { ...all, omit: new Set(omit) });
    if (tree.layout?.kind !== 'npm') throw new Error('no layout of npm');
    return { found: await npmLayout(root, tree, tree.layout), tree, layout: tree.layout };
  };
  beforeEach(() => {
    folder(
      'node_modules/a/node_modules/@s/b',
      'node_modules/@s/b',
      'node_modules/packs/node_modules/in',
      'packages/w',
    );
    link('node_modules/w', '../packages/w');
  });

  test('is where the lockfile has it; what is optional or for another platform may be missing, and what it needs', async () => {
    const { found } = await look();
    expect(told(found)).toEqual([]);
    expect(placesOf(found)).toEqual([
      'node_modules/@s/b',
      'node_modules/a',
      'node_modules/a/node_modules/@s/b',
      'node_modules/packs',
    ]);
    const a = found.places.find(({ node }) => node.name === 'a')!;
    expect(['node_modules/@s/b', 'node_modules/@s/b/x', 'node_modules/@s', 'lib'].map(a.isElsewhere)).toEqual(
      [true, true, false, false],
    );
    // Inside the tarball around it.
    const packs = found.places.find(({ node }) => node.name === 'packs')!;
    expect(packs.isElsewhere('node_modules/in')).toBe(false);
  });

  test.each<[string, () => void, string[]]>([
    [
      'a package that is missing',
      () => rmSync(inRoot('node_modules/@s/b'), { recursive: true }),
      ['disk-package-missing node_modules/@s/b of @s/b'],
    ],
    [
      'a nested one that is missing',
      () => rmSync(inRoot('node_modules/a/node_modules/@s/b'), { recursive: true }),
      ['disk-package-missing node_modules/a/node_modules/@s/b of @s/b'],
    ],
    [
      'a scope that leads elsewhere',
      () => {
        renameSync(inRoot('node_modules/@s'), inRoot('s'));
        link('node_modules/@s', '../s');
      },
      ['disk-link-swapped node_modules/@s/b of @s/b', 'disk-package-extra node_modules/@s'],
    ],
    [
      'a file for a package',
      () => {
        rmSync(inRoot('node_modules/@s/b'), { recursive: true });
        writeFileSync(inRoot('node_modules/@s/b'), '');
      },
      ['disk-link-swapped node_modules/@s/b of @s/b'],
    ],
    [
      'a workspace that leads elsewhere',
      () => {
        unlinkSync(inRoot('node_modules/w'));
        link('node_modules/w', '/tmp');
      },
      ['disk-link-swapped node_modules/w'],
    ],
    [
      'a folder for a workspace',
      () => {
        unlinkSync(inRoot('node_modules/w'));
        folder('node_modules/w');
      },
      ['disk-link-swapped node_modules/w'],
    ],
    ['a stranger in a scope', () => folder('node_modules/@s/x'), ['disk-package-extra node_modules/@s/x']],
    [
      'a stranger beside a workspace',
      () => folder('packages/w/node_modules/x'),
      ['disk-package-extra packages/w/node_modules/x'],
    ],
    ['what has no name of a package', () => folder('node_modules/.cache'), []],
  ])('has %s', async (_, change, expected) => {
    change();
    expect(told((await look()).found)).toEqual(expected);
  });

  test('may hold what was left out of the run', async () => {
    folder('node_modules/p', 'node_modules/r');
    const { found } = await look(['dev']);
    expect(told(found)).toEqual([]);
    expect(found.unread.map((place) => path.relative(root, place)).sort()).toEqual([
      'node_modules/p',
      'node_modules/r',
    ]);
  });

  test.each<[string, unknown, number]>([
    ['the same', { packages: { 'node_modules/a': { version: '1.0.0', integrity: SRI } } }, 0],
    ['another version', { packages: { 'node_modules/a': { version: '1.0.1', integrity: SRI } } }, 1],
    ['no digest', { packages: { 'node_modules/a': { version: '1.0.0' } } }, 1],
    ['an entry more', { packages: { 'node_modules/evil': {} } }, 1],
    ['nothing that can be read', [], 1],
  ])('has a record of it that says %s', async (_, record, count) => {
    writeFileSync(inRoot('node_modules/.package-lock.json'), JSON.stringify(record));
    const { tree, layout } = await look();
    expect(await checkRecord(root, tree, layout)).toHaveLength(count);
  });
});

describe("pnpm's node_modules", () => {
  const lockfile = `lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a: {specifier: '1', version: 1.0.0}
      alias: {specifier: 'npm:b@1', version: b@1.0.0}
    optionalDependencies:
      o: {specifier: '1', version: 1.0.0}
  packages/w:
    dependencies:
      a: {specifier: '1', version: 1.0.0}
packages:
${['a', 'b', 'c', 'o'].map((name) => `  ${name}@1.0.0: {resolution: {integrity: ${SRI}}}\n`).join('')}snapshots:
  a@1.0.0: {dependencies: {c: 1.0.0}}
  b@1.0.0: {}
  c@1.0.0: {}
  o@1.0.0: {optional: true}
`;
  const store = 'node_modules/.pnpm';
  const look = async () => {
    writeFileSync(inRoot('pnpm-lock.yaml'), lockfile);
    const tree = await loadTree({ path: inRoot('pnpm-lock.yaml'), kind: 'pnpm' }, all);
    if (tree.layout?.kind !== 'pnpm') throw new Error('no layout of pnpm');
    return pnpmLayout(root, tree, tree.layout);
  };
  beforeEach(() => {
    for (const name of ['a', 'b', 'c']) folder(`${store}/${name}@1.0.0/node_modules/${name}`);
    folder(`${store}/left@9.9.9/node_modules/left`, 'packages/w');
    link('node_modules/a', '.pnpm/a@1.0.0/node_modules/a');
    link('node_modules/alias', '.pnpm/b@1.0.0/node_modules/b');
    link('packages/w/node_modules/a', '../../../node_modules/.pnpm/a@1.0.0/node_modules/a');
    link(`${store}/a@1.0.0/node_modules/c`, '../../c@1.0.0/node_modules/c');
    link(`${store}/node_modules/c`, '../c@1.0.0/node_modules/c');
  });
  const relink = (place: string, target: string) => () => {
    rmSync(inRoot(place), { recursive: true });
    link(place, target);
  };

  test('is where links lead to, each package in one place; leftovers of the store do not count', async () => {
    const found = await look();
    expect(told(found)).toEqual([]);
    expect(placesOf(found)).toEqual(
      ['a', 'b', 'c'].map((name) => `${store}/${name}@1.0.0/node_modules/${name}`),
    );
  });

  test.each<[string, () => void, string[]]>([
    [
      'a link out of the store',
      () => {
        folder('x/node_modules/c');
        relink(`${store}/a@1.0.0/node_modules/c`, '../../../../x/node_modules/c')();
      },
      [
        `disk-link-swapped ${store}/a@1.0.0/node_modules/c of c`,
        `disk-package-extra ${store}/node_modules/c`,
      ],
    ],
    [
      'a link to another package',
      relink(`${store}/a@1.0.0/node_modules/c`, '../../b@1.0.0/node_modules/b'),
      [
        `disk-link-swapped ${store}/a@1.0.0/node_modules/c of c`,
        `disk-package-extra ${store}/node_modules/c`,
      ],
    ],
    [
      'two places of one package',
      relink('packages/w/node_modules/a', '../../../node_modules/.pnpm/left@9.9.9/node_modules/left'),
      ['disk-link-swapped packages/w/node_modules/a of a'],
    ],
    [
      'a folder for a link',
      () => {
        rmSync(inRoot('node_modules/a'));
        folder('node_modules/a');
      },
      ['disk-link-swapped node_modules/a of a'],
    ],
    ['a stranger', () => folder('node_modules/evil'), ['disk-package-extra node_modules/evil']],
    [
      'a stranger beside a package',
      () => folder(`${store}/a@1.0.0/node_modules/evil`),
      [`disk-package-extra ${store}/a@1.0.0/node_modules/evil of a`],
    ],
    [
      'a hoisted link to a leftover',
      () => link(`${store}/node_modules/left`, '../left@9.9.9/node_modules/left'),
      [`disk-package-extra ${store}/node_modules/left`],
    ],
    [
      'a hoisted link under another name',
      () => link(`${store}/node_modules/fs-extra`, '../c@1.0.0/node_modules/c'),
      [`disk-package-extra ${store}/node_modules/fs-extra`],
    ],
    ['a package hoisted to the top', () => link('node_modules/c', '.pnpm/c@1.0.0/node_modules/c'), []],
    [
      'a link that is missing',
      () => rmSync(inRoot('node_modules/alias')),
      ['disk-package-missing node_modules/alias of b'],
    ],
  ])('has %s', async (_, change, expected) => {
    change();
    expect(told(await look())).toEqual(expected.sort());
  });

  test('is not read where the lockfile does not say what lies where', async () => {
    writeFileSync(inRoot('node_modules/.modules.yaml'), '{"nodeLinker": "hoisted"}');
    await expect(look()).rejects.toMatchObject({ code: 'installed-unsupported' });
  });
});

describe('a package that is missing', () => {
  const platform = (os: readonly string[]) => ({ os, cpu: [], libc: [] });
  test.each<[readonly string[], boolean]>([
    [[process.platform], true],
    [[`!${process.platform}`], false],
    [['!aix'], true],
    [['aix'], false],
  ])('is for %j: %s', (os, here) => {
    expect(isForHere(packageNode({ platform: platform(os) }))).toBe(here);
  });

  test('may be so if it is optional, or nothing that needs it is there', () => {
    const there = (key: string) => key !== 'gone';
    expect(mayBeMissing(packageNode({ dependency: 'optional' }), there)).toBe(true);
    expect(mayBeMissing(packageNode({ parents: ['gone'] }), there)).toBe(true);
    expect(mayBeMissing(packageNode({ parents: ['gone', 'a'] }), there)).toBe(false);
    expect(mayBeMissing(packageNode({ parents: [] }), there)).toBe(false);
  });
});
