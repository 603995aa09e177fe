import { describe, expect, test } from 'vitest';
import { VerifyDepsError } from '../../src/core/errors.ts';
import type { DependencyTree, PackageNode } from '../../src/tree/types.ts';
import { assertInTree, isWanted } from '../../src/tree/wanted.ts';
import { packageNode } from '../support/nodes.ts';

function node(name: string, version: string, alias?: string): PackageNode {
  return packageNode({ name, version, ...(alias === undefined ? {} : { alias }) });
}

function treeOf(nodes: readonly PackageNode[], omitted = 0): DependencyTree {
  const lockfile = { kind: 'npm', version: '3', path: '/p/package-lock.json', digest: '' } as const;
  return { lockfile, project: undefined, nodes: new Map(nodes.map((item) => [item.key, item])), omitted };
}

const tree = treeOf([node('alpha', '1.0.0'), node('@acme/beta', '2.0.0'), node('gamma', '3.0.0', 'delta')]);

test.each([
  ['alpha', 'alpha', true],
  ['alpha@1.0.0', 'alpha', true],
  ['alpha@1.0.1', 'alpha', false],
  ['@acme/beta', '@acme/beta', true],
  ['delta', 'gamma', true],
  ['delta@3.0.0', 'gamma', false],
  ['alph', 'alpha', false],
])('%s wants %s: %s', (wanted, name, expected) => {
  expect(isWanted([...tree.nodes.values()].find((item) => item.name === name)!, wanted)).toBe(expected);
});

describe('a name the tree does not have', () => {
  test.each([
    ['alhpa', 'did you mean alpha?'],
    ['alpha@9.9.9', 'it has 1.0.0'],
    ['zzzzzz', 'nothing there has a name like it'],
    ['@scope/zzz', 'nothing there has a name like it'],
    ['\u001b[31mred', 'nothing there has a name like it'],
  ])('%j', (wanted, hint) => {
    const error = thrown(() => assertInTree(tree, wanted));
    expect(error).toMatchObject({ code: 'package-unknown', hint });
    expect(error?.message).not.toContain('\u001b');
  });

  test('says that the filters left something out', () => {
    expect(thrown(() => assertInTree(treeOf([], 4), 'alpha'))?.hint).toContain('4 entries are left out');
  });

  test('is no error for what is there', () => {
    expect(thrown(() => assertInTree(tree, '@acme/beta@2.0.0'))).toBeUndefined();
  });
});

function thrown(work: () => void): VerifyDepsError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof VerifyDepsError) return error;
    throw error;
  }
}
