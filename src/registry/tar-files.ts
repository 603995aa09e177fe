/**
 * Reads text files out of an npm tarball, in memory: nothing is unpacked, no link followed, no script run. Whatever a
 * careful packer would not write (two files of one name, a path that leads out) is refused, so that nobody else can read
 * another file under that name than we do.
 * @see POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"
 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { MalformedError } from '../core/errors.ts';

const WHAT = 'tarball';
const BLOCK = 512;
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
    throw new MalformedError(WHAT, `not gzip, or more than ${bytesMax} bytes`);
  }
  const files = new Map<string, TarEntry>();
  let longName: string | undefined;
  let count = 0;
  for (let at = 0; at + BLOCK <= data.length; ) {
    const head = data.subarray(at, at + BLOCK);
    if (head.every((byte) => byte === 0)) break;
    if (++count > ENTRIES_MAX) throw new MalformedError(WHAT, `more than ${ENTRIES_MAX} entries`);
    expectChecksum(head);
    const size = octal(head, 124, 12);
    const type = String.fromCharCode(head[156]!);
    const body = data.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length !== size) throw new MalformedError(WHAT, 'ends in the middle of a file');
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (type === 'x' || type === 'g' || type === 'L') {
      const name = type === 'L' ? cString(body) : paxPath(body);
      if (name !== undefined && type === 'g') throw new MalformedError(WHAT, 'one name for all files');
      if (type !== 'g') longName = name;
      continue;
    }
    const path = pathOf(longName ?? nameOf(head));
    longName = undefined;
    if (type === '5' || path === undefined || !wanted(path)) continue;
    if (files.has(path)) throw new MalformedError(WHAT, 'two files of one name');
    files.set(path, type === '0' || type === '\0' ? Uint8Array.from(body) : 'not a file');
  }
  return files;
}

/** Below the first folder, whatever it is called; undefined for that folder itself. */
function pathOf(name: string): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (name.startsWith('/') || /[\\\0]/.test(name) || parts.includes('..')) {
    throw new MalformedError(WHAT, 'a path that leads out of it');
  }
  return parts.length < 2 ? undefined : parts.slice(1).join('/');
}

function nameOf(head: Buffer): string {
  const name = cString(head.subarray(0, 100));
  const isUstar = head.toString('latin1', 257, 263) === 'ustar\0';
  const prefix = isUstar ? cString(head.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}

/** Records `LENGTH KEY=VALUE\n`; of the keys, only those that change what is read where matter. */
function paxPath(body: Buffer): string | undefined {
  let path: string | undefined;
  for (let at = 0; at < body.length; ) {
    const [match, length] = /^(\d{1,9}) /.exec(body.toString('latin1', at, at + 12)) ?? [];
    const end = at + Number(length);
    if (match === undefined || end > body.length || end <= at + match.length || body[end - 1] !== 0x0a) {
      throw new MalformedError(WHAT, 'an extended header of another form');
    }
    const record = body.toString('utf8', at + match.length, end - 1);
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    if (key === 'size') throw new MalformedError(WHAT, 'a size in an extended header');
    if (key === 'path') path = record.slice(equals + 1);
    at = end;
  }
  return path;
}

function octal(head: Buffer, start: number, length: number): number {
  const text = head
    .toString('latin1', start, start + length)
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (!/^[0-7]{1,11}$/.test(text)) throw new MalformedError(WHAT, 'a header of another form');
  return Number.parseInt(text, 8);
}

function expectChecksum(head: Buffer): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += head[i]!;
  if (sum !== octal(head, 148, 8)) throw new MalformedError(WHAT, 'a header with a wrong checksum');
}
