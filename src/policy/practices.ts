/**
 * Which tasks of NIST SP 800-218 (SSDF 1.1) a finding bears on. The tasks are those of whoever builds software out of the
 * packages in the lockfile; only PS.2.1 is the supplier's, seen from the side that has to verify. What each of them means
 * here, and what it leaves open, stands in docs/ssdf.md.
 */
import type { Code } from '../core/codes.ts';

/** Tasks by id, in the words of this project. */
export const practices = {
  'PO.1.3': 'say what is demanded of third parties, and review the exceptions granted from it',
  'PO.4.1': 'have criteria for security checks, and record what was approved, refused and excepted',
  'PO.4.2': 'gather and keep what the criteria need, and decide by it automatically',
  'PS.2.1': 'suppliers publish what the integrity of their releases can be verified with',
  'PS.3.1': 'keep what proves the integrity and the origin of a release, where it cannot be changed',
  'PS.3.2': 'collect, protect and maintain the provenance of every component',
  'PW.4.1': 'take components from where they are known to be sound, knowing their provenance',
  'PW.4.4': 'verify that components meet the requirements, at first and ever after',
  'RV.1.1': 'watch components for signs that something has become wrong with them',
} as const;

export type PracticeId = keyof typeof practices;

/** What a finding that is not listed below bears on: each of them is a requirement that was verified. */
const ALWAYS: readonly PracticeId[] = ['PW.4.4'];

const FROM_WHERE: readonly PracticeId[] = ['PW.4.1', 'PW.4.4'];
const VERIFIABLE: readonly PracticeId[] = ['PS.2.1', 'PW.4.4'];
const ORIGIN: readonly PracticeId[] = ['PS.3.2', 'PW.4.1', 'PW.4.4'];
/** Provenance is there, and it does not hold or cannot be judged. */
const PROOF: readonly PracticeId[] = ['PS.3.2', 'PW.4.4'];
const LOGGED: readonly PracticeId[] = ['PS.3.1', 'PW.4.4'];
const CHANGED: readonly PracticeId[] = ['PS.3.2', 'PW.4.4', 'RV.1.1'];
/** Time for others to notice what is wrong with a release. */
const YOUNG: readonly PracticeId[] = ['PW.4.4', 'RV.1.1'];
const EXCEPTION: readonly PracticeId[] = ['PO.1.3', 'PO.4.1'];
const GATHERED: readonly PracticeId[] = ['PO.4.2', 'PW.4.4'];

const listed: readonly (readonly [readonly PracticeId[], readonly Code[]])[] = [
  [FROM_WHERE, ['resolved-mismatch', 'resolved-elsewhere', 'scope-elsewhere', 'version-absent']],
  [FROM_WHERE, ['source-unverifiable', 'source-not-allowed', 'bundled-inside']],
  [VERIFIABLE, ['integrity-missing', 'integrity-weak', 'integrity-withheld']],
  [VERIFIABLE, ['signature-absent', 'signature-invalid', 'signature-key-unknown', 'signature-key-expired']],
  [VERIFIABLE, ['signature-key-not-yet-valid', 'signature-key-usage', 'signature-time-unknown']],
  [VERIFIABLE, ['signature-time-unsigned', 'registry-keys-unknown', 'registry-without-evidence']],
  [VERIFIABLE, ['publish-absent', 'publish-claim-mismatch', 'publish-signer-mismatch']],
  [ORIGIN, ['attestations-absent', 'attestations-withheld', 'provenance-absent', 'provenance-withheld']],
  [ORIGIN, ['repository-mismatch', 'repository-undeclared', 'identity-mismatch', 'identity-denied']],
  [ORIGIN, ['build-level-low', 'version-tag-absent', 'version-tag-mismatch']],
  [ORIGIN, ['coverage-low', 'coverage-fell', 'baseline-first-seen']],
  [PROOF, ['predicate-type-mismatch', 'payload-type-mismatch', 'statement-type-unknown']],
  [PROOF, ['subject-absent', 'subject-extra', 'subject-name-mismatch', 'subject-digest-mismatch']],
  [PROOF, ['provenance-signer-mismatch', 'claim-mismatch', 'claim-absent', 'bundle-version-unknown']],
  [PROOF, ['envelope-signature-count', 'envelope-signature-invalid']],
  [CHANGED, ['provenance-lost', 'repository-changed', 'repository-renamed', 'owner-changed']],
  [CHANGED, ['issuer-changed', 'ref-kind-changed', 'trigger-changed', 'runner-changed']],
  [CHANGED, ['builder-changed', 'workflow-changed']],
  [YOUNG, ['release-too-young', 'release-age-unknown']],
  [
    EXCEPTION,
    ['exemption-used', 'exemption-expired', 'exemption-unused', 'exemption-wide', 'exemption-long'],
  ],
  [GATHERED, ['registry-unreachable', 'registry-refused', 'registry-response-invalid']],
  [GATHERED, ['trust-root-stale', 'nothing-verified', 'offline-missing']],
];
const byCode: ReadonlyMap<Code, readonly PracticeId[]> = new Map(
  listed.flatMap(([ids, codes]) => codes.map((code) => [code, ids] as const)),
);

/** Sorted by id; the same for the same code, whatever else a run found. */
export function practicesOf(code: Code): readonly PracticeId[] {
  const found = byCode.get(code);
  if (found !== undefined) return found;
  if (/^(?:tlog|sct|time|timestamp)-/.test(code)) return LOGGED;
  if (/^(?:certificate|authority|key)-/.test(code)) return PROOF;
  return ALWAYS;
}
