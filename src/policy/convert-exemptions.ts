/** Exemptions as a file writes them, checked for what the schema cannot say. */
import type Comparator from 'semver/classes/comparator.js';
import Range from 'semver/classes/range.js';
import type SemVer from 'semver/classes/semver.js';
import type { ExemptionFile } from './file-types.ts';
import type { ParsedPolicy } from './parse.ts';
import { nameProblem } from './patterns.ts';
import { quoted, refusal } from './refuse.ts';
import { isRealTime } from './short-forms.ts';
import type { Exemption } from './types.ts';

const RANGE_CHARS_MAX = 256;

/** @throws {VerifyDepsError} `policy-malformed` */
export function toExemption(exemption: ExemptionFile, index: number, parsed: ParsedPolicy): Exemption {
  const path = ['exemptions', index];
  const packageAt = parsed.at([...path, 'package']);
  const refuse = (what: string, hint: string): never => {
    throw refusal('policy-malformed', packageAt, `${quoted(exemption.package)} ${what}`, hint);
  };
  const split = exemption.package.lastIndexOf('@');
  const name = split < 1 ? exemption.package : exemption.package.slice(0, split);
  if (name.includes('*') || nameProblem(name) !== undefined) {
    refuse(
      'does not begin with the name of one package',
      'write name@1.2.3; an exemption covers one package',
    );
  }
  if (split < 1 && exemption.integrity === undefined) {
    refuse('names no version', 'write name@1.2.3 or name@^1.2, or pin the bytes with integrity: sha512-…');
  }
  if (split < 1 && exemption.integrity?.startsWith('sha512-') !== true) {
    refuse('names no version, and only a sha512 digest stands for one', 'write name@1.2.3');
  }
  const problem = split < 1 ? undefined : versionProblem(exemption.package.slice(split + 1));
  if (problem !== undefined) refuse(...problem);
  if (!isRealTime(exemption.expires)) {
    throw refusal(
      'policy-malformed',
      parsed.at([...path, 'expires']),
      `${quoted(exemption.expires)} is not a day of the calendar`,
    );
  }
  return {
    at: parsed.at(path),
    name,
    version: split < 1 ? undefined : normalVersion(exemption.package.slice(split + 1)),
    integrity: exemption.integrity,
    codes: exemption.codes,
    reason: exemption.reason.trim(),
    owner: exemption.owner.trim(),
    // The given day counts in full, in UTC.
    expires: Date.parse(`${exemption.expires}T00:00:00.000Z`) + 86_400_000 - 1,
  };
}

/** What is wrong with a version or range, and what to write. */
function versionProblem(text: string): readonly [what: string, hint: string] | undefined {
  const range = rangeOf(text);
  // What a registry publishes has no build metadata, and semver would overlook it.
  if (range === undefined || text.includes('+') || text.length > RANGE_CHARS_MAX) {
    return ['names no version or range of versions', 'write name@1.2.3 or name@^1.2'];
  }
  const reaches = range.set.map(reachOf);
  if (reaches.some(({ last }) => last === Number.POSITIVE_INFINITY)) {
    return ['has no upper end, so it covers every release to come', 'write name@1.2.3, or name@^1.2'];
  }
  if (reaches.some(({ first, last }) => last > first)) {
    return ['reaches over more than one major version', 'write one range for each: name@1.x || 2.x'];
  }
  return undefined;
}

function rangeOf(text: string): Range | undefined {
  try {
    return new Range(text);
  } catch {
    return undefined;
  }
}

/** First and last major version of which one alternative of a range can cover a release. */
function reachOf(comparators: readonly Comparator[]): { readonly first: number; readonly last: number } {
  let first = 0;
  let last = Number.POSITIVE_INFINITY;
  for (const comparator of comparators) {
    // `*`, of which the library gives a symbol as the version
    if (comparator.value === '') continue;
    const { major, minor, patch, prerelease } = comparator.semver as SemVer;
    const { operator } = comparator;
    if (operator !== '<' && operator !== '<=') first = Math.max(first, major);
    if (operator === '<' || operator === '<=' || operator === '') {
      const before = prerelease.length === 0 || (prerelease.length === 1 && prerelease[0] === 0);
      const excluded = operator === '<' && minor === 0 && patch === 0 && before;
      last = Math.min(last, excluded ? major - 1 : major);
    }
  }
  return { first, last };
}

/** `=1.2.3` and `v1.2.3` are exactly one version as well. */
function normalVersion(text: string): string {
  const [alternative, other] = rangeOf(text)?.set ?? [];
  const [only, second] = alternative ?? [];
  const isOne = only?.operator === '' && only.value !== '' && other === undefined && second === undefined;
  return isOne ? (only.semver as SemVer).version : text.trim();
}
