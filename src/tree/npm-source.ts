import npa from 'npm-package-arg';
import { limits } from '../core/limits.ts';
import { malformed } from './failure.ts';
import { quoted } from './identity.ts';
import type { Source } from './types.ts';

/** A dependency spec, as far as it tells where bytes come from. */
export interface Spec {
  readonly type: 'registry' | 'git' | 'remote' | 'file' | 'directory' | 'unknown';
  /** Name on the registry, where the spec is an alias (`npm:name@range`). */
  readonly aliased: string | undefined;
  readonly text: string;
}

const cacheMax = 100_000;

/** Reads specs as npm does; the same few thousand come up again and again. */
export function specReader(): (name: string, spec: string) => Spec {
  const cache = new Map<string, Spec>();
  return (name, spec) => {
    const key = `${name}\n${spec}`;
    const known = cache.get(key);
    if (known !== undefined) return known;
    const read = readSpec(name, spec);
    if (cache.size < cacheMax) cache.set(key, read);
    return read;
  };
}

function readSpec(name: string, text: string): Spec {
  const unknown: Spec = { type: 'unknown', aliased: undefined, text };
  if (text.length > limits.urlCharsMax) return unknown;
  let result: npa.Result;
  try {
    result = npa.resolve(name, text, '/');
  } catch {
    return unknown;
  }
  const { type } = result;
  if (type === 'alias') {
    const { subSpec } = result as npa.AliasResult;
    return { type: 'registry', aliased: subSpec.name ?? undefined, text };
  }
  if (type === 'git' || type === 'remote' || type === 'file' || type === 'directory')
    return { type, aliased: undefined, text };
  return { type: 'registry', aliased: undefined, text };
}

/**
 * Where npm takes the bytes of an entry from. What `resolved` is decides between git, a file and a download, because
 * npm follows it; whether a download is the registry's tarball or a plain one is decided by who asked for it, because
 * nobody else can say (a mirror's tarball may lie anywhere).
 * @param resolved  as in the lockfile; npm leaves it out with `omit-lockfile-registry-resolved`
 * @param specs     what the dependents ask for
 * @param chosen    specs that an override in package.json puts in place of them
 * @throws {VerifyDepsError} `lockfile-malformed` if `resolved` is no place at all
 */
export function sourceOf(
  file: string,
  location: string,
  name: string,
  resolved: string | undefined,
  specs: readonly Spec[],
  chosen: ReadonlySet<string>,
): Source {
  const placed = specs.find((spec) => spec.type !== 'registry' && spec.type !== 'unknown');
  if (resolved === undefined) {
    if (placed === undefined) return { kind: 'registry', resolved: undefined };
    return placeOf(placed);
  }
  const place = readSpec(name, resolved);
  if (place.type === 'registry' || place.type === 'unknown')
    throw malformed(
      file,
      `"resolved" of ${quoted(location)} is no place to take a package from: ${quoted(resolved)}`,
    );
  if (place.type !== 'remote') return placeOf(place);
  const asRegistry =
    specs.length > 0 ? placed === undefined && !chosen.has(resolved) : looksLikeRegistry(name, resolved);
  return asRegistry ? { kind: 'registry', resolved } : { kind: 'remote', url: resolved };
}

function placeOf(spec: Spec): Source {
  switch (spec.type) {
    case 'git': {
      const hash = spec.text.indexOf('#');
      const url = hash < 0 ? spec.text : spec.text.slice(0, hash);
      const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.exec(hash < 0 ? '' : spec.text.slice(hash + 1))?.[0];
      return { kind: 'git', url, commit };
    }
    case 'file':
      return { kind: 'file', path: spec.text.replace(/^file:(?:\/\/)?/, '') };
    case 'directory':
      return { kind: 'directory', path: spec.text.replace(/^file:(?:\/\/)?/, '') };
    default:
      return { kind: 'remote', url: spec.text };
  }
}

/** The tarball path every npm registry uses: `/NAME/-/BASENAME-VERSION.tgz`. */
function looksLikeRegistry(name: string, url: string): boolean {
  const base = name.slice(name.indexOf('/') + 1);
  const path = url.split(/[?#]/, 1)[0]!.replace(/%2f/gi, '/');
  const at = path.lastIndexOf('/-/');
  return at >= 0 && path.slice(0, at).endsWith(`/${name}`) && path.slice(at + 3).startsWith(`${base}-`);
}
