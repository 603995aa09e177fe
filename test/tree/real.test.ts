import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Arborist } from '@npmcli/arborist';
import { expect, test } from 'vitest';
import { fixture, trees } from './helpers.ts';

interface Expected {
  /** What `npm ls --all` or `pnpm ls -r --depth Infinity` named after an installation, as `name@version`. */
  readonly listed: readonly string[];
  /** In the lockfile, but for other platforms than the one it was installed on. */
  readonly platformOnly: readonly string[];
}

function expected(kind: string): Expected {
  return JSON.parse(readFileSync(path.join(trees, 'real', kind, 'expected.json'), 'utf8')) as Expected;
}

test.each([
  ['npm', 'real/npm/package-lock.json'],
  ['pnpm', 'real/pnpm/pnpm-lock.yaml'],
])('a starter of more than a thousand packages: everything %s knows is read', async (kind, file) => {
  const tree = await fixture(file);
  const { listed, platformOnly } = expected(kind);
  const registry = [...tree.nodes.values()].filter(({ source }) => source.kind === 'registry');
  // npm names what it lists by the name it is installed under, pnpm by the one of the registry.
  const names = registry.map(
    (node) => `${kind === 'npm' ? (node.alias ?? node.name) : node.name}@${node.version}`,
  );
  expect(listed.length).toBeGreaterThan(1000);
  expect([...new Set(names)].sort()).toEqual([...listed, ...platformOnly].sort());
  expect(registry.every(({ integrity }) => integrity.kind === 'sha512')).toBe(true);
  expect(registry.every(({ line, parents }) => line !== undefined && parents.length > 0)).toBe(true);
  expect(
    [...tree.nodes.values()].filter(({ source }) => source.kind !== 'registry').map(({ key }) => key),
  ).toEqual(kind === 'npm' ? [] : ['workspace:packages/lib', 'workspace:packages/web']);
  expect([...tree.nodes.keys()]).toEqual([...tree.nodes.keys()].sort());
  const omitted = await fixture(file, { omit: new Set(['dev', 'optional']) });
  expect([...omitted.nodes.values()].every(({ dependency }) => dependency === 'prod')).toBe(true);
  expect(omitted.omitted).toBe(tree.nodes.size - omitted.nodes.size);
});

test('every entry of the npm lockfile is a node, of the kind that npm wrote down', async () => {
  const tree = await fixture('real/npm/package-lock.json');
  const text = readFileSync(path.join(trees, 'real/npm/package-lock.json'), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, Record<string, unknown>> };
  const kinds = Object.entries(packages)
    .filter(([location]) => location !== '')
    .map(([location, { dev, optional, devOptional, peer }]) => [
      location,
      dev ? 'dev' : optional || devOptional ? 'optional' : peer ? 'peer' : 'prod',
    ]);
  expect(Object.fromEntries([...tree.nodes].map(([key, { dependency }]) => [key, dependency]))).toEqual(
    Object.fromEntries(kinds),
  );
});

test.each(['real/npm', 'npm/shapes', 'npm/version-2'])(
  '%s: the same edges as npm finds by itself',
  async (name) => {
    const tree = await fixture(`${name}/package-lock.json`);
    const root = await new Arborist({ path: path.join(trees, name) }).loadVirtual();
    const theirs = new Map<string, string[]>();
    for (const node of root.inventory.values()) {
      if (node.isLink) continue;
      for (const { to } of node.edgesOut.values()) {
        const target = to?.isLink ? to.target : to;
        if (!target || target === root || target === node) continue;
        const list = theirs.get(target.location) ?? [];
        theirs.set(target.location, [...list, node.location]);
      }
    }
    for (const [key, { parents }] of tree.nodes) {
      const plain = parents.map((parent) => parent.replace(/^workspace:/, ''));
      const found = theirs.get(key.replace(/^workspace:/, '')) ?? [];
      // The project asks for its workspaces without a dependency.
      const own = key.startsWith('workspace:') ? [...found, ''] : found;
      expect([key, [...plain].sort()]).toEqual([key, [...new Set(own)].sort()]);
    }
  },
);
