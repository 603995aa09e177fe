// A whole private Sigstore instance with an npm registry's keys, made with nothing but node:crypto. Shaped after the public
// instance: P-384 root and intermediate, P-256 leaves, one certificate transparency log, one Rekor v1 log, a TUF repository
// of five keys with threshold three and a delegated role for the registry's keys. Nothing in it outlives the process unless
// it is saved.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { canonical } from './canonical.mjs';
import { issueIntermediate, issueLeaf, issueRoot } from './certificates.mjs';
import { b64, ecKey, ecSign, name, pem, sha256, spki } from './der.mjs';
import { logBody, pae } from './envelope.mjs';
import { MerkleLog } from './merkle.mjs';
import { BUNDLE_V01, BUNDLE_V02, BUNDLE_V03, INTOTO } from './statements.mjs';
import { tufRepository } from './tuf.mjs';

export { canonical } from './canonical.mjs';
export { tlsIdentity } from './certificates.mjs';
export { ecKey, ecSign, pem, sha, spki } from './der.mjs';

export { MerkleLog } from './merkle.mjs';
export { rng } from './random.mjs';
export * from './statements.mjs';

const DAY = 86_400_000;

export class Sigstore {
  /**
   * A new instance with fresh keys.
   * @param options `now` and `rotation` (when the old registry key expired) in milliseconds since 1970; `logBase` entries the
   *   log pretends to hold already; `logShift` what its index is ahead of the tree's, as in a log of several shards
   */
  static create({
    now = Date.now(),
    rotation = now - 300 * DAY,
    domain = 'rig.test',
    logBase = 95_000_000,
    logShift = 4_163_431,
    tufKeys = 5,
    tufThreshold = 3,
  } = {}) {
    const s = new Sigstore();
    const begin = now - 6 * 365 * DAY;
    const end = now + 9 * 365 * DAY;
    s.conf = { now, rotation, domain, logShift, tufThreshold, begin };
    s.keys = {
      root: ecKey('P-384'),
      intermediate: ecKey('P-384'),
      ct: ecKey(),
      rekor: ecKey(),
      npmOld: ecKey(),
      npmNew: ecKey(),
      tufOnline: ecKey(),
      tufNpm: ecKey(),
    };
    for (let i = 0; i < tufKeys; i++) s.keys[`tuf${i}`] = ecKey();
    s.rootCert = issueRoot(s.keys.root, domain, begin, end);
    s.interCert = issueIntermediate(s.keys.intermediate, s.keys.root, domain, begin, end);
    s.log = new MerkleLog(logBase);
    return s.#ready();
  }
  #ready() {
    this.interName = name(this.conf.domain, 'rig sigstore-intermediate');
    this.interSpki = spki(this.keys.intermediate);
    this.rekorId = sha256(spki(this.keys.rekor));
    this.ctId = sha256(spki(this.keys.ct));
    this.rekorHost = `rekor.${this.conf.domain}`;
    this.pending = [];
    const { rotation, begin } = this.conf;
    const reg = (key, start, end) => {
      const der = spki(key);
      return { key, keyid: `SHA256:${b64(sha256(der)).replace(/=+$/, '')}`, der, start, end };
    };
    this.npmKeys = [
      reg(this.keys.npmOld, begin - 20 * 365 * DAY, rotation),
      reg(this.keys.npmNew, rotation - 16 * DAY, null),
    ];
    return this;
  }
  /** Writes the instance with its private keys, for `load`, and what a client needs to trust it. */
  save(dir) {
    fs.mkdirSync(dir, { recursive: true });
    const keys = Object.fromEntries(
      Object.entries(this.keys).map(([k, v]) => [k, v.export({ type: 'pkcs8', format: 'pem' })]),
    );
    fs.writeFileSync(
      path.join(dir, 'instance.json'),
      JSON.stringify({
        conf: this.conf,
        keys,
        rootCert: b64(this.rootCert),
        interCert: b64(this.interCert),
        log: { base: this.log.base, leaves: this.log.leaves.map(b64) },
      }),
    );
    fs.writeFileSync(path.join(dir, 'trusted_root.json'), JSON.stringify(this.trustedRoot(), null, 2));
    fs.writeFileSync(path.join(dir, 'keys.json'), JSON.stringify(this.keysTarget(), null, 4));
  }
  static load(dir) {
    const j = JSON.parse(fs.readFileSync(path.join(dir, 'instance.json'), 'utf8'));
    const s = new Sigstore();
    s.conf = j.conf;
    s.keys = Object.fromEntries(Object.entries(j.keys).map(([k, v]) => [k, crypto.createPrivateKey(v)]));
    s.rootCert = Buffer.from(j.rootCert, 'base64');
    s.interCert = Buffer.from(j.interCert, 'base64');
    s.log = new MerkleLog(
      j.log.base,
      j.log.leaves.map((x) => Buffer.from(x, 'base64')),
    );
    return s.#ready();
  }

  /** The npm registry key that was in force at a time (milliseconds since 1970). */
  registryKey(time = Date.now()) {
    return time < this.conf.rotation ? this.npmKeys[0] : this.npmKeys[1];
  }
  registrySignature(id, integrity, key) {
    return { keyid: key.keyid, sig: b64(ecSign(key.key, Buffer.from(`${id}:${integrity}`))) };
  }
  /** Body of GET /-/npm/v1/keys */
  keysEndpoint() {
    return {
      keys: this.npmKeys.map((k) => ({
        expires: k.end ? new Date(k.end).toISOString() : null,
        keyid: k.keyid,
        keytype: 'ecdsa-sha2-nistp256',
        scheme: 'ecdsa-sha2-nistp256',
        key: b64(k.der),
      })),
    };
  }
  /** TUF target <registry host>/keys.json */
  keysTarget() {
    const one = (k, keyUsage) => ({
      keyId: k.keyid,
      keyUsage,
      publicKey: {
        rawBytes: b64(k.der),
        keyDetails: 'PKIX_ECDSA_P256_SHA_256',
        validFor: {
          start: new Date(k.start).toISOString(),
          ...(k.end ? { end: new Date(k.end).toISOString() } : {}),
        },
      },
    });
    return { keys: this.npmKeys.flatMap((k) => [one(k, 'npm:signatures'), one(k, 'npm:attestations')]) };
  }

  // Fulcio and the certificate transparency log
  /**
   * A short-lived certificate with an embedded SCT.
   * @param id GitHub Actions identity (`githubIdentity`) or `{ email, issuer }`
   * @param options `ca: 'other'` signs with an untrusted CA; `sct: false` leaves the SCT out, `'bad'` breaks it; `ttl` in ms
   */
  leafCert(id, time, options) {
    return issueLeaf(this, id, time, options);
  }

  /**
   * Sign an in-toto statement and log it. `signer` is { registry: npmKey } or { cert: leafCert() }.
   * Returns the bundle; inclusion proofs are filled in by seal() (call it every few entries, and at the end).
   */
  attest({
    statement,
    signer,
    time,
    version = 'v0.3',
    payloadType = INTOTO,
    kind = version === 'v0.3' ? 'dsse' : 'intoto',
    promise = true,
  }) {
    const payload = Buffer.isBuffer(statement) ? statement : Buffer.from(JSON.stringify(statement));
    const keyid = signer.registry?.keyid ?? '';
    const sig = ecSign(signer.registry?.key ?? signer.cert.key, pae(payloadType, payload));
    const verifier = signer.registry
      ? pem('PUBLIC KEY', signer.registry.der).trimEnd()
      : pem('CERTIFICATE', signer.cert.der);
    const envelope = { payload: b64(payload), payloadType, signatures: [{ sig: b64(sig), keyid }] };
    const body = logBody(kind, { envelope, payload, sig, keyid, verifier });
    const entry = this.logEntry(Buffer.from(canonical(body)), time, {
      kind,
      version: body.apiVersion,
      proof: version !== 'v0.1',
      promise,
    });
    const material = signer.registry
      ? { publicKey: { hint: keyid } }
      : version === 'v0.3'
        ? { certificate: { rawBytes: b64(signer.cert.der) } }
        : {
            x509CertificateChain: {
              certificates: (version === 'v0.1'
                ? [signer.cert.der, this.interCert, this.rootCert]
                : [signer.cert.der]
              ).map((c) => ({ rawBytes: b64(c) })),
            },
          };
    return {
      mediaType: { 'v0.1': BUNDLE_V01, 'v0.2': BUNDLE_V02, 'v0.3': BUNDLE_V03 }[version],
      verificationMaterial: {
        ...material,
        tlogEntries: [entry],
        timestampVerificationData: version === 'v0.1' ? null : { rfc3161Timestamps: [] },
      },
      dsseEnvelope: envelope,
    };
  }
  /** Logs a canonicalized body; `proof` asks the next `seal()` for an inclusion proof. */
  logEntry(body, time, { kind, version, proof = true, promise = true }) {
    const index = this.log.append(body);
    const seconds = Math.floor(time / 1000);
    const logIndex = index + this.conf.logShift;
    const entry = {
      logIndex: String(logIndex),
      logId: { keyId: b64(this.rekorId) },
      kindVersion: { kind, version },
      integratedTime: String(seconds),
      inclusionPromise: null,
      inclusionProof: null,
      canonicalizedBody: b64(body),
    };
    if (promise)
      entry.inclusionPromise = {
        signedEntryTimestamp: b64(this.signSET({ body: b64(body), integratedTime: seconds, logIndex })),
      };
    if (proof) this.pending.push({ index, entry });
    return entry;
  }
  /** Signed entry timestamp: the log's promise. */
  signSET({ body, integratedTime, logIndex }) {
    return ecSign(
      this.keys.rekor,
      Buffer.from(canonical({ body, integratedTime, logIndex, logID: this.rekorId.toString('hex') })),
    );
  }
  /** Signed note over tree size and root. */
  checkpoint(size, root, key = this.keys.rekor) {
    const note = `${this.rekorHost} - 2605736670972794746\n${size}\n${b64(root)}\n`;
    return `${note}\n\u2014 ${this.rekorHost} ${b64(Buffer.concat([this.rekorId.subarray(0, 4), ecSign(key, Buffer.from(note))]))}\n`;
  }
  /** Gives every entry logged since the last call its inclusion proof and signed checkpoint at the current tree size. */
  seal() {
    const treeSize = this.log.size;
    const root = this.pending.length ? this.log.root() : null;
    for (const { index, entry } of this.pending.splice(0)) {
      entry.inclusionProof = {
        logIndex: String(index),
        rootHash: b64(root),
        treeSize: String(treeSize),
        hashes: this.log.proof(index, treeSize).map(b64),
        checkpoint: { envelope: this.checkpoint(treeSize, root) },
      };
    }
  }

  /** The document trusted_root.json. */
  trustedRoot() {
    const start = new Date(this.conf.begin).toISOString();
    const d = this.conf.domain;
    const logOf = (baseUrl, key) => ({
      baseUrl,
      hashAlgorithm: 'SHA2_256',
      publicKey: { rawBytes: b64(spki(key)), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start } },
      logId: { keyId: b64(sha256(spki(key))) },
    });
    return {
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [logOf(`https://${this.rekorHost}`, this.keys.rekor)],
      certificateAuthorities: [
        {
          subject: { organization: d, commonName: 'rig sigstore' },
          uri: `https://fulcio.${d}`,
          certChain: { certificates: [this.interCert, this.rootCert].map((c) => ({ rawBytes: b64(c) })) },
          validFor: { start },
        },
      ],
      ctlogs: [logOf(`https://ctfe.${d}/2022`, this.keys.ct)],
      timestampAuthorities: [],
    };
  }

  /** Signed TUF metadata and targets, see `tufRepository`. */
  tufRepo(options) {
    return tufRepository(this, options);
  }
}
