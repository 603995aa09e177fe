// Just enough DER (ITU-T X.690) and X.509 (RFC 5280) to issue certificates, with nothing but node:crypto.
import crypto from 'node:crypto';

/** Digest of the parts, one after the other. */
export const sha = (alg, ...parts) => {
  const h = crypto.createHash(alg);
  for (const p of parts) h.update(p);
  return h.digest();
};
export const sha256 = (...p) => sha('sha256', ...p);
export const b64 = (x) => Buffer.from(x).toString('base64');
/** A fresh private key. */
export const ecKey = (curve = 'P-256') => crypto.generateKeyPairSync('ec', { namedCurve: curve }).privateKey;
/** SubjectPublicKeyInfo of a private or public key, DER. */
export const spki = (key) =>
  (key.type === 'private' ? crypto.createPublicKey(key) : key).export({ type: 'spki', format: 'der' });
export const pem = (label, der) => {
  const lines = b64(der).match(/.{1,64}/g);
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
};
/** ECDSA signature, DER encoded. */
export const ecSign = (key, data, alg = 'sha256') => crypto.sign(alg, data, key);

export const tlv = (tag, ...parts) => {
  const body = Buffer.concat(parts);
  const n = body.length;
  const len =
    n < 128
      ? [n]
      : n < 256
        ? [0x81, n]
        : n < 65536
          ? [0x82, n >> 8, n & 255]
          : [0x83, n >> 16, (n >> 8) & 255, n & 255];
  return Buffer.concat([Buffer.from([tag, ...len]), body]);
};
export const seq = (...p) => tlv(0x30, ...p);
const set = (...p) => tlv(0x31, ...p);
export const octets = (b) => tlv(0x04, b);
export const utf8 = (s) => tlv(0x0c, Buffer.from(s));
export const bool = (v) => tlv(0x01, Buffer.from([v ? 255 : 0]));
export const bits = (b, unused = 0) => tlv(0x03, Buffer.from([unused]), b);
const uint = (b) => tlv(0x02, b[0] & 0x80 ? Buffer.concat([Buffer.from([0]), b]) : b);
export const oid = (s) => {
  const [a, b, ...rest] = s.split('.').map(Number);
  const out = [a * 40 + b];
  for (const n of rest) {
    const t = [n & 127];
    for (let v = Math.floor(n / 128); v > 0; v = Math.floor(v / 128)) t.unshift((v & 127) | 128);
    out.push(...t);
  }
  return tlv(0x06, Buffer.from(out));
};
const utcTime = (d) =>
  tlv(
    0x17,
    Buffer.from(
      new Date(d).toISOString().replace(/^\d\d(\d\d)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d).*/, '$1$2$3$4$5$6Z'),
    ),
  );
export const ext = (id, value, critical = false) =>
  seq(oid(id), ...(critical ? [bool(true)] : []), octets(value));
export const name = (org, cn) =>
  seq(set(seq(oid('2.5.4.10'), utf8(org))), set(seq(oid('2.5.4.3'), utf8(cn))));
const SIG_ALG = { sha256: seq(oid('1.2.840.10045.4.3.2')), sha384: seq(oid('1.2.840.10045.4.3.3')) };
/** Key identifier: SHA-1 of the public key bits (RFC 5280 method 1). */
export const keyId = (spkiDer) => sha('sha1', spkiDer.subarray(spkiDer.indexOf(0x04, 20)));

/** The part of a certificate that is signed. */
export function tbs({
  serial = crypto.randomBytes(19),
  alg,
  issuer,
  subject,
  notBefore,
  notAfter,
  spkiDer,
  exts,
}) {
  const sn = Buffer.from(serial);
  sn[0] = sn[0] & 0x7f || 1;
  return seq(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    uint(sn),
    SIG_ALG[alg],
    issuer,
    seq(utcTime(notBefore), utcTime(notAfter)),
    subject,
    spkiDer,
    tlv(0xa3, seq(...exts)),
  );
}
export const cert = (tbsDer, alg, issuerKey) =>
  seq(tbsDer, SIG_ALG[alg], bits(ecSign(issuerKey, tbsDer, alg)));
