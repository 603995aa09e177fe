/** Reads the full document of a package and keeps the few facts of each version that anybody asks for. */
import { ProofError } from '../core/errors.ts';
import { asObject, type JsonValue, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { manifestOf } from './manifest.ts';
import { type Times, timesOf } from './times.ts';
import type { VersionManifest } from './types.ts';

export interface Packument {
  readonly name: string;
  /** Versions whose entry is readable. */
  readonly versions: ReadonlyMap<string, VersionManifest>;
  readonly times: Times;
}

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

/** One broken entry must not hide the versions that nobody broke. */
function readable(entry: JsonValue | undefined): VersionManifest | undefined {
  try {
    return manifestOf(entry);
  } catch (error) {
    if (error instanceof ProofError) return undefined;
    throw error;
  }
}
