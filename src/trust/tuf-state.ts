import path from 'node:path';
import { decodeBase64, encodeBase64 } from '../core/base64.ts';
import { hex, sha256, utf8 } from '../core/bytes.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { makeFolder, readFileBounded, writeFileAtomic } from '../core/files.ts';
import { asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';

const FORMAT = 1;
const ENTRIES_MAX = 256;
/** As tuf-js names metadata in its folder; nothing here may name another folder. */
const METADATA_NAME = /^(?!root\.json$)[A-Za-z0-9_%-][A-Za-z0-9_.%!~*'()-]{0,200}\.json$/;

/**
 * What a TUF client remembers of a repository: everything it has downloaded, as served. It holds no verdict; whoever
 * reads it back goes through the whole client workflow again, from the anchor on.
 */
export interface TufState {
  /** When the mirror last answered for all of it, milliseconds since 1970. */
  readonly fetched: number;
  /** Root metadata by version: every step from the anchor. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** Other metadata by file name: `timestamp.json`, `snapshot.json`, `targets.json` and delegated roles. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
  /** Contents of targets by name. */
  readonly targets: ReadonlyMap<string, Uint8Array>;
}

/** Metadata under any other name is downloaded anew each time. */
export function isMetadataName(name: string): boolean {
  return METADATA_NAME.test(name);
}

/** One file for each mirror, so that it can be replaced whole: `tuf/HOST-DIGEST.json`, the digest being of the URL. */
export function stateFile(cacheDir: string, mirror: string): string {
  const host = encodeURIComponent(new URL(mirror).host).slice(0, 80);
  return path.join(cacheDir, 'tuf', `${host}-${hex(sha256(utf8(mirror))).slice(0, 16)}.json`);
}

/** @returns undefined if there is none, or none that can be read: then the anchor is all there is */
export async function readState(file: string): Promise<TufState | undefined> {
  try {
    const read = await readFileBounded(file, limits.tufMetadataBytesMax);
    return read.status === 'read' ? decodeState(read.bytes) : undefined;
  } catch (error) {
    if (error instanceof ProofError || (error instanceof Error && 'syscall' in error)) return undefined;
    throw error;
  }
}

/**
 * Replaces the file atomically: of two processes the last wins, and both have verified what they write. A cache that
 * cannot be written costs the next run a download, nothing else.
 */
export async function writeState(file: string, state: TufState): Promise<void> {
  const text = encodeState(state);
  if (text.length > limits.tufMetadataBytesMax) return;
  try {
    await makeFolder(path.dirname(file));
    await writeFileAtomic(file, text, { flush: false });
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

export function encodeState(state: TufState): string {
  const texts = (map: ReadonlyMap<string | number, Uint8Array>) =>
    Object.fromEntries([...map].map(([name, bytes]) => [name, encodeBase64(bytes)]));
  return JSON.stringify({
    format: FORMAT,
    fetched: state.fetched,
    roots: texts(state.roots),
    metadata: texts(state.metadata),
    targets: texts(state.targets),
  });
}

/** @throws {ProofError} `malformed` or `limit-exceeded` */
export function decodeState(bytes: Uint8Array): TufState {
  const what = 'tuf state';
  const document = asObject(parseJson(bytes, what, limits.tufMetadataBytesMax), what);
  if (member(document, 'format') !== FORMAT) throw new MalformedError(what, 'of another format');
  const fetched = member(document, 'fetched');
  if (typeof fetched !== 'number' || !Number.isSafeInteger(fetched) || fetched < 0)
    throw new MalformedError(what, 'no time of download');
  const roots = new Map<number, Uint8Array>();
  for (const [version, root] of entries(document, 'roots')) {
    if (!/^[1-9]\d{0,8}$/.test(version)) throw new MalformedError(what, 'not a root version');
    roots.set(Number(version), root);
  }
  const metadata = new Map(entries(document, 'metadata'));
  for (const name of metadata.keys())
    if (!isMetadataName(name)) throw new MalformedError(what, 'not a metadata file');
  return { fetched, roots, metadata, targets: new Map(entries(document, 'targets')) };
}

function entries(document: JsonObject, key: string): readonly (readonly [string, Uint8Array])[] {
  const what = `tuf state: ${key}`;
  const list = Object.entries(asObject(member(document, key), what));
  if (list.length > ENTRIES_MAX)
    throw new ProofError('limit-exceeded', { what, max: ENTRIES_MAX, unit: 'items' });
  return list.map(([name, text]) => [name, decodeBase64(asString(text, what), what)] as const);
}
