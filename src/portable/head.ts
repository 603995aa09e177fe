/**
 * The first line of an evidence file: what is in it, and where its blocks lie.
 *
 *     {"verifyDepsEvidence":1,"digest":"sha256:…","oldest":"2026-11-20","newest":"2026-11-22","packages":2,
 *      "attested":1,"blocks":[{"first":"","bytes":…,"packed":…,"stored":…,"sha256":…}]}\n
 *     <blocks, one after the other>
 *
 * Nobody has signed it, and nothing in it makes anything true.
 */
import { hex, sha256, utf8 } from '../core/bytes.ts';
import { MalformedError } from '../core/errors.ts';
import {
  asArray,
  asObject,
  asString,
  type JsonObject,
  type JsonValue,
  member,
  parseJson,
} from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { timeOf } from '../trust/time.ts';

export const EVIDENCE_VERSION = 1;

export interface BlockHead {
  /** Key of its first package; empty where there is none in it, as in the block of the trust root and policies. */
  readonly first: string;
  /** Of its content. */
  readonly bytes: number;
  /** Of its content, packed. */
  readonly packed: number;
  /** In the file: packed, and compressed with Brotli (RFC 7932). */
  readonly stored: number;
  /** Of its content, hex. */
  readonly sha256: string;
}

export interface EvidenceHead {
  /** Of the content, whatever the compression makes of it: see {@link digestOf}. */
  readonly digest: string;
  /** Days on which the oldest and the newest of the answers were given, as milliseconds since 1970. */
  readonly oldest: number;
  readonly newest: number;
  readonly packages: number;
  /** How many of them have attestations. */
  readonly attested: number;
  readonly blocks: readonly BlockHead[];
}

const WHAT = 'its first line';
const LENGTH_BYTES_MAX = 4;
const NEWLINE = 0x0a;
const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** `sha256:` and, in hex, the SHA-256 of the digests of all blocks, hex, each with a line feed. */
export function digestOf(blocks: readonly Pick<BlockHead, 'sha256'>[]): string {
  return `sha256:${hex(sha256(utf8(blocks.map((block) => `${block.sha256}\n`).join(''))))}`;
}

/** The line, with its line feed. */
export function encodeHead({ digest, oldest, newest, packages, attested, blocks }: EvidenceHead): Uint8Array {
  return utf8(
    `${JSON.stringify({
      verifyDepsEvidence: EVIDENCE_VERSION,
      digest,
      oldest: dayText(oldest),
      newest: dayText(newest),
      packages,
      attested,
      blocks: blocks.map(({ first, bytes, packed, stored, sha256 }) => ({
        first,
        bytes,
        packed,
        stored,
        sha256,
      })),
    })}\n`,
  );
}

export interface OpenedHead extends EvidenceHead {
  /** Where the first block begins in the file. */
  readonly start: number;
  /** Of the content of all blocks. */
  readonly bytes: number;
}

/**
 * @param file  all of it: the blocks have to fill it to its last byte
 * @returns undefined if it is no evidence file; its version where that is another than this
 * @throws {ProofError} `malformed` or `limit-exceeded`
 */
export function decodeHead(file: Uint8Array): OpenedHead | { readonly version: number } | undefined {
  const end = file.subarray(0, limits.evidenceHeadBytesMax + 1).indexOf(NEWLINE);
  const head = end < 0 ? undefined : documentOf(file.subarray(0, end));
  const version = head && member(head, 'verifyDepsEvidence');
  if (head === undefined || typeof version !== 'number') return undefined;
  if (version !== EVIDENCE_VERSION) return { version };
  const blocks = asArray(member(head, 'blocks'), `${WHAT}: blocks`, limits.evidenceBlocksMax).map(blockOf);
  const opened = {
    digest: asString(member(head, 'digest'), `${WHAT}: digest`),
    oldest: dayOf(head, 'oldest'),
    newest: dayOf(head, 'newest'),
    packages: countOf(head, 'packages', limits.packagesMax),
    attested: countOf(head, 'attested', limits.packagesMax),
    blocks,
    start: end + 1,
    bytes: blocks.reduce((sum, block) => sum + block.bytes, 0),
  };
  const length = blocks.reduce((sum, { stored }) => sum + stored, opened.start);
  if (length !== file.length)
    throw new MalformedError('its length', `expected ${length} bytes but got ${file.length}`);
  if (opened.bytes > limits.evidenceBytesMax)
    throw new MalformedError('its content', `${opened.bytes} bytes, more than ${limits.evidenceBytesMax}`);
  if (digestOf(blocks) !== opened.digest)
    throw new MalformedError(WHAT, `expected the digest ${digestOf(blocks)} but got ${opened.digest}`);
  if (opened.oldest > opened.newest)
    throw new MalformedError(WHAT, 'the oldest answer is newer than the newest');
  // The digest does not cover these names. Without this one, all that the file has of trust would go unread.
  if (blocks[0]?.first !== '')
    throw new MalformedError(WHAT, 'the block of what belongs to no package is missing');
  for (const [index, { first }] of blocks.entries()) {
    if (index > 0 && !(first > blocks[index - 1]!.first))
      throw new MalformedError(WHAT, 'its blocks are not in order');
  }
  return opened;
}

function documentOf(line: Uint8Array): JsonObject | undefined {
  try {
    return asObject(parseJson(line, WHAT, limits.evidenceHeadBytesMax), WHAT);
  } catch {
    return undefined;
  }
}

function blockOf(value: JsonValue): BlockHead {
  const what = `${WHAT}: block`;
  const block = asObject(value, what);
  const bytes = countOf(block, 'bytes', limits.evidenceBlockBytesMax);
  const digest = asString(member(block, 'sha256'), `${what}: sha256`);
  if (!HEX_DIGEST.test(digest)) throw new MalformedError(`${what}: sha256`, 'not a digest in hex');
  return {
    first: asString(member(block, 'first'), `${what}: first`),
    bytes,
    // Packing takes away; its first number may add a little.
    packed: countOf(block, 'packed', bytes + LENGTH_BYTES_MAX),
    stored: countOf(block, 'stored', limits.evidenceFileBytesMax),
    sha256: digest,
  };
}

function countOf(object: JsonObject, name: string, max: number): number {
  const value = member(object, name);
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max)
    throw new MalformedError(`${WHAT}: ${name}`, `not a whole number up to ${max}`);
  return value;
}

function dayOf(head: JsonObject, name: string): number {
  const text = asString(member(head, name), `${WHAT}: ${name}`);
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) throw new MalformedError(`${WHAT}: ${name}`, 'not a day');
  return timeOf(`${text}T00:00:00Z`, `${WHAT}: ${name}`);
}

function dayText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
