/**
 * One Sigstore bundle from its bytes to all that could be established: the bundle by itself, the statement in it, the file
 * it is about, and whether the one who signed is the one who may. Facts first, then expectations: who signed is told even
 * where somebody else was expected.
 */
import { type Unproven, unproven } from './core/check.ts';
import { MalformedError, outcomeOf, ProofError, VerifyDepsError } from './core/errors.ts';
import { parseJson } from './core/json.ts';
import { limits } from './core/limits.ts';
import { printable } from './core/text.ts';
import { type ArtifactDigests, assertArtifact, digestsOf } from './evidence/artifact.ts';
import { type InTotoStatement, isInToto, readInToto } from './evidence/in-toto.ts';
import type { Artifact } from './sigstore/artifact.ts';
import { digestAlgorithms } from './sigstore/digest.ts';
import { publicKeyFromPem } from './sigstore/keys.ts';
import type { VerificationOptions } from './sigstore/options.ts';
import type {
  ManagedKey,
  SignerIdentity,
  TrustRoot,
  VerificationKey,
  VerifiedArtifact,
  VerifiedBundle,
} from './sigstore/types.ts';
import { verifyBundle } from './sigstore/verify-bundle.ts';

export interface BundleOptions {
  readonly trustRoot: TrustRoot;
  /** Keys that may have signed bundles which name a key instead of carrying a certificate. */
  readonly keys?: readonly ManagedKey[];
  /** The one key that must have signed, whatever the bundle calls it: PEM, or imported. */
  readonly key?: VerificationKey | string;
  /** The file: its bytes, a source that starts anew at each call, or `sha256:HEX`. */
  readonly artifact?: Uint8Array | (() => AsyncIterable<Uint8Array> | Iterable<Uint8Array>) | string;
  /** Subject alternative name that the certificate must bear, to the letter. */
  readonly identity?: string;
  /** Issuer that the certificate must name, to the letter. */
  readonly issuer?: string;
  readonly thresholds?: VerificationOptions;
}

/** What `judgeBundles` demands besides. */
export interface JudgeOptions extends BundleOptions {
  /** It must have been said who may sign: a key, or an identity with the issuer that the certificate names. */
  readonly pinned?: boolean;
}

/** Everything that holds of one bundle. */
export interface BundleFacts extends VerifiedBundle {
  /** Where the signed payload is an in-toto statement. */
  readonly statement: InTotoStatement | undefined;
  /** The file that was given, if it is the one that was signed or that the statement is about. */
  readonly artifact: VerifiedArtifact | undefined;
}

export type BundleOutcome = 'verified' | 'failed' | 'undecided';

export interface BundleJudgement {
  /** `undecided`: what failed did so only because this version cannot judge it, or was given too little to. */
  readonly outcome: BundleOutcome;
  /** What holds of the bundle, expected or not; undefined if the bundle itself does not hold. */
  readonly facts: BundleFacts | undefined;
  /** Empty if and only if it is verified. */
  readonly failures: readonly Unproven[];
}

const DIGEST = /^(sha256|sha384|sha512):([0-9a-fA-F]+)$/;
const DIGEST_CHARS: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

/**
 * Judges every bundle of a file: a bundle as JSON, or one on each line.
 * @throws {VerifyDepsError} `usage`, `key-unreadable`; what reading the artifact throws
 */
export async function judgeBundles(
  bytes: Uint8Array,
  options: JudgeOptions,
): Promise<readonly BundleJudgement[]> {
  const judge = judgeWith(options);
  let bundles: readonly Uint8Array[];
  try {
    bundles = splitBundles(bytes);
  } catch (error) {
    return [judged(undefined, [outcomeOf(error)])];
  }
  const judgements: BundleJudgement[] = [];
  for (const bundle of bundles) judgements.push(await judge(bundle));
  return judgements;
}

/** Of several bundles one suffices: whoever adds a line to a file cannot take away what another one proves. */
export function outcomeOfAll(judgements: readonly BundleJudgement[]): BundleOutcome {
  if (judgements.some(({ outcome }) => outcome === 'verified')) return 'verified';
  const open = judgements.length > 0 && judgements.every(({ outcome }) => outcome === 'undecided');
  return open ? 'undecided' : 'failed';
}

/** @throws {VerifyDepsError} as {@link judgeBundles} */
export function judgeBundle(bytes: Uint8Array, options: JudgeOptions): Promise<BundleJudgement> {
  return judgeWith(options)(bytes);
}

function judgeWith(options: JudgeOptions): (bytes: Uint8Array) => Promise<BundleJudgement> {
  const { trustRoot, keys = [], thresholds } = options;
  const key = typeof options.key === 'string' ? publicKeyOf(options.key, 'key') : options.key;
  const artifact = artifactOf(options.artifact);
  const context = {
    trustRoot,
    keys,
    ...(key === undefined ? {} : { key }),
    ...(artifact === undefined ? {} : { artifact }),
    ...(thresholds === undefined ? {} : { options: thresholds }),
  };
  let digests: Promise<ArtifactDigests> | undefined;
  return async (bytes) => {
    let bundle: VerifiedBundle;
    let statement: InTotoStatement | undefined;
    try {
      bundle = await verifyBundle(parseJson(bytes, 'bundle', limits.bundleBytesMax), context);
      statement = isInToto(bundle) ? readInToto(bundle) : undefined;
    } catch (error) {
      return judged(undefined, [outcomeOf(error)]);
    }
    const failures: Unproven[] = [];
    let verifiedArtifact: VerifiedArtifact | undefined;
    const { content } = bundle;
    if (content.kind === 'message') {
      verifiedArtifact = {
        algorithm: content.digestAlgorithm,
        digest: Buffer.from(content.digest).toString('hex'),
      };
    } else if (artifact !== undefined) {
      try {
        const known = statement ?? readInToto(bundle);
        digests ??= digestsOf(artifact);
        verifiedArtifact = assertArtifact(known, await digests);
      } catch (error) {
        failures.push(outcomeOf(error));
      }
    }
    failures.push(...signerFailures(bundle.signer, options, key !== undefined));
    return judged({ ...bundle, statement, artifact: verifiedArtifact }, failures);
  };
}

function judged(facts: BundleFacts | undefined, failures: readonly Unproven[]): BundleJudgement {
  const open = failures.every(({ status }) => status === 'uncovered');
  return { outcome: failures.length === 0 ? 'verified' : open ? 'undecided' : 'failed', facts, failures };
}

function signerFailures(
  signer: SignerIdentity,
  options: JudgeOptions,
  keyGiven: boolean,
): readonly Unproven[] {
  const { identity, issuer, pinned = false } = options;
  if (signer.kind === 'key') {
    const actual = `key ${signer.hint || signer.sha256}`;
    if (identity !== undefined || issuer !== undefined)
      return [unproven('invalid', 'signer-kind-mismatch', { expected: 'a certificate', actual })];
    return pinned && !keyGiven ? [unproven('absent', 'signer-unpinned', { signer: actual })] : [];
  }
  const failures: Unproven[] = [];
  const { subjectAlternativeName, claims } = signer;
  if (identity !== undefined && identity !== subjectAlternativeName) {
    failures.push(
      unproven('invalid', 'signer-identity-mismatch', {
        expected: identity,
        actual: subjectAlternativeName,
      }),
    );
  }
  if (issuer !== undefined && issuer !== claims.issuer) {
    failures.push(
      unproven('invalid', 'signer-issuer-mismatch', { expected: issuer, actual: claims.issuer ?? 'none' }),
    );
  }
  const unsaid = identity === undefined || (issuer === undefined && claims.issuer !== undefined);
  if (pinned && unsaid && failures.length === 0) {
    failures.push(
      unproven('absent', 'signer-unpinned', {
        signer: subjectAlternativeName,
        ...(claims.issuer === undefined ? {} : { issuer: claims.issuer }),
      }),
    );
  }
  return failures;
}

/**
 * JSON lines as `gh attestation download` writes them. A document of several lines cannot be mistaken for them: after a
 * line that ends in a bracket, the next one would have to begin with a comma.
 */
function splitBundles(bytes: Uint8Array): readonly Uint8Array[] {
  if (bytes.length > limits.bundleFileBytesMax)
    throw new ProofError('limit-exceeded', {
      what: 'bundles',
      max: limits.bundleFileBytesMax,
      unit: 'bytes',
    });
  const lines: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; ) {
    const feed = bytes.indexOf(0x0a, start);
    const line = trimmed(bytes, start, feed < 0 ? bytes.length : feed);
    if (line.length > 0) {
      if (line[0] !== 0x7b || line.at(-1) !== 0x7d) return [bytes];
      lines.push(line);
    }
    start = feed < 0 ? bytes.length : feed + 1;
  }
  if (lines.length < 2) return [bytes];
  if (lines.length > limits.bundlesMax)
    throw new ProofError('limit-exceeded', { what: 'bundles', max: limits.bundlesMax, unit: 'bundles' });
  return lines;
}

function trimmed(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const blank = (at: number): boolean => bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d;
  let [from, to] = [start, end];
  while (from < to && blank(from)) from++;
  while (to > from && blank(to - 1)) to--;
  return bytes.subarray(from, to);
}

function artifactOf(given: BundleOptions['artifact']): Artifact | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'function') return { kind: 'content', chunks: given };
  if (typeof given !== 'string') return { kind: 'content', chunks: () => [given] };
  return digestArtifact(given);
}

/**
 * @param text  `sha256:` and 64 hex digits; likewise sha384 and sha512
 * @throws {VerifyDepsError} `usage`
 */
export function digestArtifact(text: string): Artifact {
  const [, name, digits = ''] = DIGEST.exec(text) ?? [];
  const algorithm = digestAlgorithms.find((known) => known === name);
  if (algorithm !== undefined && digits.length === DIGEST_CHARS[algorithm])
    return { kind: 'digest', algorithm, digest: Buffer.from(digits, 'hex') };
  throw new VerifyDepsError('usage', `${printable(text)} is not a digest`, {
    hint: 'write it as sha256: and 64 hex digits; sha384 and sha512 likewise',
  });
}

/**
 * @param pem   as Cosign writes it into cosign.pub
 * @param what  name of the key, for the error
 * @throws {VerifyDepsError} `key-unreadable`
 */
export function publicKeyOf(pem: string, what: string): VerificationKey {
  const refuse = (why: string, hint: string, cause?: unknown): VerifyDepsError =>
    new VerifyDepsError('key-unreadable', `${what} ${why}`, { hint, cause });
  const hint = 'give the public key as PEM: -----BEGIN PUBLIC KEY-----';
  const [, label] = /-----BEGIN ([A-Z0-9 ]{1,60})-----/.exec(pem) ?? [];
  if (label?.endsWith('PRIVATE KEY'))
    throw refuse(
      'is a private key',
      'a private key verifies nothing and must not lie around; give its public half',
    );
  if (label === 'CERTIFICATE')
    throw refuse('is a certificate', 'give the key itself, or name whom a certificate may be issued to');
  try {
    return publicKeyFromPem(pem, what);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    const why =
      error instanceof MalformedError
        ? `cannot be used: ${String(error.args.why)}`
        : `is of a kind that cannot be verified here: ${String(error.args.algorithm)}`;
    throw refuse(why, hint, error);
  }
}
