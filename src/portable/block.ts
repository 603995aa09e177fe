/**
 * The content of an evidence file: JSON Lines in blocks that are read one at a time.
 *
 *     {"package":["https://registry.example/","left-pad","1.3.0"],"parts":["manifest","attestations"]}
 *     <what was answered, one line for each part, in their order>
 *     {"tuf":"https://mirror.example","roots":{…},"metadata":{…},"targets":{…}}
 *     {"policy":"sha512-…","content":"…"}
 *
 * Packages stand in the order of their keys, each once. A block without packages comes first and holds the rest.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { hex, sameBytes, sha256 } from '../core/bytes.ts';
import { MalformedError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { EntryKey, EntryKind } from '../registry/entry.ts';
import type { BlockHead } from './head.ts';
import { pack, unpack } from './pack.ts';

/** In the order of their lines. */
const KINDS: readonly EntryKind[] = ['manifest', 'whole-manifest', 'time', 'attestations'];
const LINE = 'a line';
const NEWLINE = 0x0a;
const HEAD_LINE_BYTES_MAX = 16_384;

/** By which packages are ordered and found, and what follows `"package":` in their line. */
export function keyOf({ registry, name, version }: EntryKey): string {
  return JSON.stringify([registry, name, version]);
}

export interface EncodedBlock {
  readonly head: BlockHead;
  readonly stored: Uint8Array;
}

/** @param first  key of its first package; empty if it has none */
export function encodeBlock(first: string, content: Uint8Array): EncodedBlock {
  const packed = pack(content);
  // One day it may be all that is left.
  if (!sameBytes(unpack(packed, content.length), content))
    throw new Error('a block of evidence would not be read as it was written');
  const stored = brotliCompressSync(packed, {
    params: {
      // The two levels above take ten times as long for 4 % less.
      [constants.BROTLI_PARAM_QUALITY]: 9,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: packed.length,
    },
  });
  return {
    head: {
      first,
      bytes: content.length,
      packed: packed.length,
      stored: stored.length,
      sha256: hex(sha256(content)),
    },
    stored,
  };
}

/** @throws {ProofError} `malformed` or `limit-exceeded` */
export function decodeBlock(head: BlockHead, stored: Uint8Array): Buffer {
  let packed: Uint8Array;
  try {
    packed = brotliDecompressSync(stored, { maxOutputLength: head.packed });
  } catch {
    throw new MalformedError('a block', 'it cannot be decompressed to the length it names');
  }
  if (packed.length !== head.packed)
    throw new MalformedError('a block', `expected ${head.packed} bytes packed but got ${packed.length}`);
  const content = unpack(packed, head.bytes);
  const digest = hex(sha256(content));
  if (digest !== head.sha256)
    throw new MalformedError('a block', `expected sha256 ${head.sha256} but got ${digest}`);
  return content;
}

/** The line of a package and of its parts, each with its line feed. */
export function packageLines(key: EntryKey, parts: ReadonlyMap<EntryKind, Uint8Array>): Uint8Array {
  const kinds = KINDS.filter((kind) => parts.has(kind));
  const head = `{"package":${keyOf(key)},"parts":${JSON.stringify(kinds)}}\n`;
  const feed = Uint8Array.of(NEWLINE);
  return Buffer.concat([Buffer.from(head), ...kinds.flatMap((kind) => [parts.get(kind)!, feed])]);
}

/** Where the parts of a package lie in the content of its block. */
export type Places = ReadonlyMap<EntryKind, readonly [start: number, end: number]>;

export interface PackageIndex {
  /** By key. */
  readonly packages: ReadonlyMap<string, Places>;
}

/**
 * @param next  key of the first package of the block that follows
 * @throws {ProofError} `malformed`
 */
export function indexPackages(content: Buffer, head: BlockHead, next: string | undefined): PackageIndex {
  const packages = new Map<string, Places>();
  const lines = linesOf(content);
  let before = '';
  for (const [start, end] of lines) {
    const line = content.subarray(start, end);
    const entry = asObject(parseJson(line, LINE, HEAD_LINE_BYTES_MAX), LINE);
    const key = keyIn(entry);
    const places = new Map<EntryKind, readonly [number, number]>();
    for (const value of asArray(member(entry, 'parts'), LINE, KINDS.length)) {
      const kind = KINDS.find((known) => known === value);
      const place = lines.next();
      if (kind === undefined || places.has(kind) || place.done === true)
        throw new MalformedError('a package', 'its parts are not those that it names');
      places.set(kind, place.value);
    }
    // So many lines of nothing would take ten times the memory of the block.
    if (places.size === 0) throw new MalformedError('a package', 'it has no parts');
    if (packages.size === limits.evidenceBlockPackagesMax)
      throw new MalformedError('a block', `more than ${limits.evidenceBlockPackagesMax} packages`);
    const ordered = packages.size === 0 ? key === head.first : key > before;
    if (!ordered)
      throw new MalformedError('a block', 'its packages are not in order, or one stands there twice');
    packages.set(key, places);
    before = key;
  }
  if (packages.size === 0 || (next !== undefined && before >= next))
    throw new MalformedError('a block', 'its packages are not those that it names');
  return { packages };
}

function keyIn(entry: JsonObject): string {
  const names = asArray(member(entry, 'package'), LINE, 3).map((value) => asString(value, LINE));
  return JSON.stringify(names);
}

/** Where lines begin and end, without their line feeds. @throws {MalformedError} if the last one has none */
export function* linesOf(content: Buffer): Generator<readonly [number, number], undefined, undefined> {
  for (let at = 0; at < content.length; ) {
    const end = content.indexOf(NEWLINE, at);
    if (end < 0) throw new MalformedError('a block', 'its last line does not end');
    yield [at, end];
    at = end + 1;
  }
}
