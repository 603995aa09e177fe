import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/core/json.ts';
import { type Bundle, parseBundle } from '../../src/sigstore/bundle.ts';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { assertEntryMatches, type Verifier } from '../../src/sigstore/rekor-body.ts';
import { codeOf } from '../support/failing.ts';
import { pem } from '../support/rig/sigstore.mjs';
import { type BundleName, flipBase64, makeWorld } from './world.ts';

const world = makeWorld();
// biome-ignore lint/suspicious/noExplicitAny: bodies are taken apart and broken
type Loose = any;
const b64 = (data: string | Uint8Array) => Buffer.from(data as string).toString('base64');
const unb64 = (text: string) => Buffer.from(text, 'base64').toString();

function matched(name: BundleName, change: (body: Loose) => unknown = () => {}, raw?: string): string {
  const bundle: Loose = world.bundle(name);
  const [entry] = bundle.verificationMaterial.tlogEntries;
  const body: Loose = JSON.parse(unb64(entry.canonicalizedBody));
  change(body);
  entry.canonicalizedBody = b64(raw ?? JSON.stringify(body));
  return match(parseBundle(bundle as JsonValue));
}

function match(bundle: Bundle): string {
  const { der } = world.sigstore.registryKey(Date.now());
  const verifier: Verifier =
    bundle.signer.kind === 'certificate'
      ? { label: 'CERTIFICATE', der: bundle.signer.der, key: parseCertificate(bundle.signer.der).publicKey() }
      : { label: 'PUBLIC KEY', der, key: importKey(der, 'key') };
  return codeOf(() => assertEntryMatches(bundle.logEntries[0]!, bundle, verifier));
}

const MISMATCH = 'invalid tlog-entry-mismatch';
const MALFORMED = 'invalid malformed';
const otherCertificate = pem('CERTIFICATE', world.sigstore.interCert);
const sameCertificate = (label: string) => {
  const { rawBytes } = world.bundle('v0.3').verificationMaterial.certificate!;
  return pem(label, Buffer.from(rawBytes, 'base64'));
};

describe.each<BundleName>(['v0.3', 'key v0.3'])('a dsse 0.0.1 entry of %s', (name) => {
  test('matches', () => expect(matched(name)).toBe('verified'));

  test.each<[string, (body: Loose) => unknown, string]>([
    ['another kind', (b) => Object.assign(b, { kind: 'intoto' }), MISMATCH],
    ['another version', (b) => Object.assign(b, { apiVersion: '0.0.2' }), MISMATCH],
    ['no kind', (b) => delete b.kind, MALFORMED],
    ['no version', (b) => delete b.apiVersion, MALFORMED],
    ['no specification', (b) => delete b.spec, MALFORMED],
    ['another payload hash', (b) => Object.assign(b.spec.payloadHash, { value: '0'.repeat(64) }), MISMATCH],
    [
      'a payload hash in capitals',
      (b) => Object.assign(b.spec.payloadHash, { value: b.spec.payloadHash.value.toUpperCase() }),
      MISMATCH,
    ],
    [
      'a payload hash of another algorithm',
      (b) => Object.assign(b.spec.payloadHash, { algorithm: 'sha512' }),
      MISMATCH,
    ],
    ['no payload hash', (b) => delete b.spec.payloadHash, MALFORMED],
    ['a payload hash that is a number', (b) => Object.assign(b.spec.payloadHash, { value: 1 }), MALFORMED],
    [
      'another signature',
      (b) => Object.assign(b.spec.signatures[0], { signature: flipBase64(b.spec.signatures[0].signature) }),
      MISMATCH,
    ],
    ['a signature cut short', (b) => Object.assign(b.spec.signatures[0], { signature: 'MEUC' }), MISMATCH],
    ['no signature', (b) => delete b.spec.signatures[0].signature, MALFORMED],
    ['no signatures', (b) => Object.assign(b.spec, { signatures: [] }), MISMATCH],
    ['two signatures', (b) => b.spec.signatures.push(b.spec.signatures[0]), MISMATCH],
    ['signatures that are no list', (b) => Object.assign(b.spec, { signatures: {} }), MALFORMED],
    [
      'another verifier',
      (b) => Object.assign(b.spec.signatures[0], { verifier: b64(otherCertificate) }),
      MISMATCH,
    ],
    [
      'a verifier that is not base64',
      (b) => Object.assign(b.spec.signatures[0], { verifier: '!' }),
      MALFORMED,
    ],
    [
      'a verifier that is not PEM',
      (b) => Object.assign(b.spec.signatures[0], { verifier: b64('x') }),
      MALFORMED,
    ],
    [
      'a verifier of two blocks',
      (b) =>
        Object.assign(b.spec.signatures[0], {
          verifier: b64(unb64(b.spec.signatures[0].verifier) + otherCertificate),
        }),
      MALFORMED,
    ],
    [
      'a verifier behind other text',
      (b) =>
        Object.assign(b.spec.signatures[0], { verifier: b64(`x${unb64(b.spec.signatures[0].verifier)}`) }),
      MALFORMED,
    ],
    ['no verifier', (b) => delete b.spec.signatures[0].verifier, MALFORMED],
  ])('with %s does not', (_, change, code) => {
    expect(matched(name, change)).toBe(code);
  });
});

test('the same bytes under another label are another verifier', () => {
  const relabel = (b: Loose) =>
    Object.assign(b.spec.signatures[0], { verifier: b64(sameCertificate('PUBLIC KEY')) });
  expect(matched('v0.3', relabel)).toBe(MISMATCH);
});

describe.each<BundleName>(['v0.1', 'v0.2', 'key v0.2'])('an intoto 0.0.2 entry of %s', (name) => {
  const signature = (b: Loose) => b.spec.content.envelope.signatures[0];
  test('matches', () => expect(matched(name)).toBe('verified'));

  test.each<[string, (body: Loose) => unknown, string]>([
    [
      'another payload type',
      (b) => Object.assign(b.spec.content.envelope, { payloadType: 'text/plain' }),
      MISMATCH,
    ],
    ['no payload type', (b) => delete b.spec.content.envelope.payloadType, MALFORMED],
    [
      'another payload hash',
      (b) => Object.assign(b.spec.content.payloadHash, { value: '0'.repeat(64) }),
      MISMATCH,
    ],
    ['no payload hash', (b) => delete b.spec.content.payloadHash, MALFORMED],
    ['no content', (b) => delete b.spec.content, MALFORMED],
    ['no envelope', (b) => delete b.spec.content.envelope, MALFORMED],
    [
      'another signature',
      (b) => Object.assign(signature(b), { sig: b64(flipBase64(unb64(signature(b).sig))) }),
      MISMATCH,
    ],
    [
      'a signature encoded once',
      (b) => Object.assign(signature(b), { sig: unb64(signature(b).sig) }),
      MALFORMED,
    ],
    ['no signature', (b) => delete signature(b).sig, MALFORMED],
    ['two signatures', (b) => b.spec.content.envelope.signatures.push(signature(b)), MISMATCH],
    ['another verifier', (b) => Object.assign(signature(b), { publicKey: b64(otherCertificate) }), MISMATCH],
    ['no verifier', (b) => delete signature(b).publicKey, MALFORMED],
  ])('with %s does not', (_, change, code) => {
    expect(matched(name, change)).toBe(code);
  });
});

describe('an intoto 0.0.1 entry', () => {
  const sound = (bundle: Loose, form: string) => {
    const { payload, signatures } = bundle.dsseEnvelope;
    const sha = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
    const { rawBytes } = bundle.verificationMaterial.certificate;
    return {
      apiVersion: '0.0.1',
      kind: 'intoto',
      spec: {
        content: {
          hash: {
            algorithm: 'sha256',
            value: sha(form.replace('PAYLOAD', payload).replace('SIG', signatures[0].sig)),
          },
          payloadHash: { algorithm: 'sha256', value: sha(Buffer.from(payload, 'base64')) },
        },
        publicKey: b64(pem('CERTIFICATE', Buffer.from(rawBytes, 'base64'))),
      },
    };
  };
  const type = '"payloadType":"application/vnd.in-toto+json"';
  const forms = [
    `{${type},"payload":"PAYLOAD","signatures":[{"keyid":"","sig":"SIG"}]}`,
    `{${type},"payload":"PAYLOAD","signatures":[{"sig":"SIG","keyid":""}]}`,
    `{${type},"payload":"PAYLOAD","signatures":[{"sig":"SIG"}]}`,
    `{"payload":"PAYLOAD",${type},"signatures":[{"keyid":"","sig":"SIG"}]}`,
    `{"payload":"PAYLOAD",${type},"signatures":[{"sig":"SIG","keyid":""}]}`,
    `{"payload":"PAYLOAD",${type},"signatures":[{"sig":"SIG"}]}`,
  ];
  const matchOldest = (form: string, change: (body: Loose) => unknown = () => {}) => {
    const bundle: Loose = world.bundle('v0.3');
    const body = sound(bundle, form);
    change(body);
    const [entry] = bundle.verificationMaterial.tlogEntries;
    entry.kindVersion = { kind: 'intoto', version: '0.0.1' };
    entry.canonicalizedBody = b64(JSON.stringify(body));
    return match(parseBundle(bundle as JsonValue));
  };

  test.each(forms)('matches an envelope written as %s', (form) => {
    expect(matchOldest(form)).toBe('verified');
  });

  test.each<[string, (body: Loose) => unknown, string]>([
    [
      'the digest of another envelope',
      (b) => Object.assign(b.spec.content.hash, { value: '0'.repeat(64) }),
      MISMATCH,
    ],
    ['no digest of the envelope', (b) => delete b.spec.content.hash, MALFORMED],
    [
      'another payload hash',
      (b) => Object.assign(b.spec.content.payloadHash, { value: '0'.repeat(64) }),
      MISMATCH,
    ],
    ['no payload hash', (b) => delete b.spec.content.payloadHash, MALFORMED],
    ['another verifier', (b) => Object.assign(b.spec, { publicKey: b64(otherCertificate) }), MISMATCH],
    ['no verifier', (b) => delete b.spec.publicKey, MALFORMED],
  ])('with %s does not', (_, change, code) => {
    expect(matchOldest(forms[0]!, change)).toBe(code);
  });

  test('of an envelope with another signature does not', () => {
    expect(matchOldest(forms[0]!.replace('SIG', 'AQID'))).toBe(MISMATCH);
  });
});

describe.each(['envelope', 'file'] as const)('a hashedrekord 0.0.2 entry of Rekor v2 over an %s', (name) => {
  const matchModern = (
    change: (entry: Loose) => unknown = () => {},
    edit: (bundle: Loose) => unknown = () => {},
  ) => {
    const bundle: Loose = name === 'file' ? world.modernBundle('file') : world.modernBundle('envelope');
    const [entry] = bundle.verificationMaterial.tlogEntries;
    const body = JSON.parse(unb64(entry.canonicalizedBody));
    change(body.spec.hashedRekordV002);
    entry.canonicalizedBody = b64(JSON.stringify(body));
    edit(bundle);
    return match(parseBundle(bundle as JsonValue));
  };
  const signer = (e: Loose) => e.signature.verifier;

  test('matches', () => expect(matchModern()).toBe('verified'));

  test.each<[string, (entry: Loose) => unknown, string]>([
    ['another digest', (e) => Object.assign(e.data, { digest: flipBase64(e.data.digest) }), MISMATCH],
    ['a digest of another algorithm', (e) => Object.assign(e.data, { algorithm: 'SHA2_512' }), MISMATCH],
    [
      'an unknown algorithm',
      (e) => Object.assign(e.data, { algorithm: 'SHA1' }),
      'uncovered algorithm-unsupported',
    ],
    ['no digest', (e) => delete e.data.digest, MALFORMED],
    ['no data', (e) => delete e.data, MALFORMED],
    [
      'another signature',
      (e) => Object.assign(e.signature, { content: flipBase64(e.signature.content) }),
      MISMATCH,
    ],
    ['no signature', (e) => delete e.signature.content, MALFORMED],
    [
      'another certificate',
      (e) => Object.assign(signer(e).x509Certificate, { rawBytes: b64(world.sigstore.interCert) }),
      MISMATCH,
    ],
    [
      'a key instead of the certificate',
      (e) => {
        signer(e).publicKey = signer(e).x509Certificate;
        delete signer(e).x509Certificate;
      },
      MISMATCH,
    ],
    [
      'a key beside the certificate',
      (e) => Object.assign(signer(e), { publicKey: signer(e).x509Certificate }),
      MALFORMED,
    ],
    ['no verifier', (e) => delete e.signature.verifier, MALFORMED],
    ['no certificate', (e) => delete signer(e).x509Certificate, MALFORMED],
    ['no algorithm of the key', (e) => delete signer(e).keyDetails, MALFORMED],
    [
      'an algorithm that the key does not have',
      (e) => Object.assign(signer(e), { keyDetails: 'PKIX_ED25519' }),
      MALFORMED,
    ],
  ])('with %s does not', (_, change, code) => {
    expect(matchModern(change)).toBe(code);
  });

  test('does not match another content', () => {
    const edit = (b: Loose) =>
      name === 'file'
        ? Object.assign(b.messageSignature.messageDigest, {
            digest: b64(createHash('sha256').update('x').digest()),
          })
        : Object.assign(b.dsseEnvelope, { payloadType: 'text/plain' });
    expect(matchModern(() => {}, edit)).toBe(MISMATCH);
  });
});

describe('a hashedrekord 0.0.1 entry', () => {
  const digest = createHash('sha256').update('artifact').digest();
  const { rawBytes } = world.bundle('v0.3').verificationMaterial.certificate!;
  const sound = () => ({
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: {
      data: { hash: { algorithm: 'sha256', value: digest.toString('hex') } },
      signature: {
        content: 'AQID',
        publicKey: { content: b64(pem('CERTIFICATE', Buffer.from(rawBytes, 'base64'))) },
      },
    },
  });
  const matchMessage = (change: (body: Loose) => unknown = () => {}) => {
    const body = sound();
    change(body);
    const bundle: Loose = world.bundle('v0.3');
    delete bundle.dsseEnvelope;
    bundle.messageSignature = {
      messageDigest: { algorithm: 'SHA2_256', digest: b64(digest) },
      signature: 'AQID',
    };
    const [entry] = bundle.verificationMaterial.tlogEntries;
    entry.kindVersion = { kind: 'hashedrekord', version: '0.0.1' };
    entry.canonicalizedBody = b64(JSON.stringify(body));
    return match(parseBundle(bundle as JsonValue));
  };

  test('matches', () => expect(matchMessage()).toBe('verified'));

  test.each<[string, (body: Loose) => unknown, string]>([
    ['another digest', (b) => Object.assign(b.spec.data.hash, { value: '0'.repeat(64) }), MISMATCH],
    ['another algorithm', (b) => Object.assign(b.spec.data.hash, { algorithm: 'sha512' }), MISMATCH],
    ['another signature', (b) => Object.assign(b.spec.signature, { content: 'AQIE' }), MISMATCH],
    [
      'another verifier',
      (b) => Object.assign(b.spec.signature.publicKey, { content: b64(otherCertificate) }),
      MISMATCH,
    ],
    ['no data', (b) => delete b.spec.data, MALFORMED],
    ['no hash', (b) => delete b.spec.data.hash, MALFORMED],
    ['no signature', (b) => delete b.spec.signature, MALFORMED],
    ['no verifier', (b) => delete b.spec.signature.publicKey, MALFORMED],
  ])('with %s does not', (_, change, code) => {
    expect(matchMessage(change)).toBe(code);
  });

  test('is not about an envelope, nor one of an envelope about a message', () => {
    const bundle: Loose = world.bundle('v0.3');
    const [entry] = bundle.verificationMaterial.tlogEntries;
    entry.kindVersion = { kind: 'hashedrekord', version: '0.0.1' };
    entry.canonicalizedBody = b64(JSON.stringify(sound()));
    expect(match(parseBundle(bundle as JsonValue))).toBe(MISMATCH);
    const message: Loose = world.bundle('v0.3');
    delete message.dsseEnvelope;
    message.messageSignature = {
      messageDigest: { algorithm: 'SHA2_256', digest: 'AA==' },
      signature: 'AQID',
    };
    expect(match(parseBundle(message as JsonValue))).toBe(MISMATCH);
  });
});

describe('other bodies', () => {
  const ofKind = (kind: string, version: string) => {
    const bundle: Loose = world.bundle('v0.3');
    const [entry] = bundle.verificationMaterial.tlogEntries;
    entry.kindVersion = { kind, version };
    entry.canonicalizedBody = b64(JSON.stringify({ kind, apiVersion: version, spec: {} }));
    return match(parseBundle(bundle as JsonValue));
  };

  test.each([
    ['hashedrekord', '0.0.3'],
    ['dsse', '0.0.2'],
    ['intoto', '0.0.3'],
    ['rekord', '0.0.1'],
    ['__proto__', ''],
    ['toString', '0.0.1'],
  ])('%s %s are not covered', (kind, version) => {
    expect(ofKind(kind, version)).toBe('uncovered format-unsupported');
  });

  test.each([
    ['that are not JSON', 'x'],
    ['that are no object', '[]'],
    ['with a key twice', '{"kind":"dsse","kind":"dsse","apiVersion":"0.0.1","spec":{}}'],
  ])('%s are refused', (_, raw) => {
    expect(matched('v0.3', () => {}, raw)).toBe(MALFORMED);
  });
});
