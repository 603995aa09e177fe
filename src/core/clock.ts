/** Milliseconds since 1970-01-01T00:00Z. Passed in, never read from inside: a verdict must not depend on the hour. */
export type Clock = () => number;

/** The one place that reads the wall clock; the composition root hands it on. */
export const systemClock: Clock = () => Date.now();
