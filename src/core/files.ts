import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { sameBytes } from './bytes.ts';

/**
 * Replaces a file whole: written beside it, flushed, renamed. A reader, a kill or a full disk sees the old bytes or the
 * new ones, never half. Safe among processes that write the same path: the last rename wins.
 * @param bytes  whole, or in chunks of which each is written before the next is asked for
 */
export async function writeFileAtomic(
  file: string,
  bytes: Uint8Array | string | Iterable<Uint8Array>,
  options: { flush: boolean; mode?: number },
): Promise<void> {
  const temporary = temporaryFor(file);
  try {
    const handle = await open(temporary, 'wx', options.mode ?? 0o644);
    try {
      // A new file loses what the umask takes away; one that is replaced keeps what it had.
      if (options.mode !== undefined) await handle.chmod(options.mode);
      const parts = typeof bytes === 'string' || bytes instanceof Uint8Array ? [bytes] : bytes;
      for (const part of parts) await handle.writeFile(part);
      if (options.flush) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A name beside a file, for what is to be renamed to it when it is whole. */
export function temporaryFor(file: string): string {
  const unique = randomBytes(6).toString('hex');
  return path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}.${unique}.tmp`);
}

/** Whether a file of this name may be what a killed run has left of `temporaryFor`. */
export function isTemporaryName(name: string): boolean {
  return /^\..+\.\d{1,10}\.[0-9a-f]{12}\.tmp$/.test(name);
}

/**
 * Makes a folder and those above it. Node's own recursive mkdir never ends where a file system says of a folder whose
 * parent is there that something is missing, as /proc and automounted homes do.
 */
export async function makeFolder(folder: string, mode?: number): Promise<void> {
  const make = (): Promise<unknown> =>
    mkdir(folder, mode).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
    await makeFolder(parent, mode);
    await make();
  }
}

/** The same at once, where a way through the thread pool would wait for what is being computed there. */
export function makeFolderSync(folder: string, mode?: number): void {
  const make = (): void => {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  };
  try {
    make();
  } catch (error) {
    const parent = path.dirname(folder);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
    makeFolderSync(parent, mode);
    make();
  }
}

export type BoundedRead =
  | { readonly status: 'read'; readonly bytes: Uint8Array }
  | { readonly status: 'absent' }
  | { readonly status: 'too-large'; readonly bytes: number };

/** Reads a regular file of at most `bytesMax` bytes. Throws what the file system says, except that there is no file. */
export async function readFileBounded(file: string, bytesMax: number): Promise<BoundedRead> {
  try {
    const info = await stat(file);
    if (!info.isFile()) return { status: 'absent' };
    if (info.size > bytesMax) return { status: 'too-large', bytes: info.size };
    const bytes = await readFile(file);
    // It may have grown between the two calls.
    return bytes.length > bytesMax ? { status: 'too-large', bytes: bytes.length } : { status: 'read', bytes };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { status: 'absent' };
    throw error;
  }
}

/**
 * Whether a regular file holds these bytes and no others. Throws what the file system says, except that there is no file.
 * @param chunks  each is compared before the next is asked for
 */
export async function holdsBytes(file: string, chunks: Iterable<Uint8Array>): Promise<boolean> {
  let handle: FileHandle | undefined;
  try {
    if (!(await stat(file)).isFile()) return false;
    handle = await open(file);
    let found = Buffer.alloc(0);
    for (const expected of chunks) {
      if (found.length < expected.length) found = Buffer.allocUnsafeSlow(expected.length);
      const { bytesRead } = await handle.read(found, 0, expected.length);
      if (!sameBytes(found.subarray(0, bytesRead), expected)) return false;
    }
    return (await handle.read(Buffer.alloc(1))).bytesRead === 0;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  } finally {
    await handle?.close();
  }
}
