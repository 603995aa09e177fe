import { generateKeyPairSync, type KeyObject, type RSAPSSKeyPairKeyObjectOptions, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { children, encodeDer, encoded, parseDer } from '../../src/core/der.ts';
import { assertKeyDetails, importKey, publicKeyBits, publicKeyFromPem } from '../../src/sigstore/keys.ts';
import { verifySignature } from '../../src/sigstore/signature.ts';
import { codeOf } from '../support/failing.ts';
import { bitString, integer, octets, oid, pssAlgorithm, SHA256, SHA512, seq } from './forge.ts';

const DATA = Buffer.from('data');
const pairs = {
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  Ed25519: generateKeyPairSync('ed25519'),
  RSA: generateKeyPairSync('rsa', { modulusLength: 2048 }),
};
type Kind = keyof typeof pairs;
const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'der' });
const p256 = spki(pairs['P-256'].publicKey);
/** The types want a string for the salt, Node.js a number. */
const RESTRICTED = {
  modulusLength: 2048,
  hashAlgorithm: 'sha512',
  mgf1HashAlgorithm: 'sha512',
  saltLength: 64,
} as unknown as RSAPSSKeyPairKeyObjectOptions;
const NULL = encodeDer(0x05);
const P256_ALGORITHM = [oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')];
const partsOf = (der: Uint8Array) => children(parseDer(der, 'x'), 'x').map(encoded);
const ecKey = (curve: string, point: Uint8Array) =>
  seq(seq(oid('1.2.840.10045.2.1'), oid(curve)), bitString(point));
/** RSAPublicKey by itself. */
const rsaKey = (key: KeyObject): Buffer => key.export({ type: 'pkcs1', format: 'der' });
const RSA = seq(oid('1.2.840.113549.1.1.1'), NULL);
const MODULUS = encodeDer(0x02, Buffer.of(0), Buffer.alloc(256, 0xff));
const rsaWith = (...parts: Uint8Array[]) => seq(RSA, bitString(seq(...parts)));
const rsaOf = (...exponent: number[]) => rsaWith(MODULUS, integer(...exponent));

describe('keys', () => {
  test.each<[Kind, string | null]>([
    ['P-256', 'sha256'],
    ['P-384', 'sha384'],
    ['P-521', 'sha512'],
    ['Ed25519', null],
    ['RSA', 'sha256'],
  ])('%s goes with %s, and with that only', async (kind, hash) => {
    const { publicKey, privateKey } = pairs[kind];
    const key = importKey(spki(publicKey), 'key');
    expect(key.hash).toBe(hash);
    expect(await verifySignature(key, DATA, sign(hash, DATA, privateKey))).toBe(true);
    expect(await verifySignature(key, Buffer.from('Data'), sign(hash, DATA, privateKey))).toBe(false);
    if (hash !== null) {
      const weaker = hash === 'sha256' ? 'sha1' : 'sha256';
      expect(await verifySignature(key, DATA, sign(weaker, DATA, privateKey))).toBe(false);
    }
  });

  test.each([
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey],
    ['Ed448', generateKeyPairSync('ed448').publicKey],
    ['X25519', generateKeyPairSync('x25519').publicKey],
  ])('%s is not covered, not wrong', (_, key) => {
    expect(codeOf(() => importKey(spki(key), 'key'))).toBe('uncovered algorithm-unsupported');
  });

  test('RSA of more than 8192 bits is not covered', () => {
    const modulus = Buffer.alloc(1100, 0xff);
    const rsa = seq(encodeDer(0x02, Buffer.of(0), modulus), encodeDer(0x02, Buffer.of(1, 0, 1)));
    const der = seq(seq(oid('1.2.840.113549.1.1.1'), encodeDer(0x05)), bitString(rsa));
    expect(codeOf(() => importKey(der, 'key'))).toBe('uncovered algorithm-unsupported');
  });

  const flippedPoint = Buffer.from(p256);
  flippedPoint[90] = flippedPoint[90]! ^ 1;
  const noPoint = Buffer.from(p256).fill(0, 27);
  const hybrid = Buffer.from(p256);
  hybrid[26] = 0x06 | (p256[90]! & 1);
  const compressed = ecKey(
    '1.2.840.10045.3.1.7',
    Buffer.concat([Buffer.of(0x02 | (p256[90]! & 1)), p256.subarray(27, 59)]),
  );
  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('ssh-ed25519 AAAA')],
    ['an empty sequence', seq()],
    ['an algorithm that is no sequence', seq(oid('1.2.840.10045.2.1'), bitString(Buffer.of(4)))],
    ['bytes behind the end', Buffer.concat([p256, Buffer.of(0)])],
    ['a key cut short', p256.subarray(0, 90)],
    ['a point that is not on the curve', flippedPoint],
    ['a point of zeroes', noPoint],
    [
      'a point of half a length',
      seq(seq(oid('1.2.840.10045.2.1'), oid('1.2.840.10045.3.1.7')), bitString(Buffer.alloc(33, 4))),
    ],
    ['a hybrid point', hybrid],
    ['a point of another curve', ecKey('1.2.840.10045.3.1.7', spki(pairs['P-384'].publicKey).subarray(23))],
    ['a key of three parts', seq(...partsOf(p256), seq())],
    ['an algorithm of three parts', seq(seq(...P256_ALGORITHM, NULL), bitString(p256.subarray(26)))],
    ['a key in a bit string of odd length', seq(seq(...P256_ALGORITHM), bitString(p256.subarray(26), 1))],
    ['a key in an octet string', seq(seq(...P256_ALGORITHM), octets(p256.subarray(26)))],
    ['an elliptic curve key without a curve', seq(seq(oid('1.2.840.10045.2.1')), bitString(Buffer.of(4)))],
    ['an Ed25519 key with parameters', seq(seq(oid('1.3.101.112'), NULL), bitString(Buffer.alloc(32, 9)))],
    [
      'an RSA key without NULL',
      seq(seq(oid('1.2.840.113549.1.1.1')), bitString(rsaKey(pairs.RSA.publicKey))),
    ],
    [
      'an RSA key with parameters',
      seq(seq(oid('1.2.840.113549.1.1.1'), seq()), bitString(rsaKey(pairs.RSA.publicKey))),
    ],
    ['a bare RSA key', rsaKey(pairs.RSA.publicKey)],
    ['an Ed25519 key of 31 bytes', seq(seq(oid('1.3.101.112')), bitString(Buffer.alloc(31)))],
    ['an RSA key of one number', rsaWith(integer(1))],
    ['an RSA key of three numbers', rsaWith(MODULUS, integer(3), integer(5))],
    ['an RSA key with a negative modulus', rsaWith(encodeDer(0x02, Buffer.alloc(256, 0x80)), integer(3))],
    ['an RSA key with a negative exponent', rsaWith(MODULUS, integer(0x83))],
    ['an RSA key with a padded exponent', rsaWith(MODULUS, integer(0, 3))],
    [
      'an RSA key with bytes behind it',
      seq(RSA, bitString(Buffer.concat([rsaKey(pairs.RSA.publicKey), NULL]))),
    ],
    ['an RSA key of nothing', seq(seq(oid('1.2.840.113549.1.1.1'), encodeDer(0x05)), bitString(seq()))],
  ])('%s is refused', (_, der) => {
    expect(codeOf(() => importKey(der, 'key'))).toBe('invalid malformed');
  });

  test.each<[string, Uint8Array]>([
    ['a curve spelled out', seq(seq(oid('1.2.840.10045.2.1'), seq()), bitString(Buffer.of(4)))],
    ['a compressed point', compressed],
    ['RSA of 2047 bits', rsaWith(encodeDer(0x02, Buffer.of(0x7f), Buffer.alloc(255, 0xff)), integer(3))],
    ['RSA of no bits', rsaWith(integer(0), integer(3))],
    ['RSA with the exponent 0', rsaOf(0)],
    ['RSA with the exponent 1', rsaOf(1)],
    ['RSA with an even exponent', rsaOf(1, 0, 0)],
    ['RSA with an exponent of five bytes', rsaOf(1, 0, 0, 0, 1)],
    ['PSS with SHA-1', seq(seq(oid('1.2.840.113549.1.1.10'), seq()), bitString(rsaKey(pairs.RSA.publicKey)))],
    ['an unknown algorithm', seq(seq(oid('1.2.3.4')), bitString(Buffer.of(4)))],
  ])('%s is not covered', (_, der) => {
    expect(codeOf(() => importKey(der, 'key'))).toBe('uncovered algorithm-unsupported');
  });

  test('the bits of a key are those behind the algorithm', () => {
    expect(Buffer.from(publicKeyBits(p256, 'key')).equals(p256.subarray(26))).toBe(true);
  });
});

describe('keys for PSS alone', () => {
  const pss = generateKeyPairSync('rsa-pss', RESTRICTED);

  test('go with the hash they name', async () => {
    const key = importKey(spki(pss.publicKey), 'key');
    expect(key).toMatchObject({ hash: 'sha512', padding: 'pss' });
    const good = sign('sha512', DATA, { key: pss.privateKey, saltLength: 64 });
    expect(await verifySignature(key, DATA, good)).toBe(true);
    expect(await verifySignature(key, Buffer.from('Data'), good)).toBe(false);
    expect(await verifySignature(key, DATA, good, 'sha256')).toBe(false);
  });

  test('go with SHA-256 if they name none', async () => {
    const free = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
    const key = importKey(spki(free.publicKey), 'key');
    expect(key).toMatchObject({ hash: 'sha256', padding: 'pss' });
    expect(await verifySignature(key, DATA, sign('sha256', DATA, free.privateKey))).toBe(true);
    expect(await verifySignature(key, DATA, sign('sha1', DATA, free.privateKey))).toBe(false);
  });

  test('are refused with parameters that are none, and not covered with short salt', () => {
    const of = (algorithm: Uint8Array) => seq(algorithm, bitString(rsaKey(pairs.RSA.publicKey)));
    expect(codeOf(() => importKey(of(pssAlgorithm(SHA256, 32)), 'key'))).toBe('verified');
    expect(codeOf(() => importKey(of(pssAlgorithm(SHA512, 32)), 'key'))).toBe(
      'uncovered algorithm-unsupported',
    );
    expect(codeOf(() => importKey(of(seq(oid('1.2.840.113549.1.1.10'), NULL)), 'key'))).toBe(
      'invalid malformed',
    );
  });
});

describe('key details', () => {
  const rsa3072 = generateKeyPairSync('rsa', { modulusLength: 3072 }).publicKey;
  const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey;
  const pss512 = generateKeyPairSync('rsa-pss', RESTRICTED).publicKey;
  const read = (key: KeyObject, details: string) => importKey(spki(key), 'key', details);

  test.each<[string, KeyObject, string | null, string | undefined]>([
    ['PKIX_ECDSA_P256_SHA_256', pairs['P-256'].publicKey, 'sha256', undefined],
    ['PKIX_ECDSA_P256_HMAC_SHA_256', pairs['P-256'].publicKey, 'sha256', undefined],
    ['PKIX_ECDSA_P384_SHA_384', pairs['P-384'].publicKey, 'sha384', undefined],
    ['PKIX_ECDSA_P384_SHA_256', pairs['P-384'].publicKey, 'sha256', undefined],
    ['PKIX_ECDSA_P521_SHA_512', pairs['P-521'].publicKey, 'sha512', undefined],
    ['PKIX_ECDSA_P521_SHA_256', pairs['P-521'].publicKey, 'sha256', undefined],
    ['PKIX_ED25519', pairs.Ed25519.publicKey, null, undefined],
    ['PKIX_RSA_PKCS1V5', pairs.RSA.publicKey, 'sha256', 'pkcs1'],
    ['PKIX_RSA_PSS', pairs.RSA.publicKey, 'sha256', 'pss'],
    ['PKIX_RSA_PKCS1V15_2048_SHA256', pairs.RSA.publicKey, 'sha256', 'pkcs1'],
    ['PKIX_RSA_PKCS1V15_3072_SHA256', rsa3072, 'sha256', 'pkcs1'],
    ['PKIX_RSA_PSS_2048_SHA256', pairs.RSA.publicKey, 'sha256', 'pss'],
    ['PKIX_RSA_PSS_3072_SHA256', rsa3072, 'sha256', 'pss'],
    ['PKIX_RSA_PSS_2048_SHA256', pssOnly, 'sha256', 'pss'],
    ['PKCS1_RSA_PKCS1V5', pairs.RSA.publicKey, 'sha256', 'pkcs1'],
    ['PKCS1_RSA_PSS', pairs.RSA.publicKey, 'sha256', 'pss'],
  ])('%s', (details, key, hash, padding) => {
    const found = read(key, details);
    expect([found.hash, found.padding]).toEqual([hash, padding]);
  });

  test('that begin with PKCS1 may describe the bare key', () => {
    const bare = rsaKey(pairs.RSA.publicKey);
    for (const details of ['PKCS1_RSA_PKCS1V5', 'PKCS1_RSA_PSS']) {
      const key = importKey(bare, 'key', details);
      expect(Buffer.from(key.spkiDer).equals(spki(pairs.RSA.publicKey))).toBe(true);
    }
    expect(codeOf(() => importKey(bare, 'key', 'PKIX_RSA_PKCS1V5'))).toBe('invalid malformed');
  });

  test('decide the padding', async () => {
    const pss = { key: pairs.RSA.privateKey, padding: 6 };
    const key = read(pairs.RSA.publicKey, 'PKIX_RSA_PSS_2048_SHA256');
    // Sigstore's signers use as much salt as fits, others as much as the hash is long.
    for (const saltLength of [32, 222, -2])
      expect(await verifySignature(key, DATA, sign('sha256', DATA, { ...pss, saltLength }))).toBe(true);
    expect(await verifySignature(key, DATA, sign('sha256', DATA, pairs.RSA.privateKey))).toBe(false);
  });

  test.each<[string, KeyObject]>([
    ['PKIX_ECDSA_P256_SHA_256', pairs['P-384'].publicKey],
    ['PKIX_ECDSA_P384_SHA_384', pairs['P-256'].publicKey],
    ['PKIX_ECDSA_P256_SHA_256', pairs.Ed25519.publicKey],
    ['PKIX_ED25519', pairs['P-256'].publicKey],
    ['PKIX_ED25519', pairs.RSA.publicKey],
    ['PKIX_RSA_PKCS1V15_2048_SHA256', pairs['P-256'].publicKey],
    ['PKIX_RSA_PKCS1V15_2048_SHA256', rsa3072],
    ['PKIX_RSA_PKCS1V15_4096_SHA256', rsa3072],
    ['PKIX_RSA_PSS_4096_SHA256', pssOnly],
    ['PKIX_RSA_PKCS1V15_2048_SHA256', pssOnly],
    ['PKCS1_RSA_PKCS1V5', pssOnly],
    ['PKIX_RSA_PSS_2048_SHA256', pss512],
  ])('%s of another key are refused', (details, key) => {
    expect(codeOf(() => read(key, details))).toBe('invalid malformed');
  });

  test.each([
    'PKIX_ED25519_PH',
    'LMS_SHA256',
    'LMOTS_SHA256',
    'ML_DSA_65',
    'ML_DSA_87',
    'PUBLIC_KEY_DETAILS_UNSPECIFIED',
    'PKIX_ECDSA_P256_SHA_257',
    '',
    '__proto__',
  ])('%s are not covered', (details) => {
    expect(codeOf(() => read(pairs.Ed25519.publicKey, details))).toBe('uncovered algorithm-unsupported');
  });
});

describe('what is said of a key', () => {
  test('is held against it without importing it', () => {
    const said = (der: Uint8Array, details: string) => codeOf(() => assertKeyDetails(der, details, 'key'));
    expect(said(p256, 'PKIX_ECDSA_P256_SHA_256')).toBe('verified');
    expect(said(p256, 'PKIX_ECDSA_P384_SHA_384')).toBe('invalid malformed');
    expect(said(p256, 'PKIX_ED25519_PH')).toBe('invalid malformed');
    const short = ecKey('1.2.840.10045.3.1.7', p256.subarray(26, 90));
    expect(said(short, 'PKIX_ECDSA_P256_SHA_256')).toBe('invalid malformed');
    expect(said(p256, 'ML_DSA_65')).toBe('uncovered algorithm-unsupported');
    expect(said(spki(pairs.RSA.publicKey), 'PKIX_RSA_PKCS1V15_2048_SHA256')).toBe('verified');
    expect(said(spki(pairs.RSA.publicKey), 'PKIX_RSA_PKCS1V15_3072_SHA256')).toBe('invalid malformed');
    for (const details of ['PKIX_ED25519', 'PKIX_ED25519_PH'])
      expect(said(spki(pairs.Ed25519.publicKey), details)).toBe('verified');
  });
});

describe('PEM', () => {
  const pem = pairs['P-256'].publicKey.export({ type: 'spki', format: 'pem' }) as string;

  test('is read with white space around and inside', () => {
    for (const text of [pem, `\n ${pem}\t\n`, pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '  \n')])
      expect(Buffer.from(publicKeyFromPem(text, 'key').spkiDer).equals(p256)).toBe(true);
  });

  test('may hold an RSA key by itself', () => {
    const text = pairs.RSA.publicKey.export({ type: 'pkcs1', format: 'pem' }) as string;
    expect(Buffer.from(publicKeyFromPem(text, 'key').spkiDer).equals(spki(pairs.RSA.publicKey))).toBe(true);
    const mislabelled = pem.replaceAll('PUBLIC KEY', 'RSA PUBLIC KEY');
    expect(codeOf(() => publicKeyFromPem(mislabelled, 'key'))).toBe('invalid malformed');
  });

  test.each([
    ['a private key', pairs['P-256'].privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    ['an old private key', pairs['P-256'].privateKey.export({ type: 'sec1', format: 'pem' }) as string],
    ["Cosign's private key", pem.replaceAll('PUBLIC KEY', 'ENCRYPTED SIGSTORE PRIVATE KEY')],
    ['a private key beside the public one', pem + pem.replaceAll('PUBLIC', 'PRIVATE')],
  ])('says of %s what it is', (_, text) => {
    expect(() => publicKeyFromPem(text, 'cosign.key')).toThrow(
      expect.objectContaining({
        code: 'malformed',
        args: { what: 'cosign.key', why: 'a private key, where the public one belongs' },
      }),
    );
  });

  test('says of a certificate what it is', () => {
    expect(() => publicKeyFromPem(pem.replaceAll('PUBLIC KEY', 'CERTIFICATE'), 'key')).toThrow(
      expect.objectContaining({ args: { what: 'key', why: 'a certificate, where a public key belongs' } }),
    );
  });

  test.each([
    ['nothing', ''],
    ['another label', pem.replaceAll('PUBLIC KEY', 'PRIVATE KEY')],
    ['two labels', pem.replace('-----END PUBLIC', '-----END EC PUBLIC')],
    ['two blocks', pem + pem],
    ['text before it', `key: ${pem}`],
    ['text behind it', `${pem}x`],
    ['headers inside', pem.replace('KEY-----\n', 'KEY-----\nProc-Type: 4,ENCRYPTED\n\n')],
    ['base64 without padding', '-----BEGIN PUBLIC KEY-----\nAAA\n-----END PUBLIC KEY-----'],
    ['nothing inside', '-----BEGIN PUBLIC KEY----------END PUBLIC KEY-----'],
  ])('is refused with %s', (_, text) => {
    expect(codeOf(() => publicKeyFromPem(text, 'key'))).toBe('invalid malformed');
  });

  test('takes no longer for a hostile blank', () => {
    const blank = ' '.repeat(200_000);
    for (const text of [
      `-----BEGIN PUBLIC KEY-----${blank}`,
      `-----BEGIN PUBLIC KEY-----${blank}!`,
      `${blank}x`,
    ])
      expect(codeOf(() => publicKeyFromPem(text, 'key'))).toBe('invalid malformed');
  });
});

describe('signatures', () => {
  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['garbage', Buffer.from('garbage')],
    ['the raw form', sign('sha256', DATA, { key: pairs['P-256'].privateKey, dsaEncoding: 'ieee-p1363' })],
    ['zeroes', Buffer.from('3006020100020100', 'hex')],
    ['bytes behind it', Buffer.concat([sign('sha256', DATA, pairs['P-256'].privateKey), Buffer.of(0)])],
    [
      'one of another key',
      sign('sha256', DATA, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
    ],
  ])('%s is no good signature, and no error either', async (_, signature) => {
    expect(await verifySignature(importKey(p256, 'key'), DATA, signature)).toBe(false);
  });

  test('a hash that does not go with the key is no good, and no error either', async () => {
    const ed25519 = importKey(spki(pairs.Ed25519.publicKey), 'key');
    const good = sign(null, DATA, pairs.Ed25519.privateKey);
    expect(await verifySignature(ed25519, DATA, good)).toBe(true);
    expect(await verifySignature(ed25519, DATA, good, 'sha256')).toBe(false);
    expect(await verifySignature(importKey(p256, 'key'), DATA, good, null)).toBe(false);
  });

  test('RSA-PSS where the key says so', async () => {
    const key = { ...importKey(spki(pairs.RSA.publicKey), 'key'), padding: 'pss' as const };
    const options = { key: pairs.RSA.privateKey, padding: 6, saltLength: 32 };
    expect(await verifySignature(key, DATA, sign('sha256', DATA, options))).toBe(true);
    expect(await verifySignature(key, DATA, sign('sha256', DATA, pairs.RSA.privateKey))).toBe(false);
  });
});
