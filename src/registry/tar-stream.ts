/**
 * Reads the entries of a tar stream one after the other, in constant memory. Whatever two careful readers could read in two
 * ways (a name with `..`, a sparse file, something behind the end, a size in two places) is refused: the package manager
 * that unpacked it may have read it in the other way.
 * @see POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format"
 */
import { MalformedError } from '../core/errors.ts';

const WHAT = 'tarball';
const BLOCK = 512;
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
    if (head.every((byte) => byte === 0)) {
      ended = true;
      return;
    }
    // npm goes on behind a single empty block, others do not.
    if (ended) throw new MalformedError(WHAT, 'something behind its end');
    if (++entries > ENTRIES_MAX) throw new MalformedError(WHAT, `more than ${ENTRIES_MAX} entries`);
    expectChecksum(head);
    const size = octal(head, 124, 12);
    const type = String.fromCharCode(head[156]!);
    content = size;
    padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (EXTENSIONS.includes(type)) {
      if (size > EXTENDED_BYTES_MAX) {
        throw new MalformedError(WHAT, `an extended header of more than ${EXTENDED_BYTES_MAX} bytes`);
      }
      extension = { type, parts: [] };
      take = (chunk) => extension!.parts.push(Uint8Array.from(chunk));
    } else {
      if (pax.size !== undefined && pax.size !== size) throw new MalformedError(WHAT, 'a file of two sizes');
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
      throw new MalformedError(WHAT, 'one name or size for all files');
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
        throw new MalformedError(WHAT, 'ends in the middle of a file');
      }
      if (headBytes > 0 && head.subarray(0, headBytes).some((byte) => byte !== 0)) {
        throw new MalformedError(WHAT, 'something behind its end');
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
      throw new MalformedError(WHAT, 'something that is neither a file nor a folder nor a link');
  }
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

interface Pax {
  readonly path?: string;
  readonly size?: number;
}

/** Records `LENGTH KEY=VALUE\n`; of the keys, only those that change which bytes are read under which name matter. */
function readPax(body: Buffer): Pax {
  let pax: Pax = {};
  for (let at = 0; at < body.length; ) {
    const [match, length] = /^(\d{1,9}) /.exec(body.toString('latin1', at, at + 12)) ?? [];
    const end = at + Number(length);
    if (match === undefined || end > body.length || end <= at + match.length || body[end - 1] !== 0x0a) {
      throw new MalformedError(WHAT, 'an extended header of another form');
    }
    const record = body.toString('utf8', at + match.length, end - 1);
    const equals = record.indexOf('=');
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (key.startsWith('GNU.sparse')) throw new MalformedError(WHAT, 'a sparse file');
    if (key === 'size') {
      if (!/^\d{1,15}$/.test(value)) throw new MalformedError(WHAT, 'a file of two sizes');
      pax = { ...pax, size: Number(value) };
    }
    if (key === 'path') pax = { ...pax, path: value };
    at = end;
  }
  return pax;
}

function octal(head: Buffer, start: number, length: number): number {
  const text = head
    .toString('latin1', start, start + length)
    .replace(/\0.*$/s, '')
    .trim();
  if (text === '') return 0;
  if (!/^[0-7]{1,11}$/.test(text)) throw new MalformedError(WHAT, 'a header of another form');
  return Number.parseInt(text, 8);
}

function expectChecksum(head: Buffer): void {
  let sum = 8 * 0x20;
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += head[i]!;
  if (sum !== octal(head, 148, 8)) throw new MalformedError(WHAT, 'a header with a wrong checksum');
}
