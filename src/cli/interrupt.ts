import { exitCodes } from './exit.ts';

type Signal = 'SIGINT' | 'SIGTERM';

/** How long an interrupted run may take to put down what it holds. */
const GRACE_MS = 2000;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** The signal that came, if one did. */
  readonly received: Signal | undefined;
  /** Waits for the work, but after a signal no longer than a moment: not everything can be aborted. */
  settle<T>(work: Promise<T>): Promise<T | 'abandoned'>;
  dispose(): void;
}

/** The first SIGINT or SIGTERM aborts the work, the second ends the process at once. */
export function watchSignals(): Interrupt {
  const controller = new AbortController();
  let received: Signal | undefined;
  const onSignal = (signal: Signal): void => {
    if (received !== undefined) process.exit(exitCodes[signal]);
    received = signal;
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    get received(): Signal | undefined {
      return received;
    },
    settle: (work) => settleWithin(work, controller.signal),
    dispose: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}

/** For a command that answers signals itself. */
export function leaveSignals(): Interrupt {
  return {
    signal: new AbortController().signal,
    received: undefined,
    settle: (work) => work,
    dispose: () => undefined,
  };
}

function settleWithin<T>(work: Promise<T>, signal: AbortSignal): Promise<T | 'abandoned'> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      timer = setTimeout(() => resolve('abandoned'), GRACE_MS);
    };
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    work.finally(done).then(resolve, reject);
  });
}
