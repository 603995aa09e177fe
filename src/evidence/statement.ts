/**
 * in-toto statements about npm packages: read only after the signature over them held.
 * @see https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md
 */

import { MalformedError, ProofError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { shared } from '../core/shared.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';
import { readInToto } from './in-toto.ts';

export interface Statement {
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly subjects: readonly { readonly name: string; readonly sha512: string | undefined }[];
}

/** @throws {ProofError} `payload-type-mismatch`, `statement-type-unknown`, `malformed`, `limit-exceeded` */
export function readStatement(bundle: VerifiedBundle): Statement {
  const { predicateType, predicate, subjects } = readInToto(bundle);
  return {
    predicateType: shared(predicateType),
    predicate,
    subjects: subjects.map(({ name, digests }) => {
      if (name === undefined) throw new MalformedError('subject.name', 'missing');
      return { name, sha512: digests.get('sha512') };
    }),
  };
}

/**
 * Requires the statement to be about exactly this package and these bytes. The registry puts one subject into what it
 * accepts; a second one would let a statement about a stranger's bytes pass for one about ours.
 * @param purl    as npm writes it, scope percent-encoded
 * @param sha512  hex, from the lockfile
 * @throws {ProofError} `subject-absent`, `subject-extra`, `subject-name-mismatch`, `subject-digest-mismatch`
 */
export function assertSubject(statement: Statement, purl: string, sha512: string): void {
  const [subject, ...rest] = statement.subjects;
  if (!subject) throw new ProofError('subject-absent', { expected: purl });
  if (rest.length > 0) {
    throw new ProofError('subject-extra', {
      expected: purl,
      count: statement.subjects.length,
      actual: statement.subjects.map(({ name }) => name).slice(0, 4),
    });
  }
  if (subject.name !== purl)
    throw new ProofError('subject-name-mismatch', { expected: purl, actual: subject.name });
  if (subject.sha512?.toLowerCase() !== sha512) {
    throw new ProofError('subject-digest-mismatch', {
      expected: `sha512:${sha512}`,
      actual: subject.sha512 === undefined ? 'no sha512' : `sha512:${subject.sha512}`,
    });
  }
}
