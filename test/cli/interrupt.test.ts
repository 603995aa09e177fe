import { afterEach, beforeEach, describe, expect, type Mock, test, vi } from 'vitest';
import { type Interrupt, watchSignals } from '../../src/cli/interrupt.ts';

let interrupt: Interrupt;
let exit: Mock<typeof process.exit>;

beforeEach(() => {
  exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
  interrupt = watchSignals();
});

afterEach(() => {
  interrupt.dispose();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** As the signal would, to our listener only. */
function send(signal: 'SIGINT' | 'SIGTERM'): void {
  process.listeners(signal).at(-1)!(signal);
}

describe('watchSignals', () => {
  test('the first signal aborts', () => {
    expect(interrupt.signal.aborted).toBe(false);
    expect(interrupt.received).toBeUndefined();
    send('SIGTERM');
    expect(interrupt.signal.aborted).toBe(true);
    expect(interrupt.received).toBe('SIGTERM');
    expect(exit).not.toHaveBeenCalled();
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('the second, %s, ends the process at once', (signal, code) => {
    send('SIGINT');
    send(signal);
    expect(exit).toHaveBeenCalledWith(code);
  });

  test('listens no longer than it is asked to', () => {
    const before = process.listenerCount('SIGINT');
    interrupt.dispose();
    expect(process.listenerCount('SIGINT')).toBe(before - 1);
  });
});

describe('settle', () => {
  test('hands on what the work gives', async () => {
    await expect(interrupt.settle(Promise.resolve(1))).resolves.toBe(1);
    await expect(interrupt.settle(Promise.reject(new Error('no')))).rejects.toThrow('no');
  });

  test('waits for work that ends soon after the signal', async () => {
    const work = new Promise((resolve) => {
      interrupt.signal.addEventListener('abort', () => setImmediate(resolve, 'put down'));
    });
    const settled = interrupt.settle(work);
    send('SIGINT');
    await expect(settled).resolves.toBe('put down');
  });

  test('leaves work that does not end', async () => {
    vi.useFakeTimers();
    const settled = interrupt.settle(new Promise(() => undefined));
    send('SIGINT');
    await vi.advanceTimersByTimeAsync(60_000);
    await expect(settled).resolves.toBe('abandoned');
  });
});
