/** How an answer that was kept is read: as it was served, and only if it is about this very package. */
import { type Unproven, unproven } from '../core/check.ts';
import { MalformedError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { parseManifest } from './manifest.ts';
import type { PackageRef, RegistryClient, VersionManifest } from './types.ts';

/** `NAME@VERSION` */
export function label(ref: PackageRef): string {
  return `${ref.name}@${ref.version}`;
}

export function isOf(manifest: VersionManifest, ref: PackageRef): boolean {
  return manifest.name === ref.name && manifest.version === ref.version;
}

/** @throws {ProofError} `malformed` or `limit-exceeded` */
export function storedManifest(bytes: Uint8Array, ref: PackageRef): VersionManifest {
  const manifest = parseManifest(bytes);
  if (!isOf(manifest, ref)) throw new MalformedError('stored manifest', 'of another package');
  return manifest;
}

/** Milliseconds since 1970. @throws {MalformedError} `malformed` */
export function storedTime(bytes: Uint8Array): number {
  const text = Buffer.from(bytes).toString('latin1');
  if (!/^\d{1,15}$/.test(text)) throw new MalformedError('stored time', 'not a number');
  return Number(text);
}

/** What is said of a name or version that cannot be one. */
export function notAskable(ref: PackageRef): Unproven {
  return unproven('uncovered', 'malformed', {
    what: printable(label(ref)),
    why: 'not the name and version of a package',
  });
}

/** With one more answer, given at `time`. */
export function widened(ages: RegistryClient['ages'], time: number): NonNullable<RegistryClient['ages']> {
  if (ages === undefined) return { oldest: time, newest: time };
  if (ages.oldest <= time && time <= ages.newest) return ages;
  return { oldest: Math.min(ages.oldest, time), newest: Math.max(ages.newest, time) };
}
