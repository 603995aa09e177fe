// What newer instances add: a Rekor v2 log, which signs checkpoints and nothing else, a timestamp authority (RFC 3161),
// which says when, a witness that cosigns checkpoints, and signatures over files.
import crypto from 'node:crypto';
import { canonical } from './canonical.mjs';
import {
  b64,
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
  seq,
  sha,
  sha256,
  spki,
  tbs,
  tlv,
} from './der.mjs';
import { pae } from './envelope.mjs';
import { MerkleLog } from './merkle.mjs';
import { BUNDLE_V03, INTOTO } from './statements.mjs';

const DAY = 86_400_000;
const ED25519 = 0x01;
const COSIGNATURE = 0x04;
/** Bare key of an Ed25519 SubjectPublicKeyInfo. */
const rawKey = (key) => spki(key).subarray(-32);
const noteKeyId = (origin, type, key) => sha256(`${origin}\n`, Buffer.from([type]), key);

export class ModernInstance {
  /** Beside an instance of the rig, whose Fulcio and CT log it shares. */
  constructor(sigstore) {
    this.sigstore = sigstore;
    const { domain, now } = sigstore.conf;
    this.origin = `log2026-1.rekor.${domain}`;
    this.key = crypto.generateKeyPairSync('ed25519').privateKey;
    this.logId = noteKeyId(this.origin, ED25519, rawKey(this.key));
    this.witness = { name: `witness.${domain}`, key: crypto.generateKeyPairSync('ed25519').privateKey };
    this.log = new MerkleLog(1000);
    this.pending = [];
    this.tsa = timestampAuthority(domain, now - 400 * DAY, now + 3000 * DAY);
  }

  /** The trust root of the instance with the log and the timestamp authority added. */
  trustedRoot() {
    const start = new Date(this.sigstore.conf.begin).toISOString();
    const root = this.sigstore.trustedRoot();
    root.tlogs.push({
      baseUrl: `https://${this.origin}`,
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: b64(spki(this.key)), keyDetails: 'PKIX_ED25519', validFor: { start } },
      logId: { keyId: b64(this.logId) },
    });
    root.timestampAuthorities.push({
      subject: { organization: this.sigstore.conf.domain, commonName: 'rig tsa' },
      uri: `https://timestamp.${this.sigstore.conf.domain}`,
      certChain: { certificates: this.tsa.chain.map((c) => ({ rawBytes: b64(c) })) },
      validFor: { start },
    });
    return root;
  }

  /** Verifier key of the witness: `name+hash+base64`. */
  witnessKey() {
    const raw = rawKey(this.witness.key);
    const hash = noteKeyId(this.witness.name, COSIGNATURE, raw).subarray(0, 4).toString('hex');
    return `${this.witness.name}+${hash}+${b64(Buffer.concat([Buffer.from([COSIGNATURE]), raw]))}`;
  }

  /** An RFC 3161 response about a signature. `time` in milliseconds since 1970, kept to the second. */
  timestamp(signature, time, options = {}) {
    return timestampResponse(this.tsa, signature, time, options);
  }

  /** A bundle v0.3 with a statement, logged in Rekor v2; `seal()` gives it its proof. */
  attest({ statement, cert: leaf, time, payloadType = INTOTO, hash = 'sha256' }) {
    const payload = Buffer.isBuffer(statement) ? statement : Buffer.from(JSON.stringify(statement));
    const covered = pae(payloadType, payload);
    const sig = ecSign(leaf.key, covered, hash);
    const dsseEnvelope = { payload: b64(payload), payloadType, signatures: [{ sig: b64(sig), keyid: '' }] };
    return { ...this.#material({ covered, sig, leaf, time }), dsseEnvelope };
  }

  /** A bundle v0.3 with a signature over a file. */
  signFile({ content, cert: leaf, time }) {
    const sig = ecSign(leaf.key, content);
    const messageDigest = { algorithm: 'SHA2_256', digest: b64(sha256(content)) };
    const messageSignature = { messageDigest, signature: b64(sig) };
    return { ...this.#material({ covered: content, sig, leaf, time }), messageSignature };
  }

  #material({ covered, sig, leaf, time }) {
    const curve = leaf.key.asymmetricKeyDetails.namedCurve === 'secp384r1' ? 'P384_SHA_384' : 'P256_SHA_256';
    const verifier = { keyDetails: `PKIX_ECDSA_${curve}`, x509Certificate: { rawBytes: b64(leaf.der) } };
    const body = {
      apiVersion: '0.0.2',
      kind: 'hashedrekord',
      spec: {
        hashedRekordV002: {
          data: { algorithm: 'SHA2_256', digest: b64(sha256(covered)) },
          signature: { content: b64(sig), verifier },
        },
      },
    };
    const bytes = Buffer.from(canonical(body));
    const index = this.log.append(bytes);
    const entry = {
      logIndex: String(index),
      logId: { keyId: b64(this.logId) },
      kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
      integratedTime: '0',
      inclusionPromise: null,
      inclusionProof: null,
      canonicalizedBody: b64(bytes),
    };
    this.pending.push({ index, entry });
    return {
      mediaType: BUNDLE_V03,
      verificationMaterial: {
        certificate: { rawBytes: b64(leaf.der) },
        tlogEntries: [entry],
        timestampVerificationData: {
          rfc3161Timestamps: [{ signedTimestamp: b64(this.timestamp(sig, time)) }],
        },
      },
    };
  }

  seal() {
    const treeSize = this.log.size;
    for (const { index, entry } of this.pending.splice(0)) {
      entry.inclusionProof = {
        logIndex: String(index),
        rootHash: b64(this.log.root()),
        treeSize: String(treeSize),
        hashes: this.log.proof(index, treeSize).map(b64),
        checkpoint: { envelope: this.checkpoint(treeSize, this.log.root()) },
      };
    }
  }

  /** A checkpoint with the witness' cosignature under the log's own. */
  checkpoint(size, root, { cosigned = Math.floor(this.sigstore.conf.now / 1000) } = {}) {
    const note = `${this.origin}\n${size}\n${b64(root)}\n`;
    const line = (who, ...bytes) => `\u2014 ${who} ${b64(Buffer.concat(bytes))}\n`;
    const own = line(this.origin, this.logId.subarray(0, 4), crypto.sign(null, Buffer.from(note), this.key));
    const { name: witness, key } = this.witness;
    const time = Buffer.alloc(8);
    time.writeBigUInt64BE(BigInt(cosigned));
    const cosignature = crypto.sign(null, Buffer.from(`cosignature/v1\ntime ${cosigned}\n${note}`), key);
    const hint = noteKeyId(witness, COSIGNATURE, rawKey(key)).subarray(0, 4);
    return `${note}\n${own}${line(witness, hint, time, cosignature)}`;
  }
}

/** A self-signed root and the certificate that signs timestamps. */
export function timestampAuthority(domain, begin, end) {
  const rootKey = ecKey('P-384');
  const key = ecKey('P-384');
  const issuer = name(domain, 'rig tsa root');
  const subject = name(domain, 'rig tsa');
  const serial = crypto.randomBytes(16);
  serial[0] = (serial[0] & 0x7f) | 1;
  const root = cert(
    tbs({
      alg: 'sha384',
      issuer,
      subject: issuer,
      notBefore: begin,
      notAfter: end,
      spkiDer: spki(rootKey),
      exts: [
        ext('2.5.29.15', bits(Buffer.from([0x06]), 1), true),
        ext('2.5.29.19', seq(bool(true)), true),
        ext('2.5.29.14', octets(keyId(spki(rootKey)))),
      ],
    }),
    'sha384',
    rootKey,
  );
  const leaf = cert(
    tbs({
      serial,
      alg: 'sha384',
      issuer,
      subject,
      notBefore: begin,
      notAfter: end,
      spkiDer: spki(key),
      exts: [
        ext('2.5.29.15', bits(Buffer.from([0x80]), 7), true),
        ext('2.5.29.37', seq(oid('1.3.6.1.5.5.7.3.8')), true),
        ext('2.5.29.14', octets(keyId(spki(key)))),
        ext('2.5.29.35', seq(tlv(0x80, keyId(spki(rootKey))))),
      ],
    }),
    'sha384',
    rootKey,
  );
  return { key, issuer, serial, chain: [leaf, root] };
}

const int = (value) => tlv(0x02, Buffer.isBuffer(value) ? value : Buffer.from([value]));
const SHA256 = seq(oid('2.16.840.1.101.3.4.2.1'), tlv(0x05));
const SHA384 = seq(oid('2.16.840.1.101.3.4.2.2'), tlv(0x05));
const ECDSA_SHA384 = seq(oid('1.2.840.10045.4.3.3'));
const TST_INFO = '1.2.840.113549.1.9.16.1.4';

/** TimeStampResp (RFC 3161 section 2.4.2). `embed` puts the signing certificate into the token. */
export function timestampResponse(tsa, signature, time, { embed = false, status = 0 } = {}) {
  const genTime = `${new Date(time)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replace(/[-:T]/g, '')}`;
  const info = seq(
    int(1),
    oid('1.3.6.1.4.1.57264.2'),
    seq(SHA256, octets(sha256(signature))),
    int(Buffer.concat([Buffer.from([1]), crypto.randomBytes(8)])),
    tlv(0x18, Buffer.from(genTime)),
    seq(int(1)),
    int(Buffer.concat([Buffer.from([1]), crypto.randomBytes(8)])),
  );
  const attribute = (id, value) => seq(oid(id), tlv(0x31, value));
  const attributes = [
    attribute('1.2.840.113549.1.9.3', oid(TST_INFO)),
    attribute('1.2.840.113549.1.9.4', octets(sha('sha384', info))),
    attribute('1.2.840.113549.1.9.16.2.47', seq(seq(seq(octets(sha256(tsa.chain[0])))))),
  ].sort(Buffer.compare);
  const signed = tlv(0x31, ...attributes);
  const signerInfo = seq(
    int(1),
    seq(tsa.issuer, int(tsa.serial)),
    SHA384,
    tlv(0xa0, ...attributes),
    ECDSA_SHA384,
    octets(ecSign(tsa.key, signed, 'sha384')),
  );
  const signedData = seq(
    int(3),
    tlv(0x31, SHA384),
    seq(oid(TST_INFO), tlv(0xa0, octets(info))),
    ...(embed ? [tlv(0xa0, tsa.chain[0])] : []),
    tlv(0x31, signerInfo),
  );
  return seq(seq(int(status)), seq(oid('1.2.840.113549.1.7.2'), tlv(0xa0, signedData)));
}
