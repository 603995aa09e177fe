// Sound bundles of every kind, by one private Sigstore, and the trust root they verify against.
import crypto from 'node:crypto';
import { canonical } from '../../support/rig/canonical.mjs';
import { b64, ecKey, ecSign, pem, sha256, spki } from '../../support/rig/der.mjs';
import { pae } from '../../support/rig/envelope.mjs';
import {
  githubIdentity,
  MerkleLog,
  publishStatement,
  rng,
  Sigstore,
  slsaV1,
  slsaV02,
} from '../../support/rig/sigstore.mjs';
import { timestampAuthority } from './token.mjs';

export const NOW = Date.UTC(2026, 0, 15, 12);
export const SHA512 = '5a'.repeat(64);
const ARTIFACT = Buffer.from('an artifact\n');

export function makeBundles() {
  const sigstore = Sigstore.create({ now: NOW });
  const identity = githubIdentity(rng(1), 'acme/log');
  const registry = sigstore.registryKey(NOW);
  const cert = sigstore.leafCert(identity, NOW);
  const bundles = {};
  for (const version of ['v0.1', 'v0.2', 'v0.3']) {
    const statement = (version === 'v0.1' ? slsaV02 : slsaV1)('@acme/log', '2.1.0', SHA512, identity);
    bundles[version] = sigstore.attest({ statement, signer: { cert }, time: NOW + 3000, version });
    bundles[`key ${version}`] = sigstore.attest({
      statement: publishStatement('@acme/log', '2.1.0', SHA512, 'https://registry.example/'),
      signer: { registry },
      time: NOW + 6000,
      version,
    });
  }
  bundles.message = message(sigstore, cert);
  sigstore.seal();
  const authority = timestampAuthority('rig.test', NOW);
  const log = secondLog();
  bundles['message, second log'] = secondBundle(log, authority, cert, { message: ARTIFACT });
  const statement = slsaV1('@acme/log', '2.1.0', SHA512, identity);
  bundles['envelope, second log'] = secondBundle(log, authority, cert, { statement });
  const email = sigstore.leafCert({ email: 'dev@acme.example', issuer: 'https://accounts.example' }, NOW);
  return {
    bundles,
    trustRoot: trustRootOf(sigstore, log, authority),
    keys: sigstore.npmKeys.map(({ keyid, der, start, end }) => ({ keyid, der: b64(der), start, end })),
    keysTarget: sigstore.keysTarget(),
    keysEndpoint: sigstore.keysEndpoint(),
    certificates: [cert.der, email.der, sigstore.interCert, sigstore.rootCert, ...authority.chain].map(b64),
    registrySignature: sigstore.registrySignature(
      '@acme/log@2.1.0',
      `sha512-${b64(Buffer.from(SHA512, 'hex'))}`,
      registry,
    ),
    publicKeys: [
      pem('PUBLIC KEY', spki(ecKey())),
      pem('PUBLIC KEY', spki(crypto.generateKeyPairSync('ed25519').privateKey)),
    ],
    artifact: b64(ARTIFACT),
  };
}

/** A signed file, as logged by Rekor v1. */
function message(sigstore, cert) {
  const sig = ecSign(cert.key, ARTIFACT);
  const body = {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: sha256(ARTIFACT).toString('hex') } },
      signature: { content: b64(sig), publicKey: { content: b64(pem('CERTIFICATE', cert.der)) } },
    },
  };
  const entry = sigstore.logEntry(Buffer.from(canonical(body)), NOW + 3000, {
    kind: 'hashedrekord',
    version: '0.0.1',
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: b64(cert.der) },
      tlogEntries: [entry],
      timestampVerificationData: null,
    },
    messageSignature: messageOf(ARTIFACT, sig),
  };
}

const messageOf = (artifact, sig) => ({
  messageDigest: { algorithm: 'SHA2_256', digest: b64(sha256(artifact)) },
  signature: b64(sig),
});

/** A log of Rekor v2: Ed25519, no promise, no time; its key id is that of the note format. */
function secondLog() {
  const { privateKey, publicKey } = crypto.generateKeyPairSync('ed25519');
  const origin = 'log2026.rig.test';
  const der = publicKey.export({ type: 'spki', format: 'der' });
  const id = sha256(Buffer.from(`${origin}\n`), Buffer.of(1), der.subarray(-32));
  return {
    tree: new MerkleLog(5000),
    origin,
    der,
    id,
    sign: (bytes) => crypto.sign(null, bytes, privateKey),
  };
}

function secondBundle(log, authority, cert, { message: artifact, statement }) {
  const payload = statement && Buffer.from(JSON.stringify(statement));
  const payloadType = 'application/vnd.in-toto+json';
  const covered = artifact ?? pae(payloadType, payload);
  const sig = ecSign(cert.key, covered);
  const body = {
    apiVersion: '0.0.2',
    kind: 'hashedrekord',
    spec: {
      hashedRekordV002: {
        data: { algorithm: 'SHA2_256', digest: b64(sha256(covered)) },
        signature: {
          content: b64(sig),
          verifier: { keyDetails: 'PKIX_ECDSA_P256_SHA_256', x509Certificate: { rawBytes: b64(cert.der) } },
        },
      },
    },
  };
  const leaf = Buffer.from(canonical(body));
  const index = log.tree.append(leaf);
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      certificate: { rawBytes: b64(cert.der) },
      tlogEntries: [
        {
          logIndex: String(index),
          logId: { keyId: b64(log.id) },
          kindVersion: { kind: 'hashedrekord', version: '0.0.2' },
          inclusionProof: proofOf(log, index),
          canonicalizedBody: b64(leaf),
        },
      ],
      timestampVerificationData: {
        rfc3161Timestamps: [{ signedTimestamp: b64(authority.token(sig, NOW + 3000)) }],
      },
    },
    ...(artifact
      ? { messageSignature: messageOf(artifact, sig) }
      : { dsseEnvelope: { payload: b64(payload), payloadType, signatures: [{ sig: b64(sig), keyid: '' }] } }),
  };
}

function proofOf({ tree, origin, id, sign }, index) {
  const root = tree.root();
  const note = `${origin}\n${tree.size}\n${b64(root)}\n`;
  const line = `\u2014 ${origin} ${b64(Buffer.concat([id.subarray(0, 4), sign(Buffer.from(note))]))}\n`;
  return {
    logIndex: String(index),
    rootHash: b64(root),
    treeSize: String(tree.size),
    hashes: tree.proof(index).map(b64),
    checkpoint: { envelope: `${note}\n${line}` },
  };
}

function trustRootOf(sigstore, log, authority) {
  const root = sigstore.trustedRoot();
  const validFor = root.certificateAuthorities[0].validFor;
  root.tlogs.push({
    baseUrl: `https://${log.origin}`,
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: b64(log.der), keyDetails: 'PKIX_ED25519', validFor },
    logId: { keyId: b64(log.id) },
  });
  root.timestampAuthorities.push({
    subject: { organization: 'rig.test', commonName: 'fuzz tsa' },
    uri: 'https://tsa.rig.test',
    certChain: { certificates: authority.chain.map((der) => ({ rawBytes: b64(der) })) },
    validFor,
  });
  return root;
}
