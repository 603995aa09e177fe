/**
 * The evidence store: what registries answered, kept on disk so that the next run need not ask again. It holds evidence,
 * never a verdict: every run verifies what it reads. So an old entry can only miss that a registry has since withdrawn
 * something, and a damaged or foreign one is dropped and asked for again. Nothing that goes wrong here fails a run.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import { makeFolder, writeFileAtomic } from '../core/files.ts';
import {
  decodeEntry,
  type EntryKey,
  type EntryKind,
  type EntryPart,
  encodeEntry,
  entryId,
  entryKinds,
} from './entry.ts';

export type { EntryKey, EntryKind } from './entry.ts';

/**
 * How long an answer may stand. A published version never changes and keeps its signatures, so what is complete stands
 * for `long`; whatever a registry might still add (attestations, signatures) is asked again after `short`.
 */
export type Lifetime = 'long' | 'short';

export interface StoredAnswer {
  readonly outcome: 'found' | 'absent';
  readonly bytes: Uint8Array;
}

export interface EvidenceStore {
  /** Undefined if there is nothing that may stand for an answer now. */
  read(key: EntryKey, kind: EntryKind): Promise<StoredAnswer | undefined>;
  /** Takes effect at once for `read`, on disk later, at `flush` at the latest. */
  write(key: EntryKey, kind: EntryKind, answer: StoredAnswer, lifetime: Lifetime): void;
  /** Answers for this version are asked for again; on disk they stand until there are new ones. */
  forget(key: EntryKey): void;
  flush(): Promise<void>;
  readonly state: StoreState;
}

export interface StoreState {
  /** Code of the file system's error after which nothing more was written: `EROFS`, `ENOSPC`, … */
  readonly unwritable: string | undefined;
  /** Entries found damaged, half or in another's place, and dropped. */
  readonly dropped: number;
}

const FORMAT = 'evidence-v1';
const LIFETIME_MS: Readonly<Record<Lifetime, number>> = { long: 30 * 86_400_000, short: 15 * 60_000 };
/** Clocks of machines that share a folder differ; further in the future, an entry is not believed. */
const SKEW_MS = 5 * 60_000;
const HELD_MAX = 256;
const UNWRITTEN_MAX = 64;
const FAILURES_MAX = 3;
/** Twice the largest manifest seen. Rarer, larger answers are asked for each time instead of being held in memory. */
const PART_BYTES_MAX = 524_288;
const ENTRY_BYTES_MAX = entryKinds.length * PART_BYTES_MAX + 65_536;

interface Held {
  readonly key: EntryKey;
  readonly parts: Map<EntryKind, EntryPart>;
}

/**
 * @param options.folder  cache folder of the user; created when something is written, never read outside of
 *   `FOLDER/evidence-v1`
 */
export function openEvidenceStore(options: {
  readonly folder: string;
  readonly clock: Clock;
}): EvidenceStore {
  const root = path.join(options.folder, FORMAT);
  const held = new Map<string, Held>();
  const unwritten = new Set<string>();
  const saving = new Set<string>();
  const made = new Set<string>();
  const state = { unwritable: undefined as string | undefined, dropped: 0 };
  let failures = 0;
  let writing: Promise<void> = Promise.resolve();

  const fileOf = (id: string): string => path.join(root, id.slice(0, 1), id.slice(1));

  const load = (id: string, key: EntryKey): Held => {
    const file = fileOf(id);
    let bytes: Uint8Array;
    try {
      // Synchronous: 10 microseconds for a small file, where the way through the thread pool costs ten times that.
      bytes = readFileSync(file);
    } catch {
      return { key, parts: new Map() };
    }
    const parts = bytes.length > ENTRY_BYTES_MAX ? undefined : decodeEntry(bytes, key);
    if (parts === undefined) {
      state.dropped++;
      try {
        rmSync(file, { force: true });
      } catch {
        // It is written over once there is an answer, if that can be done at all.
      }
    }
    return { key, parts: new Map(parts) };
  };

  const hold = (id: string, key: EntryKey): Held => {
    const known = held.get(id);
    if (known !== undefined) return known;
    for (const old of held.keys()) {
      if (held.size < HELD_MAX) break;
      if (!unwritten.has(old) && !saving.has(old)) held.delete(old);
    }
    const entry = load(id, key);
    held.set(id, entry);
    return entry;
  };

  const save = async (id: string): Promise<void> => {
    const entry = held.get(id);
    // Before the write: what changes meanwhile counts as unwritten again.
    unwritten.delete(id);
    if (entry === undefined || state.unwritable !== undefined) return;
    saving.add(id);
    try {
      const file = fileOf(id);
      const folder = path.dirname(file);
      // Answers of a private registry are nobody else's business.
      if (!made.has(folder)) await makeFolder(folder, 0o700);
      made.add(folder);
      await writeFileAtomic(file, encodeEntry(entry.key, entry.parts), { flush: false });
      failures = 0;
    } catch (error) {
      // A single failure may be another process at the same file (Windows); a folder that cannot be written stays so.
      if (++failures >= FAILURES_MAX)
        state.unwritable = String((error as NodeJS.ErrnoException).code ?? 'unknown');
    } finally {
      saving.delete(id);
    }
  };

  /** Oldest first: by then, a package usually has all its parts and is written once. */
  const saveAllBut = (newest: number): Promise<void> => {
    writing = writing.then(async () => {
      const ids = [...unwritten].slice(0, Math.max(unwritten.size - newest, 0));
      for (let i = 0; i < ids.length; i += 16) await Promise.all(ids.slice(i, i + 16).map(save));
    });
    return writing;
  };

  return {
    state,
    async read(key, kind) {
      const part = hold(entryId(key), key).parts.get(kind);
      const now = options.clock();
      if (part === undefined || part.time > now + SKEW_MS || part.until <= now) return undefined;
      // A clock that was far ahead when it was written must not keep it forever.
      if (part.until - part.time > LIFETIME_MS.long) return undefined;
      return { outcome: part.outcome, bytes: part.bytes };
    },
    write(key, kind, answer, lifetime) {
      if (answer.bytes.length > PART_BYTES_MAX || state.unwritable !== undefined) return;
      const id = entryId(key);
      const time = options.clock();
      hold(id, key).parts.set(kind, { ...answer, time, until: time + LIFETIME_MS[lifetime] });
      unwritten.add(id);
      if (unwritten.size % UNWRITTEN_MAX === 0) void saveAllBut(UNWRITTEN_MAX / 2);
    },
    forget(key) {
      held.set(entryId(key), { key, parts: new Map() });
    },
    async flush() {
      await saveAllBut(0);
    },
  };
}
