/** Milliseconds since 1970-01-01T00:00Z. Passed in, never read from inside: a verdict must not depend on the hour. */
export type Clock = () => number;

/** The one place that reads the wall clock; the composition root hands it on. */
export const systemClock: Clock = () => Date.now();

/** Milliseconds since this process began, by a clock that never goes back: for how long something takes. */
export const stopwatch = (): number => performance.now();

/** When Node.js itself was ready, by the {@link stopwatch}. */
export const readyAt = (): number => performance.nodeTiming.bootstrapComplete;
