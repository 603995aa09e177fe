// A small certificate of the kind Fulcio issues, and the signed certificate timestamps (RFC 6962 section 3) inside it.
import {
  bits,
  concat,
  integer,
  octets,
  oid,
  p256,
  sequence,
  set,
  sha256,
  tlv,
  uint,
  utf8,
} from './encode.mjs';

export const TIME = Date.UTC(2026, 0, 15, 12);
export const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';
export const POISON = '1.3.6.1.4.1.11129.2.4.3';
export const issuer = p256('issuer');
export const ctLog = p256('certificate transparency log');
export const otherLog = p256('another certificate transparency log');
const subject = p256('subject');
const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const nameOf = (text) => sequence(set(sequence(oid('2.5.4.3'), utf8(text))));
const utcTime = (ms) => {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]/g, '');
  return tlv(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
};

export function extension(id, value, critical = false) {
  return sequence(oid(id), ...(critical ? [tlv(0x01, [0xff])] : []), octets(value));
}
/** What a leaf needs to be one: usage, purpose, subject; and one claim of Fulcio's. */
export const EXTENSIONS = [
  extension('2.5.29.15', bits([0x80], 7), true),
  extension('2.5.29.37', sequence(oid('1.3.6.1.5.5.7.3.3'))),
  extension('2.5.29.17', sequence(tlv(0x86, Buffer.from('https://ci.example/release.yml'))), true),
  extension('1.3.6.1.4.1.57264.1.8', utf8('https://issuer.example')),
];

export function tbs(extensions) {
  return sequence(
    tlv(0xa0, integer(2)),
    integer(1),
    ECDSA_SHA256,
    nameOf('authority'),
    sequence(utcTime(TIME), utcTime(TIME + 600_000)),
    sequence(),
    subject.spki,
    tlv(0xa3, sequence(...extensions)),
  );
}
export function certificate(extensions) {
  const signed = tbs(extensions);
  return sequence(signed, ECDSA_SHA256, bits(issuer.sign(signed)));
}

const vector = (bytes, size = 2) => concat(uint(bytes.length, size), bytes);

/** Section 3.2: what a log signs. `entry`: `type` 1 and its parts are those of a precertificate. */
export function signedEntry({
  version = 0,
  signatureType = 0,
  time = TIME,
  type = 1,
  parts,
  extensions = [],
}) {
  return concat(
    [version, signatureType],
    uint(time, 8),
    uint(type, 2),
    ...parts,
    vector(Buffer.from(extensions)),
  );
}
export function precertificate(tbsBytes, spki = issuer.spki) {
  return [sha256(spki), vector(tbsBytes, 3)];
}

/** One timestamp; `signed` overrides what its signature is made over. */
export function sct(log, parts, options = {}) {
  const {
    version = 0,
    time = TIME,
    extensions = [],
    hash = 4,
    algorithm = 3,
    id = log.id,
    behind = [],
  } = options;
  const signature = options.signature ?? log.sign(options.signed ?? signedEntry({ time, parts, extensions }));
  return concat(
    [version],
    id,
    uint(time, 8),
    vector(Buffer.from(extensions)),
    [hash, algorithm],
    vector(signature),
    behind,
  );
}
/** Section 3.3: SignedCertificateTimestampList. */
export function sctListBytes(...scts) {
  return vector(concat(...scts.map((item) => vector(item))));
}
