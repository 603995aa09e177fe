import { MalformedError } from '../core/errors.ts';

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/**
 * RFC 3339; milliseconds since 1970.
 * @throws {MalformedError} `malformed`
 */
export function timeOf(text: string, what: string): number {
  const ms = TIME.test(text) && isRealDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new MalformedError(what, 'not a time of the form 2026-01-31T00:00:00Z');
  return ms;
}

/** Date.parse takes 30 February for a day in March. */
export function isRealDay(day: string): boolean {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

/** `2026-01-31` */
export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** `2026-01-31T12:00:00Z`, for two moments of one day. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
