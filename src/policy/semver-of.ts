import type SemVer from 'semver/classes/semver.js';
import parse from 'semver/functions/parse.js';

let latest: { readonly text: string; readonly version: SemVer | undefined } | undefined;

/** Undefined for what is not semver. The latest is kept: judging a package asks for the same version several times over. */
export function semverOf(text: string): SemVer | undefined {
  if (latest?.text !== text) latest = { text, version: parse(text) ?? undefined };
  return latest.version;
}
