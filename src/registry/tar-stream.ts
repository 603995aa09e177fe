/**
 * Reads the entries of a tar stream one after the other, in constant memory. Whatever two careful readers could read in two
 * ways (a name with `..`, a sparse file, something behind the end, a size in two places) is refused: the package manager
 * that unpacked it may have read it in the other way.
 * @see GNU tar manual, "Basic Tar Format"
 */
import { MalformedError } from '../core/errors.ts';
import {
  BLOCK,
  cString,
  expectChecksum,
  isEmptyBlock,
  nameOf,
  octal,
  paxRecords,
  TARBALL,
  typeOf,
} from './tar-header.ts';

const ENTRIES_MAX = 100_000;
/** Of one extended header or long name; real ones are below 1 KB. */
const EXTENDED_BYTES_MAX = 65_536;
const EXTENSIONS = 'xgLK';

export interface TarHead {
  /** As it stands there; not a place on any disk yet. */
  readonly name: string;
  readonly size: number;
  /** Permission bits, 12 of them. */
  readonly mode: number;
  readonly kind: 'file' | 'folder' | 'link';
}

export interface TarVisitor {
  /** Takes the content of a file in pieces; undefined where nobody wants it. */
  entry(head: TarHead): ((chunk: Uint8Array) => void) | undefined;
  /** The content of the latest entry has ended. */
  end(): void;
}

export interface TarStream {
  /** @throws {MalformedError} */
  write(chunk: Uint8Array): void;
  /** @throws {MalformedError} if it ended in the middle of something */
  finish(): void;
}

export function tarStream(visitor: TarVisitor): TarStream {
  const head = Buffer.alloc(BLOCK);
  let headBytes = 0;
  let content = 0;
  let padding = 0;
  let take: ((chunk: Uint8Array) => void) | undefined;
  let extension: { readonly type: string; readonly parts: Uint8Array[] } | undefined;
  let longName: string | undefined;
  let pax: Pax = {};
  let ended = false;
  let entries = 0;

  const begin = (): void => {
    if (isEmptyBlock(head)) {
      ended = true;
      return;
    }
    // npm goes on behind a single empty block, others do not.
    if (ended) throw new MalformedError(TARBALL, 'something behind its end');
    if (++entries > ENTRIES_MAX) throw new MalformedError(TARBALL, `more than ${ENTRIES_MAX} entries`);
    expectChecksum(head, octal);
    const size = octal(head, 124, 12);
    const type = typeOf(head);
    content = size;
    padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (EXTENSIONS.includes(type)) {
      if (size > EXTENDED_BYTES_MAX) {
        throw new MalformedError(TARBALL, `an extended header of more than ${EXTENDED_BYTES_MAX} bytes`);
      }
      extension = { type, parts: [] };
      take = (chunk) => extension!.parts.push(Uint8Array.from(chunk));
    } else {
      if (pax.size !== undefined && pax.size !== size)
        throw new MalformedError(TARBALL, 'a file of two sizes');
      const name = pax.path ?? longName ?? nameOf(head);
      pax = {};
      longName = undefined;
      take = visitor.entry({ name, size, mode: octal(head, 100, 8) & 0o7777, kind: kindOf(type, name) });
    }
    if (content === 0) close();
  };

  const close = (): void => {
    take = undefined;
    if (extension === undefined) {
      visitor.end();
      return;
    }
    const body = Buffer.concat(extension.parts);
    const { type } = extension;
    extension = undefined;
    if (type === 'L') longName = cString(body);
    else if (type === 'x') pax = readPax(body);
    else if (type === 'g' && Object.keys(readPax(body)).length > 0) {
      throw new MalformedError(TARBALL, 'one name or size for all files');
    }
  };

  return {
    write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (content > 0) {
          const part = chunk.subarray(at, at + content);
          take?.(part);
          content -= part.length;
          at += part.length;
          if (content === 0) close();
        } else if (padding > 0) {
          const skipped = Math.min(padding, chunk.length - at);
          padding -= skipped;
          at += skipped;
        } else {
          const part = chunk.subarray(at, at + BLOCK - headBytes);
          head.set(part, headBytes);
          headBytes += part.length;
          at += part.length;
          if (headBytes < BLOCK) continue;
          headBytes = 0;
          begin();
        }
      }
    },
    finish() {
      if (content > 0 || padding > 0 || extension !== undefined) {
        throw new MalformedError(TARBALL, 'ends in the middle of a file');
      }
      if (headBytes > 0 && head.subarray(0, headBytes).some((byte) => byte !== 0)) {
        throw new MalformedError(TARBALL, 'something behind its end');
      }
    },
  };
}

function kindOf(type: string, name: string): TarHead['kind'] {
  switch (type) {
    // Before POSIX, a folder was a file whose name ends in a slash.
    case '0':
    case '\0':
      return name.endsWith('/') ? 'folder' : 'file';
    case '5':
      return 'folder';
    case '1':
    case '2':
      return 'link';
    default:
      // A contiguous file, a device, a sparse file: npm writes some of them and not others.
      throw new MalformedError(TARBALL, 'something that is neither a file nor a folder nor a link');
  }
}

interface Pax {
  readonly path?: string;
  readonly size?: number;
}

/** Of the keys, only those that change which bytes are read under which name matter. */
function readPax(body: Buffer): Pax {
  let pax: Pax = {};
  for (const [key, value] of paxRecords(body)) {
    if (key.startsWith('GNU.sparse')) throw new MalformedError(TARBALL, 'a sparse file');
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new MalformedError(TARBALL, 'a file of two sizes');
      pax = { ...pax, size: Number(value) };
    }
    if (key === 'path') pax = { ...pax, path: value };
  }
  return pax;
}
