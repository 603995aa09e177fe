/** Other realms of this process: each has globals and shapes of objects of its own, which go when it goes. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** `JSON` of a new realm. What it parses is of the shapes of that realm, which lives as long as any of it. */
export function jsonApart(): Pick<JSON, 'parse'> {
  return runInNewContext('JSON') as JSON;
}

/** Collects garbage at once. A realm has the function for it if the flag is up when it is made. */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('globalThis.gc?.()');
  setFlagsFromString('--no-expose-gc');
}
