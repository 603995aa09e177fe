/** RFC 3161 timestamps: a signed word of an authority that a signature existed at a time. */

import { createHash } from 'node:crypto';
import { hex, sameBytes } from '../core/bytes.ts';
import type { Args, Note } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';
import { iso } from '../core/time.ts';
import { within } from './chain.ts';
import { cmsDigest, cmsScheme } from './cms-algorithms.ts';
import { nameText } from './distinguished-name.ts';
import type { PendingSignature } from './pending.ts';
import { verifyScheme } from './signature.ts';
import { differenceFrom } from './signing-certificate.ts';
import {
  assertForTimestamps,
  bearsName,
  hasIssuer,
  pathFault,
  signersOf,
  type TimestampSigner,
} from './timestamp-signer.ts';
import { parseTimestamp, type TimestampToken, WHAT } from './timestamp-token.ts';
import type { CertificateAuthority, VerifiedTime } from './types.ts';

export interface TimestampPlan {
  /** True only once every pending signature has been verified. */
  readonly time: VerifiedTime;
  readonly signatures: readonly PendingSignature[];
}

/** A token that is well formed and about this signature, by somebody outside of the trust root. */
export interface UncoveredTimestamp {
  readonly uncovered: Note;
}

/**
 * Checks all of a token that costs no signature.
 * @param token      TimeStampResp (RFC 3161 section 2.4.2), DER
 * @param signature  bytes of the signature that the imprint must cover
 * @throws {ProofError} `malformed`, `limit-exceeded`, `algorithm-unsupported`, `format-unsupported` and all that begin
 *   with `timestamp-`, but for the unknown authority, which is an outcome
 */
export function planTimestamp(
  token: Uint8Array,
  signature: Uint8Array,
  authorities: readonly CertificateAuthority[],
): TimestampPlan | UncoveredTimestamp {
  const stamp = parseTimestamp(token);
  assertImprint(stamp, signature);
  const named = signersOf(stamp, authorities);
  if (named.length === 0) return { uncovered: unknownAuthority(stamp, authorities) };
  if (stamp.unread !== undefined)
    throw new ProofError('format-unsupported', { what: WHAT, actual: stamp.unread }, 'uncovered');
  // Several may bear the same name, and one may be listed with several periods: at each rule those that break it fall
  // away, and the token is refused at the rule that none is left to pass.
  const matching = survivors(named, (signer) => assertNamed(stamp, signer));
  const fit = survivors(matching, (signer) => {
    assertForTimestamps(signer.leaf);
    assertInForce(stamp.genTime, signer);
  });
  const [first] = fit as [TimestampSigner, ...TimestampSigner[]];
  const { uri, operator } = first.authority;
  // What is reported of the time must be true of whichever of these proves to be sound.
  const alike = fit.filter(
    ({ leaf, authority }) =>
      sameBytes(leaf.der, first.leaf.der) && authority.uri === uri && authority.operator === operator,
  );
  return {
    time: { source: 'timestamp-authority', time: stamp.genTime, authority: uri, operator },
    signatures: [pathOf(alike), signatureOf(stamp, first)],
  };
}

/** Keeps those that pass; if none does, the failure of the first is the failure of all. */
function survivors(
  signers: readonly TimestampSigner[],
  check: (signer: TimestampSigner) => void,
): readonly TimestampSigner[] {
  let failure: ProofError | undefined;
  const passed = signers.filter((signer) => {
    try {
      check(signer);
      return true;
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      failure ??= error;
      return false;
    }
  });
  if (passed.length === 0 && failure) throw failure;
  return passed;
}

function assertImprint({ imprint }: TimestampToken, signature: Uint8Array): void {
  const algorithm = cmsDigest(imprint.algorithm, WHAT);
  const digest = createHash(algorithm).update(signature).digest();
  if (sameBytes(digest, imprint.digest)) return;
  throw new ProofError('timestamp-imprint-mismatch', {
    algorithm,
    expected: hex(imprint.digest),
    actual: hex(digest),
  });
}

/** @throws {ProofError} `timestamp-certificate-untrusted` if it is known, and only its certificate is missing */
function unknownAuthority(
  { signed, genTime }: TimestampToken,
  authorities: readonly CertificateAuthority[],
): Note {
  const { sid } = signed.signer;
  const who = sid.kind === 'key' ? { keyid: hex(sid.keyId) } : { issuer: nameText(sid.issuer) };
  if (authorities.some((authority) => hasIssuer(sid, authority))) {
    const why = 'the certificate is neither in the trust root nor in the timestamp';
    throw new ProofError('timestamp-certificate-untrusted', { ...who, why });
  }
  return { code: 'timestamp-authority-unknown', args: { ...who, time: iso(genTime) } };
}

/** The certificate must be the one that the signed attributes, the name inside and the certificates beside it mean. */
function assertNamed(stamp: TimestampToken, { leaf }: TimestampSigner): void {
  for (const id of stamp.certificateIds) {
    const difference = differenceFrom(id, leaf, WHAT);
    if (difference) throw new ProofError('timestamp-certificate-mismatch', difference);
  }
  // RFC 3161 section 2.4.2: the name corresponds to one of the certificate's.
  if (stamp.tsa && !bearsName(leaf, stamp.tsa)) {
    throw new ProofError('timestamp-certificate-mismatch', {
      field: 'name',
      expected: nameText(stamp.tsa.subarray(2)),
      actual: nameText(leaf.subject),
    });
  }
  // Section 2.4.1: if there are certificates, then that of the signer.
  const { certificates } = stamp.signed;
  if (certificates.length > 0 && !certificates.some((der) => sameBytes(der, leaf.der)))
    throw new ProofError('timestamp-certificate-mismatch', { field: 'certificates beside the signature' });
}

function assertInForce(time: number, { leaf, authority, above }: TimestampSigner): void {
  const { start, end } = authority.validFor;
  if (!within(time, authority.validFor)) {
    throw new ProofError('timestamp-authority-time', {
      authority: authority.uri,
      time: iso(time),
      starts: iso(start),
      ...(end === undefined ? {} : { expires: iso(end) }),
    });
  }
  for (const { notBefore, notAfter, subject } of [leaf, ...(above?.chain ?? [])]) {
    if (time >= notBefore && time <= notAfter) continue;
    throw new ProofError('timestamp-certificate-time', {
      certificate: nameText(subject),
      time: iso(time),
      notBefore: iso(notBefore),
      notAfter: iso(notAfter),
    });
  }
}

/** One path that holds is enough. */
function pathOf(signers: readonly TimestampSigner[]): PendingSignature {
  const code = 'timestamp-certificate-untrusted';
  return {
    failure: { code, args: {} },
    async verify() {
      const faults: Args[] = [];
      for (const signer of signers) {
        const fault = await pathFault(signer);
        if (fault === undefined) return true;
        faults.push(fault);
      }
      throw new ProofError(code, faults[0]);
    },
  };
}

function signatureOf({ signed }: TimestampToken, { leaf }: TimestampSigner): PendingSignature {
  const code = 'timestamp-signature-invalid';
  const algorithm = cmsDigest(signed.signer.digestAlgorithm, WHAT);
  const digest = createHash(algorithm).update(signed.content).digest();
  // Two links: the signature covers the attributes, and one of the attributes covers the content.
  if (!sameBytes(digest, signed.signer.messageDigest)) {
    const expected = hex(signed.signer.messageDigest);
    throw new ProofError(code, { field: 'message digest', expected, actual: hex(digest) });
  }
  const { signedAttributes, signature } = signed.signer;
  const scheme = cmsScheme(signed.signer, WHAT);
  return {
    failure: { code, args: {} },
    verify: async () => verifyScheme(leaf.publicKey(), signedAttributes, signature, scheme),
  };
}
