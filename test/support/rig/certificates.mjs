// The certificates of the instance: CA, leaves with Fulcio's extensions and an embedded SCT, and a TLS pair for npm.
import crypto from 'node:crypto';
import {
  bits,
  bool,
  cert,
  ecKey,
  ecSign,
  ext,
  keyId,
  name,
  octets,
  oid,
  pem,
  seq,
  sha256,
  spki,
  tbs,
  tlv,
  utf8,
} from './der.mjs';

const DAY = 86_400_000;
const FULCIO = '1.3.6.1.4.1.57264.1.';
/** keyCertSign and cRLSign */
const CA_KEY_USAGE = ext('2.5.29.15', bits(Buffer.from([0x06]), 1), true);
const CODE_SIGNING = ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.3')));

/** Self-signed root of the CA. */
export function issueRoot(key, domain, begin, end) {
  const subject = name(domain, 'rig sigstore');
  const spkiDer = spki(key);
  const exts = [
    CA_KEY_USAGE,
    ext('2.5.29.19', seq(bool(true)), true),
    ext('2.5.29.14', octets(keyId(spkiDer))),
    ext('2.5.29.35', seq(tlv(0x80, keyId(spkiDer)))),
  ];
  const body = { alg: 'sha384', issuer: subject, subject, notBefore: begin, notAfter: end, spkiDer, exts };
  return cert(tbs(body), 'sha384', key);
}

/** Intermediate under that root, for code signing only, with path length 0. */
export function issueIntermediate(key, rootKey, domain, begin, end) {
  const spkiDer = spki(key);
  const exts = [
    CA_KEY_USAGE,
    CODE_SIGNING,
    ext('2.5.29.19', seq(bool(true), tlv(0x02, Buffer.from([0]))), true),
    ext('2.5.29.14', octets(keyId(spkiDer))),
    ext('2.5.29.35', seq(tlv(0x80, keyId(spki(rootKey))))),
  ];
  const issuer = name(domain, 'rig sigstore');
  const subject = name(domain, 'rig sigstore-intermediate');
  return cert(
    tbs({ alg: 'sha384', issuer, subject, notBefore: begin, notAfter: end, spkiDer, exts }),
    'sha384',
    rootKey,
  );
}

/** See `Sigstore.leafCert`. */
export function issueLeaf(s, id, time, { ca, sct = true, ttl = 600_000, key = ecKey() } = {}) {
  const spkiDer = spki(key);
  const u = (n, v) => ext(FULCIO + n, utf8(v));
  const raw = (n, v) => ext(FULCIO + n, Buffer.from(v));
  const san = id.email ? tlv(0x81, Buffer.from(id.email)) : tlv(0x86, Buffer.from(id.workflowUri));
  const exts = [
    ext('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
    CODE_SIGNING,
    ext('2.5.29.14', octets(keyId(spkiDer))),
    ext('2.5.29.35', seq(tlv(0x80, keyId(s.interSpki)))),
    ext('2.5.29.17', seq(san), true),
    raw(1, id.issuer),
  ];
  if (id.workflowUri)
    exts.push(raw(2, id.trigger), raw(3, id.sha), raw(4, id.workflowName), raw(5, id.repo), raw(6, id.ref));
  exts.push(u(8, id.issuer));
  if (id.workflowUri) {
    const repoUri = `https://github.com/${id.repo}`;
    exts.push(
      u(9, id.workflowUri),
      u(10, id.sha),
      u(11, 'github-hosted'),
      u(12, repoUri),
      u(13, id.sha),
      u(14, id.ref),
      u(15, id.repoId),
      u(16, `https://github.com/${id.repo.split('/')[0]}`),
      u(17, id.ownerId),
      u(18, id.workflowUri),
      u(19, id.sha),
      u(20, id.trigger),
      u(21, `${repoUri}/actions/runs/${id.runId}/attempts/1`),
      u(22, 'public'),
    );
  }
  const base = {
    alg: 'sha384',
    issuer: s.interName,
    subject: seq(),
    notBefore: time,
    notAfter: time + ttl,
    spkiDer,
    serial: crypto.randomBytes(20),
  };
  if (sct) exts.push(embeddedSct(s, tbs({ ...base, exts }), time, sct === 'bad'));
  return {
    key,
    der: cert(tbs({ ...base, exts }), 'sha384', ca === 'other' ? ecKey('P-384') : s.keys.intermediate),
  };
}

/** SignedCertificateTimestampList (RFC 6962 section 3.3) with one SCT over the precertificate. */
function embeddedSct(s, precertificate, time, broken) {
  const ts = Buffer.alloc(8);
  ts.writeBigUInt64BE(BigInt(time + 20));
  const n = precertificate.length;
  const signed = [
    Buffer.from([0, 0]),
    ts,
    Buffer.from([0, 1]),
    sha256(s.interSpki),
    Buffer.from([n >> 16, (n >> 8) & 255, n & 255]),
    precertificate,
    Buffer.from([0, 0]),
  ];
  const sig = ecSign(s.keys.ct, Buffer.concat(signed));
  if (broken) sig[sig.length - 1] ^= 1;
  const head = Buffer.from([0, 0, 4, 3, sig.length >> 8, sig.length & 255]);
  const one = Buffer.concat([Buffer.from([0]), s.ctId, ts, head, sig]);
  const u16 = (x) => Buffer.from([x >> 8, x & 255]);
  const list = Buffer.concat([u16(one.length + 2), u16(one.length), one]);
  return ext('1.3.6.1.4.1.11129.2.4.2', octets(list));
}

/** Self-signed CA + server certificate for the TUF mirror's host name (loopback TLS only). */
export function tlsIdentity(host) {
  const caKey = ecKey();
  const key = ecKey();
  const now = Date.now();
  const caName = name('rig.test', 'rig local TLS CA');
  const caSpki = spki(caKey);
  const common = { alg: 'sha256', issuer: caName, notBefore: now - DAY, notAfter: now + 365 * DAY };
  const ca = cert(
    tbs({
      ...common,
      subject: caName,
      spkiDer: caSpki,
      exts: [CA_KEY_USAGE, ext('2.5.29.19', seq(bool(true)), true), ext('2.5.29.14', octets(keyId(caSpki)))],
    }),
    'sha256',
    caKey,
  );
  const leaf = cert(
    tbs({
      ...common,
      subject: name('rig.test', host),
      spkiDer: spki(key),
      exts: [
        ext('2.5.29.17', seq(tlv(0x82, Buffer.from(host)))),
        ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.1'))),
        ext('2.5.29.35', seq(tlv(0x80, keyId(caSpki)))),
      ],
    }),
    'sha256',
    caKey,
  );
  return {
    ca: pem('CERTIFICATE', ca),
    cert: pem('CERTIFICATE', leaf),
    key: key.export({ type: 'pkcs8', format: 'pem' }),
  };
}
