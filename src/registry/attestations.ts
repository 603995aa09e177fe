import { MalformedError } from '../core/errors.ts';
import { peekJson } from '../core/json.ts';
import type { AttestationsBody } from './types.ts';

/**
 * Tells an answer of the attestations endpoint from a login page or another document. The attestations themselves are
 * read, strictly, where they are verified.
 * @throws {MalformedError} `malformed`
 */
export function parseAttestationsBody(body: AttestationsBody): {
  readonly body: AttestationsBody;
  readonly count: number;
} {
  const what = 'attestations';
  const document = peekJson(body);
  if (document === undefined) throw new MalformedError(what, 'not JSON');
  const list = (document as { readonly attestations?: unknown } | null)?.attestations;
  if (!Array.isArray(list)) throw new MalformedError(what, 'no list of attestations');
  return { body, count: list.length };
}
