/** Tasks wait here, in the order they came, until there is a place for them. */
export interface Gate {
  /** @param ahead  of those that wait already */
  run<T>(task: () => Promise<T>, ahead?: boolean): Promise<T>;
  /** How many tasks may run at once from now on; what runs already is not stopped. */
  resize(max: number): void;
  /** Somebody waits. */
  readonly crowded: boolean;
}

/** Runs at most `max` tasks at once, in the order they came. */
export function createLimiter(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  return createGate(max).run;
}

export function createGate(first: number): Gate {
  let max = first;
  let running = 0;
  let waiting: (() => void)[] = [];
  let next = 0;

  const admit = (): void => {
    while (running < max && next < waiting.length) {
      const resume = waiting[next++]!;
      running++;
      resume();
    }
    // shift() moves the whole queue; ten thousand packages wait here.
    if (next > 1024 && next * 2 > waiting.length) {
      waiting = waiting.slice(next);
      next = 0;
    }
  };

  return {
    async run(task, ahead = false) {
      if (running >= max || next < waiting.length) {
        await new Promise<void>((resume) => {
          if (ahead) waiting.splice(next, 0, resume);
          else waiting.push(resume);
        });
      } else running++;
      try {
        return await task();
      } finally {
        running--;
        admit();
      }
    },
    resize(latest) {
      max = latest;
      admit();
    },
    get crowded() {
      return next < waiting.length;
    },
  };
}
