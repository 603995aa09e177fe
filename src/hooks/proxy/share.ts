/** Work that several wait for at once is done once; it breaks off when none of them waits any more. */

export interface Held<T> {
  readonly value: T;
  /** To be called once; the last one lets go of the value. */
  release(): void;
}

interface Task<T> {
  readonly done: Promise<T>;
  readonly cancel: AbortController;
  holders: number;
}

export interface Shares<T> {
  /** @throws what the work throws; the reason of `signal` */
  join(key: string, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<Held<T>>;
}

/** @param drop  what becomes of a value that nobody holds any more */
export function createShares<T>(drop: (value: T) => void): Shares<T> {
  const tasks = new Map<string, Task<T>>();

  const leave = (key: string, task: Task<T>): void => {
    if (--task.holders > 0) return;
    if (tasks.get(key) === task) tasks.delete(key);
    task.cancel.abort(new Error('nobody waits for it'));
    // Too late to break off: what came of it is let go.
    task.done.then(drop, () => undefined);
  };

  return {
    async join(key, work, signal) {
      signal.throwIfAborted();
      let task = tasks.get(key);
      if (task === undefined) {
        const cancel = new AbortController();
        const started: Task<T> = { done: work(cancel.signal), cancel, holders: 0 };
        started.done.catch(() => {
          if (tasks.get(key) === started) tasks.delete(key);
        });
        tasks.set(key, started);
        task = started;
      }
      const mine = task;
      mine.holders++;
      let left = false;
      const release = (): void => {
        if (left) return;
        left = true;
        leave(key, mine);
      };
      try {
        const value = await orAborted(mine.done, signal);
        return { value, release };
      } catch (error) {
        release();
        throw error;
      }
    },
  };
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    work.finally(() => signal.removeEventListener('abort', abort)).then(resolve, reject);
  });
}
