/**
 * Packuments and manifests on their way through: tarball URLs that lead back here, and no version that says it is another
 * one, so that a client asks for a tarball by the name and version under which it will install it.
 */
import { isObject, type JsonObject, type JsonValue, member, parseJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { isVersion } from '../../tree/identity.ts';
import type { Places } from './places.ts';
import { pathOf, tarballOf } from './route.ts';

/** Tarball URLs that a client may see as they are, because it will come here with their path all the same. */
export type Keeps = (url: URL) => boolean;

export interface Rewritten {
  readonly document: JsonObject;
  /** False: the bytes as they were served are just as good. */
  readonly changed: boolean;
}

/** @throws {ProofError} for what is no packument of that package */
export function readDocument(bytes: Uint8Array, bytesMax: number): JsonObject | undefined {
  const value = parseJson(bytes, 'packument', bytesMax);
  return isObject(value) ? value : undefined;
}

/** @returns undefined if it is that of another package */
export function packumentFor(
  document: JsonObject,
  name: string,
  places: Places,
  keeps: Keeps,
): Rewritten | undefined {
  if (member(document, 'name') !== name) return undefined;
  const entries = member(document, 'versions');
  if (!isObject(entries)) return { document, changed: false };
  let changed = false;
  const versions: [string, JsonValue][] = [];
  for (const [version, entry] of Object.entries(entries)) {
    const found = isObject(entry) ? manifestFor(entry, name, version, places, keeps) : undefined;
    if (found === undefined || found.changed) changed = true;
    if (found !== undefined) versions.push([version, found.document]);
  }
  return changed
    ? { document: { ...document, versions: Object.fromEntries(versions) }, changed }
    : { document, changed };
}

/**
 * @param version  undefined where a tag was asked for
 * @returns undefined if it is that of another package or version
 */
export function manifestFor(
  entry: JsonObject,
  name: string,
  version: string | undefined,
  places: Places,
  keeps: Keeps,
): Rewritten | undefined {
  const own = member(entry, 'version');
  if (member(entry, 'name') !== name || typeof own !== 'string' || !isVersion(own)) return undefined;
  if (version !== undefined && own !== version) return undefined;
  const dist = member(entry, 'dist');
  const tarball = isObject(dist) ? member(dist, 'tarball') : undefined;
  if (!isObject(dist) || typeof tarball !== 'string') return { document: entry, changed: false };
  const url = tarball.length <= limits.urlCharsMax && URL.canParse(tarball) ? new URL(tarball) : undefined;
  if (url !== undefined) {
    places.learn(name, own, url.href);
    if (keeps(url) && namesItself(url, name, own)) return { document: entry, changed: false };
  }
  const rewritten = { ...entry, dist: { ...dist, tarball: places.publicOf(name, own) } };
  return { document: rewritten, changed: true };
}

/** Its path alone tells which package it is. */
function namesItself(url: URL, name: string, version: string): boolean {
  const path = pathOf(url.pathname);
  const route = path === undefined ? undefined : tarballOf(path);
  return route?.name === name && route.version === version;
}
