/** Reading what a policy file writes in a short form. */

import type { OneOrMore } from './file-types.ts';
import type { Path } from './parse.ts';

/** JavaScript takes 2027-02-30 for the second of March. */
export function isRealTime(text: string): boolean {
  const time = Date.parse(text);
  return !Number.isNaN(time) && new Date(time).toISOString().slice(0, 10) === text.slice(0, 10);
}

export function list<T extends string>(value: OneOrMore<T>): readonly T[] {
  return typeof value === 'string' ? [value] : value;
}

export function entries(value: OneOrMore | undefined, path: Path): (readonly [string, Path])[] {
  if (value === undefined) return [];
  return typeof value === 'string' ? [[value, path]] : value.map((item, index) => [item, [...path, index]]);
}
