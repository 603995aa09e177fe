import { expect, test } from 'vitest';
import { subjectsOf } from '../../src/evidence/subjects.ts';
import type { DependencyTree, PackageNode } from '../../src/tree/types.ts';
import { SRI } from '../support/nodes.ts';
import { nodeOf } from './samples.ts';

const treeOf = (...nodes: PackageNode[]): DependencyTree => ({
  lockfile: { kind: 'npm', version: '3', path: '/x/package-lock.json', digest: '' },
  project: undefined,
  nodes: new Map(nodes.map((node) => [node.key, node])),
  omitted: 0,
});
const OTHER = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;
const subjects = (...nodes: PackageNode[]) =>
  subjectsOf(treeOf(...nodes)).map(({ purl, nodes: at }) => [purl, at.map(({ key }) => key)]);

test('the same bytes of the same package are one subject, wherever they are installed', () => {
  expect(subjects(nodeOf('a'), nodeOf('b/a'), nodeOf('c/a'))).toEqual([
    ['pkg:npm/%40acme/log@2.1.0', ['a', 'b/a', 'c/a']],
  ]);
});

test.each<[string, PackageNode]>([
  ['another name', nodeOf('b', { name: '@acme/lag' })],
  ['another version', nodeOf('b', { version: '2.1.1' })],
  ['another digest', nodeOf('b', { integrity: { kind: 'sha512', sri: OTHER } })],
  ['no digest', nodeOf('b', { integrity: { kind: 'none' } })],
  ['a weak digest', nodeOf('b', { integrity: { kind: 'weak', algorithm: 'sha1', sri: 'sha1-x' } })],
  ['another place', nodeOf('b', { source: { kind: 'registry', resolved: 'https://evil.example/x.tgz' } })],
  ['another source', nodeOf('b', { source: { kind: 'remote', url: 'https://evil.example/x.tgz' } })],
  ['a place inside another package', nodeOf('b', { source: { kind: 'bundled', within: 'x' } })],
  ['a folder', nodeOf('b', { source: { kind: 'directory', path: 'x' } })],
])('%s is another subject', (_, node) => {
  expect(subjects(nodeOf('a'), node)).toHaveLength(2);
});

test('what has no digest is told apart by its place, commit included', () => {
  const git = (key: string, commit: string | undefined) =>
    nodeOf(key, {
      integrity: { kind: 'none' },
      source: { kind: 'git', url: 'https://github.com/a/b', commit },
    });
  expect(subjects(git('a', '1'), git('b', '2'), git('c', undefined), git('d', '1'))).toHaveLength(3);
});

test('the order is by package, then digest, and does not depend on the tree', () => {
  const nodes = [
    nodeOf('z', { name: 'b' }),
    nodeOf('y', { name: 'a', integrity: { kind: 'sha512', sri: OTHER } }),
    nodeOf('x', { name: 'a', integrity: { kind: 'sha512', sri: SRI } }),
  ];
  const order = (list: PackageNode[]) =>
    subjectsOf(treeOf(...list)).map(({ name, integrity }) => [name, integrity]);
  expect(order(nodes)).toEqual(order([...nodes].reverse()));
  expect(order(nodes).map(([name]) => name)).toEqual(['a', 'a', 'b']);
});
