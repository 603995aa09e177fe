/** Tarballs that npm keeps by their digest (cacache). Whoever takes one hashes it again: the folder is anybody's to write. */
import path from 'node:path';
import { readFileBounded } from '../core/files.ts';

/** @param folder  npm's `_cacache` */
export async function readNpmCache(
  folder: string | undefined,
  sri: string,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  if (folder === undefined || !sri.startsWith('sha512-')) return undefined;
  const hex = Buffer.from(sri.slice('sha512-'.length), 'base64').toString('hex');
  const file = path.join(folder, 'content-v2', 'sha512', hex.slice(0, 2), hex.slice(2, 4), hex.slice(4));
  try {
    const read = await readFileBounded(file, bytesMax);
    return read.status === 'read' ? read.bytes : undefined;
  } catch {
    // Unreadable is as good as not there: the registry gets asked.
    return undefined;
  }
}
