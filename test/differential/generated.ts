/** Bundles of every kind by an instance of our own. A new kind of the rig is one more line here. */
import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { preAuthEncoding } from '../../src/sigstore/dsse.ts';
import { BUNDLE_NAMES, FILE, HEX, makeWorld, NOW, type World } from '../sigstore/world.ts';
import { timestampAuthority, timestampResponse } from '../support/rig/modern.mjs';
import {
  BUNDLE_V01,
  BUNDLE_V02,
  BUNDLE_V03,
  canonical,
  type LeafCert,
  pem,
  slsaV1,
} from '../support/rig/sigstore.mjs';
import type { Base } from './base.ts';
import { sha256 } from './relog.ts';
import type { Loose } from './slots.ts';

type Version = 'v0.1' | 'v0.2' | 'v0.3';
const VERSIONS: readonly Version[] = ['v0.1', 'v0.2', 'v0.3'];
const MEDIA_TYPES = { 'v0.1': BUNDLE_V01, 'v0.2': BUNDLE_V02, 'v0.3': BUNDLE_V03 };

export function generatedBases(seed: number): readonly Base[] {
  const world = makeWorld(seed);
  const { sigstore, modern, identity } = world;
  const trustRoot = JSON.stringify(modern.trustedRoot());
  const bases: Base[] = [];
  const add = (
    name: string,
    bundle: unknown,
    log: 'classic' | 'modern',
    leaf?: LeafCert,
    rest: Partial<Base> = {},
  ) => {
    const instance = { world, log, ...(leaf ? { leaf } : {}) };
    const own = { name: `generated ${name}`, text: JSON.stringify(bundle), trustRoot, keys: world.keys };
    bases.push({ ...own, instance, ...rest });
  };
  const leafOf = (time: number, key?: KeyObject): LeafCert =>
    sigstore.leafCert(identity, time, key ? { key } : {});
  const statement = (version: string) => slsaV1('@acme/other', version, HEX, identity);
  const stamp = (bundle: Loose, token: Buffer): Loose => {
    const stamped = structuredClone(bundle);
    const list = [{ signedTimestamp: token.toString('base64') }];
    stamped.verificationMaterial.timestampVerificationData = { rfc3161Timestamps: list };
    return stamped;
  };

  for (const name of BUNDLE_NAMES) add(name, world.bundle(name), 'classic');
  for (const version of VERSIONS) {
    // Two about different things: they must not lend each other anything.
    for (const twin of [0, 1]) {
      const leaf = leafOf(NOW + twin * 1000);
      const bundle = sigstore.attest({
        statement: statement(`1.0.${twin}`),
        signer: { cert: leaf },
        time: NOW + 4000 + twin,
        version,
      });
      sigstore.seal();
      add(`${version} by leaf ${twin}`, bundle, 'classic', leaf);
      if (twin === 1 || version === 'v0.1') continue;
      const signature = Buffer.from(bundle.dsseEnvelope.signatures[0]!.sig, 'base64');
      add(
        `${version} with a timestamp`,
        stamp(bundle, modern.timestamp(signature, NOW + 5000)),
        'classic',
        leaf,
      );
    }
    const leaf = leafOf(NOW);
    add(`file ${version}`, fileBundle(world, version, leaf), 'classic', leaf, { artifact: FILE });
  }
  for (const twin of [0, 1]) {
    const leaf = leafOf(NOW + twin);
    const envelope = modern.attest({ statement: statement(`2.0.${twin}`), cert: leaf, time: NOW + 2000 });
    const file = modern.signFile({ content: FILE, cert: leaf, time: NOW + 2000 });
    modern.seal();
    add(`Rekor v2 envelope ${twin}`, envelope, 'modern', leaf);
    add(`Rekor v2 file ${twin}`, file, 'modern', leaf, { artifact: FILE });
  }
  const leaf = leafOf(NOW);
  const bundle = sigstore.attest({ statement: statement('3.0.0'), signer: { cert: leaf }, time: NOW + 4000 });
  const unpromised = sigstore.attest({
    statement: statement('3.0.1'),
    signer: { cert: leaf },
    time: NOW + 4000,
    promise: false,
  });
  sigstore.seal();
  const signatureOf = (of: Loose): Buffer => Buffer.from(of.dsseEnvelope.signatures[0].sig, 'base64');
  const stranger = timestampAuthority('stranger.example', NOW - 1_000_000, NOW + 1_000_000);
  add(
    'with a timestamp by a stranger',
    stamp(bundle, timestampResponse(stranger, signatureOf(bundle), NOW + 5000)),
    'classic',
    leaf,
  );
  add(
    'with an embedded certificate',
    stamp(bundle, modern.timestamp(signatureOf(bundle), NOW + 5000, { embed: true })),
    'classic',
    leaf,
  );
  add(
    'without a promise',
    stamp(unpromised, modern.timestamp(signatureOf(unpromised), NOW + 5000)),
    'classic',
    leaf,
  );
  const alone: Loose = stamp(bundle, modern.timestamp(signatureOf(bundle), NOW + 5000));
  alone.verificationMaterial.tlogEntries = [];
  add('with a timestamp alone', alone, 'classic', undefined, { withoutLogs: true });
  for (const [name, other] of Object.entries(otherKeys())) {
    add(`by ${name}`, envelopeBundle(world, leafOf(NOW, other.key), other), 'classic');
  }
  return bases;
}

/** A signature over a file, logged by Rekor v1. */
function fileBundle({ sigstore }: World, version: Version, leaf: LeafCert): Loose {
  const signature = sign('sha256', FILE, leaf.key);
  const digest = sha256(FILE);
  const key = { content: Buffer.from(pem('CERTIFICATE', leaf.der)).toString('base64') };
  const spec = {
    data: { hash: { algorithm: 'sha256', value: digest.toString('hex') } },
    signature: { content: signature.toString('base64'), publicKey: key },
  };
  const body = canonical({ apiVersion: '0.0.1', kind: 'hashedrekord', spec });
  const named = { kind: 'hashedrekord', version: '0.0.1' };
  const entry = sigstore.logEntry(Buffer.from(body), NOW + 3000, { ...named, proof: version !== 'v0.1' });
  sigstore.seal();
  const rawBytes = leaf.der.toString('base64');
  const holder =
    version === 'v0.3'
      ? { certificate: { rawBytes } }
      : { x509CertificateChain: { certificates: [{ rawBytes }] } };
  return {
    mediaType: MEDIA_TYPES[version],
    verificationMaterial: { ...holder, tlogEntries: [entry], timestampVerificationData: null },
    messageSignature: {
      messageDigest: { algorithm: 'SHA2_256', digest: digest.toString('base64') },
      signature: signature.toString('base64'),
    },
  };
}

interface OtherKey {
  readonly key: KeyObject;
  readonly hash: string | null;
  readonly pss?: boolean;
}

function otherKeys(): Readonly<Record<string, OtherKey>> {
  const ec = (namedCurve: string): KeyObject => generateKeyPairSync('ec', { namedCurve }).privateKey;
  const rsa = (modulusLength: number): KeyObject => generateKeyPairSync('rsa', { modulusLength }).privateKey;
  return {
    'P-384 with SHA-384': { key: ec('P-384'), hash: 'sha384' },
    'P-384 with SHA-256': { key: ec('P-384'), hash: 'sha256' },
    'P-521 with SHA-512': { key: ec('P-521'), hash: 'sha512' },
    'P-256 with SHA-512': { key: ec('P-256'), hash: 'sha512' },
    secp256k1: { key: ec('secp256k1'), hash: 'sha256' },
    Ed25519: { key: generateKeyPairSync('ed25519').privateKey, hash: null },
    'RSA of 2048 bits': { key: rsa(2048), hash: 'sha256' },
    'RSA of 1024 bits': { key: rsa(1024), hash: 'sha256' },
    'RSA with PSS': { key: rsa(2048), hash: 'sha256', pss: true },
  };
}

/** An envelope in a bundle v0.3, logged by Rekor v1. */
function envelopeBundle({ sigstore }: World, leaf: LeafCert, { hash, pss }: OtherKey): Loose {
  const payload = Buffer.from('{"any":"thing"}');
  const payloadType = 'application/json';
  const covered = preAuthEncoding(payloadType, payload);
  const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
  const sig = sign(hash, covered, pss ? { key: leaf.key, ...padding } : leaf.key).toString('base64');
  const digestOf = (bytes: Uint8Array) => ({ algorithm: 'sha256', value: sha256(bytes).toString('hex') });
  const verifier = Buffer.from(pem('CERTIFICATE', leaf.der)).toString('base64');
  const spec = {
    envelopeHash: digestOf(payload),
    payloadHash: digestOf(payload),
    signatures: [{ signature: sig, verifier }],
  };
  const named = { kind: 'dsse', version: '0.0.1' };
  const body = canonical({ apiVersion: '0.0.1', kind: 'dsse', spec });
  const entry = sigstore.logEntry(Buffer.from(body), NOW + 3000, named);
  sigstore.seal();
  return {
    mediaType: BUNDLE_V03,
    verificationMaterial: {
      certificate: { rawBytes: leaf.der.toString('base64') },
      tlogEntries: [entry],
      timestampVerificationData: null,
    },
    dsseEnvelope: { payload: payload.toString('base64'), payloadType, signatures: [{ sig, keyid: '' }] },
  };
}
