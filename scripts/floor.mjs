// The floor of `npm run bench`: the least work that still verifies everything a Sigstore bundle brings, with node:crypto and
// nothing else. A yardstick, not a verifier: it knows only what the benchmark's own bundles contain (P-256 leaves under a
// P-384 authority; Rekor v1, or Rekor v2 with a timestamp), believes that every field is there, and says no more than that
// something is wrong.
import crypto from 'node:crypto';
import { promisify } from 'node:util';
import {
  childrenOf,
  elementAt,
  keyFromDer,
  readCertificate,
  readTimestamp,
  sha256,
  wrap,
} from './floor-der.mjs';

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);
const SCT_OID = Buffer.from('060a2b06010401d679020402', 'hex');
/** DER up to and including the 0x04 of an uncompressed P-256 point. */
const P256_HEAD = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex');

const verify = promisify(crypto.verify);
const unbase64 = (text) => Buffer.from(text, 'base64');
function must(holds, what) {
  if (!holds) throw new Error(what);
}

/**
 * Keys and digests of a trust root, parsed once.
 * @param trustedRoot  document trusted_root.json with one certificate authority, one certificate log, and at most one
 *                     timestamp authority
 * @param keys         key id to SubjectPublicKeyInfo, for bundles by a managed key
 */
export function floorTrust(trustedRoot, keys) {
  const [issuer, root] = trustedRoot.certificateAuthorities[0].certChain.certificates.map((certificate) =>
    readCertificate(unbase64(certificate.rawBytes)),
  );
  must(crypto.verify('sha384', issuer.tbs, keyFromDer(root.spki), issuer.signature), 'authority');
  const idOf = ({ logId }) => unbase64(logId.keyId).toString('hex');
  const keyOf = ({ publicKey }) => keyFromDer(unbase64(publicKey.rawBytes));
  const [ct] = trustedRoot.ctlogs;
  return {
    issuerKey: keyFromDer(issuer.spki),
    issuerKeyHash: sha256(issuer.spki),
    rekor: new Map(
      trustedRoot.tlogs.map((log) => [
        log.logId.keyId,
        { key: keyOf(log), id: idOf(log), hash: hashOf(keyOf(log)) },
      ]),
    ),
    ct: { key: keyOf(ct), id: unbase64(ct.logId.keyId) },
    tsa: timestampTrust(trustedRoot.timestampAuthorities[0]),
    keys: new Map([...keys].map(([id, der]) => [id, keyFromDer(der)])),
  };
}
const hashOf = (key) => (key.asymmetricKeyType === 'ed25519' ? null : 'sha256');
function timestampTrust(authority) {
  if (!authority) return undefined;
  const [leaf, root] = authority.certChain.certificates.map(({ rawBytes }) =>
    readCertificate(unbase64(rawBytes)),
  );
  must(crypto.verify('sha384', leaf.tbs, keyFromDer(root.spki), leaf.signature), 'timestamp authority');
  return { ...leaf, key: keyFromDer(leaf.spki), digest: sha256(leaf.der) };
}

/** Verifies one bundle from its JSON bytes; its signatures run on the thread pool, all at once. */
export async function floorVerify(trust, bytes) {
  await floorSignatures(floorChecks(trust, JSON.parse(bytes)));
}

/** Verifies signatures on the thread pool, all at once. */
export async function floorSignatures(checks) {
  const results = await Promise.all(
    checks.map(([hash, data, key, signature]) => verify(hash, data, key, signature)),
  );
  must(!results.includes(false), 'signature');
}

/**
 * Checks all that costs no signature, and lists the signatures that are left: [hash, data, key, signature].
 * @param subject  `{ name, sha512 }` (hexadecimal) that the statement must be about
 */
export function floorChecks(trust, { verificationMaterial: material, dsseEnvelope: envelope }, subject) {
  const [entry] = material.tlogEntries;
  const payload = unbase64(envelope.payload);
  if (subject) {
    const [{ name, digest }] = JSON.parse(payload).subject;
    must(name === subject.name && digest.sha512 === subject.sha512, 'subject');
  }
  const signature = unbase64(envelope.signatures[0].sig);
  const checks = [];
  const raw = material.certificate?.rawBytes ?? material.x509CertificateChain?.certificates[0].rawBytes;
  let key = trust.keys.get(material.publicKey?.hint);
  if (raw) {
    const leaf = readCertificate(unbase64(raw));
    const [token] = material.timestampVerificationData?.rfc3161Timestamps ?? [];
    const time = token
      ? timestampCheck(trust, unbase64(token.signedTimestamp), signature, checks)
      : Number(entry.integratedTime) * 1000;
    must(time >= leaf.notBefore && time <= leaf.notAfter, 'validity');
    checks.push(['sha384', leaf.tbs, trust.issuerKey, leaf.signature], sctCheck(trust, leaf));
    key = p256Key(leaf.spki);
  }
  const { payloadType } = envelope;
  const covered = Buffer.concat([
    Buffer.from(`DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `),
    payload,
  ]);
  checks.push(['sha256', covered, key, signature]);
  const log = trust.rekor.get(entry.logId.keyId);
  const body = unbase64(entry.canonicalizedBody);
  must(
    isLogged(JSON.parse(body), { covered, payload, sig: envelope.signatures[0].sig, raw }),
    'logged entry',
  );
  logChecks(log, entry, body, checks);
  return checks;
}

/** Whether a log entry is about this envelope. */
function isLogged({ kind, spec }, { covered, payload, sig, raw }) {
  if (kind === 'hashedrekord') {
    const { data, signature } = spec.hashedRekordV002;
    return (
      data.digest === sha256(covered).toString('base64') &&
      signature.content === sig &&
      signature.verifier.x509Certificate.rawBytes === raw
    );
  }
  const content = kind === 'dsse' ? spec : spec.content;
  const logged =
    kind === 'dsse' ? spec.signatures[0].signature : unbase64(content.envelope.signatures[0].sig).toString();
  return content.payloadHash.value === sha256(payload).toString('hex') && logged === sig;
}

function logChecks({ key, id, hash }, entry, body, checks) {
  if (entry.inclusionPromise) {
    const promised = `{"body":"${entry.canonicalizedBody}","integratedTime":${entry.integratedTime},"logID":"${id}","logIndex":${entry.logIndex}}`;
    checks.push([hash, Buffer.from(promised), key, unbase64(entry.inclusionPromise.signedEntryTimestamp)]);
  }
  const proof = entry.inclusionProof;
  // Bundle v0.1 has the promise alone.
  must(proof || entry.inclusionPromise, 'log');
  if (!proof) return;
  const note = proof.checkpoint.envelope;
  const border = note.indexOf('\n\n') + 1;
  const [, size, root] = note.slice(0, border).split('\n');
  const signed = unbase64(note.slice(border + 1, note.indexOf('\n', border + 1)).split(' ')[2]);
  checks.push([hash, Buffer.from(note.slice(0, border)), key, signed.subarray(4)]);
  must(rootOf(body, Number(proof.logIndex), Number(size), proof.hashes).equals(unbase64(root)), 'proof');
}

/** RFC 3161 section 2.4: the token is about this signature; when it was made. */
function timestampCheck({ tsa }, der, signature, checks) {
  const stamp = readTimestamp(der);
  must(stamp.granted && stamp.imprint.equals(sha256(signature)), 'timestamp imprint');
  must(stamp.certificateDigest.equals(tsa.digest), 'timestamp certificate');
  must(stamp.time >= tsa.notBefore && stamp.time <= tsa.notAfter, 'timestamp time');
  const digest = crypto.createHash('sha384').update(stamp.info).digest();
  must(stamp.infoDigest.equals(digest), 'timestamp digest');
  checks.push(['sha384', stamp.covered, tsa.key, stamp.signature]);
  return stamp.time;
}

/** RFC 9162 section 2.1.3.2. */
function rootOf(body, index, size, hashes) {
  let fn = index;
  let sn = size - 1;
  let root = sha256(LEAF, body);
  const up = () => {
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  };
  for (const hash of hashes) {
    if (fn % 2 === 1 || fn === sn) {
      root = sha256(NODE, unbase64(hash), root);
      while (fn % 2 === 0 && fn !== 0) up();
    } else root = sha256(NODE, root, unbase64(hash));
    up();
  }
  must(sn === 0, 'proof');
  return root;
}

/** RFC 6962 section 3.2: the log signed the certificate without the extension that holds its signature. */
function sctCheck({ ct, issuerKeyHash }, { der, fields }) {
  const outer = fields.find(({ tag }) => tag === 0xa3);
  const extensions = childrenOf(der, childrenOf(der, outer)[0]);
  const own = extensions.find(({ body }) => der.subarray(body, body + SCT_OID.length).equals(SCT_OID));
  const others = extensions
    .filter((extension) => extension !== own)
    .map(({ start, end }) => der.subarray(start, end));
  const head = der.subarray(fields[0].start, outer.start);
  const tbs = wrap(0x30, head, wrap(0xa3, wrap(0x30, ...others)));
  const octets = elementAt(der, childrenOf(der, own).at(-1).body);
  const sct = der.subarray(octets.body + 4, octets.end);
  must(sct.subarray(1, 33).equals(ct.id), 'certificate transparency log');
  const length = Buffer.of(tbs.length >> 16, (tbs.length >> 8) & 255, tbs.length & 255);
  const signed = [
    Buffer.of(0, 0),
    sct.subarray(33, 41),
    Buffer.of(0, 1),
    issuerKeyHash,
    length,
    tbs,
    Buffer.of(0, 0),
  ];
  return ['sha256', Buffer.concat(signed), ct.key, sct.subarray(47)];
}

/** OpenSSL's DER decoder takes twice as long as the coordinates do. */
function p256Key(spki) {
  must(spki.length === 91 && spki.subarray(0, 27).equals(P256_HEAD), 'key');
  const [x, y] = [spki.base64urlSlice(27, 59), spki.base64urlSlice(59)];
  return crypto.createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' });
}
