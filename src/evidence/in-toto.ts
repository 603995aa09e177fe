/**
 * in-toto statements of any predicate: read only after the signature over them held.
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

export interface InTotoSubject {
  /** Optional since v1: what counts is the digest. */
  readonly name: string | undefined;
  /** By algorithm, as written; hex for every algorithm that is looked at here. */
  readonly digests: ReadonlyMap<string, string>;
}

export interface InTotoStatement {
  readonly type: string;
  readonly predicateType: string;
  readonly predicate: JsonObject;
  readonly subjects: readonly InTotoSubject[];
}

export function isInToto({ content }: Pick<VerifiedBundle, 'content'>): boolean {
  return content.kind === 'dsse' && content.payloadType === PAYLOAD_TYPE;
}

/** @throws {ProofError} `payload-type-mismatch`, `statement-type-unknown`, `malformed`, `limit-exceeded` */
export function readInToto({ content }: Pick<VerifiedBundle, 'content'>): InTotoStatement {
  if (content.kind !== 'dsse' || content.payloadType !== PAYLOAD_TYPE) {
    const actual = content.kind === 'dsse' ? content.payloadType : 'a message signature';
    throw new ProofError('payload-type-mismatch', { expected: PAYLOAD_TYPE, actual });
  }
  const what = 'statement';
  const root = asObject(parseJson(content.payload, what, limits.payloadBytesMax), what);
  const type = asString(member(root, '_type'), '_type');
  if (!STATEMENT_TYPES.has(type)) throw new ProofError('statement-type-unknown', { actual: type });
  return {
    type,
    predicateType: asString(member(root, 'predicateType'), 'predicateType'),
    predicate: asObject(member(root, 'predicate') ?? {}, 'predicate'),
    subjects: asArray(member(root, 'subject'), 'subject', limits.subjectsMax).map((item) => {
      const subject = asObject(item, 'subject');
      const name = member(subject, 'name');
      const digest = asObject(member(subject, 'digest') ?? {}, 'digest');
      return {
        name: name === undefined ? undefined : asString(name, 'subject.name'),
        digests: new Map(
          Object.entries(digest).map(([algorithm, value]) => [algorithm, asString(value, 'digest')]),
        ),
      };
    }),
  };
}
