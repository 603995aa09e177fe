/**
 * Cryptographic Message Syntax as timestamps use it: SignedData with its content inside and exactly one signer
 * (RFC 5652 section 5, RFC 3161 section 2.4.2). Read strictly as DER. Nothing is judged here beyond the form.
 */
import { sameBytes } from '../core/bytes.ts';
import {
  children,
  content,
  type Der,
  encodeDer,
  encoded,
  expectTag,
  integerOf,
  oidOf,
  unsignedOf,
} from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { type Certificate, subjectKeyId } from './certificate.ts';
import { type AlgorithmIdentifier, algorithmIdentifier, explicit, Fields } from './der-fields.ts';

const OID_SIGNED_DATA = '1.2.840.113549.1.7.2';
const OID_CONTENT_TYPE = '1.2.840.113549.1.9.3';
const OID_MESSAGE_DIGEST = '1.2.840.113549.1.9.4';

/** Who signed: names a certificate, is not signed itself. */
export type SignerIdentifier =
  | { readonly kind: 'issuer-serial'; readonly issuer: Uint8Array; readonly serial: Uint8Array }
  | { readonly kind: 'key'; readonly keyId: Uint8Array };

export interface SignerInfo {
  readonly sid: SignerIdentifier;
  readonly digestAlgorithm: AlgorithmIdentifier;
  /** Values by attribute type; every list has at least one. */
  readonly attributes: ReadonlyMap<string, readonly Der[]>;
  /** Content of the messageDigest attribute. */
  readonly messageDigest: Uint8Array;
  /** What the signature covers: the attributes as SET OF, not as they stand with their context tag (section 5.4). */
  readonly signedAttributes: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

export interface SignedData {
  /** Content of the OCTET STRING: what messageDigest covers. */
  readonly content: Uint8Array;
  /** DER of each, in their order; empty where the signer sent none. Not signed. */
  readonly certificates: readonly Uint8Array[];
  /** True if revocation lists are beside them. Nobody here reads those. */
  readonly revocations: boolean;
  readonly signer: SignerInfo;
}

/**
 * @param contentInfo  ContentInfo (RFC 5652 section 3)
 * @param contentType  the only type of content that is taken, dotted
 * @throws {ProofError} `malformed`, `limit-exceeded`
 */
export function readSignedData(contentInfo: Der, contentType: string, what: string): SignedData {
  const outer = new Fields(contentInfo, what);
  if (oidOf(outer.required(0x06), what) !== OID_SIGNED_DATA)
    throw new MalformedError(what, 'not signed data');
  const body = explicit(outer.required(0xa0), what);
  outer.end();
  const fields = new Fields(body, what);
  // Section 5.1: any content but id-data makes it version 3; 4 and 5 are for certificates that nobody here reads.
  if (unsignedOf(fields.required(0x02), what) !== 3)
    throw new MalformedError(what, 'signed data not of version 3');
  const digests = children(fields.required(0x31), what).map((item) => algorithmIdentifier(item, what));
  const inner = readContent(fields.required(0x30), contentType, what);
  const certificates = readCertificates(fields.optional(0xa0), what);
  const revocations = fields.optional(0xa1) !== undefined;
  const [info, ...others] = children(fields.required(0x31), what);
  fields.end();
  if (!info || others.length > 0) throw new MalformedError(what, 'not exactly one signer');
  const signer = readSigner(info, contentType, what);
  // Section 5.3: one that reads in a single pass could not have hashed the content otherwise.
  if (!digests.some(({ oid }) => oid === signer.digestAlgorithm.oid) || !digests.every(({ bare }) => bare))
    throw new MalformedError(what, 'digest algorithm of the signer is not among those announced');
  return { content: inner, certificates, revocations, signer };
}

function readContent(element: Der, contentType: string, what: string): Uint8Array {
  const fields = new Fields(element, what);
  const type = oidOf(fields.required(0x06), what);
  if (type !== contentType) throw new MalformedError(what, `content of type ${type}`);
  const value = explicit(fields.required(0xa0), what);
  fields.end();
  return content(expectTag(value, 0x04, what));
}

function readCertificates(set: Der | undefined, what: string): readonly Uint8Array[] {
  const list = set ? children(set, what) : [];
  if (list.length > limits.certificatesMax) {
    throw new ProofError('limit-exceeded', {
      what: `${what} certificates`,
      max: limits.certificatesMax,
      unit: 'items',
    });
  }
  return list.map((item) => encoded(expectTag(item, 0x30, what)));
}

function readSigner(element: Der, contentType: string, what: string): SignerInfo {
  const fields = new Fields(element, what);
  const version = unsignedOf(fields.required(0x02), what);
  const sid = readIdentifier(fields.any(), what);
  // Section 5.3: the version tells which of the two it is.
  if (version !== (sid.kind === 'key' ? 3 : 1)) throw new MalformedError(what, 'signer of another version');
  const digestAlgorithm = algorithmIdentifier(fields.any(), what);
  const signed = fields.required(0xa0);
  const signatureAlgorithm = algorithmIdentifier(fields.any(), what);
  const signature = content(fields.required(0x04));
  fields.optional(0xa1);
  fields.end();
  const attributes = readAttributes(signed, what);
  const type = oidOf(single(attributes, OID_CONTENT_TYPE, what), what);
  if (type !== contentType) throw new MalformedError(what, `signed attribute says content of type ${type}`);
  return {
    sid,
    digestAlgorithm,
    attributes,
    messageDigest: content(expectTag(single(attributes, OID_MESSAGE_DIGEST, what), 0x04, what)),
    signedAttributes: encodeDer(0x31, content(signed)),
    signatureAlgorithm,
    signature,
  };
}

function readIdentifier(element: Der | undefined, what: string): SignerIdentifier {
  if (element?.tag === 0x80) return { kind: 'key', keyId: content(element) };
  const fields = new Fields(element, what);
  const issuer = encoded(fields.required(0x30));
  const serial = integerOf(fields.required(0x02), what);
  fields.end();
  return { kind: 'issuer-serial', issuer, serial };
}

/** Section 5.3: SET OF Attribute in DER even where the rest is not, and each type once. */
function readAttributes(set: Der, what: string): ReadonlyMap<string, readonly Der[]> {
  const attributes = new Map<string, readonly Der[]>();
  let previous: Uint8Array | undefined;
  for (const attribute of children(set, what)) {
    const bytes = encoded(attribute);
    // X.690 section 11.6. In another order another reader would hash other bytes.
    if (previous && Buffer.compare(previous, bytes) > 0)
      throw new MalformedError(what, 'signed attributes out of order');
    previous = bytes;
    const fields = new Fields(attribute, what);
    const oid = oidOf(fields.required(0x06), what);
    const values = children(fields.required(0x31), what);
    fields.end();
    if (attributes.has(oid)) throw new MalformedError(what, `signed attribute ${oid} twice`);
    if (values.length === 0) throw new MalformedError(what, `signed attribute ${oid} without a value`);
    attributes.set(oid, values);
    if (attributes.size > limits.signedAttributesMax) {
      const max = limits.signedAttributesMax;
      throw new ProofError('limit-exceeded', { what: `${what} attributes`, max, unit: 'items' });
    }
  }
  return attributes;
}

/** The value of an attribute that must be there and have one. */
export function single(attributes: SignerInfo['attributes'], oid: string, what: string): Der {
  const [value, ...others] = attributes.get(oid) ?? [];
  if (!value || others.length > 0)
    throw new MalformedError(what, `not exactly one value of the signed attribute ${oid}`);
  return value;
}

/** True if the identifier names this certificate. */
export function isIdentifiedBy(certificate: Certificate, sid: SignerIdentifier): boolean {
  if (sid.kind === 'issuer-serial')
    return sameBytes(certificate.issuer, sid.issuer) && sameBytes(certificate.serialNumber, sid.serial);
  const keyId = subjectKeyId(certificate);
  return keyId !== undefined && sameBytes(keyId, sid.keyId);
}
