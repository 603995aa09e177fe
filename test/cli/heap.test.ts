import { spawnSync } from 'node:child_process';
import { beforeEach, expect, test, vi } from 'vitest';

const flags = vi.hoisted(() => [] as string[]);
vi.mock('node:v8', () => ({ setFlagsFromString: (flag: string) => void flags.push(flag) }));

beforeEach(() => {
  flags.length = 0;
  vi.resetModules();
});

test.each<[string, Parameters<typeof import('../../src/cli/heap.ts').heedSize>[0][], number]>([
  ['a large tree, once', [1, 2, 3].map((done) => ({ phase: 'packages', done, total: 3_000 })), 1],
  ['a tree of the usual size', [{ phase: 'packages', done: 0, total: 2_999 }], 0],
  ['another count', [{ phase: 'installed', done: 0, total: 9_999 }], 0],
])('%s', async (_, steps, expected) => {
  const { heedSize } = await import('../../src/cli/heap.ts');
  for (const step of steps) heedSize(step);
  expect(flags).toHaveLength(expected);
});

test('this Node.js knows the flag', async () => {
  const { heedSize } = await import('../../src/cli/heap.ts');
  heedSize({ phase: 'packages', done: 0, total: 10_000 });
  const code = `require('node:v8').setFlagsFromString(${JSON.stringify(flags[0])})`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});
