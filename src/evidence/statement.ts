/**
 * in-toto statements about npm packages: read only after the signature over them held.
 * @see https://github.com/in-toto/attestation/blob/v1.1.0/spec/v1/statement.md
 */
import { ProofError } from '../core/errors.ts';
import { asArray, asObject, asString, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { VerifiedBundle } from '../sigstore/types.ts';

const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
const STATEMENT_TYPES: ReadonlySet<string> = new Set([
  'https://in-toto.io/Statement/v0.1',
  'https://in-toto.io/Statement/v1',
]);

export interface Statement {
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly subjects: readonly { readonly name: string; readonly sha512: string | undefined }[];
}

/** @throws {ProofError} `payload-type-mismatch`, `statement-type-unknown`, `malformed`, `limit-exceeded` */
export function readStatement(bundle: VerifiedBundle): Statement {
  const { content } = bundle;
  if (content.kind !== 'dsse' || content.payloadType !== PAYLOAD_TYPE) {
    const actual = content.kind === 'dsse' ? content.payloadType : 'a message signature';
    throw new ProofError('payload-type-mismatch', { expected: PAYLOAD_TYPE, actual });
  }
  const what = 'statement';
  const root = asObject(parseJson(content.payload, what, limits.payloadBytesMax), what);
  const type = asString(member(root, '_type'), '_type');
  if (!STATEMENT_TYPES.has(type)) throw new ProofError('statement-type-unknown', { actual: type });
  return {
    predicateType: asString(member(root, 'predicateType'), 'predicateType'),
    predicate: asObject(member(root, 'predicate') ?? {}, 'predicate'),
    subjects: asArray(member(root, 'subject'), 'subject', limits.subjectsMax).map((item) => {
      const subject = asObject(item, 'subject');
      const digest = asObject(member(subject, 'digest') ?? {}, 'digest');
      const sha512 = member(digest, 'sha512');
      return {
        name: asString(member(subject, 'name'), 'subject.name'),
        sha512: sha512 === undefined ? undefined : asString(sha512, 'sha512'),
      };
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
