import { ProofError } from '../core/errors.ts';
import { type ProvenanceReader, SLSA_V1, SLSA_V02 } from './claims.ts';
import { GITHUB_ISSUER, readGithubProvenance } from './github.ts';
import { GITLAB_ISSUER, readGitlabProvenance } from './gitlab.ts';
import type { Statement } from './statement.ts';
import type { ProvenanceFact, VerifiedAttestation } from './types.ts';

const READERS: ReadonlyMap<string, ProvenanceReader> = new Map([
  [GITHUB_ISSUER, readGithubProvenance],
  [GITLAB_ISSUER, readGitlabProvenance],
]);

/** True for predicate types that claim to be SLSA provenance, of whatever version. */
export function isProvenanceType(predicateType: string): boolean {
  return predicateType.startsWith('https://slsa.dev/provenance/');
}

/**
 * Reads who built it from a statement whose signature and subject hold. Only what the certificate bears out counts.
 * @throws {ProofError} `provenance-signer-mismatch` (a person or a bare key signed), `claim-mismatch`, `claim-absent`,
 *                      `format-unsupported` as `uncovered` for build services and SLSA versions not known here
 */
export function readProvenance(bundle: VerifiedAttestation, statement: Statement): ProvenanceFact {
  const { signer } = bundle;
  if (signer.kind !== 'certificate')
    throw new ProofError('provenance-signer-mismatch', { hint: signer.hint });
  const issuer = signer.claims.issuer ?? '';
  if (signer.sanType !== 'uri') {
    throw new ProofError('provenance-signer-mismatch', { san: signer.subjectAlternativeName, issuer });
  }
  if (statement.predicateType !== SLSA_V02 && statement.predicateType !== SLSA_V1) {
    throw new ProofError(
      'format-unsupported',
      { what: 'provenance', actual: statement.predicateType },
      'uncovered',
    );
  }
  const reader = READERS.get(issuer);
  if (!reader)
    throw new ProofError(
      'format-unsupported',
      { what: 'build service', actual: issuer || 'unnamed' },
      'uncovered',
    );
  return { bundle, claims: reader(statement, signer) };
}
