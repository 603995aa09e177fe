import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/core/json.ts';
import { limits } from '../../src/core/limits.ts';
import { type Bundle, parseBundle } from '../../src/sigstore/bundle.ts';
import { codeOf } from '../support/failing.ts';
import { BUNDLE_NAMES, type BundleName, makeWorld } from './world.ts';

const world = makeWorld();
// biome-ignore lint/suspicious/noExplicitAny: bundles are taken apart and broken
type Loose = any;
const parse = (bundle: Loose): Bundle => parseBundle(JSON.parse(JSON.stringify(bundle ?? null)) as JsonValue);
const broken = (change: (bundle: Loose) => unknown, name: BundleName = 'v0.3') => {
  const bundle: Loose = world.bundle(name);
  change(bundle);
  return codeOf(() => parse(bundle));
};
const entry = (bundle: Loose): Loose => bundle.verificationMaterial.tlogEntries[0];
const proof = (bundle: Loose): Loose => entry(bundle).inclusionProof;

describe('bundles', () => {
  test.each(BUNDLE_NAMES)('%s is read', (name) => {
    const bundle = parse(world.bundle(name));
    expect(bundle.version).toBe(name.slice(-3));
    expect(bundle.signer.kind).toBe(name.startsWith('key') ? 'key' : 'certificate');
    expect(bundle.content.kind).toBe('dsse');
    expect(bundle.logEntries).toHaveLength(1);
    expect(bundle.logEntries[0]!.logId).toBe(world.sigstore.rekorId.toString('hex'));
    expect(bundle.logEntries[0]!.proof === undefined).toBe(name.endsWith('v0.1'));
    expect(bundle.timestamps).toEqual([]);
  });

  test('with a chain stand for its leaf', () => {
    const bundle = parse(world.bundle('v0.1'));
    const [leaf] = world.bundle('v0.1').verificationMaterial.x509CertificateChain!.certificates;
    expect(bundle.signer).toEqual({ kind: 'certificate', der: Buffer.from(leaf!.rawBytes, 'base64') });
  });

  test('may say the same in other ways that protobuf JSON allows', () => {
    expect(broken((b) => Object.assign(entry(b), { logIndex: Number(entry(b).logIndex) }))).toBe('verified');
    expect(broken((b) => Object.assign(b.verificationMaterial, { timestampVerificationData: null }))).toBe(
      'verified',
    );
    expect(broken((b) => delete b.verificationMaterial.timestampVerificationData)).toBe('verified');
    expect(broken((b) => Object.assign(b, { messageSignature: null }))).toBe('verified');
    expect(broken((b) => Object.assign(b, { unknownField: { a: 1 } }))).toBe('verified');
    expect(broken((b) => delete b.dsseEnvelope.signatures[0].keyid)).toBe('verified');
    expect(
      broken((b) => Object.assign(b, { mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.3' })),
    ).toBe('verified');
  });

  test('read zero where protobuf JSON leaves zero out', () => {
    const bundle: Loose = world.bundle('v0.3');
    delete entry(bundle).logIndex;
    delete entry(bundle).integratedTime;
    delete proof(bundle).logIndex;
    delete proof(bundle).hashes;
    expect(parse(bundle).logEntries[0]).toMatchObject({
      logIndex: 0n,
      integratedTime: 0n,
      proof: { logIndex: 0n, hashes: [] },
    });
    delete bundle.verificationMaterial.tlogEntries;
    expect(parse(bundle).logEntries).toEqual([]);
  });

  test('may carry time stamps and message signatures, which are read', () => {
    const bundle: Loose = world.bundle('v0.3');
    bundle.verificationMaterial.timestampVerificationData = {
      rfc3161Timestamps: [{ signedTimestamp: 'AQI=' }],
    };
    delete bundle.dsseEnvelope;
    bundle.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest: 'AAA=' }, signature: 'AQ==' };
    expect(parse(bundle)).toMatchObject({
      timestamps: [Buffer.of(1, 2)],
      content: { kind: 'message', digestAlgorithm: 'sha256' },
    });
  });

  test.each([
    'application/vnd.dev.sigstore.bundle+json;version=0.4',
    'application/vnd.dev.sigstore.bundle.v0.4+json',
    'application/vnd.dev.sigstore.bundle.v0.2+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json ',
    'application/vnd.dev.sigstore.bundle.v0.3+JSON',
    'application/json',
    '__proto__',
    'constructor',
    '',
  ])('of type %j are not covered', (mediaType) => {
    expect(broken((bundle) => Object.assign(bundle, { mediaType }))).toBe('uncovered bundle-version-unknown');
  });

  test.each<[string, JsonValue]>([
    ['null', null],
    ['a list', []],
    ['text', 'bundle'],
    ['a number', 1],
  ])('that are %s are refused', (_, value) => {
    expect(codeOf(() => parseBundle(value))).toBe('invalid malformed');
  });

  /** Every member that must be there. */
  const required: [string, (bundle: Loose) => Loose, string][] = [
    ['bundle', (b) => b, 'mediaType'],
    ['bundle', (b) => b, 'verificationMaterial'],
    ['bundle', (b) => b, 'dsseEnvelope'],
    ['material', (b) => b.verificationMaterial, 'certificate'],
    ['certificate', (b) => b.verificationMaterial.certificate, 'rawBytes'],
    ['envelope', (b) => b.dsseEnvelope, 'payload'],
    ['envelope', (b) => b.dsseEnvelope, 'payloadType'],
    ['envelope', (b) => b.dsseEnvelope, 'signatures'],
    ['signature', (b) => b.dsseEnvelope.signatures[0], 'sig'],
    ['entry', entry, 'logId'],
    ['log id', (b) => entry(b).logId, 'keyId'],
    ['entry', entry, 'kindVersion'],
    ['kind', (b) => entry(b).kindVersion, 'kind'],
    ['kind', (b) => entry(b).kindVersion, 'version'],
    ['entry', entry, 'canonicalizedBody'],
    ['promise', (b) => entry(b).inclusionPromise, 'signedEntryTimestamp'],
    ['proof', proof, 'rootHash'],
    ['proof', proof, 'treeSize'],
    ['proof', proof, 'checkpoint'],
    ['checkpoint', (b) => proof(b).checkpoint, 'envelope'],
  ];
  describe.each(required)('a %s', (_, holder, key) => {
    test(`without ${key} is refused`, () => {
      expect(broken((b) => delete holder(b)[key])).toBe('invalid malformed');
    });
    test(`with a null for ${key} is refused`, () => {
      expect(broken((b) => Object.assign(holder(b), { [key]: null }))).toBe('invalid malformed');
    });
    test.each([[-1], [true], [['x']]])(`with %j for ${key} is refused`, (value) => {
      expect(broken((b) => Object.assign(holder(b), { [key]: value }))).toBe('invalid malformed');
    });
  });

  test.each<[string, (bundle: Loose) => unknown, BundleName?]>([
    [
      'an envelope and a message signature',
      (b) =>
        Object.assign(b, {
          messageSignature: {
            messageDigest: { algorithm: 'SHA2_256', digest: 'AAA=' },
            signature: 'AQ==',
          },
        }),
    ],
    [
      'a certificate and a public key',
      (b) => Object.assign(b.verificationMaterial, { publicKey: { hint: 'x' } }),
    ],
    [
      'a certificate and a chain',
      (b) =>
        Object.assign(b.verificationMaterial, {
          x509CertificateChain: { certificates: [b.verificationMaterial.certificate] },
        }),
    ],
    [
      'a public key without a hint',
      (b) => Object.assign(b.verificationMaterial, { publicKey: {} }),
      'key v0.3',
    ],
    [
      'a public key of another type',
      (b) => Object.assign(b.verificationMaterial, { publicKey: 'x' }),
      'key v0.3',
    ],
    [
      'a chain of nothing',
      (b) => Object.assign(b.verificationMaterial.x509CertificateChain, { certificates: [] }),
      'v0.1',
    ],
    [
      'a chain whose leaf is no object',
      (b) => b.verificationMaterial.x509CertificateChain.certificates.unshift('x'),
      'v0.2',
    ],
    [
      'a chain without certificates',
      (b) => Object.assign(b.verificationMaterial, { x509CertificateChain: {} }),
      'v0.2',
    ],
    [
      'a payload that is not base64',
      (b) => Object.assign(b.dsseEnvelope, { payload: `${b.dsseEnvelope.payload}\n` }),
    ],
    ['a payload in the url alphabet', (b) => Object.assign(b.dsseEnvelope, { payload: '_w==' })],
    ['a signature that is not base64', (b) => Object.assign(b.dsseEnvelope.signatures[0], { sig: 'AA' })],
    ['a key id that is a number', (b) => Object.assign(b.dsseEnvelope.signatures[0], { keyid: 7 })],
    ['a signature that is no object', (b) => Object.assign(b.dsseEnvelope, { signatures: ['x'] })],
    ['entries that are no list', (b) => Object.assign(b.verificationMaterial, { tlogEntries: {} })],
    ['an entry that is no object', (b) => Object.assign(b.verificationMaterial, { tlogEntries: [null] })],
    ['an id that is not base64', (b) => Object.assign(entry(b).logId, { keyId: '!' })],
    ['a body that is not base64', (b) => Object.assign(entry(b), { canonicalizedBody: '!' })],
    ['a promise of another type', (b) => Object.assign(entry(b), { inclusionPromise: 'x' })],
    ['a proof of another type', (b) => Object.assign(entry(b), { inclusionProof: [] })],
    ['hashes that are no list', (b) => Object.assign(proof(b), { hashes: 'x' })],
    ['a hash that is not base64', (b) => Object.assign(proof(b), { hashes: ['x'] })],
    ['a hash that is no text', (b) => Object.assign(proof(b), { hashes: [1] })],
    [
      'time stamps of another type',
      (b) => Object.assign(b.verificationMaterial, { timestampVerificationData: [] }),
    ],
    [
      'a time stamp that is no object',
      (b) => Object.assign(b.verificationMaterial, { timestampVerificationData: { rfc3161Timestamps: [1] } }),
    ],
    [
      'a time stamp of nothing',
      (b) =>
        Object.assign(b.verificationMaterial, { timestampVerificationData: { rfc3161Timestamps: [{}] } }),
    ],
    [
      'a message signature of nothing',
      (b) => {
        delete b.dsseEnvelope;
        b.messageSignature = {};
      },
    ],
    [
      'a message digest without an algorithm',
      (b) => {
        delete b.dsseEnvelope;
        b.messageSignature = { messageDigest: { digest: 'AAA=' }, signature: 'AQ==' };
      },
    ],
    [
      'a message without a signature',
      (b) => {
        delete b.dsseEnvelope;
        b.messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest: 'AAA=' } };
      },
    ],
  ])('with %s are refused', (_, change, name) => {
    expect(broken(change, name)).toBe('invalid malformed');
  });

  test('of v0.3 may not carry a chain', () => {
    const chain = (b: Loose) => {
      const { certificate } = b.verificationMaterial;
      b.verificationMaterial = {
        ...b.verificationMaterial,
        certificate: null,
        x509CertificateChain: { certificates: [certificate] },
      };
    };
    expect(broken(chain)).toBe('invalid malformed');
    expect(
      broken((b) => {
        chain(b);
        b.mediaType = world.bundle('v0.2').mediaType;
      }),
    ).toBe('verified');
  });

  test.each([[0], [2], [3]])('with %i signatures in the envelope are refused', (count) => {
    expect(
      broken((b) =>
        Object.assign(b.dsseEnvelope, { signatures: Array(count).fill(b.dsseEnvelope.signatures[0]) }),
      ),
    ).toBe('invalid envelope-signature-count');
  });

  test.each<[string, unknown]>([
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['a number beyond 2^53', 2 ** 53],
    ['a negative text', '-1'],
    ['a leading zero', '007'],
    ['a plus', '+1'],
    ['an exponent', '1e3'],
    ['hexadecimal', '0x1'],
    ['a blank', ' 1'],
    ['nothing', ''],
    ['twenty digits', '1'.repeat(20)],
    ['other digits', '１'],
    ['true', true],
    ['an object', {}],
  ])('with %s for a whole number are refused', (_, value) => {
    for (const change of [
      (b: Loose) => Object.assign(entry(b), { logIndex: value }),
      (b: Loose) => Object.assign(entry(b), { integratedTime: value }),
      (b: Loose) => Object.assign(proof(b), { logIndex: value }),
      (b: Loose) => Object.assign(proof(b), { treeSize: value }),
    ])
      expect(broken(change)).toBe('invalid malformed');
  });

  test('are bounded in every list and in the payload', () => {
    const exceeded = 'invalid limit-exceeded';
    const repeat = (item: unknown, max: number) => Array(max + 1).fill(item);
    expect(
      broken((b) =>
        Object.assign(b.dsseEnvelope, {
          signatures: repeat(b.dsseEnvelope.signatures[0], limits.envelopeSignaturesMax),
        }),
      ),
    ).toBe(exceeded);
    expect(
      broken((b) =>
        Object.assign(b.verificationMaterial, { tlogEntries: repeat(entry(b), limits.tlogEntriesMax) }),
      ),
    ).toBe(exceeded);
    expect(broken((b) => Object.assign(proof(b), { hashes: repeat('AA==', limits.proofHashesMax) }))).toBe(
      exceeded,
    );
    expect(
      broken(
        (b) =>
          Object.assign(b.verificationMaterial.x509CertificateChain, {
            certificates: repeat({}, limits.certificatesMax),
          }),
        'v0.1',
      ),
    ).toBe(exceeded);
    expect(
      broken((b) =>
        Object.assign(b.verificationMaterial, {
          timestampVerificationData: { rfc3161Timestamps: repeat({}, limits.timestampsMax) },
        }),
      ),
    ).toBe(exceeded);
    const payload = Buffer.alloc(limits.payloadBytesMax + 1).toString('base64');
    expect(broken((b) => Object.assign(b.dsseEnvelope, { payload }))).toBe(exceeded);
  });
});
