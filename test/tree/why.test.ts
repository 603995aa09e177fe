import { expect, test } from 'vitest';
import type { DependencyTree, PackageNode } from '../../src/tree/types.ts';
import { whyInstalled } from '../../src/tree/why.ts';
import { fixture } from './helpers.ts';

function tree(parents: Record<string, readonly string[]>): DependencyTree {
  const nodes = Object.entries(parents).map(([key, of]): [string, PackageNode] => [
    key,
    {
      key,
      name: key,
      alias: undefined,
      version: '1.0.0',
      source: { kind: 'registry', resolved: undefined },
      integrity: { kind: 'none' },
      dependency: 'prod',
      depth: 1,
      parents: of,
      hasInstallScript: false,
      platform: undefined,
      patch: undefined,
      line: undefined,
    },
  ]);
  const lockfile = { kind: 'npm', version: '3', path: '/lock', digest: '' } as const;
  return { lockfile, project: undefined, nodes: new Map(nodes), omitted: 0 };
}

function why(of: DependencyTree, key: string, max?: number): readonly string[] {
  return whyInstalled(of, key, max).map((path) => path.map((step) => step.name).join('>'));
}

test('the shortest paths only, in order', () => {
  const diamond = tree({ a: [''], b: [''], c: ['a', 'b', 'd'], d: ['a'], e: ['c'] });
  expect(why(diamond, 'a')).toEqual(['a']);
  expect(why(diamond, 'e')).toEqual(['a>c>e', 'b>c>e']);
  expect(why(diamond, 'e', 1)).toEqual(['a>c>e']);
});

test('circles, what nobody asks for, and what is not there', () => {
  const circle = tree({ a: ['', 'b'], b: ['a', 'b'], x: ['y'], y: ['x'], z: ['omitted'] });
  expect(why(circle, 'b')).toEqual(['a>b']);
  expect(why(circle, 'x')).toEqual([]);
  expect(why(circle, 'z')).toEqual([]);
  expect(why(circle, 'nothing')).toEqual([]);
});

test('a ladder with 2^60 shortest paths gives three', () => {
  const parents: Record<string, string[]> = { 'l0-0': [''], 'l0-1': [''] };
  for (let i = 1; i < 60; i++)
    for (const side of [0, 1]) parents[`l${i}-${side}`] = [`l${i - 1}-0`, `l${i - 1}-1`];
  expect(whyInstalled(tree(parents), 'l59-0')).toHaveLength(3);
});

test('through a workspace', async () => {
  const shapes = await fixture('npm/shapes/package-lock.json');
  expect(whyInstalled(shapes, 'node_modules/lib-dep')).toEqual([
    [
      { key: 'workspace:packages/lib', name: '@shapes/lib', version: '0.1.0' },
      { key: 'node_modules/lib-dep', name: 'lib-dep', version: '1.0.0' },
    ],
  ]);
});
