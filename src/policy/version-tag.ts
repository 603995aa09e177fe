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
  // Build metadata: registries drop it, so that a tag may have some of which the version knows nothing, or the other way.
  const plain = version.replace(/\+.*$/, '');
  const tags = plain === version ? [tag, tag.replace(/\+[0-9A-Za-z.-]+$/, '')] : [tag];
  return tags.some((written) =>
    [version, plain].some(
      (text) =>
        written === text ||
        written === `v${text}` ||
        [name, bare].some((prefix) => JOINTS.some((joint) => written === `${prefix}${joint}${text}`)),
    ),
  );
}
