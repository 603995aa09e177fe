/**
 * The public API: what the command line does, as values. `run` verifies and judges a whole lockfile, `loadPolicy` reads
 * a policy with all it extends, `verifyBundle` verifies one Sigstore bundle against a trust root.
 */

import type { Check } from './core/check.ts';
import { outcomeOf } from './core/errors.ts';
import { parseJson } from './core/json.ts';
import { limits } from './core/limits.ts';
import type { ManagedKey, TrustRoot, VerifiedBundle } from './sigstore/types.ts';
import { verifyBundle as verify } from './sigstore/verify-bundle.ts';

export type { Args, Check, Note, Status, Unproven, Verified } from './core/check.ts';
export type { Code, ErrorCode } from './core/codes.ts';
export { VerifyDepsError } from './core/errors.ts';
export type {
  Evidence,
  Provenance,
  ProvenanceFact,
  PublishTime,
  RegistrySignatureFact,
  Subject,
} from './evidence/types.ts';
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
export type { Counts, Report } from './report/types.ts';
export { type Progress, type RunOptions, type RunResult, run } from './run.ts';
export { parseTrustRoot } from './sigstore/trust-root.ts';
export type {
  CertificateIdentity,
  FulcioClaims,
  KeyIdentity,
  ManagedKey,
  SignerIdentity,
  TrustRoot,
  VerifiedBundle,
  VerifiedLogEntry,
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
 * Verifies one Sigstore bundle with a DSSE envelope.
 * @param bytes    the bundle as JSON (`application/vnd.dev.sigstore.bundle…`), at most 8 MiB
 * @param options  the trust root (see `parseTrustRoot`), and the keys that may have signed bundles without a certificate
 * @returns        `verified` with every established fact, or why not: `invalid`, or `uncovered` for formats that this
 *                 version cannot judge. Who may have signed is for the caller to decide: look at `value.signer`.
 */
export async function verifyBundle(
  bytes: Uint8Array,
  options: { readonly trustRoot: TrustRoot; readonly keys?: readonly ManagedKey[] },
): Promise<Check<VerifiedBundle>> {
  try {
    const value = parseJson(bytes, 'bundle', limits.bundleBytesMax);
    return {
      status: 'verified',
      value: await verify(value, { trustRoot: options.trustRoot, keys: options.keys ?? [] }),
    };
  } catch (error) {
    return outcomeOf(error);
  }
}
