/** The last moment that a Date can hold (ECMA-262 section 21.4.1.1), in milliseconds; later ones cannot even be told. */
export const TIME_MAX_MS = 8_640_000_000_000_000;

/**
 * A moment as findings have it: `2026-01-15T12:00:00.000Z`.
 * @param time  milliseconds since 1970, at most {@link TIME_MAX_MS}
 */
export function iso(time: number): string {
  return new Date(time).toISOString();
}
