import { ProofError } from '../core/errors.ts';
import { isObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import type { CertificateIdentity } from '../sigstore/types.ts';
import type { Provenance } from './types.ts';

/**
 * One thing a provenance says, beside what the signing certificate says of it. Whoever can run a build can write
 * anything into a predicate; the certificate was filled in by the build service's identity token.
 */
export interface Claim {
  readonly name: string;
  /** Of the predicate; undefined if it does not say. */
  readonly claimed: string | undefined;
  /** Of the certificate; undefined if it does not say. */
  readonly certified: string | undefined;
  /** Both must say it. Otherwise they must agree where both do. */
  readonly required: boolean;
}

/** @throws {ProofError} `claim-mismatch` or `claim-absent`, at the first claim that is not borne out */
export function assertClaims(claims: readonly Claim[]): void {
  for (const { name, claimed, certified, required } of claims) {
    if (claimed !== undefined && certified !== undefined && claimed !== certified) {
      throw new ProofError('claim-mismatch', { claim: name, certificate: certified, predicate: claimed });
    }
    if (required && (claimed === undefined || certified === undefined)) {
      const where = certified === undefined ? 'certificate' : 'predicate';
      throw new ProofError('claim-absent', { claim: name, what: where });
    }
  }
}

/** Reads one build service's provenance: throws unless the certificate bears out what the predicate claims. */
export type ProvenanceReader = (
  statement: { readonly predicateType: string; readonly predicate: JsonObject },
  signer: CertificateIdentity,
) => Provenance;

/** Text at a path of object keys and list indexes; undefined where anything on the way is missing or of another type. */
export function textAt(
  value: JsonValue | undefined,
  ...path: readonly (string | number)[]
): string | undefined {
  let at: JsonValue | undefined = value;
  for (const step of path) {
    if (typeof step === 'number') at = Array.isArray(at) ? (at as readonly JsonValue[])[step] : undefined;
    else at = isObject(at) ? member(at, step) : undefined;
  }
  return typeof at === 'string' && at !== '' ? at : undefined;
}

export const SLSA_V02 = 'https://slsa.dev/provenance/v0.2';
export const SLSA_V1 = 'https://slsa.dev/provenance/v1';
