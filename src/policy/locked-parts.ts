import type { PolicyFile } from './file-types.ts';
import type { ParsedPolicy } from './parse.ts';
import { type LockedPart, lockedParts, type Placed } from './types.ts';

/** What a file locks, each part with its place. */
export function toLocked(locked: PolicyFile['locked'], parsed: ParsedPolicy): readonly Placed<LockedPart>[] {
  if (locked === undefined) return [];
  const at = parsed.at(['locked']);
  if (locked === true) return lockedParts.map((value) => ({ value, at }));
  if (typeof locked === 'string') return [{ value: locked, at }];
  return locked.map((value, index) => ({ value, at: parsed.at(['locked', index]) }));
}
