/** Reads the full document of a package and keeps the few facts of each version that anybody asks for. */
import { ProofError } from '../core/errors.ts';
import { asObject, isObject, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { manifestOf } from './manifest.ts';
import type { VersionManifest } from './types.ts';

export interface Packument {
  readonly name: string;
  /** Versions whose entry is readable. */
  readonly versions: ReadonlyMap<string, VersionManifest>;
  /** Milliseconds since 1970. */
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
  const times = new Map<string, number>();
  const time = member(document, 'time');
  if (isObject(time)) {
    for (const version of versions.keys()) {
      const text = member(time, version);
      const ms = typeof text === 'string' && ISO.test(text) ? Date.parse(text) : Number.NaN;
      if (!Number.isNaN(ms)) times.set(version, ms);
    }
  }
  return { name: typeof name === 'string' ? name : '', versions, times };
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
