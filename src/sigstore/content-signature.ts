/** The signature that all the rest is about: over an envelope, or over a file. */
import { constants, createHash, createVerify, publicDecrypt } from 'node:crypto';
import { concatBytes, hex, sameBytes } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import type { Artifact } from './artifact.ts';
import type { BundleContent } from './bundle.ts';
import type { DigestAlgorithm } from './digest.ts';
import { preAuthEncoding } from './dsse.ts';
import { publicKeyBits } from './keys.ts';
import type { PendingSignature } from './pending.ts';
import { verifySignature } from './signature.ts';
import type { VerificationKey } from './types.ts';

const ENVELOPE = { code: 'envelope-signature-invalid', args: {} } as const;
const MESSAGE = { code: 'message-signature-invalid', args: {} } as const;
/** DigestInfo up to the digest (RFC 8017 section 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<DigestAlgorithm, Uint8Array>> = {
  sha256: Buffer.from('3031300d060960864801650304020105000420', 'hex'),
  sha384: Buffer.from('3041300d060960864801650304020205000430', 'hex'),
  sha512: Buffer.from('3051300d060960864801650304020305000440', 'hex'),
};

/**
 * @param artifact  needed for message signatures only: an envelope brings what it covers
 * @throws {ProofError} `artifact-needed`, `artifact-digest-mismatch`
 */
export function contentSignature(
  content: BundleContent,
  key: VerificationKey,
  artifact: Artifact | undefined,
): PendingSignature {
  if (content.kind === 'dsse') {
    const covered = preAuthEncoding(content.payloadType, content.payload);
    return { failure: ENVELOPE, verify: () => verifyBytes(key, covered, content.signature) };
  }
  const algorithm = content.digestAlgorithm;
  if (!artifact) {
    throw new ProofError('artifact-needed', { expected: `${algorithm}:${hex(content.digest)}` }, 'uncovered');
  }
  if (artifact.kind === 'content') {
    const { chunks } = artifact;
    return {
      failure: MESSAGE,
      async verify() {
        const { digest, good } = await readThrough(chunks(), algorithm, key, content.signature);
        assertDigest(algorithm, content.digest, digest);
        return good;
      },
    };
  }
  // A signature is over one digest; another one of the same file says nothing about it.
  if (artifact.algorithm !== algorithm || key.hash === null || key.padding === 'pss') {
    const expected = artifact.algorithm === algorithm ? 'the file itself' : algorithm;
    throw new ProofError('artifact-needed', { expected, actual: artifact.algorithm }, 'uncovered');
  }
  const { digest } = artifact;
  assertDigest(algorithm, content.digest, digest);
  return { failure: MESSAGE, verify: () => verifyDigest(key, algorithm, digest, content.signature) };
}

function assertDigest(algorithm: DigestAlgorithm, expected: Uint8Array, actual: Uint8Array): void {
  if (sameBytes(expected, actual)) return;
  throw new ProofError('artifact-digest-mismatch', {
    expected: `${algorithm}:${hex(expected)}`,
    actual: `${algorithm}:${hex(actual)}`,
  });
}

interface Scheme {
  readonly hash: DigestAlgorithm;
  readonly padding?: 'pkcs1' | 'pss';
}

/**
 * What a key may have signed with. Its own hash, or the one that the log has recorded; clients have long used SHA-256
 * with every curve. RSA keys sign by either scheme of RFC 8017, and a certificate does not say which.
 */
function schemesOf(key: VerificationKey, recorded: DigestAlgorithm): readonly Scheme[] {
  if (key.hash === null) return [];
  return [...new Set([key.hash, recorded])].flatMap((hash): readonly Scheme[] => {
    if (key.padding === undefined) return [{ hash }];
    return key.padding === 'pss'
      ? [{ hash, padding: 'pss' }]
      : [
          { hash, padding: 'pkcs1' },
          { hash, padding: 'pss' },
        ];
  });
}

async function verifyBytes(key: VerificationKey, data: Uint8Array, signature: Uint8Array): Promise<boolean> {
  if (key.hash === null) {
    return (await verifySignature(key, data, signature)) || verifyPrehashedEd25519(key, data, signature);
  }
  for (const { hash, padding } of schemesOf(key, 'sha256')) {
    const scheme = padding === undefined ? key : { ...key, padding };
    if (await verifySignature(scheme, data, signature, hash)) return true;
  }
  return false;
}

/** Reads a file once, for its digest and its signature; memory stays flat but for Ed25519, which needs all of it. */
async function readThrough(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  algorithm: DigestAlgorithm,
  key: VerificationKey,
  signature: Uint8Array,
): Promise<{ readonly digest: Uint8Array; readonly good: boolean }> {
  const hash = createHash(algorithm);
  const verifiers = schemesOf(key, algorithm).map((scheme) => ({
    scheme,
    verifier: createVerify(scheme.hash),
  }));
  const kept: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    if (key.hash === null) {
      size += chunk.length;
      if (size > limits.wholeArtifactBytesMax) {
        const max = limits.wholeArtifactBytesMax;
        throw new ProofError('limit-exceeded', { what: 'artifact', max, unit: 'bytes' });
      }
      kept.push(chunk);
    }
    hash.update(chunk);
    for (const { verifier } of verifiers) verifier.update(chunk);
  }
  const good =
    key.hash === null
      ? await verifyBytes(key, concatBytes(...kept), signature)
      : verifiers.some(({ scheme, verifier }) =>
          verifier.verify({ key: key.key, ...paddingOf(scheme, key) }, signature),
        );
  return { digest: hash.digest(), good };
}

function paddingOf({ padding }: Scheme, { key }: VerificationKey): { padding?: number; saltLength?: number } {
  if (padding === undefined) return {};
  if (padding === 'pkcs1') return { padding: constants.RSA_PKCS1_PADDING };
  const saltLength = key.asymmetricKeyDetails?.saltLength ?? constants.RSA_PSS_SALTLEN_AUTO;
  return { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength };
}

/** What node:crypto cannot do: verify a signature whose message is known by its digest only. */
async function verifyDigest(
  key: VerificationKey,
  algorithm: DigestAlgorithm,
  digest: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  try {
    if (key.padding !== undefined) {
      const options = { key: key.key, padding: constants.RSA_PKCS1_PADDING };
      return sameBytes(publicDecrypt(options, signature), concatBytes(DIGEST_INFO[algorithm], digest));
    }
    const { p256, p384, p521 } = await import('@noble/curves/nist');
    const curve = { sha256: p256, sha384: p384, sha512: p521 }[key.hash as DigestAlgorithm];
    return curve.verify(signature, digest, publicKeyBits(key.spkiDer, 'key'), {
      prehash: false,
      lowS: false,
      format: 'der',
    });
  } catch {
    // Malformed signatures are thrown at, not answered.
    return false;
  }
}

/** Ed25519ph (RFC 8032 section 5.1): what Rekor takes from Ed25519 keys, as it knows the digest only. */
async function verifyPrehashedEd25519(
  key: VerificationKey,
  data: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { ed25519ph } = await import('@noble/curves/ed25519');
  try {
    return ed25519ph.verify(signature, data, publicKeyBits(key.spkiDer, 'key'), { zip215: false });
  } catch {
    return false;
  }
}
