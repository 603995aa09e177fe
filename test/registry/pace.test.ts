import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createPace } from '../../src/registry/pace.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const faked = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks for `count` turns and tells at which (faked) millisecond each came. */
function turns(pace: ReturnType<typeof createPace>, host: string, count: number): number[] {
  const start = Date.now();
  const came: number[] = [];
  for (let i = 0; i < count; i++) void pace.turn(host).then(() => came.push(Date.now() - start));
  return came;
}

describe('a host that never complained', () => {
  test('is asked at full speed', async () => {
    const pace = createPace(new AbortController().signal, faked);
    const came = turns(pace, 'a', 40);
    await vi.advanceTimersByTimeAsync(0);
    expect(came).toEqual(Array.from({ length: 40 }, () => 0));
  });
});

describe('a host that asks for patience', () => {
  test('is left alone for as long as it wants, then asked at intervals', async () => {
    const pace = createPace(new AbortController().signal, faked);
    pace.slowDown('a', 1_000);
    const came = turns(pace, 'a', 3);
    await vi.advanceTimersByTimeAsync(999);
    expect(came).toEqual([]);
    await vi.advanceTimersByTimeAsync(200);
    expect(came).toHaveLength(3);
    expect(came[0]).toBe(1_000);
    expect(new Set(came).size).toBe(3);
  });

  test('does not slow down others', async () => {
    const pace = createPace(new AbortController().signal, faked);
    pace.slowDown('a', 60_000);
    const came = turns(pace, 'b', 2);
    await vi.advanceTimersByTimeAsync(0);
    expect(came).toHaveLength(2);
  });

  test('many complaints at once are one', async () => {
    const pace = createPace(new AbortController().signal, faked);
    for (let i = 0; i < 30; i++) pace.slowDown('a', 1_000);
    const came = turns(pace, 'a', 1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(came).toEqual([1_000]);
  });

  test('is asked more slowly after each complaint, at most one request a second', async () => {
    const pace = createPace(new AbortController().signal, faked);
    const gaps: number[] = [];
    for (let i = 0; i < 10; i++) {
      pace.slowDown('a', 10);
      await vi.advanceTimersByTimeAsync(10);
      const came = turns(pace, 'a', 2);
      await vi.advanceTimersByTimeAsync(3_000);
      gaps.push(came[1]! - came[0]!);
    }
    expect(gaps.slice(1).every((gap, i) => gap >= gaps[i]!)).toBe(true);
    expect(gaps[0]).toBeLessThan(gaps[3]!);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(1_000);
  });

  test('is forgiven after enough answers', async () => {
    const pace = createPace(new AbortController().signal, faked);
    pace.slowDown('a', 10);
    await vi.advanceTimersByTimeAsync(10);
    for (let i = 0; i < 200; i++) pace.answered('a');
    const came = turns(pace, 'a', 20);
    await vi.advanceTimersByTimeAsync(100);
    expect(new Set(came).size).toBe(1);
  });
});

describe('a host that answers nothing but that it wants patience', () => {
  test('has it for ten minutes, and again after an answer', async () => {
    const pace = createPace(new AbortController().signal, faked);
    const pauses = async (): Promise<number> => {
      let count = 0;
      for (; count < 100 && pace.slowDown('a', 60_000); count++) await vi.advanceTimersByTimeAsync(60_000);
      return count;
    };
    expect(await pauses()).toBe(10);
    expect(await pauses()).toBe(0);
    expect(pace.paused()).toBeUndefined();
    pace.answered('a');
    expect(await pauses()).toBe(10);
  });

  test('has it only once for all who are told at the same time', () => {
    const pace = createPace(new AbortController().signal, faked);
    expect(pace.slowDown('a', 60_000)).toBe('once more');
    for (let i = 0; i < 100; i++) expect(pace.slowDown('a', 60_000)).toBe('as before');
  });
});

test('an aborted run waits for nobody', async () => {
  const controller = new AbortController();
  const pace = createPace(controller.signal);
  pace.slowDown('a', 60_000);
  const waiting = pace.turn('a');
  const refused = expect(waiting).rejects.toThrow('stop');
  controller.abort(new Error('stop'));
  await refused;
});
