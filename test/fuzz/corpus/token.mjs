// One timestamp authority and its tokens (RFC 3161, RFC 5652), as far as a reader of tokens needs sound ones to start from.
import {
  bits,
  bool,
  cert,
  ecKey,
  ecSign,
  ext,
  name,
  octets,
  oid,
  seq,
  sha256,
  spki,
  tbs,
  tlv,
} from '../../support/rig/der.mjs';

const DAY = 86_400_000;
const NULL = tlv(0x05);
const int = (...bytes) => tlv(0x02, Buffer.from(bytes));
const set = (...parts) => tlv(0x31, ...parts);
const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'), NULL);
const TST_INFO = oid('1.2.840.113549.1.9.16.1.4');
const CERT_SIGN = ext('2.5.29.15', bits(Buffer.of(0x06), 1), true);
const TIME_STAMPING = ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.8')), true);

/** @returns chain from the authority's own certificate to its root, and the maker of tokens */
export function timestampAuthority(domain, now) {
  const [rootKey, key] = [ecKey('P-384'), ecKey()];
  const root = name(domain, 'fuzz tsa root');
  const own = name(domain, 'fuzz tsa');
  const common = { issuer: root, notBefore: now - 400 * DAY, notAfter: now + 400 * DAY };
  const ca = [CERT_SIGN, ext('2.5.29.19', seq(bool(true)), true)];
  const usage = [ext('2.5.29.15', bits(Buffer.of(0x80), 7), true), TIME_STAMPING];
  const anchor = cert(
    tbs({ ...common, alg: 'sha384', subject: root, spkiDer: spki(rootKey), exts: ca }),
    'sha384',
    rootKey,
  );
  const leaf = cert(
    tbs({ ...common, alg: 'sha384', subject: own, spkiDer: spki(key), exts: usage }),
    'sha384',
    rootKey,
  );
  return {
    chain: [leaf, anchor],
    token: (signature, time, options) => response(signature, time, { leaf, key, issuer: root, ...options }),
  };
}

/** TimeStampResp, with the certificate in it or without. */
function response(signature, time, { leaf, key, issuer, embedded = true }) {
  const info = seq(
    int(1),
    oid('1.3.6.1.4.1.57264.2'),
    seq(SHA256, octets(sha256(signature))),
    int(0x11, 0x22, 0x33),
    generalizedTime(time),
    seq(int(1)),
    int(0x44, 0x55),
  );
  const serial = tlv(0x02, serialOf(leaf));
  const id = seq(octets(sha256(leaf)), seq(seq(tlv(0xa4, issuer)), serial));
  const attributes = [
    seq(oid('1.2.840.113549.1.9.3'), set(TST_INFO)),
    seq(oid('1.2.840.113549.1.9.4'), set(octets(sha256(info)))),
    seq(oid('1.2.840.113549.1.9.5'), set(utcTime(time))),
    seq(oid('1.2.840.113549.1.9.16.2.47'), set(seq(seq(id)))),
  ].sort(Buffer.compare);
  const signer = seq(
    int(1),
    seq(issuer, serial),
    SHA256,
    tlv(0xa0, ...attributes),
    seq(oid('1.2.840.10045.4.3.2')),
    octets(ecSign(key, set(...attributes))),
  );
  const signed = seq(
    int(3),
    set(SHA256),
    seq(TST_INFO, tlv(0xa0, octets(info))),
    ...(embedded ? [tlv(0xa0, leaf)] : []),
    set(signer),
  );
  return seq(seq(int(0)), seq(oid('1.2.840.113549.1.7.2'), tlv(0xa0, signed)));
}

/** Content of the serial number: behind two SEQUENCE heads of four bytes and the version. */
function serialOf(certificate) {
  return certificate.subarray(15, 15 + certificate[14]);
}

const digits = (time) => new Date(time).toISOString().replace(/[-:T]|\..*/g, '');
const generalizedTime = (time) => tlv(0x18, Buffer.from(`${digits(time)}Z`));
const utcTime = (time) => tlv(0x17, Buffer.from(`${digits(time).slice(2)}Z`));
