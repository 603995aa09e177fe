/**
 * Mutations that ours verifies and the reference refuses, each shown to be harmless. docs/verification.md lists the rows.
 */
import { isDeepStrictEqual } from 'node:util';
import type { VerifiedBundle } from '../../src/sigstore/types.ts';
import type { Base } from './base.ts';
import { withoutTimestamps } from './gaps.ts';
import type { Mutation } from './mutation.ts';
import { referenceVerdict } from './reference.ts';

/** One difference. */
export interface Difference {
  readonly base: Base;
  readonly mutation: Mutation;
  /** What the reference says. */
  readonly refused: string;
  /** What ours establishes of the bundle as it came, and of the mutation. */
  readonly before: VerifiedBundle;
  readonly after: VerifiedBundle;
}

export interface Allowance {
  readonly what: string;
  readonly why: string;
  readonly isHarmless: (difference: Difference) => boolean;
}

export const allowances: readonly Allowance[] = [
  {
    what: 'a timestamp of which a part is changed that names its authority, beside the time of a log',
    why: 'it is then a stamp by an unknown authority (see below), is reported as uncovered, and counts for nothing: the reference verifies the bundle without it',
    isHarmless: ({ base, mutation, before, after }) => {
      const lost = before.times.filter((time) => !after.times.some((own) => isDeepStrictEqual(own, time)));
      const same = isDeepStrictEqual(
        { ...before, times: [], uncoveredTimestamps: [] },
        { ...after, times: [], uncoveredTimestamps: [] },
      );
      const text = JSON.stringify(withoutTimestamps(JSON.parse(mutation.text)));
      const onlyStampsLost = lost.every(({ source }) => source === 'timestamp-authority');
      const uncovered =
        after.uncoveredTimestamps.length > 0 && after.times.length === before.times.length - lost.length;
      return same && onlyStampsLost && uncovered && 'verified' in referenceVerdict(base, text);
    },
  },
  {
    what: 'a timestamp with a fraction of a second that has not three digits',
    why: 'RFC 3161 section 2.4.2 allows any number of them without a zero at the end; the authority has signed it',
    isHarmless: ({ mutation: { kind }, refused, before, after }) =>
      kind.startsWith('stamped: time in the form ".') &&
      /invalid time|could not be verified/.test(refused) &&
      isDeepStrictEqual({ ...before, times: [] }, { ...after, times: [] }),
  },
  {
    what: 'a certificate with a timestamp of an unknown log beside a good one, or with two of one log',
    why: 'RFC 6962 section 3.3 allows both; only those of known logs count, and of several by one operator one counts',
    isHarmless: ({ mutation: { kind }, refused, before, after }) =>
      /^issued: certificate timestamps: (?:of an unknown log (?:beside|before) a good one|two of one log|the same twice)$/.test(
        kind,
      ) &&
      /SCT/.test(refused) &&
      isDeepStrictEqual(logsOf(after), logsOf(before)) &&
      isDeepStrictEqual(withoutCertificate(before), withoutCertificate(after)),
  },
  {
    what: 'bytes that are not DER in an extension of the leaf that nobody reads',
    why: 'RFC 5280 section 4.2: an extension that is not critical and not known is ignored; the reference writes the certificate anew before it verifies the signature over it',
    isHarmless: ({ mutation: { kind }, refused, before, after }) =>
      kind.startsWith('issued: ') &&
      /chain|SCT/.test(refused) &&
      isDeepStrictEqual(logsOf(after), logsOf(before)) &&
      isDeepStrictEqual(withoutCertificate(before), withoutCertificate(after)),
  },
];

export function allowanceFor(difference: Difference): Allowance | undefined {
  return allowances.find((row) => row.isHarmless(difference));
}

/** All but what any other certificate changes: its digest and its timestamps, and where it was logged. */
function withoutCertificate({ signer, logEntries, ...rest }: VerifiedBundle): unknown {
  if (signer.kind === 'key') return { signer, ...rest };
  const { certificate, ...identity } = signer;
  const { sha256: _, transparency: __, ...others } = certificate;
  return { identity, others, entries: logEntries.length, ...rest };
}

function logsOf({ signer }: VerifiedBundle): readonly string[] {
  return signer.kind === 'key' ? [] : [...new Set(signer.certificate.transparency.map(({ logId }) => logId))];
}
