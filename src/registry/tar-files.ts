/**
 * Reads text files out of an npm tarball, in memory: nothing is unpacked, no link followed, no script run. Whatever a
 * careful packer would not write (two files of one name, a path that leads out) is refused, so that nobody else can read
 * another file under that name than we do.
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MalformedError } from '../core/errors.ts';
import {
  BLOCK,
  cString,
  expectChecksum,
  isEmptyBlock,
  nameOf,
  paxRecords,
  plainOctal,
  TARBALL,
  typeOf,
} from './tar-header.ts';

const ENTRIES_MAX = 20_000;
const unpack = promisify(gunzip);

/** What a tarball holds under a name: the bytes of a file, or that it is a link or something stranger. */
export type TarEntry = Uint8Array | 'not a file';

/**
 * Entries whose name `wanted` accepts, by their path below the folder that npm strips (`package/`).
 * @param bytesMax  of everything unpacked
 * @throws {MalformedError} also for a tarball that unpacks to more than that
 */
export async function filesOfTarball(
  bytes: Uint8Array,
  bytesMax: number,
  wanted: (path: string) => boolean,
): Promise<ReadonlyMap<string, TarEntry>> {
  let data: Buffer;
  try {
    data = await unpack(bytes, { maxOutputLength: bytesMax });
  } catch {
    throw new MalformedError(TARBALL, `not gzip, or more than ${bytesMax} bytes`);
  }
  const files = new Map<string, TarEntry>();
  let longName: string | undefined;
  let count = 0;
  for (let at = 0; at + BLOCK <= data.length; ) {
    const head = data.subarray(at, at + BLOCK);
    if (isEmptyBlock(head)) break;
    if (++count > ENTRIES_MAX) throw new MalformedError(TARBALL, `more than ${ENTRIES_MAX} entries`);
    expectChecksum(head, plainOctal);
    const size = plainOctal(head, 124, 12);
    const type = typeOf(head);
    const body = data.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length !== size) throw new MalformedError(TARBALL, 'ends in the middle of a file');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x' || type === 'g' || type === 'L') {
      const name = type === 'L' ? cString(body) : paxPath(body);
      if (name !== undefined && type === 'g') throw new MalformedError(TARBALL, 'one name for all files');
      if (type !== 'g') longName = name;
      continue;
    }
    const path = pathOf(longName ?? nameOf(head));
    longName = undefined;
    if (type === '5' || path === undefined || !wanted(path)) continue;
    if (files.has(path)) throw new MalformedError(TARBALL, 'two files of one name');
    files.set(path, type === '0' || type === '\0' ? Uint8Array.from(body) : 'not a file');
  }
  return files;
}

/** Below the first folder, whatever it is called; undefined for that folder itself. */
function pathOf(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || /[\\\0]/.test(name) || parts.includes('..')) {
    throw new MalformedError(TARBALL, 'a path that leads out of it');
  }
  return parts.length < 2 ? undefined : parts.slice(1).join('/');
}

/** The name in an extended header. */
function paxPath(body: Buffer): string | undefined {
  let path: string | undefined;
  for (const [key, value] of paxRecords(body)) {
    if (key === 'size') throw new MalformedError(TARBALL, 'a size in an extended header');
    if (key === 'path') path = value;
  }
  return path;
}
