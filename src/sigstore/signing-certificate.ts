/** The signed attribute that ties a signature to one certificate: RFC 2634 section 5.4, RFC 5035 section 3. */
import { createHash } from 'node:crypto';
import { hex, sameBytes } from '../core/bytes.ts';
import { children, content, type Der, encoded, expectTag, integerOf } from '../core/der.ts';
import { MalformedError } from '../core/errors.ts';
import type { Certificate } from './certificate.ts';
import { type SignerInfo, single } from './cms.ts';
import { cmsDigest } from './cms-algorithms.ts';
import { type AlgorithmIdentifier, algorithmIdentifier, explicit, Fields } from './der-fields.ts';
import { nameText } from './distinguished-name.ts';

const OID_SIGNING_CERTIFICATE = '1.2.840.113549.1.9.16.2.12';
const OID_SIGNING_CERTIFICATE_V2 = '1.2.840.113549.1.9.16.2.47';
const OID_SHA256 = '2.16.840.1.101.3.4.2.1';

/** What one attribute says of the certificate. */
export interface CertificateId {
  /** The first version of the attribute fixes SHA-1, the second has SHA-256 where it names none. */
  readonly algorithm: AlgorithmIdentifier | 'sha1' | 'sha256';
  readonly hash: Uint8Array;
  readonly issuerSerial: { readonly issuer: Uint8Array; readonly serial: Uint8Array } | undefined;
}

/**
 * Reads both versions of the attribute; at least one must be there, and if both are, both count.
 * @throws {MalformedError} `malformed`
 */
export function readCertificateIds(
  attributes: SignerInfo['attributes'],
  what: string,
): readonly CertificateId[] {
  const ids = [
    { oid: OID_SIGNING_CERTIFICATE, version: 1 },
    { oid: OID_SIGNING_CERTIFICATE_V2, version: 2 },
  ]
    .filter(({ oid }) => attributes.has(oid))
    .map(({ oid, version }) => readAttribute(single(attributes, oid, what), version, what));
  if (ids.length === 0) throw new MalformedError(what, 'no signed attribute names the signing certificate');
  return ids;
}

function readAttribute(value: Der, version: number, what: string): CertificateId {
  const fields = new Fields(value, what);
  const list = children(fields.required(0x30), what).map((item) => readId(item, version, what));
  fields.optional(0x30);
  fields.end();
  // The first one is the signer's; more of them are about certificates above it or beside it.
  if (!list[0]) throw new MalformedError(what, 'an empty list of signing certificates');
  return list[0];
}

function readId(element: Der, version: number, what: string): CertificateId {
  const fields = new Fields(element, what);
  const named = version === 2 ? fields.optional(0x30) : undefined;
  const algorithm = named ? algorithmIdentifier(named, what) : version === 1 ? 'sha1' : 'sha256';
  // X.690 section 11.5: what equals the default is left out.
  if (typeof algorithm !== 'string' && algorithm.oid === OID_SHA256 && !algorithm.parameters)
    throw new MalformedError(what, 'a default value spelled out');
  const hash = content(fields.required(0x04));
  const issuerSerial = fields.optional(0x30);
  fields.end();
  return {
    algorithm,
    hash,
    issuerSerial: issuerSerial ? readIssuerSerial(issuerSerial, what) : undefined,
  };
}

/** IssuerSerial with the one name that a public key certificate has: GeneralNames { directoryName [4] Name }. */
function readIssuerSerial(element: Der, what: string): CertificateId['issuerSerial'] {
  const fields = new Fields(element, what);
  const names = new Fields(fields.required(0x30), what);
  const name = explicit(names.required(0xa4), what);
  names.end();
  const issuer = encoded(expectTag(name, 0x30, what));
  const serial = integerOf(fields.required(0x02), what);
  fields.end();
  return { issuer, serial };
}

/** How a certificate differs from the one that was named; undefined if it is the one. */
export function differenceFrom(
  id: CertificateId,
  certificate: Certificate,
  what: string,
): { readonly field: string; readonly expected: string; readonly actual: string } | undefined {
  const algorithm = typeof id.algorithm === 'string' ? id.algorithm : cmsDigest(id.algorithm, what);
  const actual = createHash(algorithm).update(certificate.der).digest();
  if (!sameBytes(id.hash, actual)) return { field: algorithm, expected: hex(id.hash), actual: hex(actual) };
  if (!id.issuerSerial) return undefined;
  const { issuer, serial } = id.issuerSerial;
  if (!sameBytes(serial, certificate.serialNumber))
    return { field: 'serial number', expected: hex(serial), actual: hex(certificate.serialNumber) };
  return sameBytes(issuer, certificate.issuer)
    ? undefined
    : { field: 'issuer', expected: nameText(issuer), actual: nameText(certificate.issuer) };
}
