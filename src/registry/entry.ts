import { hash } from 'node:crypto';

/** What the store is asked about a version. */
export const entryKinds = ['manifest', 'attestations', 'whole-manifest', 'time'] as const;
export type EntryKind = (typeof entryKinds)[number];

export interface EntryKey {
  /** Base URL without credentials. */
  readonly registry: string;
  readonly name: string;
  readonly version: string;
}

/** Digest of a question, 32 bytes: what an answer is found by. No two questions have the same. */
export function questionId({ registry, name, version }: EntryKey, kind: EntryKind): Buffer {
  return hash('sha256', `${kind} ${name.length} ${version.length} ${name}${version}${registry}`, 'buffer');
}
