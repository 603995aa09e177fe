/**
 * What a service judges by: policy, record, trust root and npm's configuration, read anew again and again. A new one takes
 * over when all of it has loaded and forgets what was judged before; requests under way end with the one they began with.
 */

/** Everything that is read anew together. */
export interface Generation {
  close(): Promise<void>;
}

export interface Generations<G extends Generation> {
  readonly current: G;
  /** Keeps the present one open until the work is done. */
  use<T>(work: (generation: G) => Promise<T>): Promise<T>;
  /** @returns what the loading failed with; the present one stays then. One at a time: who comes meanwhile, waits for another. */
  renew(): Promise<{ readonly failed: unknown } | undefined>;
  close(): Promise<void>;
}

interface Held<G> {
  readonly generation: G;
  users: number;
  retired: boolean;
  closing: Promise<void> | undefined;
}

/** @throws what `open` throws the first time */
export async function openGenerations<G extends Generation>(open: () => Promise<G>): Promise<Generations<G>> {
  const hold = (generation: G): Held<G> => ({ generation, users: 0, retired: false, closing: undefined });
  let held = hold(await open());
  let renewing: Promise<{ readonly failed: unknown } | undefined> = Promise.resolve(undefined);
  let waiting: Promise<{ readonly failed: unknown } | undefined> | undefined;
  let closed = false;

  const end = (one: Held<G>): Promise<void> => {
    one.closing ??= one.generation.close();
    return one.closing;
  };
  const release = async (one: Held<G>): Promise<void> => {
    if (one.retired && one.users === 0) await end(one);
  };
  const renewNow = async (): Promise<{ readonly failed: unknown } | undefined> => {
    waiting = undefined;
    if (closed) return undefined;
    try {
      const old = held;
      held = hold(await open());
      old.retired = true;
      // What it still holds back is its own loss.
      await release(old).catch(() => undefined);
      return undefined;
    } catch (failed) {
      return { failed };
    }
  };
  return {
    get current() {
      return held.generation;
    },
    async use(work) {
      const mine = held;
      mine.users++;
      try {
        return await work(mine.generation);
      } finally {
        mine.users--;
        await release(mine).catch(() => undefined);
      }
    },
    renew() {
      if (waiting === undefined) {
        waiting = renewing.then(renewNow);
        renewing = waiting;
      }
      return waiting;
    },
    async close() {
      closed = true;
      await renewing;
      held.retired = true;
      await end(held);
    },
  };
}
