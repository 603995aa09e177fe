/**
 * X.509 certificates as RFC 5280 section 4 defines them, read strictly from DER. Only what verification needs is decoded;
 * an extension nobody asks for stays bytes. Ours instead of a library because it runs once for every attested package:
 * see docs/decisions/0002-own-certificate-reader.md.
 */
import { sameBytes } from '../core/bytes.ts';
import {
  bitsOf,
  booleanOf,
  children,
  content,
  type Der,
  encodeDer,
  encoded,
  expectTag,
  integerOf,
  oidOf,
  parseDer,
  timeOf,
  unsignedOf,
} from '../core/der.ts';
import { MalformedError, ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { importKey } from './keys.ts';
import { type SignatureScheme, signatureScheme } from './signature-algorithm.ts';
import type { VerificationKey } from './types.ts';

const WHAT = 'certificate';
const OID_SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
/** The same, encoded. */
const SCT_LIST_ID = Buffer.from('2b06010401d679020402', 'hex');
/** RFC 5280 section 4.1.2.2. */
const SERIAL_BYTES_MAX = 20;

export interface Extension {
  readonly critical: boolean;
  /** Content of extnValue. */
  readonly value: Uint8Array;
}

export interface Certificate {
  readonly der: Uint8Array;
  /** What the issuer signed. */
  readonly tbs: Uint8Array;
  readonly signature: Uint8Array;
  readonly scheme: SignatureScheme;
  /** Not negative; big-endian, a zero byte before a first bit that is set. */
  readonly serialNumber: Uint8Array;
  /** Encoded names, compared as bytes. */
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  /** Milliseconds since 1970, both inclusive. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly spkiDer: Uint8Array;
  readonly extensions: ReadonlyMap<string, Extension>;
  /** The key, imported at the first call and kept. Throws as {@link importKey} does. */
  publicKey(): VerificationKey;
}

/**
 * @param der  at most 64 KiB
 * @throws {ProofError} `malformed`, `limit-exceeded`, `algorithm-unsupported`
 */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > limits.certificateBytesMax) {
    throw new ProofError('limit-exceeded', { what: WHAT, max: limits.certificateBytesMax, unit: 'bytes' });
  }
  const [tbs, algorithm, signature, ...rest] = children(expectTag(parseDer(der, WHAT), 0x30, WHAT), WHAT);
  if (!tbs || !algorithm || !signature || rest.length > 0) throw new MalformedError(WHAT, 'not three parts');
  const fields = children(expectTag(tbs, 0x30, WHAT), WHAT);
  const [version, serial, inner, issuer, validity, subject, spki, ...tail] = fields;
  if (!version || !serial || !inner || !issuer || !validity || !subject || !spki)
    throw new MalformedError(WHAT, 'cut short');
  if (version.tag !== 0xa0 || !isVersion3(version)) throw new MalformedError(WHAT, 'not of version 3');
  // RFC 5280 section 4.1.1.2: both must be the same, or the signature covers another algorithm than it was made with.
  if (!sameBytes(encoded(inner), encoded(algorithm)))
    throw new MalformedError(WHAT, 'two signature algorithms');
  const [notBefore, notAfter, more] = children(expectTag(validity, 0x30, WHAT), WHAT);
  if (!notBefore || !notAfter || more) throw new MalformedError(WHAT, 'malformed validity');
  const extensionField = tail.find((field) => field.tag === 0xa3);
  if (tail.some((field) => field.tag !== 0xa3 && field.tag !== 0x81 && field.tag !== 0x82)) {
    throw new MalformedError(WHAT, 'unknown field');
  }
  // Each at most once and in this order (section 4.1): of two lists of extensions another reader takes the other.
  if (tail.some((field, i) => i > 0 && field.tag <= tail[i - 1]!.tag))
    throw new MalformedError(WHAT, 'field twice or out of order');
  const spkiDer = encoded(expectTag(spki, 0x30, WHAT));
  let key: VerificationKey | undefined;
  return {
    der,
    tbs: encoded(tbs),
    signature: bitsOf(signature, WHAT),
    scheme: signatureScheme(algorithm, WHAT),
    serialNumber: serialOf(serial),
    issuer: nameOf(issuer),
    subject: nameOf(subject),
    notBefore: timeOf(notBefore, WHAT),
    notAfter: timeOf(notAfter, WHAT),
    spkiDer,
    extensions: extensionField ? readExtensions(extensionField) : new Map(),
    publicKey: () => (key ??= importKey(spkiDer, WHAT)),
  };
}

/** Name (section 4.1.2.4): sequence of sets of pairs. Compared as bytes, so only its form is looked at. */
function nameOf(element: Der): Uint8Array {
  for (const set of children(expectTag(element, 0x30, WHAT), WHAT)) {
    for (const attribute of children(expectTag(set, 0x31, WHAT), WHAT)) {
      const [type, value, more] = children(expectTag(attribute, 0x30, WHAT), WHAT);
      if (!value || more) throw new MalformedError(WHAT, 'malformed name');
      oidOf(type!, WHAT);
    }
  }
  return encoded(element);
}

function isVersion3(field: Der): boolean {
  const [value] = children(field, WHAT);
  return value !== undefined && value.tag === 0x02 && value.end - value.body === 1 && content(value)[0] === 2;
}

/** Zero is against section 4.1.2.2, but some authorities number themselves so; nothing here rests on it. */
function serialOf(element: Der): Uint8Array {
  const bytes = integerOf(element, WHAT);
  if (bytes[0]! >= 0x80) throw new MalformedError(WHAT, 'negative serial number');
  if (bytes.length - (bytes[0] === 0 ? 1 : 0) > SERIAL_BYTES_MAX)
    throw new MalformedError(WHAT, 'serial number of more than 20 bytes');
  return bytes;
}

function readExtensions(field: Der): ReadonlyMap<string, Extension> {
  const map = new Map<string, Extension>();
  for (const extension of extensionList(field)) {
    const [id, ...rest] = children(expectTag(extension, 0x30, WHAT), WHAT);
    const critical = rest.length === 2 ? booleanOf(rest[0]!, WHAT) : false;
    // X.690 section 11.5: a value equal to its default (FALSE) is left out.
    if (!id || rest.length < 1 || rest.length > 2 || (rest.length === 2 && !critical)) {
      throw new MalformedError(WHAT, 'malformed extension');
    }
    const oid = oidOf(id, WHAT);
    if (map.has(oid)) throw new MalformedError(WHAT, `extension ${oid} twice`);
    map.set(oid, { critical, value: content(expectTag(rest[rest.length - 1], 0x04, WHAT)) });
  }
  return map;
}

function extensionList(field: Der): readonly Der[] {
  const [list, ...rest] = children(field, WHAT);
  if (!list || rest.length > 0) throw new MalformedError(WHAT, 'malformed extensions');
  return children(expectTag(list, 0x30, WHAT), WHAT);
}

/**
 * The TBSCertificate that the log signed: the same without the SCT list extension (RFC 6962 section 3.2).
 * @returns undefined if there is no SCT list
 */
export function precertificateTbs(
  certificate: Certificate,
): { tbs: Uint8Array; sctList: Uint8Array } | undefined {
  const sct = certificate.extensions.get(OID_SCT_LIST);
  if (!sct) return undefined;
  const fields = children(parseDer(certificate.tbs, WHAT), WHAT);
  const kept = fields.map((field) => {
    if (field.tag !== 0xa3) return encoded(field);
    const others = extensionList(field).filter((extension) => {
      const [id] = children(extension, WHAT);
      return id === undefined || !sameBytes(content(id), SCT_LIST_ID);
    });
    return encodeDer(0xa3, encodeDer(0x30, ...others.map(encoded)));
  });
  return {
    tbs: encodeDer(0x30, ...kept),
    sctList: content(expectTag(parseDer(sct.value, WHAT), 0x04, WHAT)),
  };
}

export interface BasicConstraints {
  readonly ca: boolean;
  readonly pathLength: number | undefined;
}

/** RFC 5280 section 4.2.1.9. Absent means: not an authority. */
export function basicConstraints(certificate: Certificate): BasicConstraints {
  const extension = certificate.extensions.get('2.5.29.19');
  if (!extension) return { ca: false, pathLength: undefined };
  const parts = children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT);
  const flag = parts[0]?.tag === 0x01 ? parts[0] : undefined;
  const [length, ...more] = flag ? parts.slice(1) : parts;
  if (more.length > 0) throw new MalformedError(WHAT, 'malformed basic constraints');
  const ca = flag !== undefined && booleanOf(flag, WHAT);
  // X.690 section 11.5: FALSE is the default and so left out.
  if (flag && !ca) throw new MalformedError(WHAT, 'malformed basic constraints');
  return { ca, pathLength: length && unsignedOf(length, WHAT) };
}

export const KEY_USAGE_DIGITAL_SIGNATURE = 0;
export const KEY_USAGE_CERT_SIGN = 5;

/** RFC 5280 section 4.2.1.3: true if the given bit is set (0 digitalSignature, 5 keyCertSign). */
export function hasKeyUsage(certificate: Certificate, bit: number): boolean {
  const extension = certificate.extensions.get('2.5.29.15');
  if (!extension) return false;
  const bytes = content(expectTag(parseDer(extension.value, WHAT), 0x03, WHAT));
  const unused = bytes[0];
  // X.690 section 11.2: unused bits are zero. At least one bit has to be set, and nine have a meaning.
  if (
    unused === undefined ||
    unused > 7 ||
    bytes.length < 2 ||
    bytes.length > 3 ||
    (bytes[bytes.length - 1]! & ((1 << unused) - 1)) !== 0
  ) {
    throw new MalformedError(WHAT, 'malformed key usage');
  }
  const byte = bytes[1 + (bit >> 3)];
  return byte !== undefined && (byte & (0x80 >> (bit & 7))) !== 0;
}

/** RFC 5280 section 4.2.1.12; undefined if the extension is not there. */
export function extendedKeyUsages(certificate: Certificate): readonly string[] | undefined {
  const extension = certificate.extensions.get('2.5.29.37');
  if (!extension) return undefined;
  return children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT).map((usage) =>
    oidOf(usage, WHAT),
  );
}

/** Key identifier this certificate was issued with (section 4.2.1.1), and its own (4.2.1.2). */
export function authorityKeyId(certificate: Certificate): Uint8Array | undefined {
  const extension = certificate.extensions.get('2.5.29.35');
  if (!extension) return undefined;
  const id = children(expectTag(parseDer(extension.value, WHAT), 0x30, WHAT), WHAT).find(
    (part) => part.tag === 0x80,
  );
  return id ? content(id) : undefined;
}

export function subjectKeyId(certificate: Certificate): Uint8Array | undefined {
  const extension = certificate.extensions.get('2.5.29.14');
  return extension ? content(expectTag(parseDer(extension.value, WHAT), 0x04, WHAT)) : undefined;
}
