/** The folder of packs as a file system sees it: who may write there, and what lies there. */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readSync,
  type Stats,
} from 'node:fs';
import path from 'node:path';
import { decodeTable, endBytes, type PackTable } from './pack.ts';

/** Larger than any pack that is written. */
const PACK_BYTES_MAX = 67_108_864;
/** Far more than upkeep leaves; what is beyond that is not looked at. */
const FILES_MAX = 4096;
/** Enough for the end of a pack of some 800 answers. */
const FIRST_READ_BYTES = 65_536;
const PACK_NAME = /^[0-9a-f]{64}\.pack$/;
/** A pipe in place of a pack would block, a symbolic link lead elsewhere. Windows has neither flag. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Why this folder is not to be used: the code of the file system's error, `EOWNER` if it belongs to another user or
 * others may write to it. Undefined if it is fine or not there yet.
 */
export function refusal(folder: string): string | undefined {
  let info: Stats;
  try {
    info = lstatSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? undefined : (code ?? 'unknown');
  }
  if (!info.isDirectory()) return 'ENOTDIR';
  return isOwn(info) && (process.platform === 'win32' || (info.mode & 0o022) === 0) ? undefined : 'EOWNER';
}

/** Of this user, or of root, who can write everywhere. */
function isOwn({ uid }: Stats): boolean {
  const user = process.geteuid?.();
  return user === undefined || uid === user || uid === 0;
}

/** Names of files in a folder, a bounded number of them; none if it cannot be listed. */
export function list(folder: string): readonly string[] {
  const names: string[] = [];
  try {
    const entries = opendirSync(folder);
    try {
      for (let entry = entries.readSync(); entry && names.length < FILES_MAX; entry = entries.readSync())
        names.push(entry.name);
    } finally {
      entries.closeSync();
    }
  } catch {
    // There is none, or it is not for this user.
  }
  return names;
}

export function isPackName(name: string): boolean {
  return PACK_NAME.test(name);
}

export interface PackFile {
  readonly table: PackTable;
  readonly bytes: number;
  /** Last used; milliseconds since 1970. */
  readonly used: number;
}

/** @returns `gone` if there is none any more, `unknown` if this cannot be told now, `bad` if this is no pack of this user */
export function readPackFile(folder: string, name: string): PackFile | 'gone' | 'unknown' | 'bad' {
  let handle: number;
  try {
    handle = openPack(path.join(folder, name));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'gone';
    // A symbolic link or a socket; the rest (no right, too many open files) tells nothing of what is there.
    return code === 'ELOOP' || code === 'EMLINK' || code === 'ENXIO' ? 'bad' : 'unknown';
  }
  try {
    const info = fstatSync(handle);
    if (!info.isFile() || !isOwn(info) || info.size > PACK_BYTES_MAX) return 'bad';
    const table = readTable(handle, info.size, name);
    return table === undefined ? 'bad' : { table, bytes: info.size, used: info.mtimeMs };
  } catch {
    return 'unknown';
  } finally {
    closeSync(handle);
  }
}

export function openPack(file: string): number {
  return openSync(file, READ_FLAGS);
}

function readTable(handle: number, size: number, name: string): PackTable | undefined {
  const last = readEnd(handle, size, FIRST_READ_BYTES);
  const length = endBytes(last);
  if (length === undefined || length > size) return undefined;
  const end = length <= last.length ? last.subarray(last.length - length) : readEnd(handle, size, length);
  return decodeTable(end, name);
}

function readEnd(handle: number, size: number, bytes: number): Buffer {
  const buffer = Buffer.allocUnsafe(Math.min(bytes, size));
  const read = readSync(handle, buffer, 0, buffer.length, size - buffer.length);
  return buffer.subarray(0, read);
}
