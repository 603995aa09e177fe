/**
 * What was built is a git tag that names the version. Provenance of a branch says which commit it was, and nothing about
 * whether anybody meant to release it.
 */
import type { Evidence, Subject } from '../evidence/types.ts';
import type { Findings } from './findings.ts';
import type { Decided } from './levels.ts';

const TAG = 'refs/tags/';
/** Between the name of a package and its version, as release tools write tags. */
const JOINTS = ['@', '@v', '-', '-v', '/', '/v'];

/** Judges verified provenance; that there is none is worth what `provenance` says. */
export function judgeVersionTag({ subject, provenance }: Evidence, by: Decided, findings: Findings): void {
  if (provenance.status !== 'verified') return;
  const { ref } = provenance.value.claims;
  const about = 'version tag';
  const expected = `v${subject.version}`;
  if (!ref.startsWith(TAG)) {
    findings.judged(about, { code: 'version-tag-absent', args: { expected, actual: ref } }, by);
    return;
  }
  const actual = ref.slice(TAG.length);
  if (!namesVersion(actual, subject)) {
    findings.judged(about, { code: 'version-tag-mismatch', args: { expected, actual } }, by);
  }
}

/** Whole tags only: `v1.2.3`, `1.2.3`, or the package's name with or without its scope, and the version. */
export function namesVersion(tag: string, { name, version }: Pick<Subject, 'name' | 'version'>): boolean {
  const bare = name.slice(name.indexOf('/') + 1);
  // Registries drop the build metadata that a tag may carry or not.
  const versions = new Set([version, version.replace(/\+.*$/, '')]);
  return [...versions].some(
    (text) =>
      tag === text ||
      tag === `v${text}` ||
      [name, bare].some((prefix) => JOINTS.some((joint) => tag === `${prefix}${joint}${text}`)),
  );
}
