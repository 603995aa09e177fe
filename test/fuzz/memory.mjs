/** Watches what stays on the heap: measured after a collection, in windows over the whole run. */
const WINDOWS = 40;
const WINDOW_CASES_MIN = 500;
const GROWTH_MAX = 8 * 1024 * 1024;

/** @param seconds  how long the run may take, where it ends by the clock */
export function makeMemoryWatch(cases, seconds = Infinity) {
  const every = Math.max(WINDOW_CASES_MIN, Math.ceil(cases / WINDOWS));
  const everyMs = (seconds * 1000) / WINDOWS;
  const samples = [];
  let left = every;
  let due = performance.now() + everyMs;
  return {
    ran() {
      if ((--left > 0 && performance.now() < due) || globalThis.gc === undefined) return;
      left = every;
      due = performance.now() + everyMs;
      // Buffers that the first collection lets go are given back by the second.
      globalThis.gc();
      globalThis.gc();
      const { heapUsed, external } = process.memoryUsage();
      samples.push(heapUsed + external);
    },
    result: () => ({ ...judgeGrowth(samples), rss: process.memoryUsage.rss() }),
  };
}

/**
 * @param samples  bytes in use, one for each window
 * @returns        growth between the first and the second half of what follows the warm-up, and whether it is steady: every
 *                 window of the second half above every one of the first
 */
export function judgeGrowth(samples) {
  const settled = samples.slice(Math.ceil(samples.length / 5));
  if (settled.length < 6) return { growth: 0, leaking: false };
  const half = Math.floor(settled.length / 2);
  const [before, after] = [settled.slice(0, half), settled.slice(-half)];
  const growth = median(after) - median(before);
  return { growth, leaking: growth > GROWTH_MAX && Math.min(...after) > Math.max(...before) };
}

function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}
