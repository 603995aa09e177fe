import { expect, test } from 'vitest';
import { keptNodes } from '../../src/tree/filter.ts';
import { type Entry, type Graph, kindOf, way, waysOf } from '../../src/tree/graph.ts';
import { failureOf, fixture } from './helpers.ts';

type Kind = 'prod' | 'dev' | 'optional' | 'peer';

const bits: Readonly<Record<Kind, number>> = {
  prod: 0,
  dev: way.dev,
  optional: way.optional,
  peer: way.peer,
};

function graph(
  edges: readonly (readonly [string, string, Kind])[],
  flags: Record<string, number> = {},
): Graph {
  const keys = [...new Set([...edges.map(([, to]) => to), ...Object.keys(flags)])];
  const entry = (key: string): Entry => ({
    key,
    name: key,
    alias: undefined,
    version: '1.0.0',
    source: { kind: 'registry', resolved: undefined },
    integrity: { kind: 'none' },
    hasInstallScript: false,
    platform: undefined,
    patch: undefined,
    line: undefined,
    flags: flags[key],
    nesting: 1,
  });
  const numberOf = (key: string): number => keys.indexOf(key) + 1;
  return {
    version: '3',
    project: undefined,
    entries: keys.map(entry),
    edges: {
      from: edges.map(([from]) => numberOf(from)),
      to: edges.map(([, to]) => numberOf(to)),
      ways: edges.map(([, , kind]) => bits[kind]),
    },
    workspaces: [],
  };
}

function left(of: Graph, ...omit: ('dev' | 'optional' | 'peer')[]): string {
  const kept = keptNodes(of, waysOf(of), { omit: new Set(omit), workspaces: [] });
  const keys = of.entries.filter((_, i) => kept[i + 1] === 1).map(({ key }) => key);
  return keys.sort().join('');
}

function depthOf(of: Graph, wanted: string): number | undefined {
  return waysOf(of).depth[of.entries.findIndex(({ key }) => key === wanted) + 1];
}

const mixed = graph([
  ['', 'a', 'prod'],
  ['', 'b', 'dev'],
  ['', 'c', 'optional'],
  ['a', 'd', 'prod'],
  ['b', 'd', 'prod'],
  ['b', 'e', 'prod'],
  ['c', 'f', 'prod'],
  ['b', 'g', 'prod'],
  ['c', 'g', 'prod'],
  ['a', 'h', 'peer'],
  ['b', 'h', 'optional'],
]);

test('kinds: production wins, and one or the other is optional', () => {
  const { only } = waysOf(mixed);
  const kinds = Object.fromEntries(mixed.entries.map(({ key }, i) => [key, kindOf(only[i + 1]!)]));
  expect(kinds).toEqual({
    a: 'prod',
    b: 'dev',
    c: 'optional',
    d: 'prod',
    e: 'dev',
    f: 'optional',
    g: 'optional',
    h: 'prod',
  });
  expect(depthOf(mixed, 'g')).toBe(2);
});

test.each([
  [[], 'abcdefgh'],
  [['dev'], 'acdfgh'],
  [['optional'], 'abdegh'],
  [['dev', 'optional'], 'adh'],
  [['peer'], 'abcdefgh'],
  // Needed through a peer here and an optional dependency there: npm installs it.
  [['peer', 'optional'], 'abdegh'],
] as const)('--omit %j leaves %s', (omit, expected) => {
  expect(left(mixed, ...omit)).toBe(expected);
});

test('--omit peer drops what only a peer dependency asks for', () => {
  expect(
    left(
      graph([
        ['', 'a', 'prod'],
        ['a', 'b', 'peer'],
        ['b', 'c', 'prod'],
      ]),
      'peer',
    ),
  ).toBe('a');
});

test('an omission needs the edges and the flags of the lockfile, for npm follows the flags', () => {
  const edges = [
    ['', 'a', 'dev'],
    ['', 'b', 'dev'],
    ['', 'c', 'prod'],
  ] as const;
  expect(left(graph(edges, { a: 0, b: way.dev, c: way.dev }), 'dev')).toBe('ac');
});

test('nothing that nobody asks for is omitted, and it is never direct', () => {
  const lonely = graph([
    ['', 'a', 'prod'],
    ['y', 'x', 'dev'],
    ['x', 'y', 'dev'],
  ]);
  expect(left(lonely, 'dev', 'optional', 'peer')).toBe('axy');
  expect(depthOf(lonely, 'x')).toBe(2);
});

test.each(['npm/shapes/package-lock.json', 'pnpm/shapes/pnpm-lock.yaml'])('--workspace: %s', async (file) => {
  const all = await fixture(file);
  for (const name of ['@shapes/lib', 'packages/lib', './packages/lib/']) {
    const tree = await fixture(file, { workspaces: [name] });
    const keys = [...tree.nodes.keys()];
    expect(keys).toContain('workspace:packages/lib');
    expect(keys).not.toContain('workspace:packages/web');
    expect(keys.some((key) => key.includes('plain'))).toBe(false);
    expect(tree.omitted).toBe(all.nodes.size - tree.nodes.size);
    for (const node of tree.nodes.values())
      for (const parent of node.parents) expect(parent === '' || tree.nodes.has(parent)).toBe(true);
  }
  // A workspace needs the workspaces it depends on.
  const web = await fixture(file, { workspaces: ['packages/web'] });
  expect([...web.nodes.keys()]).toContain('workspace:packages/lib');
  const root = await fixture(file, { workspaces: ['.'] });
  expect([...root.nodes.keys()]).not.toContain('workspace:packages/lib');
  expect([...root.nodes.keys()].some((key) => key.includes('plain'))).toBe(true);
});

test('an unknown workspace lists the known ones', async () => {
  const error = await failureOf(fixture('npm/shapes/package-lock.json', { workspaces: ['lib\u001b'] }));
  expect(error.code).toBe('workspace-unknown');
  expect(error.message).toBe('no workspace "lib\\u{1b}" in the lockfile');
  expect(error.hint).toBe('known workspaces: @shapes/lib (packages/lib), @shapes/web (packages/web)');
  const none = await failureOf(fixture('npm/version-2/package-lock.json', { workspaces: ['x'] }));
  expect(none.hint).toBe('the lockfile has no workspaces');
});
