/**
 * The public API: what the command line does, as values. `run` verifies and judges a whole lockfile, `loadPolicy` reads
 * a policy with all it extends, `verifyBundle` verifies one Sigstore bundle against a trust root.
 */

import { type BundleFacts, type BundleOptions, judgeBundle } from './bundle.ts';
import { type Check, verified } from './core/check.ts';

export type { BundleFacts, BundleOptions } from './bundle.ts';
export type { Progress } from './connect.ts';
export type { Args, Check, Note, Status, Unproven, Verified } from './core/check.ts';
export type { Code, ErrorCode } from './core/codes.ts';
export { VerifyDepsError } from './core/errors.ts';
export type { InTotoStatement, InTotoSubject } from './evidence/in-toto.ts';
export type {
  Evidence,
  Provenance,
  ProvenanceFact,
  PublishTime,
  RegistrySignatureFact,
  Subject,
  VerifiedAttestation,
} from './evidence/types.ts';
export { type Fetched, type FetchOptions, fetchEvidence, type Lack } from './fetch.ts';
export { type LoadOptions, loadPolicy } from './policy/load.ts';
export type {
  Exemption,
  Finding,
  Level,
  Outcome,
  Policy,
  Position,
  Requirements,
  Rule,
  Severity,
  Verdict,
} from './policy/types.ts';
export type { Counts, Gathered, Report } from './report/types.ts';
export { type RunOptions, type RunResult, run } from './run.ts';
export type { DigestAlgorithm } from './sigstore/digest.ts';
export type { VerificationOptions, Witness } from './sigstore/options.ts';
export { parseTrustRoot } from './sigstore/trust-root.ts';
export type {
  CertificateFact,
  CertificateIdentity,
  FulcioClaims,
  KeyIdentity,
  ManagedKey,
  SignerIdentity,
  TrustRoot,
  VerificationKey,
  VerifiedArtifact,
  VerifiedBundle,
  VerifiedLogEntry,
  VerifiedSct,
  VerifiedTime,
} from './sigstore/types.ts';
export type {
  DependencyKind,
  DependencyTree,
  Integrity,
  Lockfile,
  PackageNode,
  Source,
  SourceKind,
} from './tree/types.ts';
export type { TrustOrigin } from './trust/types.ts';

/**
 * Verifies one Sigstore bundle, of a file or of an attestation, as `verify-deps bundle` does.
 * @param bytes    the bundle as JSON (`application/vnd.dev.sigstore.bundle…`), at most 8 MiB
 * @param options  the trust root (see `parseTrustRoot`); the file, if there is one; who may have signed; how much the
 *                 bundle must bring
 * @returns        `verified` with every established fact, or the first reason why not: `invalid`, or `uncovered` for what
 *                 this version cannot judge. Where neither `key` nor `identity` is given, who signed is for the caller to
 *                 judge: look at `value.signer`. An in-toto statement is in `value.statement`; where no `artifact` is
 *                 given, which files it is about is for the caller to compare.
 * @throws {VerifyDepsError} `usage` or `key-unreadable` for options that mean nothing; what reading the artifact throws
 */
export async function verifyBundle(bytes: Uint8Array, options: BundleOptions): Promise<Check<BundleFacts>> {
  const { facts, failures } = await judgeBundle(bytes, options);
  return failures[0] ?? verified(facts!);
}
