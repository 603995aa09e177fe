import { loadTree } from '/work/main/src/tree/load.ts';
import { test } from 'vitest';
test('x', async () => {
  const t0 = performance.now();
  const tree = await loadTree({ path: process.env.LOCK!, kind: (process.env.KIND ?? 'npm') as 'npm' }, { omit: new Set(), workspaces: [] });
  const t1 = performance.now();
  const by: Record<string, number> = {};
  for (const n of tree.nodes.values()) for (const k of [n.source.kind, n.dependency, n.integrity.kind, `d${n.depth}`, n.line === undefined ? 'noline' : 'line', n.parents.length ? 'par' : 'nopar', n.alias ? 'alias' : 'noalias']) by[k] = (by[k] ?? 0) + 1;
  console.log(tree.nodes.size, t1 - t0, JSON.stringify(by), tree.lockfile, tree.project, process.memoryUsage().rss/1e6);
});
