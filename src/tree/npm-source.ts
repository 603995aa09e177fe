import { malformed } from './failure.ts';
import { quoted } from './identity.ts';
import type { Spec, SpecReader } from './npm-spec.ts';
import type { Source } from './types.ts';

/** What the dependents of an entry ask for. */
export interface Asked {
  /** Somebody asks for it. */
  readonly any: boolean;
  /** Specs that are more than a range, version or tag, in the order of the edges. */
  readonly specs: readonly Spec[];
}

/**
 * Where npm takes the bytes of an entry from. What `resolved` is decides between git, a file and a download, because
 * npm follows it; whether a download is the registry's tarball or a plain one is decided by who asked for it, because
 * nobody else can say (a mirror's tarball may lie anywhere).
 * @param resolved  as in the lockfile; npm leaves it out with `omit-lockfile-registry-resolved`
 * @param asked     what the dependents ask for
 * @param chosen    specs that an override in package.json puts in place of them
 * @param read      for a `resolved` that is no plain download; undefined where it is one
 * @throws {VerifyDepsError} `lockfile-malformed` if `resolved` is no place at all
 */
export function sourceOf(
  file: string,
  location: string,
  name: string,
  resolved: string | undefined,
  asked: Asked,
  chosen: ReadonlySet<string>,
  read: SpecReader | undefined,
): Source {
  const placed = asked.specs.find((spec) => spec.type !== 'registry' && spec.type !== 'unknown');
  if (resolved === undefined) {
    if (placed === undefined) return { kind: 'registry', resolved: undefined };
    return placeOf(placed);
  }
  const place = read?.(name, resolved);
  if (place !== undefined) {
    if (place.type === 'registry' || place.type === 'unknown')
      throw malformed(
        file,
        `"resolved" of ${quoted(location)} is no place to take a package from: ${quoted(resolved)}`,
      );
    if (place.type !== 'remote') return placeOf(place);
  }
  const asRegistry = asked.any
    ? placed === undefined && !chosen.has(resolved)
    : looksLikeRegistry(name, resolved);
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
