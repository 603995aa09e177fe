import type { JsonObject, JsonValue } from '../core/json.ts';
import { isObject, member } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { malformed } from './failure.ts';

// What npm's registry ever took, legacy names included: characters that a URL path carries unescaped. No percent sign,
// slash, backslash, space or control character; no leading dot or underscore, so neither `..` nor `__proto__`.
const possible =
  /^(?:@[a-z0-9~-][a-z0-9._~-]*\/)?(?!(?:node_modules|favicon\.ico)$)[a-z0-9!~*'()-][a-z0-9!~*'()._-]*$/i;

/** True for `name` and `@scope/name` as they may stand in URLs, paths and purls without escaping. */
export function isPackageName(name: string): boolean {
  return name.length <= limits.packageNameCharsMax && possible.test(name);
}

// https://semver.org/spec/v2.0.0.html, and the numbers that JavaScript counts with.
const semantic =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** True for a version as Semantic Versioning 2.0.0 writes it: no `v`, no range, no loose form. */
export function isVersion(version: string): boolean {
  if (version.length > limits.versionCharsMax) return false;
  const found = semantic.exec(version);
  return found !== null && isCountable(found[1]!) && isCountable(found[2]!) && isCountable(found[3]!);
}

function isCountable(digits: string): boolean {
  return digits.length < 16 || Number(digits) <= Number.MAX_SAFE_INTEGER;
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

// Every segment begins with a letter, a digit or the mark of a scope.
const usual = /^(?:[a-z0-9@][a-z0-9@._~-]*\/)*[a-z0-9@][a-z0-9@._~-]*$/i;

/**
 * A place in or beside the project as lockfiles write it: relative, `/` between segments, `..` only in front. The empty
 * string is the project itself.
 */
export function isRelativePath(path: string): boolean {
  if (path === '') return true;
  if (path.length > limits.urlCharsMax) return false;
  if (usual.test(path)) return true;
  if (/[\u0000-\u001f\u007f\\]/.test(path)) return false;
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
