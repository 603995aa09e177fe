import { expect, test } from 'vitest';
import { createGate, createLimiter } from '../../src/registry/limiter.ts';

test('tasks run in the order they came, never more than allowed', async () => {
  const limit = createLimiter(3);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  await Promise.all(
    Array.from({ length: 3_000 }, (_, i) =>
      limit(async () => {
        order.push(i);
        most = Math.max(most, ++running);
        await null;
        running--;
      }),
    ),
  );
  expect(most).toBe(3);
  expect(order).toEqual(Array.from({ length: 3_000 }, (_, i) => i));
});

test('what everything else waits for goes ahead of all that wait', async () => {
  const gate = createGate(1);
  const order: string[] = [];
  const task = (name: string) => (): Promise<void> => {
    order.push(name);
    return Promise.resolve();
  };
  await Promise.all([
    gate.run(task('first')),
    gate.run(task('second')),
    gate.run(task('third')),
    gate.run(task('trust'), true),
  ]);
  expect(order).toEqual(['first', 'trust', 'second', 'third']);
});

test('a task that fails gives its place back', async () => {
  const limit = createLimiter(1);
  await expect(limit(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  await expect(limit(() => Promise.resolve('yes'))).resolves.toBe('yes');
});

test('a gate that gets smaller waits for those inside', async () => {
  const gate = createGate(3);
  const leave: (() => void)[] = [];
  let running = 0;
  for (let i = 0; i < 6; i++) {
    void gate.run(async () => {
      running++;
      await new Promise<void>((resolve) => leave.push(resolve));
      running--;
    });
  }
  const settle = (): Promise<unknown> => new Promise(setImmediate);
  await settle();
  expect([running, gate.crowded]).toEqual([3, true]);
  gate.resize(1);
  leave.shift()?.();
  leave.shift()?.();
  await settle();
  expect(running).toBe(1);
  leave.shift()?.();
  await settle();
  expect(running).toBe(1);
  gate.resize(9);
  await settle();
  expect([running, gate.crowded]).toEqual([3, false]);
  for (const go of leave) go();
});
