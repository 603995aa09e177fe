/**
 * Verifies one Sigstore bundle against one trust root: a pure function of its arguments.
 *
 * The steps follow the client specification: log entries, a trusted time, the signing key and whether it may be trusted
 * at that time, the signature itself. Everything that costs no signature comes first; then all signatures run at once on
 * the thread pool, and the first that fails, in the order of the steps, names the failure.
 * @see https://github.com/sigstore/architecture-docs/blob/v0.9.1/client-spec.md section 4
 */
import { ProofError } from '../core/errors.ts';
import type { JsonValue } from '../core/json.ts';
import type { Artifact } from './artifact.ts';
import { type Bundle, type BundleContent, parseBundle } from './bundle.ts';
import { parseCertificate } from './certificate.ts';
import { certificateSigner } from './certificate-signer.ts';
import { contentSignature } from './content-signature.ts';
import { type KnownEntry, knownEntry, planLogEntry } from './log-entry.ts';
import { type Thresholds, thresholdsOf, type VerificationOptions } from './options.ts';
import { allHold } from './pending.ts';
import { assertEntryMatches, type Verifier } from './rekor-body.ts';
import { givenKeySigner, keySigner, type Signer } from './signer.ts';
import { trustedTimes } from './trusted-time.ts';
import type { ManagedKey, TrustRoot, VerificationKey, VerifiedBundle } from './types.ts';

export interface BundleContext {
  readonly trustRoot: TrustRoot;
  /** Keys that may have signed bundles which name a key instead of carrying a certificate. */
  readonly keys: readonly ManagedKey[];
  /** The only key that may have signed, whatever the bundle calls it. The caller vouches for it, at any time. */
  readonly key?: VerificationKey | undefined;
  /** What a message signature covers. Statements in envelopes are held against artifacts by who reads them. */
  readonly artifact?: Artifact | undefined;
  readonly options?: VerificationOptions | undefined;
}

/**
 * @param value  the bundle as strictly parsed JSON (`core/json.ts`)
 * @throws {ProofError} with the first rule that does not hold, {VerifyDepsError} `usage` for options without sense
 */
export async function verifyBundle(value: JsonValue, context: BundleContext): Promise<VerifiedBundle> {
  const thresholds = thresholdsOf(context.options);
  const bundle = parseBundle(value);
  const { content } = bundle;
  const signer = signerOf(bundle, context, thresholds);
  const entries = knownEntries(bundle, context, signer.verifier, thresholds);
  const logTimes = entries.flatMap(({ time }) => (time ? [time] : []));
  const { timestampAuthorities } = context.trustRoot;
  const trusted = trustedTimes(
    bundle.timestamps,
    content.signature,
    logTimes,
    timestampAuthorities,
    thresholds,
  );
  const times = trusted.times.map(({ time }) => time);
  const plans = entries.map((entry) => planLogEntry(entry, times, thresholds));
  assertLogs(new Set(plans.map(({ operator }) => operator)).size, thresholds);
  await allHold([
    ...plans.flatMap(({ signatures }) => signatures),
    ...trusted.signatures,
    ...signer.trusted(times),
    contentSignature(content, signer.key, context.artifact),
  ]);
  return {
    mediaType: bundle.mediaType,
    signer: signer.identity(),
    logEntries: plans.map((plan) => plan.entry()),
    times: trusted.times,
    uncoveredTimestamps: trusted.uncovered,
    content: withoutSignature(content),
  };
}

function withoutSignature(content: BundleContent): VerifiedBundle['content'] {
  if (content.kind === 'message') {
    return { kind: 'message', digestAlgorithm: content.digestAlgorithm, digest: content.digest };
  }
  return { kind: 'dsse', payloadType: content.payloadType, payload: content.payload };
}

function knownEntries(
  bundle: Bundle,
  context: BundleContext,
  verifier: Verifier,
  thresholds: Thresholds,
): readonly KnownEntry[] {
  if (bundle.logEntries.length === 0 && thresholds.transparencyLogs > 0)
    throw new ProofError('tlog-absent', {});
  const seen = new Set<string>();
  return bundle.logEntries.map((entry) => {
    const id = `${entry.logId}:${entry.logIndex}`;
    if (seen.has(id)) throw new ProofError('tlog-entry-repeated', { logIndex: String(entry.logIndex) });
    seen.add(id);
    assertEntryMatches(entry, bundle, verifier);
    return knownEntry(entry, bundle.version, context.trustRoot.transparencyLogs, thresholds);
  });
}

function assertLogs(actual: number, { transparencyLogs: expected }: Thresholds): void {
  if (actual < expected) throw new ProofError('tlog-threshold', { expected, actual });
}

function signerOf(bundle: Bundle, context: BundleContext, thresholds: Thresholds): Signer {
  const { signer } = bundle;
  // The envelope's key id is not signed. Where it names another key than the one used here, some other reader of this
  // bundle would look for that key, so it is refused rather than ignored.
  const keyid = bundle.content.kind === 'dsse' ? bundle.content.keyid : '';
  const expected = signer.kind === 'key' ? signer.hint : '';
  if (keyid !== '' && keyid !== expected) {
    throw new ProofError('key-hint-mismatch', { expected: expected || 'none', actual: keyid });
  }
  if (signer.kind === 'certificate') {
    if (context.key)
      throw new ProofError('signer-kind-mismatch', { expected: 'the given key', actual: 'a certificate' });
    if (thresholds.trustedTimes === 0) throw new ProofError('time-absent', {});
    return certificateSigner(parseCertificate(signer.der), context.trustRoot, thresholds);
  }
  if (context.key) return givenKeySigner(context.key, signer.hint);
  if (thresholds.trustedTimes === 0) throw new ProofError('time-absent', {});
  const managed = context.keys.find((candidate) => candidate.hint === signer.hint);
  if (!managed) throw new ProofError('key-unknown', { hint: signer.hint });
  return keySigner(managed);
}
