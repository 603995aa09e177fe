/**
 * One file of the evidence store: everything a registry said about one version.
 *
 *     <sha256 of all that follows, hex>\n
 *     {"registry":…,"name":…,"version":…,"parts":[{"kind":…,"outcome":…,"time":…,"until":…,"length":…}]}\n
 *     <bodies of the parts, one after the other>
 *
 * The digest finds damage, the key finds an entry in another's place. Neither makes the content true: whoever reads it
 * verifies it like an answer from the network.
 */
import { hex, sha256 } from '../core/bytes.ts';
import { isObject, type JsonObject, member, parseJson } from '../core/json.ts';

export const entryKinds = ['manifest', 'attestations', 'whole-manifest', 'time'] as const;
export type EntryKind = (typeof entryKinds)[number];

export interface EntryKey {
  /** Base URL without credentials. */
  readonly registry: string;
  readonly name: string;
  readonly version: string;
}

/** An answer as it was served, `absent` if the registry said that there is none. */
export interface EntryPart {
  readonly outcome: 'found' | 'absent';
  readonly bytes: Uint8Array;
  /** When it was asked and until when it may stand for an answer; milliseconds since 1970. */
  readonly time: number;
  readonly until: number;
}

export type EntryParts = ReadonlyMap<EntryKind, EntryPart>;

const DIGEST_CHARS = 64;
const HEAD_BYTES_MAX = 16_384;
const NEWLINE = 0x0a;

/** Name of the file within the store. */
export function entryId(key: EntryKey): string {
  return hex(sha256(Buffer.from(`${key.registry}\n${key.name}\n${key.version}`)));
}

export function encodeEntry(key: EntryKey, parts: EntryParts): Uint8Array {
  const list = [...parts];
  const head = {
    registry: key.registry,
    name: key.name,
    version: key.version,
    parts: list.map(([kind, { outcome, time, until, bytes }]) => ({
      kind,
      outcome,
      time,
      until,
      length: bytes.length,
    })),
  };
  const rest = Buffer.concat([
    Buffer.from(`${JSON.stringify(head)}\n`),
    ...list.map(([, part]) => part.bytes),
  ]);
  return Buffer.concat([Buffer.from(`${hex(sha256(rest))}\n`, 'latin1'), rest]);
}

/** The parts, or undefined if this is not an undamaged entry of this very key. */
export function decodeEntry(file: Uint8Array, key: EntryKey): EntryParts | undefined {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (bytes[DIGEST_CHARS] !== NEWLINE) return undefined;
  const rest = bytes.subarray(DIGEST_CHARS + 1);
  if (bytes.toString('latin1', 0, DIGEST_CHARS) !== hex(sha256(rest))) return undefined;
  const end = rest.indexOf(NEWLINE);
  if (end < 0) return undefined;
  let head: JsonObject;
  try {
    const value = parseJson(rest.subarray(0, end), 'stored entry', HEAD_BYTES_MAX);
    if (!isObject(value)) return undefined;
    head = value;
  } catch {
    return undefined;
  }
  if (
    member(head, 'registry') !== key.registry ||
    member(head, 'name') !== key.name ||
    member(head, 'version') !== key.version
  ) {
    return undefined;
  }
  return partsOf(head, rest.subarray(end + 1));
}

function partsOf(head: JsonObject, bodies: Uint8Array): EntryParts | undefined {
  const list = member(head, 'parts');
  if (!Array.isArray(list)) return undefined;
  const parts = new Map<EntryKind, EntryPart>();
  let at = 0;
  for (const item of list) {
    if (!isObject(item)) return undefined;
    const kind = entryKinds.find((known) => known === member(item, 'kind'));
    const outcome = member(item, 'outcome');
    const [time, until, length] = ['time', 'until', 'length'].map((field) => member(item, field));
    if (kind === undefined || (outcome !== 'found' && outcome !== 'absent')) return undefined;
    if (!isCount(time) || !isCount(until) || !isCount(length) || at + length > bodies.length)
      return undefined;
    parts.set(kind, { outcome, time, until, bytes: bodies.subarray(at, at + length) });
    at += length;
  }
  return at === bodies.length ? parts : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
