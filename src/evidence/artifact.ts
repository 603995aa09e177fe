/** A file and the statement that is about it: whether any subject of the statement is this very file. */
import { createHash } from 'node:crypto';
import { hex } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import type { Artifact } from '../sigstore/artifact.ts';
import { type DigestAlgorithm, digestAlgorithms } from '../sigstore/digest.ts';
import type { VerifiedArtifact } from '../sigstore/types.ts';
import type { InTotoStatement, InTotoSubject } from './in-toto.ts';

/** Hex, lower case, by algorithm: all three of a content, the one that was given of a digest. */
export type ArtifactDigests = ReadonlyMap<DigestAlgorithm, string>;

const SHOWN_MAX = 6;

/** Reads a content once, from start to end. */
export async function digestsOf(artifact: Artifact): Promise<ArtifactDigests> {
  if (artifact.kind === 'digest') return new Map([[artifact.algorithm, hex(artifact.digest)]]);
  const hashes = digestAlgorithms.map((algorithm) => [algorithm, createHash(algorithm)] as const);
  for await (const chunk of artifact.chunks()) for (const [, hash] of hashes) hash.update(chunk);
  return new Map(hashes.map(([algorithm, hash]) => [algorithm, hash.digest('hex')]));
}

/**
 * Requires the file to be one of the statement's subjects. A subject counts if it names a digest that is known of the
 * file, and if every such digest is the file's: with one right and one wrong digest, which file it means would depend on
 * who reads it.
 * @throws {ProofError} `artifact-not-subject`
 */
export function assertArtifact(statement: InTotoStatement, digests: ArtifactDigests): VerifiedArtifact {
  for (const { digests: named } of statement.subjects) {
    const comparable = [...digests].filter(([algorithm]) => named.has(algorithm));
    const [first] = comparable;
    if (first === undefined) continue;
    if (comparable.some(([algorithm, digest]) => named.get(algorithm)!.toLowerCase() !== digest)) continue;
    return { algorithm: first[0], digest: first[1] };
  }
  const [[algorithm, digest] = ['', '']] = digests;
  throw new ProofError('artifact-not-subject', {
    expected: namesOf(statement.subjects, digests),
    actual: `${algorithm}:${digest}`,
  });
}

function namesOf(subjects: readonly InTotoSubject[], digests: ArtifactDigests): readonly string[] {
  const shown = subjects.slice(0, SHOWN_MAX).map(({ name, digests: named }) => {
    const digest =
      [...named].find(([algorithm]) => digests.has(algorithm as DigestAlgorithm)) ?? [...named][0];
    const text = digest === undefined ? 'no digest' : digest.join(':');
    return name === undefined || name === '' ? text : `${name} ${text}`;
  });
  const more = subjects.length - shown.length;
  if (shown.length === 0) return ['no subject'];
  return more > 0 ? [...shown, `${more} more`] : shown;
}
