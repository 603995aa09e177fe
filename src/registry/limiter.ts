/** Runs at most `max` tasks at once, in the order they came. */
export function createLimiter(max: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  let waiting: (() => void)[] = [];
  let next = 0;

  const leave = (): void => {
    running--;
    const resume = waiting[next];
    if (resume === undefined) return;
    next++;
    // shift() moves the whole queue; ten thousand packages wait here.
    if (next > 1024 && next * 2 > waiting.length) {
      waiting = waiting.slice(next);
      next = 0;
    }
    running++;
    resume();
  };

  return async (task) => {
    if (running >= max) await new Promise<void>((resume) => waiting.push(resume));
    else running++;
    try {
      return await task();
    } finally {
      leave();
    }
  };
}
