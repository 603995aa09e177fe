/**
 * The answer of a timestamp authority: RFC 3161 section 2.4.2, as updated by RFC 5816. Read strictly as DER; that it is
 * well formed says nothing yet about who made it.
 */
import {
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
import { readSignedData, type SignedData } from './cms.ts';
import { type AlgorithmIdentifier, algorithmIdentifier, explicit, Fields } from './der-fields.ts';
import { type CertificateId, readCertificateIds } from './signing-certificate.ts';

export const WHAT = 'timestamp';
const OID_TST_INFO = '1.2.840.113549.1.9.16.1.4';
/** PKIStatus; the first two come with a token. */
const STATUSES: readonly string[] = [
  'granted',
  'grantedWithMods',
  'rejection',
  'waiting',
  'revocationWarning',
  'revocationNotification',
];
/** RFC 5280 section 4.2.1.6, constructed where the type is. */
const GENERAL_NAME_TAGS: ReadonlySet<number> = new Set([
  0xa0, 0x81, 0x82, 0xa3, 0xa4, 0xa5, 0x86, 0x87, 0x88,
]);

export interface TimestampToken {
  readonly signed: SignedData;
  readonly certificateIds: readonly CertificateId[];
  /** What the authority has seen: a digest of it. */
  readonly imprint: { readonly algorithm: AlgorithmIdentifier; readonly digest: Uint8Array };
  /** When it saw it, in milliseconds since 1970; finer fractions are cut off. */
  readonly genTime: number;
  /** Its name for itself, a GeneralName in DER. */
  readonly tsa: Uint8Array | undefined;
  /** What would have to be understood to rely on the token, and is not: a critical extension, revocation lists. */
  readonly unread: string | undefined;
}

/**
 * @param bytes  TimeStampResp, DER
 * @throws {ProofError} `timestamp-refused`, `malformed`, `limit-exceeded`
 */
export function parseTimestamp(bytes: Uint8Array): TimestampToken {
  if (bytes.length > limits.timestampBytesMax)
    throw new ProofError('limit-exceeded', { what: WHAT, max: limits.timestampBytesMax, unit: 'bytes' });
  const response = new Fields(parseDer(bytes, WHAT), WHAT);
  const failed = readStatus(response.required(0x30));
  const token = response.optional(0x30);
  response.end();
  if (failed !== undefined) throw new ProofError('timestamp-refused', { status: failed });
  if (!token) throw new MalformedError(WHAT, 'granted, but not there');
  const signed = readSignedData(token, OID_TST_INFO, WHAT);
  const certificateIds = readCertificateIds(signed.signer.attributes, WHAT);
  const info = readInfo(parseDer(signed.content, WHAT));
  return { signed, certificateIds, ...info, unread: signed.revocations ? 'revocation lists' : info.unread };
}

/** @returns how the authority refused, or undefined if it did not */
function readStatus(element: Der): string | undefined {
  const fields = new Fields(element, WHAT);
  const status = unsignedOf(fields.required(0x02), WHAT);
  const texts = fields.optional(0x30);
  if (texts) for (const text of children(texts, WHAT)) expectTag(text, 0x0c, WHAT);
  const failure = fields.optional(0x03);
  fields.end();
  if (status > 1) return STATUSES[status] ?? `status ${status}`;
  if (failure) throw new MalformedError(WHAT, 'granted and refused at once');
  return undefined;
}

function readInfo(element: Der): Pick<TimestampToken, 'imprint' | 'genTime' | 'tsa' | 'unread'> {
  const fields = new Fields(element, WHAT);
  if (unsignedOf(fields.required(0x02), WHAT) !== 1) throw new MalformedError(WHAT, 'not of version 1');
  // The policy. Its arcs are not looked at: they may be larger than any number here.
  if (content(fields.required(0x06)).length === 0) throw new MalformedError(WHAT, 'malformed policy');
  const imprint = new Fields(fields.required(0x30), WHAT);
  const algorithm = algorithmIdentifier(imprint.any(), WHAT);
  const digest = content(imprint.required(0x04));
  imprint.end();
  integerOf(fields.required(0x02), WHAT);
  const genTime = readTime(fields.required(0x18));
  const accuracy = fields.optional(0x30);
  if (accuracy) checkAccuracy(accuracy);
  const ordering = fields.optional(0x01);
  // X.690 section 11.5: FALSE is the default and left out.
  if (ordering && !booleanOf(ordering, WHAT)) throw new MalformedError(WHAT, 'a default value spelled out');
  const nonce = fields.optional(0x02);
  if (nonce) integerOf(nonce, WHAT);
  const tsa = fields.optional(0xa0);
  const extensions = fields.optional(0xa1);
  fields.end();
  return {
    imprint: { algorithm, digest },
    genTime,
    tsa: tsa ? readName(tsa) : undefined,
    unread: extensions ? readExtensions(extensions) : undefined,
  };
}

/** To the second or finer, Zulu; a fraction does not end in 0, and one of nothing but zeros is not there at all. */
function readTime(element: Der): number {
  const text = Buffer.from(content(element)).toString('latin1');
  const match = text.length <= 32 ? /^(\d{14})(?:\.(\d*[1-9]))?Z$/.exec(text) : null;
  if (!match) throw new MalformedError(WHAT, 'malformed time');
  const whole = encodeDer(0x18, Buffer.from(`${match[1]}Z`, 'latin1'));
  return timeOf(parseDer(whole, WHAT), WHAT) + Number((match[2] ?? '').padEnd(3, '0').slice(0, 3));
}

function checkAccuracy(element: Der): void {
  const fields = new Fields(element, WHAT);
  const seconds = fields.optional(0x02);
  if (seconds) integerOf(seconds, WHAT);
  for (const tag of [0x80, 0x81]) {
    const part = fields.optional(tag);
    if (!part) continue;
    const value = unsignedOf({ ...part, tag: 0x02 }, WHAT);
    if (value < 1 || value > 999) throw new MalformedError(WHAT, 'accuracy out of range');
  }
  fields.end();
}

function readName(field: Der): Uint8Array {
  const name = explicit(field, WHAT);
  if (!GENERAL_NAME_TAGS.has(name.tag)) throw new MalformedError(WHAT, 'malformed name of the authority');
  return encoded(name);
}

/** @returns the first critical one; the others may be ignored (RFC 5280 section 4.2) */
function readExtensions(field: Der): string | undefined {
  const seen = new Set<string>();
  let unknown: string | undefined;
  for (const extension of children(field, WHAT)) {
    const fields = new Fields(extension, WHAT);
    const oid = oidOf(fields.required(0x06), WHAT);
    const flag = fields.optional(0x01);
    fields.required(0x04);
    fields.end();
    const critical = flag !== undefined && booleanOf(flag, WHAT);
    if (flag && !critical) throw new MalformedError(WHAT, 'a default value spelled out');
    if (seen.has(oid)) throw new MalformedError(WHAT, `extension ${oid} twice`);
    seen.add(oid);
    if (critical) unknown ??= `critical extension ${oid}`;
  }
  if (seen.size === 0) throw new MalformedError(WHAT, 'an empty list of extensions');
  return unknown;
}
