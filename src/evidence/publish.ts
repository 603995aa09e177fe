/**
 * The registry's publish attestation: its signed word that it took these bytes under this name.
 * @see https://github.com/npm/attestation/tree/main/specs/publish/v0.1
 */
import { ProofError } from '../core/errors.ts';
import { normalRegistry } from '../core/registry-url.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import { textAt } from './claims.ts';
import type { Statement } from './statement.ts';

export const PUBLISH_V01 = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

/**
 * @param registries  base URLs that may be named: the registry asked, and the one it is declared to mirror
 * @throws {ProofError} `publish-signer-mismatch`, `publish-claim-mismatch`
 */
export function assertPublish(
  bundle: Pick<VerifiedBundle, 'signer'>,
  statement: Statement,
  expected: { readonly name: string; readonly version: string; readonly registries: readonly string[] },
): void {
  if (bundle.signer.kind !== 'key')
    throw new ProofError('publish-signer-mismatch', { san: bundle.signer.subjectAlternativeName });
  const claim = (field: string): string => textAt(statement.predicate, field) ?? '';
  for (const field of ['name', 'version'] as const) {
    if (claim(field) !== expected[field]) {
      throw new ProofError('publish-claim-mismatch', {
        field,
        expected: expected[field],
        actual: claim(field),
      });
    }
  }
  const registry = normalRegistry(claim('registry'));
  if (!expected.registries.some((url) => registry !== undefined && normalRegistry(url) === registry)) {
    throw new ProofError('publish-claim-mismatch', {
      field: 'registry',
      expected: expected.registries.join(' or '),
      actual: claim('registry'),
    });
  }
}
