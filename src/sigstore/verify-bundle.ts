/**
 * Verifies one Sigstore bundle against one trust root: a pure function of its arguments.
 *
 * The steps follow the client specification: log entries, a trusted time, the signing key and whether it may be trusted
 * at that time, the signature itself. Everything that costs no signature comes first; then all signatures run at once on
 * the thread pool, and the first that fails, in the order of the steps, names the failure.
 * @see https://github.com/sigstore/architecture-docs/blob/v0.9.1/client-spec.md section 4
 */
import { hex } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import type { JsonValue } from '../core/json.ts';
import { type Bundle, parseBundle } from './bundle.ts';
import { type Certificate, parseCertificate } from './certificate.ts';
import { EKU_CODE_SIGNING, issuersOf, verifyPath, within } from './chain.ts';
import { preAuthEncoding } from './dsse.ts';
import { certificateIdentity } from './identity.ts';
import { type LogEntryPlan, type PendingSignature, planLogEntry } from './log-entry.ts';
import { assertEntryMatches, type Verifier } from './rekor-body.ts';
import { verifyScts } from './sct.ts';
import { verifySignature } from './signature.ts';
import type {
  ManagedKey,
  SignerIdentity,
  TrustRoot,
  VerificationKey,
  VerifiedBundle,
  VerifiedTime,
} from './types.ts';

export interface BundleContext {
  readonly trustRoot: TrustRoot;
  /** Keys that may have signed bundles which name a key instead of carrying a certificate. */
  readonly keys: readonly ManagedKey[];
}

/**
 * @param value  the bundle as strictly parsed JSON (`core/json.ts`)
 * @throws {ProofError} with the first rule that does not hold
 */
export async function verifyBundle(value: JsonValue, context: BundleContext): Promise<VerifiedBundle> {
  const bundle = parseBundle(value);
  const signer = signerOf(bundle, context);
  const entries = planLogEntries(bundle, context, signer.verifier);
  const times = trustedTimes(entries, bundle);
  const keyChecks = signer.trusted(times.map(({ time }) => time));
  const pending = [
    ...entries.flatMap((entry) => entry.signatures),
    ...keyChecks,
    contentSignature(bundle, signer.key),
  ];
  await allHold(pending);
  return {
    mediaType: bundle.mediaType,
    signer: signer.identity(),
    logEntries: entries.map(({ entry }) => entry),
    times,
    content:
      bundle.content.kind === 'dsse'
        ? { kind: 'dsse', payloadType: bundle.content.payloadType, payload: bundle.content.payload }
        : { kind: 'message', digestAlgorithm: bundle.content.digestAlgorithm, digest: bundle.content.digest },
  };
}

async function allHold(pending: readonly PendingSignature[]): Promise<void> {
  const results = await Promise.allSettled(pending.map((signature) => signature.verify()));
  for (const [index, result] of results.entries()) {
    if (result.status === 'rejected') throw result.reason;
    if (!result.value) throw new ProofError(pending[index]!.failure.code, pending[index]!.failure.args);
  }
}

function planLogEntries(bundle: Bundle, context: BundleContext, verifier: Verifier): readonly LogEntryPlan[] {
  if (bundle.logEntries.length === 0) throw new ProofError('tlog-absent', {});
  const seen = new Set<string>();
  return bundle.logEntries.map((entry) => {
    const id = `${entry.logId}:${entry.logIndex}`;
    // Thresholds count logs, not lines: one entry must not be able to stand for two.
    if (seen.has(id)) throw new ProofError('tlog-entry-repeated', { logIndex: String(entry.logIndex) });
    seen.add(id);
    assertEntryMatches(entry, bundle, verifier);
    return planLogEntry(entry, bundle.version, context.trustRoot.transparencyLogs);
  });
}

/** A log's signed word on when it integrated the entry. */
function trustedTimes(entries: readonly LogEntryPlan[], bundle: Bundle): readonly VerifiedTime[] {
  const times = entries.flatMap(({ entry }): VerifiedTime[] =>
    entry.integratedTime === undefined
      ? []
      : [{ source: 'transparency-log', time: entry.integratedTime, authority: entry.baseUrl }],
  );
  if (times.length > 0) return times;
  if (bundle.timestamps.length > 0) {
    throw new ProofError(
      'format-unsupported',
      { what: 'RFC 3161 timestamp', actual: 'the only trusted time' },
      'uncovered',
    );
  }
  throw new ProofError('time-absent', {});
}

interface Signer {
  readonly key: VerificationKey;
  readonly verifier: Verifier;
  /** What must hold for the key to have been trustworthy at each of these times (milliseconds since 1970). */
  trusted(times: readonly number[]): readonly PendingSignature[];
  /** Who it is; decoded only after everything held. */
  identity(): SignerIdentity;
}

function signerOf(bundle: Bundle, context: BundleContext): Signer {
  const { signer } = bundle;
  // The envelope's key id is not signed. Where it names another key than the one used here, some other reader of this
  // bundle would look for that key, so it is refused rather than ignored.
  const keyid = bundle.content.kind === 'dsse' ? bundle.content.keyid : '';
  const expected = signer.kind === 'key' ? signer.hint : '';
  if (keyid !== '' && keyid !== expected) {
    throw new ProofError('key-hint-mismatch', { expected: expected || 'none', actual: keyid });
  }
  if (signer.kind === 'certificate') {
    return certificateSigner(parseCertificate(signer.der), context.trustRoot);
  }
  const managed = context.keys.find((candidate) => candidate.hint === signer.hint);
  if (!managed) throw new ProofError('key-unknown', { hint: signer.hint });
  return keySigner(managed);
}

function keySigner(managed: ManagedKey): Signer {
  return {
    key: managed.key,
    verifier: { label: 'PUBLIC KEY', der: managed.key.spkiDer },
    identity: () => ({ kind: 'key', hint: managed.hint }),
    trusted(times) {
      for (const time of times) {
        if (within(time, managed.validFor)) continue;
        const { start, end } = managed.validFor;
        const code = time < start ? 'key-not-yet-valid' : 'key-expired';
        const bound = time < start ? { starts: iso(start) } : { expires: iso(end ?? start) };
        throw new ProofError(code, { keyid: managed.hint, time: iso(time), ...bound });
      }
      return [];
    },
  };
}

function certificateSigner(leaf: Certificate, trustRoot: TrustRoot): Signer {
  return {
    key: leaf.publicKey(),
    verifier: { label: 'CERTIFICATE', der: leaf.der },
    identity: () => certificateIdentity(leaf),
    trusted(times) {
      const issuers = issuersOf(leaf, trustRoot.certificateAuthorities, times, EKU_CODE_SIGNING);
      return [
        {
          failure: { code: 'certificate-untrusted', args: {} },
          async verify() {
            for (const issuer of issuers) if (await verifyPath(leaf, issuer)) return true;
            return false;
          },
        },
        {
          failure: { code: 'sct-invalid', args: {} },
          async verify() {
            // Several authorities can share a name, but only one key: any of them tells the issuer's SPKI.
            const keys = new Map(issuers.map(({ chain }) => [hex(chain[0]!.spkiDer), chain[0]!.spkiDer]));
            let failure: unknown;
            for (const spki of keys.values()) {
              try {
                return (await verifyScts(leaf, spki, trustRoot.ctLogs)).length > 0;
              } catch (error) {
                failure = error;
              }
            }
            throw failure;
          },
        },
      ];
    },
  };
}

function contentSignature(bundle: Bundle, key: VerificationKey): PendingSignature {
  const { content } = bundle;
  const failure = { code: 'envelope-signature-invalid', args: {} } as const;
  if (content.kind === 'dsse') {
    const covered = preAuthEncoding(content.payloadType, content.payload);
    return { failure, verify: () => verifySignature(key, covered, content.signature) };
  }
  // A message signature covers the artifact, which is not here: `bundle FILE ARTIFACT` is where it gets verified.
  throw new ProofError('format-unsupported', { what: 'bundle', actual: 'message signature' }, 'uncovered');
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
