import { spawnSync } from 'node:child_process';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Progress } from '../../src/connect.ts';

const v8 = vi.hoisted(() => ({ flags: [] as string[], used: 0, nursery: 0 }));
vi.mock('node:v8', () => ({
  setFlagsFromString: (flag: string) => void v8.flags.push(flag),
  getHeapStatistics: () => ({ used_heap_size: v8.used }),
  getHeapSpaceStatistics: () => [{ space_name: 'new_space', space_size: v8.nursery }],
}));

const MB = 1_048_576;
const collected = ['--expose-gc', '--no-expose-gc'];
const [held, growing] = ['--semi-space-growth-factor=1', '--semi-space-growth-factor=2'];
const tight = ['--heap-growing-percent=10', ...collected];

beforeEach(() => {
  Object.assign(v8, { flags: [], used: 20_000_000, nursery: 2 * MB });
  vi.resetModules();
});

type Step = Progress & { readonly nursery?: number; readonly used?: number };

async function flagsOf(steps: readonly Step[]): Promise<readonly string[]> {
  const { heedSize } = await import('../../src/cli/heap.ts');
  for (const { nursery, used, ...step } of steps) {
    Object.assign(v8, { nursery: nursery ?? v8.nursery, used: used ?? v8.used });
    heedSize(step);
  }
  return v8.flags;
}

const lockfile: Step = { phase: 'lockfile', done: 0, total: 0 };
const packages = (done: number, total: number, nursery?: number): Step => ({
  phase: 'packages',
  done,
  total,
  ...(nursery === undefined ? {} : { nursery }),
});

test.each<[string, readonly Step[], readonly string[]]>([
  ['a large tree, once', [1, 2, 3].map((done) => packages(done, 3_000)), tight],
  ['a tree of the usual size', [lockfile, packages(0, 2_999), packages(64, 2_999, 32 * MB)], [held, growing]],
  ['another count', [{ phase: 'installed', done: 0, total: 9_999 }], []],
  [
    'a nursery that is as large as it may become',
    [lockfile, packages(0, 3_000), packages(64, 3_000, 8 * MB), packages(128, 3_000, 16 * MB)],
    [held, growing, ...tight, held],
  ],
  ['a nursery, not at each package', [packages(1, 3_000), packages(63, 3_000, 16 * MB)], tight],
  [
    'a second run of the same process',
    [packages(0, 3_000, 16 * MB), lockfile, packages(0, 3_000)],
    [...tight, held],
  ],
  ['much that a lockfile has left', [{ phase: 'policy', done: 0, total: 0, used: 32_000_001 }], collected],
  ['little that a lockfile has left', [{ phase: 'policy', done: 0, total: 0, used: 32_000_000 }], []],
])('%s', async (_, steps, expected) => {
  expect(await flagsOf(steps)).toEqual(expected);
});

test('this Node.js knows the flags, and collects', async () => {
  await flagsOf([lockfile, packages(0, 10_000)]);
  const code = `
    const { getHeapSpaceStatistics, setFlagsFromString } = require('node:v8');
    for (const flag of ${JSON.stringify(v8.flags)}) setFlagsFromString(flag);
    setFlagsFromString('--expose-gc');
    const found = [typeof require('node:vm').runInNewContext('globalThis.gc')];
    for (const { space_name } of getHeapSpaceStatistics()) if (space_name === 'new_space') found.push(space_name);
    process.stdout.write(found.join(' '));`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-e', code], { encoding: 'utf8' });
  expect([status, stdout, stderr]).toEqual([0, 'function new_space', '']);
});
