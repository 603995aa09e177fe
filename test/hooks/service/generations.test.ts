import { expect, test } from 'vitest';
import { openGenerations } from '../../../src/hooks/service/generations.ts';

interface Numbered {
  readonly number: number;
  closed: number;
  close(): Promise<void>;
}

function factory(failing: (number: number) => boolean = () => false) {
  const made: Numbered[] = [];
  let tries = 0;
  return {
    made,
    open: async (): Promise<Numbered> => {
      const number = tries++;
      await new Promise((resolve) => setImmediate(resolve));
      if (failing(number)) throw new Error(`cannot open ${number}`);
      const one: Numbered = {
        number,
        closed: 0,
        close: async () => {
          one.closed++;
        },
      };
      made.push(one);
      return one;
    },
  };
}

test('the new one takes over, and the old one is closed once', async () => {
  const { made, open } = factory();
  const generations = await openGenerations(open);
  expect(await generations.renew()).toBeUndefined();
  expect(generations.current.number).toBe(1);
  expect(made.map(({ closed }) => closed)).toEqual([1, 0]);
  await generations.close();
  expect(made.map(({ closed }) => closed)).toEqual([1, 1]);
});

test('what is under way ends with the one it began with, which stays open until then', async () => {
  const { made, open } = factory();
  const generations = await openGenerations(open);
  let finish: () => void = () => undefined;
  const seen: number[] = [];
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const work = generations.use(async (one) => {
    await held;
    seen.push(one.number, one.closed);
  });
  await generations.renew();
  await generations.use(async ({ number }) => void seen.push(number));
  expect(made[0]!.closed).toBe(0);
  finish();
  await work;
  expect(seen).toEqual([1, 0, 0]);
  expect(made[0]!.closed).toBe(1);
  await generations.close();
  expect(made[0]!.closed).toBe(1);
});

test('one that cannot be opened changes nothing, and the next may', async () => {
  const { open } = factory((number) => number === 1);
  const generations = await openGenerations(open);
  expect(await generations.renew()).toMatchObject({ failed: { message: 'cannot open 1' } });
  expect(generations.current.number).toBe(0);
  expect(await generations.renew()).toBeUndefined();
  expect(generations.current.number).toBe(2);
  await generations.close();
});

test('asked many times at once, it reads once more after what is under way', async () => {
  const { made, open } = factory();
  const generations = await openGenerations(open);
  const first = generations.renew();
  await Promise.resolve();
  await Promise.all([first, ...Array.from({ length: 20 }, () => generations.renew())]);
  expect(made.length).toBeLessThanOrEqual(3);
  expect(generations.current).toBe(made.at(-1));
  await generations.close();
});

test('closing waits for one that is being opened', async () => {
  const { made, open } = factory();
  const generations = await openGenerations(open);
  void generations.renew();
  await generations.close();
  expect(made.every(({ closed }) => closed === 1)).toBe(true);
  expect(await generations.renew()).toBeUndefined();
  expect(made.every(({ closed }) => closed === 1)).toBe(true);
});

test('the first one that cannot be opened is an error', async () => {
  const { open } = factory(() => true);
  await expect(openGenerations(open)).rejects.toThrow('cannot open 0');
});
