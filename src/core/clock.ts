/** Milliseconds since 1970-01-01T00:00Z. Passed in, never read from inside: a verdict must not depend on the hour. */
export type Clock = () => number;

/** The one place that reads the wall clock; the composition root hands it on. */
export const systemClock: Clock = () => Date.now();

/**
 * Milliseconds since some moment, by a clock that never goes back: for how long something takes. Looking at `performance`
 * would load a part of Node.js that a run needs for nothing else.
 */
export const stopwatch = (): number => {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
};

/** Milliseconds since this process began. */
export const sinceStart = (): number => performance.now();

/** When Node.js itself was ready, in milliseconds {@link sinceStart}. */
export const readyAt = (): number => performance.nodeTiming.bootstrapComplete;
