import { describe, expect, test, vi } from 'vitest';
import { type Concurrency, createConcurrency } from '../../src/registry/concurrency.ts';

interface Host {
  /** Milliseconds from the question to the answer, by how many are asked at once. */
  readonly latencyMs: (atOnce: number) => number;
  readonly failed?: (answer: number) => boolean;
  /** Share of the time this process is busy. */
  readonly busy?: number;
}

/** A run against a made-up host by a made-up clock: as many questions as there are places, all answered together. */
function simulate(
  host: Host,
  max: number,
  rounds: number,
): { readonly limits: number[]; readonly subject: Concurrency } {
  let now = 0;
  let answered = 0;
  const subject = createConcurrency({ max, clock: () => now, busy: () => host.busy ?? 0.1 });
  // Somebody always waits for a place.
  for (let i = 0; i < 10_000; i++) void subject.run(() => new Promise(() => undefined));
  const limits: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { limit } = subject;
    now += host.latencyMs(limit);
    for (let i = 0; i < limit; i++) subject.answered(host.failed?.(answered++) ?? false);
    limits.push(subject.limit);
  }
  return { limits, subject };
}

describe('requests at once', () => {
  test('become more where each of them takes long, up to what is allowed', () => {
    expect(simulate({ latencyMs: () => 30 }, 64, 6).limits).toEqual([64, 64, 64, 64, 64, 64]);
    expect(simulate({ latencyMs: () => 30 }, 20, 6).limits.at(-1)).toBe(20);
    expect(simulate({ latencyMs: () => 30 }, 3, 6).limits).toEqual([3, 3, 3, 3, 3, 3]);
  });

  test('stay few where this process is what is too slow', () => {
    const { limits } = simulate({ latencyMs: () => 30, busy: 0.9 }, 64, 40);
    expect(new Set(limits)).toEqual(new Set([48]));
  });

  test('go back to few where the host gives no more answers a second', () => {
    const { limits } = simulate({ latencyMs: (atOnce) => atOnce * 2 }, 64, 40);
    expect(Math.max(...limits)).toBe(64);
    // It is tried again, but most of the time is spent where it does no harm.
    expect(limits.filter((limit) => limit === 48).length).toBeGreaterThan(limits.length / 2);
  });

  test('become fewer where many fail, and more again afterwards', () => {
    const { limits } = simulate({ latencyMs: () => 30, failed: (n) => n < 100 && n % 3 === 0 }, 64, 60);
    expect(Math.min(...limits)).toBe(4);
    expect(limits.at(-1)).toBe(64);
  });

  test('are not decided about by a failure now and then', () => {
    const { limits } = simulate({ latencyMs: () => 30, failed: (n) => n % 20 === 0 }, 64, 30);
    expect(Math.min(...limits)).toBeGreaterThanOrEqual(48);
    expect(limits.at(-1)).toBe(64);
  });

  test('become fewer at once where a host says that they are too many, and stay so for a while', () => {
    let now = 0;
    const subject = createConcurrency({ max: 64, clock: () => now, busy: () => 0 });
    for (let i = 0; i < 10_000; i++) void subject.run(() => new Promise(() => undefined));
    subject.tooMany();
    const limits: number[] = [];
    for (let round = 0; round < 8; round++) {
      limits.push(subject.limit);
      now += 30;
      for (let i = subject.limit; i > 0; i--) subject.answered(false);
    }
    expect(limits).toEqual([24, 24, 24, 24, 24, 24, 24, 48]);
    for (let i = 0; i < 9; i++) subject.tooMany();
    expect(subject.limit).toBe(4);
  });

  test('are not decided about within a moment', () => {
    let now = 0;
    const subject = createConcurrency({ max: 64, clock: () => now, busy: () => 0 });
    for (let i = 0; i < 100; i++) void subject.run(() => new Promise(() => undefined));
    for (let i = 0; i < 1_000; i++) subject.answered(true);
    expect(subject.limit).toBe(48);
    now = 20;
    subject.answered(true);
    expect(subject.limit).toBe(24);
  });

  test('are measured from the first request on: a run without any loads nothing for it', () => {
    const measure = vi.spyOn(performance, 'eventLoopUtilization');
    const subject = createConcurrency({ max: 64 });
    expect(measure).not.toHaveBeenCalled();
    void subject.run(async () => undefined);
    void subject.run(async () => undefined);
    expect(measure).toHaveBeenCalledTimes(1);
    measure.mockRestore();
  });

  test('stay as they are where nobody waits for a place', () => {
    let now = 0;
    const subject = createConcurrency({ max: 64, clock: () => now, busy: () => 0 });
    for (let i = 0; i < 1_000; i++) {
      now += 10;
      subject.answered(false);
    }
    expect(subject.limit).toBe(48);
  });

  test('those that wait are let in when there are more places', async () => {
    let now = 0;
    const subject = createConcurrency({ max: 64, clock: () => now, busy: () => 0 });
    let started = 0;
    for (let i = 0; i < 100; i++) {
      void subject.run(() => {
        started++;
        return new Promise(() => undefined);
      });
    }
    await new Promise(setImmediate);
    expect(started).toBe(48);
    now = 30;
    for (let i = 0; i < 48; i++) subject.answered(false);
    await new Promise(setImmediate);
    expect(started).toBe(64);
  });
});
