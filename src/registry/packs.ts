/**
 * The packs of a folder: what lies there is looked up and read, new ones are put beside it. Everything there may be damaged
 * or planted: what is not a whole pack of this user is never read, and what is read is held against its name.
 */
import { closeSync, futimesSync, readSync, unlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { digestOf, findRow, type PackRow, readRow, timeOf } from './pack.ts';
import { isPackName, list, openPack, readPackFile, refusal } from './pack-file.ts';
import { type Pack, type PackEntry, writePack } from './pack-writer.ts';

/** Twice the largest manifest seen. Rarer, larger answers are asked for each time instead of being held in memory. */
export const BODY_BYTES_MAX = 524_288;
const DAY_MS = 86_400_000;
/** Far more than upkeep leaves; what is beyond that is not looked at. */
const PACKS_MAX = 256;
const ROWS_MAX = 1_000_000;
const HANDLES_MAX = 16;

export interface Found {
  readonly pack: Pack;
  readonly row: PackRow;
}

export interface Packs {
  /** Packs of no use, damaged answers and whatever else was in the place of one. */
  readonly dropped: number;
  readonly all: readonly Pack[];
  /** Looks at the folder for what other processes have put there or taken away. */
  refresh(): void;
  /** The newest answer that was asked for no later than `latest`. */
  find(question: Buffer, latest: number): Found | undefined;
  /** Undefined if it is damaged; `gone` if the pack is, so that it is worth looking for another. */
  read(found: Found): Buffer | 'gone' | undefined;
  /** Notes in the file's time that a pack was of use today. */
  touch(pack: Pack, now: number): void;
  /**
   * Puts a pack of at most `ROWS_MAX` answers there.
   * @param now  milliseconds since 1970, as all times here
   * @throws what the file system says
   */
  write(entries: Iterable<PackEntry>, now: number): void;
  /** Takes note of a pack that was put there in another way. */
  adopt(pack: Pack): void;
  remove(pack: Pack): void;
  /** Gives open files back; what is read afterwards opens them again. */
  close(): void;
}

export function openPacks(folder: string): Packs {
  const packs = new Map<string, Pack>();
  /** Looked at, and no packs. */
  const useless = new Set<string>();
  const handles = new Map<string, number>();
  let dropped = 0;

  const handleOf = ({ name }: Pack): number => {
    const open = handles.get(name);
    if (open !== undefined) return open;
    for (const oldest of handles.keys()) {
      if (handles.size < HANDLES_MAX) break;
      release(oldest);
    }
    const handle = openPack(path.join(folder, name));
    handles.set(name, handle);
    return handle;
  };

  const release = (name: string): void => {
    const handle = handles.get(name);
    if (handle !== undefined) closeSync(handle);
    handles.delete(name);
  };

  const unlink = (name: string): void => {
    try {
      unlinkSync(path.join(folder, name));
    } catch {
      // Gone already, or not to be had; it is never read.
    }
  };

  const adopt = (pack: Pack): void => {
    release(pack.name);
    packs.set(pack.name, pack);
  };

  /** @returns false if it vanished since the folder was listed */
  const load = (name: string): boolean => {
    const file = readPackFile(folder, name);
    if (typeof file === 'object') packs.set(name, { ...file, name });
    if (file === 'bad') {
      dropped++;
      useless.add(name);
      unlink(name);
    }
    return file !== 'gone';
  };

  return {
    get dropped() {
      return dropped;
    },
    get all() {
      return [...packs.values()];
    },

    refresh() {
      // Where packs are merged meanwhile, one that was listed is gone, and its answers are in one that was not listed.
      for (let attempt = 0, complete = false; attempt < 3 && !complete; attempt++) {
        complete = true;
        const names = new Set(refusal(folder) === undefined ? list(folder).filter(isPackName) : []);
        let rows = 0;
        for (const [name, { table }] of packs) {
          if (names.has(name)) rows += table.count;
          else {
            release(name);
            packs.delete(name);
          }
        }
        for (const name of names) {
          if (packs.has(name) || useless.has(name)) continue;
          if (packs.size >= PACKS_MAX || rows >= ROWS_MAX) break;
          if (!load(name)) complete = false;
          rows += packs.get(name)?.table.count ?? 0;
        }
      }
    },

    find(question, latest) {
      let best: Pack | undefined;
      let bestRow = -1;
      let bestTime = -1;
      for (const pack of packs.values()) {
        const row = findRow(pack.table, question);
        if (row < 0) continue;
        const time = timeOf(pack.table, row);
        if (time > latest || time < bestTime) continue;
        best = pack;
        bestRow = row;
        bestTime = time;
      }
      return best && { pack: best, row: readRow(best.table, bestRow) };
    },

    read({ pack, row }) {
      const { length, offset, digest } = row;
      try {
        if (length <= BODY_BYTES_MAX) {
          const bytes = Buffer.allocUnsafe(length);
          const read = readSync(handleOf(pack), bytes, 0, length, offset);
          if (read === length && digestOf(bytes).equals(digest)) return bytes;
        }
        dropped++;
        return undefined;
      } catch {
        release(pack.name);
        packs.delete(pack.name);
        return 'gone';
      }
    },

    touch(pack, now) {
      // Once a day at most, so that a warm run writes nothing. A time far ahead would keep a pack forever.
      if (Math.abs(now - pack.used) < DAY_MS) return;
      packs.set(pack.name, { ...pack, used: now });
      try {
        // Windows changes no time of a file that is open for reading only.
        if (process.platform === 'win32') utimesSync(path.join(folder, pack.name), now / 1000, now / 1000);
        else futimesSync(handleOf(pack), now / 1000, now / 1000);
      } catch {
        // It may be read and not be written, or it is gone.
      }
    },

    write(entries, now) {
      const writer = writePack(folder);
      try {
        for (const entry of entries) writer.add(entry);
        adopt(writer.finish(now));
      } catch (error) {
        writer.abandon();
        throw error;
      }
    },

    adopt,

    remove({ name }) {
      release(name);
      packs.delete(name);
      unlink(name);
    },

    close() {
      for (const name of [...handles.keys()]) release(name);
    },
  };
}
