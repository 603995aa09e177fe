/** Certification path from a leaf to an authority of the trust root: RFC 5280 section 6.1, as far as Sigstore uses it. */

import { sameBytes } from '../core/bytes.ts';
import type { Args } from '../core/check.ts';
import { ProofError } from '../core/errors.ts';
import { iso } from '../core/time.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Certificate,
  extendedKeyUsages,
  hasKeyUsage,
  KEY_USAGE_CERT_SIGN,
  KEY_USAGE_DIGITAL_SIGNATURE,
  subjectKeyId,
} from './certificate.ts';
import { nameText } from './distinguished-name.ts';
import { verifyScheme } from './signature.ts';
import type { CertificateAuthority, ValidFor } from './types.ts';

export const EKU_CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
export const EKU_TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const EKU_ANY = '2.5.29.37.0';
const OID_NAME_CONSTRAINTS = '2.5.29.30';
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
 * What the leaf says of itself: valid at each of these times, for signing with this usage and nothing more, and nothing
 * critical in it that is not understood here.
 * @param times  milliseconds since 1970, at least one
 * @throws {ProofError} `time-absent`, `certificate-time`, `certificate-extension`, `certificate-is-authority`,
 *                      `certificate-key-usage`, `certificate-extended-key-usage`
 */
export function assertLeaf(leaf: Certificate, times: readonly number[], usage: string): void {
  if (times.length === 0) throw new ProofError('time-absent');
  for (const time of times) {
    if (time < leaf.notBefore || time > leaf.notAfter) {
      throw new ProofError('certificate-time', {
        time: iso(time),
        notBefore: iso(leaf.notBefore),
        notAfter: iso(leaf.notAfter),
      });
    }
  }
  const critical = criticalUnknown(leaf);
  if (critical !== undefined) throw new ProofError('certificate-extension', { actual: critical });
  if (basicConstraints(leaf).ca) throw new ProofError('certificate-is-authority', { actual: 'cA' });
  // RFC 5280 section 4.2.1.3: the bit goes with an authority, whatever the constraints say.
  if (hasKeyUsage(leaf, KEY_USAGE_CERT_SIGN))
    throw new ProofError('certificate-is-authority', { actual: 'keyCertSign' });
  if (!hasKeyUsage(leaf, KEY_USAGE_DIGITAL_SIGNATURE)) {
    throw new ProofError('certificate-key-usage', {
      expected: 'digitalSignature',
      actual: leaf.extensions.has('2.5.29.15') ? 'others' : 'none',
    });
  }
  const usages = extendedKeyUsages(leaf) ?? [];
  // anyExtendedKeyUsage is not enough: whoever issues for signing code says so.
  if (!usages.includes(usage)) {
    throw new ProofError('certificate-extended-key-usage', {
      expected: usage,
      actual: usages.length === 0 ? 'none' : usages,
    });
  }
}

function criticalUnknown(certificate: Certificate): string | undefined {
  for (const [oid, extension] of certificate.extensions)
    if (extension.critical && !UNDERSTOOD.has(oid)) return oid;
  return undefined;
}

/** A certificate of an authority that may have issued a leaf: the first, or one that stands above it. */
export interface Issuer {
  readonly authority: CertificateAuthority;
  readonly certificate: Certificate;
}

/**
 * Who may have issued a leaf, for each trusted time: those whose name and key identifier it bears, in force then. Cheap; no
 * signature is verified.
 * @throws {ProofError} `certificate-untrusted`, `certificate-authority-time`
 */
export function issuersOf(
  leaf: Certificate,
  authorities: readonly CertificateAuthority[],
  times: readonly number[],
): readonly (readonly Issuer[])[] {
  const issuers: Issuer[] = [];
  for (const authority of authorities)
    for (const certificate of authority.chain)
      if (isIssuer(certificate, leaf)) issuers.push({ authority, certificate });
  if (issuers.length === 0) {
    const trusted = authorities.flatMap(({ chain: [first] }) => (first ? [nameText(first.subject)] : []));
    throw new ProofError('certificate-untrusted', {
      issuer: nameText(leaf.issuer),
      expected: [...new Set(trusted)],
    });
  }
  return times.map((time) => {
    const inForce = issuers.filter((issuer) => isInForce(issuer, time));
    if (inForce.length === 0) throw notInForce(issuers[0]!, time);
    return inForce;
  });
}

function isIssuer(issuer: Certificate, subject: Certificate): boolean {
  if (!sameBytes(issuer.subject, subject.issuer)) return false;
  const wanted = authorityKeyId(subject);
  if (wanted === undefined) return true;
  const own = subjectKeyId(issuer);
  return own === undefined || sameBytes(wanted, own);
}

/** True while the trust root stands by the authority, and each certificate from the issuer up to the anchor is valid. */
function isInForce(issuer: Issuer, time: number): boolean {
  return (
    within(time, issuer.authority.validFor) &&
    pathOf(issuer).every(({ notBefore, notAfter }) => time >= notBefore && time <= notAfter)
  );
}

function pathOf({ authority, certificate }: Issuer): readonly Certificate[] {
  return authority.chain.slice(authority.chain.indexOf(certificate));
}

/** Tells what remains of the authority's window within those of its certificates. */
export function notInForce(issuer: Issuer, time: number): ProofError {
  const { validFor, uri } = issuer.authority;
  const path = pathOf(issuer);
  const starts = Math.max(validFor.start, ...path.map(({ notBefore }) => notBefore));
  const expires = Math.min(validFor.end ?? Number.POSITIVE_INFINITY, ...path.map(({ notAfter }) => notAfter));
  return new ProofError('certificate-authority-time', {
    authority: uri || nameText(issuer.certificate.subject),
    time: iso(time),
    starts: iso(starts),
    expires: iso(expires),
  });
}

export function isSignedBy(certificate: Certificate, issuer: Certificate): Promise<boolean> {
  return verifyScheme(issuer.publicKey(), certificate.tbs, certificate.signature, certificate.scheme);
}

/** An authority's own chain is the same for every leaf, so it is verified once for as long as its trust root lives. */
const verifiedChains = new WeakMap<CertificateAuthority, Map<string, Promise<Args | undefined>>>();

/**
 * Why the authority's certificates do not lead from its first up to its anchor, with rights for this usage.
 * @returns undefined if they do
 */
export function chainFault(authority: CertificateAuthority, usage: string): Promise<Args | undefined> {
  let byUsage = verifiedChains.get(authority);
  if (!byUsage) {
    byUsage = new Map();
    verifiedChains.set(authority, byUsage);
  }
  let result = byUsage.get(usage);
  if (!result) {
    result = verifyChain(authority.chain, usage);
    byUsage.set(usage, result);
  }
  return result;
}

async function verifyChain(chain: readonly Certificate[], usage: string): Promise<Args | undefined> {
  if (chain.length === 0) return { why: 'no certificates' };
  let below = 0;
  for (const [index, certificate] of chain.entries()) {
    const above = chain[index + 1];
    const why =
      rightsFault(certificate, below, usage) ??
      (await signatureFault(certificate, above, isSelfIssued(certificate)));
    if (why !== undefined) return { certificate: nameText(certificate.subject), why };
    // RFC 5280 section 6.1.4 (l): a new key of the same authority does not lengthen the path.
    if (!isSelfIssued(certificate)) below++;
  }
  return undefined;
}

/** @param below  number of authorities between this one and the leaf */
function rightsFault(certificate: Certificate, below: number, usage: string): string | undefined {
  const { ca, pathLength } = basicConstraints(certificate);
  if (!ca) return 'it is not an authority';
  if (!hasKeyUsage(certificate, KEY_USAGE_CERT_SIGN)) return 'it may not sign certificates';
  if (pathLength !== undefined && below > pathLength)
    return `it allows ${pathLength} authorities below it, but there are ${below}`;
  const usages = extendedKeyUsages(certificate);
  if (usages && !usages.includes(usage) && !usages.includes(EKU_ANY))
    return 'it may not issue for this purpose';
  // Critical or not: they limit for whom it may issue, and are not judged here.
  if (certificate.extensions.has(OID_NAME_CONSTRAINTS)) return 'it has name constraints';
  const unknown = criticalUnknown(certificate);
  return unknown === undefined ? undefined : `critical extension ${unknown} is not understood`;
}

async function signatureFault(
  certificate: Certificate,
  above: Certificate | undefined,
  selfIssued: boolean,
): Promise<string | undefined> {
  if (above && !isIssuer(above, certificate)) return 'it was issued by another than the next in the chain';
  // The anchor is trusted because the trust root says so. If it claims to have signed itself, that must hold too.
  const issuer = above ?? (selfIssued ? certificate : undefined);
  return issuer && !(await isSignedBy(certificate, issuer)) ? 'its signature does not hold' : undefined;
}

function isSelfIssued(certificate: Certificate): boolean {
  return sameBytes(certificate.issuer, certificate.subject);
}
