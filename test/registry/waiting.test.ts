import { describe, expect, test } from 'vitest';
import type { UnderWay } from '../../src/registry/receiver.ts';
import { createWaiting } from '../../src/registry/waiting.ts';

const signal = new AbortController().signal;
const nobody = { paused: () => undefined };
const asked = (host: string, waitsMs: number | undefined): UnderWay =>
  new Set([{ host, waitsMs, headMs: 30_000 }]) as unknown as UnderWay;

describe('what a run waits for', () => {
  test('is nothing at first', () => {
    expect(createWaiting(nobody, new Set(), () => 0).now()).toBeUndefined();
  });

  test('is a host that asked for patience, before anything else', () => {
    const pace = { paused: () => ({ host: 'a', until: 5_000 }) };
    const waiting = createWaiting(pace, asked('b', 9_000), () => 1_000);
    expect(waiting.now()).toEqual({ host: 'a', reason: 'too many requests', until: 5_000 });
  });

  test('is a host that does not answer', () => {
    const room = (ms: number | undefined) => createWaiting(nobody, asked('b', ms), () => 100_000).now();
    expect(room(9_000)).toEqual({ host: 'b', reason: 'no answer yet', until: 121_000 });
    expect(room(1_999)).toBeUndefined();
    expect(room(undefined)).toBeUndefined();
  });

  test('is the next attempt, once nothing else is under way', async () => {
    const underWay: UnderWay = new Set();
    const waiting = createWaiting(nobody, underWay, () => 1_000);
    const first = waiting.pause('a', 'status 503', 20, signal);
    const second = waiting.pause('b', 'connection reset', 30, signal);
    expect(waiting.now()).toEqual({ host: 'b', reason: 'connection reset', until: 1_030 });
    for (const receiver of asked('c', 5)) underWay.add(receiver);
    expect(waiting.now()).toBeUndefined();
    underWay.clear();
    await Promise.all([first, second]);
    expect(waiting.now()).toBeUndefined();
  });

  test('ends with the run', async () => {
    const stop = new AbortController();
    const waiting = createWaiting(nobody, new Set(), () => 0);
    const paused = waiting.pause('a', 'status 503', 60_000, stop.signal);
    const reason = new Error('stopped');
    stop.abort(reason);
    await expect(paused).rejects.toBe(reason);
    expect(waiting.now()).toBeUndefined();
  });
});
