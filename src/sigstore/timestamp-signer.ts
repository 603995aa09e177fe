/** The certificate that made a timestamp, found through the trust root: RFC 3161 section 2.3. */
import { sameBytes } from '../core/bytes.ts';
import type { Args } from '../core/check.ts';
import { children, content, encoded, expectTag, parseDer } from '../core/der.ts';
import { ProofError } from '../core/errors.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Certificate,
  extendedKeyUsages,
  hasKeyUsage,
  KEY_USAGE_DIGITAL_SIGNATURE,
  parseCertificate,
  subjectKeyId,
} from './certificate.ts';
import { chainFault, EKU_TIME_STAMPING, isSignedBy } from './chain.ts';
import { isIdentifiedBy, type SignerIdentifier } from './cms.ts';
import { nameText } from './distinguished-name.ts';
import { type TimestampToken, WHAT } from './timestamp-token.ts';
import type { CertificateAuthority } from './types.ts';

export interface TimestampSigner {
  readonly authority: CertificateAuthority;
  readonly leaf: Certificate;
  /** The authority without the leaf; undefined where the leaf stands in the trust root by itself. */
  readonly above: CertificateAuthority | undefined;
}

/** The authorities above a leaf, one object each: the cache of verified chains hangs on it. */
const aboveLeaf = new WeakMap<CertificateAuthority, CertificateAuthority>();

function above(authority: CertificateAuthority): CertificateAuthority | undefined {
  if (authority.chain.length < 2) return undefined;
  let rest = aboveLeaf.get(authority);
  if (!rest) {
    rest = { ...authority, chain: authority.chain.slice(1) };
    aboveLeaf.set(authority, rest);
  }
  return rest;
}

/**
 * The certificates that a token can mean. The trust root normally has the authority's own; where it holds only what
 * issues them, they are taken from the token, which by itself never makes an authority known.
 * @throws {ProofError} `malformed`, for a certificate inside the token
 */
export function signersOf(
  stamp: TimestampToken,
  authorities: readonly CertificateAuthority[],
): readonly TimestampSigner[] {
  const { sid } = stamp.signed.signer;
  let embedded: readonly Certificate[] | undefined;
  return authorities.flatMap((authority): readonly TimestampSigner[] => {
    const [first] = authority.chain;
    if (!first) return [];
    if (!basicConstraints(first).ca)
      return isIdentifiedBy(first, sid) ? [{ authority, leaf: first, above: above(authority) }] : [];
    if (sid.kind === 'issuer-serial' && !sameBytes(sid.issuer, first.subject)) return [];
    embedded ??= stamp.signed.certificates.flatMap(readable);
    return embedded
      .filter((leaf) => sameBytes(leaf.issuer, first.subject) && isIdentifiedBy(leaf, sid))
      .map((leaf) => ({ authority, leaf, above: authority }));
  });
}

/** One that is signed in a way nobody here can verify is not the one that verifies. */
function readable(der: Uint8Array): readonly Certificate[] {
  try {
    return [parseCertificate(der)];
  } catch (error) {
    if (error instanceof ProofError && error.code === 'algorithm-unsupported') return [];
    throw error;
  }
}

/** True if the trust root has the issuer that the token names, but not the certificates that this issues. */
export function hasIssuer(sid: SignerIdentifier, { chain: [first] }: CertificateAuthority): boolean {
  return (
    first !== undefined &&
    sid.kind === 'issuer-serial' &&
    basicConstraints(first).ca &&
    sameBytes(sid.issuer, first.subject)
  );
}

const KEY_USAGE = '2.5.29.15';
const KEY_USAGE_NON_REPUDIATION = 1;
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
/** Critical extensions whose meaning is checked here; the last two are the key identifiers. */
const UNDERSTOOD: ReadonlySet<string> = new Set([
  KEY_USAGE,
  EXTENDED_KEY_USAGE,
  SUBJECT_ALTERNATIVE_NAME,
  '2.5.29.19',
  '2.5.29.14',
  '2.5.29.35',
]);

/**
 * The key signs timestamps and nothing else, and says so in an extension that cannot be overlooked.
 * @throws {ProofError} `timestamp-certificate-usage`
 */
export function assertForTimestamps(leaf: Certificate): void {
  const usages = extendedKeyUsages(leaf) ?? [];
  if (usages.length !== 1 || usages[0] !== EKU_TIME_STAMPING)
    refuse(`extended key usage ${EKU_TIME_STAMPING} alone`, usages.join(', ') || 'none');
  if (!leaf.extensions.get(EXTENDED_KEY_USAGE)?.critical)
    refuse('a critical extended key usage', 'one that may be ignored');
  // Without the extension a key may be used for anything (RFC 5280 section 4.2.1.3).
  const signs = [KEY_USAGE_DIGITAL_SIGNATURE, KEY_USAGE_NON_REPUDIATION].some((bit) =>
    hasKeyUsage(leaf, bit),
  );
  if (leaf.extensions.has(KEY_USAGE) && !signs) refuse('key usage for signatures', 'another key usage');
  if (basicConstraints(leaf).ca) refuse('not an authority', 'an authority');
  for (const [oid, { critical }] of leaf.extensions)
    if (critical && !UNDERSTOOD.has(oid)) refuse('no unknown critical extension', oid);
}

function refuse(expected: string, actual: string): never {
  throw new ProofError('timestamp-certificate-usage', { expected, actual });
}

/** @param name  GeneralName, DER: the subject as directoryName [4], or any of the alternative names */
export function bearsName(leaf: Certificate, name: Uint8Array): boolean {
  const wanted = parseDer(name, WHAT);
  if (wanted.tag === 0xa4 && sameBytes(content(wanted), leaf.subject)) return true;
  const extension = leaf.extensions.get(SUBJECT_ALTERNATIVE_NAME);
  if (!extension) return false;
  const names = children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT);
  return names.some((other) => sameBytes(encoded(other), name));
}

/** Paths of certificates that stand in the trust root: the same for every token, so verified once. */
const knownPaths = new WeakMap<CertificateAuthority, Promise<Args | undefined>>();

/**
 * Why the certificate does not lead up to the root of its authority, or is not that root itself.
 * @returns undefined if it does
 */
export function pathFault(signer: TimestampSigner): Promise<Args | undefined> {
  const { authority, leaf } = signer;
  if (leaf !== authority.chain[0]) return findFault(signer);
  let result = knownPaths.get(authority);
  if (!result) {
    result = findFault(signer);
    knownPaths.set(authority, result);
  }
  return result;
}

async function findFault({ leaf, above }: TimestampSigner): Promise<Args | undefined> {
  const issuer = nameText(leaf.issuer);
  if (!above) {
    // It is trusted because the trust root says so. What it says of itself must hold all the same.
    const own = sameBytes(leaf.issuer, leaf.subject) && (await isSignedBy(leaf, leaf));
    return own ? undefined : { issuer, why: 'the only certificate of its authority is not signed by itself' };
  }
  const [first] = above.chain;
  if (!isIssuedBy(leaf, first)) return { issuer };
  if (!(await isSignedBy(leaf, first))) return { issuer, why: 'not signed by the key of that name' };
  return chainFault(above, EKU_TIME_STAMPING);
}

/** By name, and by key identifier where both have one. */
function isIssuedBy(leaf: Certificate, issuer: Certificate | undefined): issuer is Certificate {
  if (!issuer || !sameBytes(leaf.issuer, issuer.subject)) return false;
  const wanted = authorityKeyId(leaf);
  const own = subjectKeyId(issuer);
  return wanted === undefined || own === undefined || sameBytes(wanted, own);
}
