/** What an npm tarball holds: each file with its digest, and its package.json. The content itself is not kept. */
import { createHash, type Hash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MalformedError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { TARBALL } from './tar-header.ts';
import { type TarHead, tarStream } from './tar-stream.ts';

const PATH_CHARS_MAX = 4096;
const SEGMENTS_MAX = 128;
/** A first line that is longer is not looked at. */
const SHEBANG_BYTES_MAX = 2048;
/** Pieces that the unpacked bytes come in. */
const CHUNK_BYTES = 262_144;

export interface TarFile {
  /** sha256, hex. */
  readonly digest: string;
  readonly size: number;
  /** Permission bits as the archive has them. */
  readonly mode: number;
  /** sha256 of the same with `\n` for `\r\n` at the end of a first line `#!…`: package managers write executables so. */
  readonly unixDigest?: string;
}

export interface TarballList {
  /** By path below the folder that package managers strip (`package/`), with `/`, in the order of the archive. */
  readonly files: ReadonlyMap<string, TarFile>;
  readonly packageJson: Uint8Array | undefined;
}

/**
 * Unpacks in memory, file by file. Links are left out, as npm and pnpm leave them out.
 * @param bytes  whose digest has been compared: nothing is parsed that nobody pinned
 * @throws {MalformedError} for what two readers could read in two ways, and beyond the bounds
 */
export async function listTarball(bytes: Uint8Array): Promise<TarballList> {
  const files = new Map<string, TarFile>();
  let packageJson: Uint8Array | undefined;
  let open: OpenFile | undefined;
  const tar = tarStream({
    entry(head) {
      const path = pathOf(head);
      if (path === undefined || head.kind !== 'file') return undefined;
      open = openFile(path, head);
      return (chunk) => open!.take(chunk);
    },
    end() {
      if (open === undefined) return;
      const { path, file, content } = open.close();
      open = undefined;
      const earlier = files.get(path);
      if (earlier !== undefined && (earlier.digest !== file.digest || earlier.mode !== file.mode)) {
        throw new MalformedError(TARBALL, 'two different files of one name');
      }
      files.set(path, file);
      if (path === 'package.json') packageJson = content;
    },
  });
  let unpacked = 0;
  await unpackInto(bytes, (chunk) => {
    unpacked += chunk.length;
    if (unpacked > limits.unpackedBytesMax) {
      throw new MalformedError(TARBALL, `more than ${limits.unpackedBytesMax} bytes when it is unpacked`);
    }
    tar.write(chunk);
  });
  tar.finish();
  assertNoFileAsFolder(files);
  return { files, packageJson };
}

async function unpackInto(bytes: Uint8Array, take: (chunk: Uint8Array) => void): Promise<void> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new MalformedError(TARBALL, 'not gzip');
  try {
    await pipeline([bytes], createGunzip({ chunkSize: CHUNK_BYTES }), async (source) => {
      for await (const chunk of source as AsyncIterable<Uint8Array>) take(chunk);
    });
  } catch (error) {
    if (error instanceof MalformedError) throw error;
    throw new MalformedError(TARBALL, 'cannot be unpacked');
  }
}

interface OpenFile {
  take(chunk: Uint8Array): void;
  close(): { readonly path: string; readonly file: TarFile; readonly content: Uint8Array | undefined };
}

function openFile(path: string, { size, mode }: TarHead): OpenFile {
  const hash = createHash('sha256');
  const unix = unixLines();
  const kept: Uint8Array[] = [];
  const keeps = path === 'package.json' && size <= limits.manifestBytesMax;
  return {
    take(chunk) {
      hash.update(chunk);
      unix.update(chunk);
      if (keeps) kept.push(Uint8Array.from(chunk));
    },
    close() {
      const unixDigest = unix.digest();
      const file = { digest: hash.digest('hex'), size, mode };
      return {
        path,
        file: unixDigest === undefined ? file : { ...file, unixDigest },
        content: keeps ? Buffer.concat(kept) : undefined,
      };
    },
  };
}

/** Digest of a script with another end of its first line; nothing is hashed of what is no such script. */
function unixLines(): { update(chunk: Uint8Array): void; digest(): string | undefined } {
  let start: Uint8Array | undefined = new Uint8Array();
  let hash: Hash | undefined;
  return {
    update(chunk) {
      if (hash !== undefined) {
        hash.update(chunk);
        return;
      }
      if (start === undefined) return;
      start = Buffer.concat([start, chunk]);
      if (start.length >= 2 && (start[0] !== 0x23 || start[1] !== 0x21)) start = undefined;
      const feed = start?.indexOf(0x0a) ?? -1;
      if (start === undefined || (feed < 0 && start.length < SHEBANG_BYTES_MAX)) return;
      if (feed > 3 && feed < SHEBANG_BYTES_MAX && start[feed - 1] === 0x0d) {
        hash = createHash('sha256')
          .update(start.subarray(0, feed - 1))
          .update(start.subarray(feed));
      }
      start = undefined;
    },
    digest: () => hash?.digest('hex'),
  };
}

/**
 * Below the first folder, whatever it is called, as npm strips it: by the first segment, without a look at what it is.
 * @returns undefined for that folder itself
 */
function pathOf({ name }: TarHead): string | undefined {
  const [, ...rest] = name.split('/');
  const parts = rest.filter((part) => part !== '' && part !== '.');
  if (
    name.startsWith('/') ||
    name.startsWith('./') ||
    /[\\\0]|^[A-Za-z]:/.test(name) ||
    name.split('/').includes('..')
  ) {
    throw new MalformedError(TARBALL, 'a path that leads out of it');
  }
  if (name.length > PATH_CHARS_MAX || parts.length > SEGMENTS_MAX) {
    throw new MalformedError(
      TARBALL,
      `a path of more than ${PATH_CHARS_MAX} characters or ${SEGMENTS_MAX} folders`,
    );
  }
  return parts.length === 0 ? undefined : parts.join('/');
}

/** `a` and `a/b` cannot both be written; which of them is there depends on who unpacks. */
function assertNoFileAsFolder(files: ReadonlyMap<string, TarFile>): void {
  for (const path of files.keys()) {
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      if (files.has(path.slice(0, at))) throw new MalformedError(TARBALL, 'a file where a folder should be');
    }
  }
}
