/** Which digest and which signature a CMS signer used: RFC 5754, RFC 8419, RFC 4056, RFC 8933. */
import { MalformedError, ProofError } from '../core/errors.ts';
import type { SignerInfo } from './cms.ts';
import type { AlgorithmIdentifier } from './der-fields.ts';
import type { DigestAlgorithm } from './digest.ts';
import { type SignatureScheme, signatureScheme } from './signature-algorithm.ts';

/** SHA-1 and MD5 are not among them: collisions of both can be made. */
const DIGESTS: ReadonlyMap<string, DigestAlgorithm> = new Map([
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);
const OID_RSA_ENCRYPTION = '1.2.840.113549.1.1.1';

/** @throws {ProofError} `algorithm-unsupported`, `malformed` */
export function cmsDigest(algorithm: AlgorithmIdentifier, what: string): DigestAlgorithm {
  const digest = DIGESTS.get(algorithm.oid);
  if (!digest) throw new ProofError('algorithm-unsupported', { what, algorithm: algorithm.oid }, 'uncovered');
  if (!algorithm.bare) throw new MalformedError(what, 'digest algorithm with parameters');
  return digest;
}

/**
 * How the signature over the signed attributes was made. RSA may name itself without a digest (RFC 3370 section 3.2),
 * which is then the signer's.
 * @throws {ProofError} `algorithm-unsupported`, `malformed`
 */
export function cmsScheme(signer: SignerInfo, what: string): SignatureScheme {
  const digest = cmsDigest(signer.digestAlgorithm, what);
  const { oid, bare, element } = signer.signatureAlgorithm;
  if (oid === OID_RSA_ENCRYPTION) {
    if (!bare) throw new MalformedError(what, 'parameters of the signature algorithm');
    return { family: 'rsa', hash: digest };
  }
  const scheme = signatureScheme(element, what);
  // RFC 8933 section 3: one digest for the content and for the attributes. Ed25519 goes with SHA-512 (RFC 8419 section 3).
  if (digest !== (scheme.hash ?? 'sha512'))
    throw new MalformedError(what, 'signature algorithm with another digest than the signer names');
  return scheme;
}
