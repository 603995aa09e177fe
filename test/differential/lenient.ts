/**
 * Mutations that ours verifies and the reference refuses, each harmless: everything that we establish is the same as of the
 * bundle it was made from. docs/verification.md lists the rows.
 */
import { isDeepStrictEqual } from 'node:util';
import type { VerifiedBundle } from '../../src/sigstore/types.ts';

export interface Allowance {
  readonly what: string;
  readonly why: string;
  readonly kind: RegExp;
  /** What the reference says, so that nothing else hides behind the row. */
  readonly refusal: RegExp;
}

export const allowances: readonly Allowance[] = [
  {
    what: 'bytes that are not DER in an extension of the leaf that nobody reads, such as its own key identifier',
    why: 'RFC 5280 section 4.2: an extension that is not critical and not known is ignored; the reference writes the certificate anew before it verifies the signature over it',
    kind: /^issued: (?:der |extension |an unknown claim|unknown extension)/,
    refusal: /chain|SCT/,
  },
];

export function allowanceFor(
  kind: string,
  refused: string,
  before: VerifiedBundle,
  after: VerifiedBundle,
): Allowance | undefined {
  if (!isDeepStrictEqual(factsOf(before), factsOf(after))) return undefined;
  return allowances.find((row) => row.kind.test(kind) && row.refusal.test(refused));
}

/** All but the name of the certificate itself, which is another one wherever one was issued anew, and of the entry. */
function factsOf({ signer, logEntries, ...rest }: VerifiedBundle): unknown {
  if (signer.kind === 'key') return { signer, ...rest };
  const { certificate, ...identity } = signer;
  const { sha256: _, ...others } = certificate;
  return { identity, others, entries: logEntries.length, ...rest };
}
