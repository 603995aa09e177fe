/** Certification path from a leaf to an authority of the trust root: RFC 5280 section 6.1, as far as Fulcio uses it. */
import { sameBytes } from '../core/bytes.ts';
import { ProofError } from '../core/errors.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Certificate,
  extendedKeyUsages,
  hasKeyUsage,
  subjectKeyId,
} from './certificate.ts';
import { verifySignature } from './signature.ts';
import type { CertificateAuthority, ValidFor } from './types.ts';

const KEY_USAGE_DIGITAL_SIGNATURE = 0;
const KEY_USAGE_CERT_SIGN = 5;
export const EKU_CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const EKU_TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EKU_ANY = '2.5.29.37.0';
/** Critical extensions whose meaning is checked here or in `identity.ts`. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  '2.5.29.15',
  '2.5.29.17',
  '2.5.29.19',
  '2.5.29.37',
  '2.5.29.14',
  '2.5.29.35',
]);

export function within(time: number, window: ValidFor): boolean {
  return time >= window.start && (window.end === undefined || time <= window.end);
}

/**
 * The authorities that may have issued a leaf: those whose name and key identifier it bears, in force at every trusted
 * time. Cheap; no signature is verified.
 * @param times  milliseconds since 1970, at least one
 * @throws {ProofError} `certificate-untrusted`, `certificate-time`, `certificate-usage`, `certificate-extension`
 */
export function issuersOf(
  leaf: Certificate,
  authorities: readonly CertificateAuthority[],
  times: readonly number[],
  usage: string,
): readonly CertificateAuthority[] {
  for (const time of times) {
    if (time < leaf.notBefore || time > leaf.notAfter) {
      throw new ProofError('certificate-time', {
        time: iso(time),
        notBefore: iso(leaf.notBefore),
        notAfter: iso(leaf.notAfter),
      });
    }
  }
  assertLeaf(leaf, usage);
  const issuers = authorities.filter(
    (authority) => isIssuer(authority.chain[0], leaf) && times.every((time) => inForce(authority, time)),
  );
  if (issuers.length === 0) throw new ProofError('certificate-untrusted', {});
  return issuers;
}

function assertLeaf(leaf: Certificate, usage: string): void {
  for (const [oid, extension] of leaf.extensions) {
    if (extension.critical && !UNDERSTOOD.has(oid))
      throw new ProofError('certificate-extension', { actual: oid });
  }
  const usages = extendedKeyUsages(leaf) ?? [];
  if (
    !hasKeyUsage(leaf, KEY_USAGE_DIGITAL_SIGNATURE) ||
    !usages.includes(usage) ||
    basicConstraints(leaf).ca
  ) {
    throw new ProofError('certificate-usage', {
      expected: 'digitalSignature, code signing, not an authority',
    });
  }
}

function isIssuer(issuer: Certificate | undefined, subject: Certificate): boolean {
  if (!issuer || !sameBytes(issuer.subject, subject.issuer)) return false;
  const wanted = authorityKeyId(subject);
  const own = subjectKeyId(issuer);
  return wanted === undefined || own === undefined || sameBytes(wanted, own);
}

function inForce(authority: CertificateAuthority, time: number): boolean {
  return (
    within(time, authority.validFor) &&
    authority.chain.every((c) => time >= c.notBefore && time <= c.notAfter)
  );
}

/** True if the leaf is signed by the authority's first certificate, and that one leads up to its root. */
export async function verifyPath(
  leaf: Certificate,
  authority: CertificateAuthority,
  usage: string,
): Promise<boolean> {
  const [issuer] = authority.chain;
  if (!issuer) return false;
  const [leafGood, chainGood] = await Promise.all([isSignedBy(leaf, issuer), chainVerified(authority, usage)]);
  return leafGood && chainGood;
}

/** An authority's own chain is the same for every leaf, so it is verified once for as long as its trust root lives. */
const verifiedChains = new WeakMap<CertificateAuthority, Promise<boolean>>();

function chainVerified(authority: CertificateAuthority, usage: string): Promise<boolean> {
  let result = verifiedChains.get(authority);
  if (!result) {
    result = verifyChain(authority.chain, usage);
    verifiedChains.set(authority, result);
  }
  return result;
}

async function verifyChain(chain: readonly Certificate[], usage: string): Promise<boolean> {
  for (const [index, certificate] of chain.entries()) {
    const { ca, pathLength } = basicConstraints(certificate);
    const usages = extendedKeyUsages(certificate);
    if (!ca || !hasKeyUsage(certificate, KEY_USAGE_CERT_SIGN)) return false;
    // Number of authorities that may follow below this one: chain[0] has leaves only, so `index` of them do.
    if (pathLength !== undefined && index > pathLength) return false;
    if (usages && !usages.includes(usage) && !usages.includes(EKU_ANY)) return false;
    for (const [oid, extension] of certificate.extensions)
      if (extension.critical && !UNDERSTOOD.has(oid)) return false;
    const above = chain[index + 1];
    if (above) {
      if (!isIssuer(above, certificate) || !(await isSignedBy(certificate, above))) return false;
      // The anchor is trusted because the trust root says so. If it claims to have signed itself, that must hold too.
    } else if (
      sameBytes(certificate.issuer, certificate.subject) &&
      !(await isSignedBy(certificate, certificate))
    ) {
      return false;
    }
  }
  return chain.length > 0;
}

function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  const key = issuer.publicKey();
  const family = key.padding ? 'rsa' : key.hash === null ? 'ed25519' : 'ec';
  if (family !== certificate.signatureFamily) return Promise.resolve(false);
  return verifySignature(key, certificate.tbs, certificate.signature, certificate.signatureHash);
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
