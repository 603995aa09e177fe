/** What a request path asks for. Everything that is not plainly one of these is nothing that this proxy knows. */
import { limits } from '../../core/limits.ts';
import { isPackageName, isVersion } from '../../tree/identity.ts';

export type Route =
  | { readonly kind: 'packument'; readonly name: string }
  /** `wanted` is a version or a tag. */
  | { readonly kind: 'manifest'; readonly name: string; readonly wanted: string }
  | TarballRoute
  | { readonly kind: 'attestations'; readonly name: string; readonly version: string }
  | { readonly kind: 'dist-tags'; readonly name: string }
  | { readonly kind: 'keys' | 'ping' }
  | { readonly kind: 'search'; readonly query: string }
  | { readonly kind: 'advisories'; readonly path: string };

export interface TarballRoute {
  readonly kind: 'tarball';
  readonly name: string;
  readonly version: string;
  /** What stands before `NAME/-/FILE`, as registries have it whose base URL has a path; starts with a slash. */
  readonly prefix: string;
  /** Decoded, the whole of it; starts with a slash. */
  readonly path: string;
}

export type Parsed = Route | { readonly kind: 'unknown' } | { readonly kind: 'malformed' };

const ADVISORIES: ReadonlySet<string> = new Set([
  '/-/npm/v1/security/advisories/bulk',
  '/-/npm/v1/security/audits',
  '/-/npm/v1/security/audits/quick',
]);

/** @param url  of a request line in origin form */
export function routeOf(url: string): Parsed {
  const path = pathOf(url);
  if (path === undefined) return { kind: 'malformed' };
  if (ADVISORIES.has(path)) return { kind: 'advisories', path };
  const tarball = tarballOf(path);
  if (tarball !== undefined) return tarball;
  if (path.startsWith('/-/')) return serviceOf(path, url);
  const [, name, wanted] = /^\/((?:@[^/]+\/)?[^/@][^/]*)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (name === undefined || !isPackageName(name)) return { kind: 'unknown' };
  if (wanted === undefined) return { kind: 'packument', name };
  return isVersion(wanted) || isTag(wanted) ? { kind: 'manifest', name, wanted } : { kind: 'unknown' };
}

/**
 * The path once decoded: absolute, without empty segments or such that lead elsewhere, without anything that a second
 * decoding could turn into something else. Undefined for everything else.
 */
export function pathOf(url: string): string | undefined {
  if (!url.startsWith('/') || url.length > limits.urlCharsMax) return undefined;
  let path: string;
  try {
    path = decodeURIComponent(url.split('?', 1)[0]!);
  } catch {
    return undefined;
  }
  if (/[\u0000-\u0020\u007f-\uffff%\\#?]/.test(path)) return undefined;
  const segments = path.slice(1).split('/');
  return segments.some((one) => one === '' || one === '.' || one === '..') && path !== '/' ? undefined : path;
}

/**
 * Which package a tarball's place names: `NAME/-/BASENAME-VERSION.tgz` at the end of a path, or as GitHub Packages has it,
 * `download/NAME/VERSION/DIGEST`. Never half of a scoped name.
 * @param path  decoded
 */
export function tarballOf(path: string): TarballRoute | undefined {
  const at = path.lastIndexOf('/-/');
  const [prefix, name, version] =
    at >= 0 && path.endsWith('.tgz') ? conventional(path, at) : (downloaded(path) ?? []);
  if (prefix === undefined || name === undefined || version === undefined) return undefined;
  if (!isPackageName(name) || !isVersion(version)) return undefined;
  return { kind: 'tarball', name, version, prefix, path };
}

function conventional(path: string, at: number): readonly (string | undefined)[] {
  const segments = path.slice(1, at).split('/');
  const base = segments.pop() ?? '';
  const scope = segments.at(-1)?.startsWith('@') ? `${segments.pop()}/` : '';
  const file = path.slice(at + 3, -'.tgz'.length);
  // With or without the scope in front.
  const bare = file.startsWith(scope) ? file.slice(scope.length) : file;
  if (!bare.startsWith(`${base}-`)) return [];
  const prefix = segments.length === 0 ? '' : `/${segments.join('/')}`;
  return [prefix, `${scope}${base}`, bare.slice(base.length + 1)];
}

function downloaded(path: string): readonly (string | undefined)[] | undefined {
  const [, prefix, name, version] =
    /^(.*)\/download\/(@[^/]+\/[^/]+)\/([^/]+)\/[0-9a-f]{16,128}$/.exec(path) ?? [];
  return prefix === undefined ? undefined : [`${prefix}/download`, name, version];
}

function serviceOf(path: string, url: string): Parsed {
  if (path === '/-/ping') return { kind: 'ping' };
  if (path === '/-/npm/v1/keys') return { kind: 'keys' };
  if (path === '/-/v1/search') {
    const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : '';
    return /^[\x21-\x7e]*$/.test(query) ? { kind: 'search', query } : { kind: 'malformed' };
  }
  const [, tags] = /^\/-\/package\/(.+)\/dist-tags$/.exec(path) ?? [];
  if (tags !== undefined && isPackageName(tags)) return { kind: 'dist-tags', name: tags };
  const [, name, version] = /^\/-\/npm\/v1\/attestations\/(.+)@([^@/]+)$/.exec(path) ?? [];
  if (name !== undefined && version !== undefined && isPackageName(name) && isVersion(version))
    return { kind: 'attestations', name, version };
  return { kind: 'unknown' };
}

function isTag(text: string): boolean {
  return text.length <= limits.versionCharsMax && /^[A-Za-z0-9~][A-Za-z0-9._~-]*$/.test(text);
}
