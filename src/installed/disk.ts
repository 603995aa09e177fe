/** What lies on the disk, without ever following a link or opening what is no file. */
import { createHash, webcrypto } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { lstat, open, readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';

/** Up to here a hash costs less than its way to the thread pool; above the second, files are read in pieces. */
const SMALL_BYTES = 65_536;
const WHOLE_BYTES_MAX = 8_388_608;
const CHUNK_BYTES = 1_048_576;

export type EntryKind = 'file' | 'folder' | 'link' | 'other';

export interface FileFacts {
  /** sha256, hex. */
  readonly digest: string;
  /** Permission bits, 12 of them. */
  readonly mode: number;
}

export function kindOf(entry: Pick<Dirent, 'isFile' | 'isDirectory' | 'isSymbolicLink'>): EntryKind {
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return 'folder';
  return entry.isFile() ? 'file' : 'other';
}

/** Undefined if there is nothing of that name. Throws what the file system says otherwise. */
export async function kindAt(place: string): Promise<EntryKind | undefined> {
  try {
    return kindOf(await lstat(place));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Entries of a folder in the order of their names; none where there is no such folder. */
export async function entriesOf(folder: string): Promise<readonly (readonly [string, EntryKind])[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.map((entry) => [entry.name, kindOf(entry)] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** Where a link leads in the end; undefined where it leads nowhere. */
export async function realOf(place: string): Promise<string | undefined> {
  try {
    return await realpath(place);
  } catch {
    return undefined;
  }
}

/** What a link says, for people. */
export async function linkText(place: string): Promise<string> {
  try {
    return await readlink(place);
  } catch {
    return 'an unreadable link';
  }
}

/** Undefined if it is no file (any more). Throws what the file system says where it cannot be read. */
export async function factsOf(file: string): Promise<FileFacts | undefined> {
  // A pipe that has been put in its place since it was looked at must not be waited for, a link not be followed.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (isAbsent(error) || error.code === 'ELOOP') return undefined;
      throw error;
    },
  );
  if (handle === undefined) return undefined;
  try {
    const info = await handle.stat();
    if (!info.isFile()) return undefined;
    const mode = info.mode & 0o7777;
    if (info.size <= WHOLE_BYTES_MAX) return { mode, digest: await digestOf(await handle.readFile()) };
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, null);
      if (bytesRead === 0) return { mode, digest: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  if (bytes.length <= SMALL_BYTES) return createHash('sha256').update(bytes).digest('hex');
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** Code of the file system's error, for people. */
export function reasonOf(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code ?? 'unknown');
}

/** With `/` on every system, relative to a folder. */
export function shown(root: string, place: string): string {
  return path.relative(root, place).split(path.sep).join('/');
}
