import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { resolveEdges } from '../../src/tree/npm-edges.ts';
import { readEntries } from '../../src/tree/npm-entry.ts';
import { listingOf } from '../../src/tree/npm-listing.ts';
import { nestingOf } from '../../src/tree/npm-nesting.ts';
import { nameFolder } from '../../src/tree/npm-place.ts';
import { type ResolvedEdge, resolveWithArborist } from '../support/arborist.ts';
import { trees } from './helpers.ts';

type Packages = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function resolve(packages: Packages): readonly ResolvedEdge[] {
  const listing = listingOf('lock', readEntries('lock', packages as JsonObject));
  const { entries } = listing;
  const fold = nameFolder();
  const edges: ResolvedEdge[] = [];
  resolveEdges(listing, nestingOf('lock', listing, fold), fold, (from, to, type, name, spec) => {
    edges.push({ from: entries[from]!.location, to: entries[to]!.location, type, name, spec });
  });
  return edges;
}

/** In the order in which npm writes entries, links and what a conversion makes of version 1 included. */
function inOrder(packages: Packages): Packages {
  return Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, 'en')));
}

// None begins like another: Arborist takes what lies in `node_modules/ab` for a part of the link `node_modules/a`.
const names = fc.constantFrom('a', 'b', 'd', '@s/a', '@s/b', 'constructor', '1');
const cased = fc.oneof(
  { weight: 9, arbitrary: names },
  { weight: 1, arbitrary: fc.constantFrom('A', 'B', '@S/a') },
);
const specs = fc.constantFrom(
  '^1.0.0',
  '*',
  '',
  'latest',
  'npm:b@^2.0.0',
  'file:packages/a',
  'not a range',
  '999',
);
const folders = [
  'packages/a',
  'packages/a/sub',
  'packages/a-b',
  'packages/a-b/c',
  'tools',
  '../out',
  '../out/in',
  '..',
];

function dependencies(name: fc.Arbitrary<string>): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const group = fc.dictionary(name, specs, { maxKeys: 4, noNullPrototype: true });
  return fc.record(
    {
      version: fc.constantFrom('1.0.0', '2.0.0', 'no version'),
      dependencies: group,
      devDependencies: group,
      optionalDependencies: group,
      peerDependencies: group,
      peerDependenciesMeta: fc.dictionary(
        name,
        fc.constantFrom({ optional: true }, { optional: false }, {}),
        {
          maxKeys: 3,
          noNullPrototype: true,
        },
      ),
      bundleDependencies: fc.array(name, { maxLength: 2 }),
    },
    { requiredKeys: [] },
  );
}

/** Packages nested up to four deep, folders outside of node_modules, what belongs to nothing listed, and links. */
function lockfiles(name: fc.Arbitrary<string>, outside: readonly string[]): fc.Arbitrary<Packages> {
  const base = fc.constantFrom('', '', '', ...outside, 'node_modules/zz');
  const place = fc
    .tuple(base, fc.array(name, { minLength: 1, maxLength: 4 }))
    .map(([at, path]) => [at, ...path].filter((part) => part !== '').join('/node_modules/'))
    .map((at) => (/^(?:node_modules|\.\.|packages|tools)/.test(at) ? at : `node_modules/${at}`));
  const entry = dependencies(name);
  const listed = fc.array(fc.tuple(fc.oneof(place, place, fc.constantFrom(...outside)), entry), {
    minLength: 1,
    maxLength: 16,
  });
  const linked = fc.array(fc.tuple(place, fc.nat()), { maxLength: 4 });
  return fc.tuple(entry, listed, linked).map(([root, nodes, links]) => {
    const packages: Record<string, Readonly<Record<string, unknown>>> = { '': root };
    for (const [location, about] of nodes) packages[location] = about;
    const targets = ['', ...Object.keys(packages).filter((location) => outside.includes(location))];
    for (const [location, pick] of links) {
      if (Object.hasOwn(packages, location)) continue;
      packages[location] = { link: true, resolved: targets[pick % targets.length]! };
    }
    return packages;
  });
}

describe('the same edges as Arborist finds, in the same order', () => {
  test('in lockfiles as npm orders them', async () => {
    await fc.assert(
      fc.asyncProperty(lockfiles(cased, folders), async (made) => {
        const packages = inOrder(made);
        expect(resolve(packages)).toEqual(await resolveWithArborist(packages));
      }),
      { numRuns: 300 },
    );
  });

  test.each(['real/npm', 'npm/shapes', 'npm/version-2', 'npm/override'])('in fixtures: %s', async (name) => {
    const text = readFileSync(path.join(trees, name, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as { packages: Packages };
    const edges = resolve(packages);
    expect(edges.length).toBeGreaterThan(0);
    expect(edges).toEqual(await resolveWithArborist(packages));
  });

  test('in lockfiles of any other order', async () => {
    const apart = ['packages/a', 'tools', 'more/b', '../out', '..'];
    const shuffled = lockfiles(names, apart).chain((made) =>
      fc
        .shuffledSubarray(Object.entries(made), { minLength: Object.keys(made).length })
        .map((entries) => Object.fromEntries(entries)),
    );
    const sorted = (edges: readonly ResolvedEdge[]): readonly string[] =>
      edges.map((edge) => JSON.stringify(Object.entries(edge).sort())).sort();
    await fc.assert(
      fc.asyncProperty(shuffled, async (packages) => {
        expect(sorted(resolve(packages))).toEqual(sorted(await resolveWithArborist(packages)));
      }),
      { numRuns: 300 },
    );
  });
});

const a = 'node_modules/a';
const b = 'node_modules/b';
describe('rules', () => {
  test.each<[string, Packages, readonly string[]]>([
    [
      'the nearest package of the name',
      {
        [a]: { dependencies: { b: '1' } },
        [`${a}/node_modules/b`]: { dependencies: { b: '2', a: '3' } },
        [b]: { dependencies: { a: '4' } },
      },
      [
        `${a} prod b@1 ${a}/${b}`,
        `${a}/${b} prod b@2 ${a}/${b}`,
        `${a}/${b} prod a@3 ${a}`,
        `${b} prod a@4 ${a}`,
      ],
    ],
    [
      'a package that asks for its own name finds itself',
      { [a]: { dependencies: { a: '1' } } },
      [`${a} prod a@1 ${a}`],
    ],
    ['what is not there is no edge', { '': { dependencies: { a: '1' } } }, []],
    [
      'optional before production, development before both',
      {
        '': {
          dependencies: { a: '1', b: '1' },
          optionalDependencies: { a: '2' },
          devDependencies: { b: '3' },
        },
        [a]: {},
        [b]: {},
      },
      [` optional a@2 ${a}`, ` dev b@3 ${b}`],
    ],
    [
      'production before peers, and peers that may be missing',
      {
        [a]: {},
        [b]: {},
        'node_modules/d': {
          dependencies: { a: '1' },
          peerDependencies: { a: '2', b: '3' },
          peerDependenciesMeta: { b: { optional: true } },
        },
      },
      [`node_modules/d peerOptional b@3 ${b}`, `node_modules/d prod a@1 ${a}`],
    ],
    [
      'development dependencies of folders, and of nothing else',
      { [a]: { devDependencies: { b: '1' } }, [b]: {}, tools: { devDependencies: { b: '2' } } },
      [`tools dev b@2 ${b}`],
    ],
    [
      'a folder finds what lies around it, and one beside the project does not',
      {
        '../out': { dependencies: { a: '1', b: '2' } },
        '../out/node_modules/b': {},
        [a]: {},
        'packages/x': { dependencies: { a: '3' } },
        'packages/x/in': { dependencies: { b: '4' } },
        'packages/x/node_modules/b': {},
      },
      [
        '../out prod b@2 ../out/node_modules/b',
        `packages/x prod a@3 ${a}`,
        `packages/x/in prod b@4 packages/x/${b}`,
      ],
    ],
    [
      'what a link stands for',
      {
        '': { dependencies: { a: '1', b: '2' } },
        [a]: { link: true, resolved: 'packages/a' },
        [b]: { link: true, resolved: '' },
        'packages/a': {},
      },
      [' prod a@1 packages/a', ' prod b@2 '],
    ],
    [
      'nothing below a link',
      {
        '': { dependencies: { a: '1' } },
        [a]: { link: true, resolved: 'packages/a' },
        [`${a}/node_modules/b`]: { dependencies: { a: '2' } },
        'packages/a': { dependencies: { b: '3' } },
      },
      [' prod a@1 packages/a'],
    ],
    [
      'names that differ in case are one name, and the later one counts',
      {
        '': { dependencies: { A: '1', b: '2' } },
        [a]: { dependencies: { b: '3' } },
        'node_modules/A': { dependencies: { b: '4' } },
        [`${a}/node_modules/d`]: { dependencies: { a: '5' } },
        [b]: {},
      },
      [
        ' prod A@1 node_modules/A',
        ` prod b@2 ${b}`,
        `node_modules/A prod b@4 ${b}`,
        `${a}/node_modules/d prod a@5 node_modules/A`,
      ],
    ],
    [
      'what lies in a package that is not listed looks on from the folder around',
      { 'node_modules/zz/node_modules/b': { dependencies: { a: '1', b: '2' } }, [a]: {} },
      [`node_modules/zz/${b} prod a@1 ${a}`],
    ],
  ])('%s', async (_name, packages, expected) => {
    const found = resolve(packages);
    expect(found.map(({ from, type, name, spec, to }) => `${from} ${type} ${name}@${spec} ${to}`)).toEqual(
      expected,
    );
    expect(found).toEqual(await resolveWithArborist(packages));
  });

  test.each<[string, Packages, string]>([
    ['a chain of more than 64 levels', chain(65), 'nested deeper than 64 levels'],
    [
      'a folder of more than 256 segments',
      { [Array(257).fill('a').join('/')]: {} },
      'deeper than 256 folders',
    ],
    ['a project that is a link', { '': { link: true, resolved: 'a' }, a: {} }, 'the project is a link'],
  ])('refused: %s', (_name, packages, message) => {
    expect(() => resolve(packages)).toThrow(message);
  });

  test('64 levels are read', () => {
    expect(resolve(chain(64))).toEqual([]);
  });
});

function chain(levels: number): Packages {
  return Object.fromEntries(
    Array.from({ length: levels + 1 }, (_, i) => [
      Array(i + 1)
        .fill(a)
        .join('/'),
      {},
    ]),
  );
}
