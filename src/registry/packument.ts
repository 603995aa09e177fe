/** Reads the full document of a package and keeps the few facts of each version that anybody asks for. */
import { MalformedError, ProofError } from '../core/errors.ts';
import { asObject, isObject, type JsonValue, member, parseJson, parseJsonMember } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { manifestOf } from './manifest.ts';
import type { VersionManifest } from './types.ts';

export interface Packument {
  readonly name: string;
  /** Versions whose entry is readable. */
  readonly versions: ReadonlyMap<string, VersionManifest>;
  /** Publish time by version, milliseconds since 1970. */
  readonly times: ReadonlyMap<string, number>;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?Z$/;

/** @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded` */
export function parsePackument(bytes: Uint8Array): Packument {
  const document = asObject(parseJson(bytes, 'packument', limits.packumentBytesMax), 'packument');
  const name = member(document, 'name');
  const entries = asObject(member(document, 'versions'), 'packument versions');
  const versions = new Map<string, VersionManifest>();
  for (const [version, entry] of Object.entries(entries)) {
    const manifest = readable(entry);
    if (manifest !== undefined) versions.set(version, manifest);
  }
  return { name: typeof name === 'string' ? name : '', versions, times: timesOf(member(document, 'time')) };
}

/**
 * Publish times only, without reading the rest: manifests of all versions make up most of a document that can have 20 MB.
 * @throws {MalformedError} `malformed`, {ProofError} `limit-exceeded`
 */
export function parseTimes(bytes: Uint8Array): Packument['times'] {
  if (bytes[0] !== 0x7b) throw new MalformedError('packument', 'not a JSON object');
  return timesOf(parseJsonMember(bytes, 'time', 'packument', limits.packumentBytesMax));
}

function timesOf(time: JsonValue | undefined): Packument['times'] {
  const times = new Map<string, number>();
  if (!isObject(time)) return times;
  for (const [version, text] of Object.entries(time)) {
    const ms = typeof text === 'string' && ISO.test(text) ? Date.parse(text) : Number.NaN;
    // Beside the versions stand `created` and `modified`.
    if (!Number.isNaN(ms) && /^\d/.test(version)) times.set(version, ms);
  }
  return times;
}

/** One broken entry must not hide the versions that nobody broke. */
function readable(entry: JsonValue | undefined): VersionManifest | undefined {
  try {
    return manifestOf(entry);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
