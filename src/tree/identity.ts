import semver from 'semver';
import type { JsonObject, JsonValue } from '../core/json.ts';
import { isObject, member } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { malformed } from './failure.ts';

// What npm's registry ever took, legacy names included: characters that a URL path carries unescaped. No percent sign,
// slash, backslash, space or control character; no leading dot or underscore, so neither `..` nor `__proto__`.
const unscoped = /^[A-Za-z0-9!~*'()-][A-Za-z0-9!~*'()._-]*$/;
const scope = /^@[A-Za-z0-9~-][A-Za-z0-9._~-]*$/;
const reserved = new Set(['node_modules', 'favicon.ico']);

/** True for `name` and `@scope/name` as they may stand in URLs, paths and purls without escaping. */
export function isPackageName(name: string): boolean {
  if (name.length === 0 || name.length > limits.packageNameCharsMax) return false;
  const slash = name.indexOf('/');
  const base = slash < 0 ? name : name.slice(slash + 1);
  if (slash >= 0 && !scope.test(name.slice(0, slash))) return false;
  return unscoped.test(base) && !reserved.has(base.toLowerCase());
}

/** True for a version as Semantic Versioning 2.0.0 writes it: no `v`, no range, no loose form. */
export function isVersion(version: string): boolean {
  return version.length <= limits.versionCharsMax && /^\d/.test(version) && semver.parse(version) !== null
    ? !/\s/.test(version)
    : false;
}

/** @throws {VerifyDepsError} `lockfile-malformed` */
export function packageName(file: string, entry: string, name: string): string {
  if (!isPackageName(name))
    throw malformed(file, `${quoted(entry)} has the impossible package name ${quoted(name)}`);
  return name;
}

/** @throws {VerifyDepsError} `lockfile-malformed` */
export function packageVersion(file: string, entry: string, version: string | undefined): string {
  if (version === undefined) throw malformed(file, `${quoted(entry)} has no version`);
  if (!isVersion(version))
    throw malformed(file, `${quoted(entry)} has the impossible version ${quoted(version)}`);
  return version;
}

/** Version of something that is not fetched by version; nothing is looked up with it. */
export function localVersion(version: string | undefined): string {
  return version !== undefined && isVersion(version) ? version : '0.0.0';
}

export function quoted(text: string): string {
  return `"${printable(text)}"`;
}

/**
 * A place in or beside the project as lockfiles write it: relative, `/` between segments, `..` only in front. The empty
 * string is the project itself.
 */
export function isRelativePath(path: string): boolean {
  if (path === '') return true;
  if (path.length > limits.urlCharsMax || /[\u0000-\u001f\u007f\\]/.test(path)) return false;
  if (/^[A-Za-z]:/.test(path)) return false;
  const segments = path.split('/');
  const inside = segments.findIndex((segment) => segment !== '..');
  const ups = inside < 0 ? segments.length : inside;
  return (
    ups <= 16 &&
    segments.slice(ups).every((part) => part !== '' && part !== '.' && part !== '..' && part !== '__proto__')
  );
}

/** Name out of a package.json, where it is one a registry could know. */
export function manifestName(manifest: JsonObject | undefined): string | undefined {
  const name: JsonValue | undefined = isObject(manifest) ? member(manifest, 'name') : undefined;
  return typeof name === 'string' && isPackageName(name) ? name : undefined;
}
