import { closeSync, futimesSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import path from 'node:path';
import { temporaryFor } from '../core/files.ts';
import { digestOf, encodeTable, type PackRow, type PackTable } from './pack.ts';

const BATCH_BYTES = 1_048_576;

/** An answer as it goes into a pack. */
export interface PackEntry {
  /** See `questionId`. */
  readonly question: Uint8Array;
  readonly bytes: Uint8Array;
  readonly time: number;
  readonly absent: boolean;
  readonly short: boolean;
}

export interface PackWriter {
  /** @throws what the file system says, as all here; `abandon` is left to be called then */
  add(entry: PackEntry): void;
  /** Puts the pack in its place. @param used  when it was last of use, milliseconds since 1970 */
  finish(used: number): Pack;
  abandon(): void;
}

/** A pack that is there, its table verified. */
export interface Pack {
  /** Of the file. */
  readonly name: string;
  readonly table: PackTable;
  readonly bytes: number;
  /** When it was last of use, to the day; milliseconds since 1970. */
  readonly used: number;
}

/**
 * Writes a pack under another name and renames it when it is whole, so that a reader, a kill or a full disk never sees half
 * of one. Processes that write the same pack write the same bytes. Nothing is flushed to the disk: after a power cut the
 * digests tell what is lost.
 */
export function writePack(folder: string): PackWriter {
  const temporary = temporaryFor(path.join(folder, 'pack'));
  // Answers of a private registry are nobody else's business.
  let handle: number | undefined = openSync(temporary, 'wx', 0o600);
  const rows: PackRow[] = [];
  let batch: Uint8Array[] = [];
  let batchBytes = 0;
  let offset = 0;

  const put = (bytes: Uint8Array): void => {
    batch.push(bytes);
    batchBytes += bytes.length;
    if (batchBytes >= BATCH_BYTES) writeBatch();
  };
  const writeBatch = (): void => {
    const bytes = Buffer.concat(batch, batchBytes);
    batch = [];
    batchBytes = 0;
    for (let done = 0; done < bytes.length; ) done += writeSync(handle!, bytes, done);
  };
  const close = (): void => {
    if (handle !== undefined) closeSync(handle);
    handle = undefined;
  };

  return {
    add({ bytes, ...entry }) {
      rows.push({ ...entry, digest: digestOf(bytes), offset, length: bytes.length });
      offset += bytes.length;
      put(bytes);
    },
    finish(used) {
      const { table, name } = encodeTable(rows);
      put(table.rows);
      writeBatch();
      futimesSync(handle!, used / 1000, used / 1000);
      close();
      renameSync(temporary, path.join(folder, name));
      return { name, table, bytes: offset + table.rows.length, used };
    },
    abandon() {
      try {
        close();
        unlinkSync(temporary);
      } catch {
        // Swept by a later run.
      }
    },
  };
}
