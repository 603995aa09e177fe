import { ProofError } from '../core/errors.ts';

/** Hashes that a signature may rest on; what is weaker is not looked at. */
export const digestAlgorithms = ['sha256', 'sha384', 'sha512'] as const;
export type DigestAlgorithm = (typeof digestAlgorithms)[number];

const NAMES: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

/**
 * @param name  as protobuf JSON has it
 * @throws {ProofError} `algorithm-unsupported`
 * @see https://github.com/sigstore/protobuf-specs/blob/v0.5.0/protos/sigstore_common.proto (HashAlgorithm)
 */
export function digestAlgorithmOf(name: string, what: string): DigestAlgorithm {
  const algorithm = NAMES.get(name);
  if (algorithm === undefined)
    throw new ProofError('algorithm-unsupported', { what, algorithm: name }, 'uncovered');
  return algorithm;
}
