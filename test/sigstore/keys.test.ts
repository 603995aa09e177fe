import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { importKey, publicKeyBits, publicKeyFromPem } from '../../src/sigstore/keys.ts';
import { verifySignature } from '../../src/sigstore/signature.ts';
import { codeOf } from '../support/failing.ts';
import { bitString, oid, seq } from './forge.ts';

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
    ['RSA for PSS only', generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).publicKey],
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
    ['an Ed25519 key of 31 bytes', seq(seq(oid('1.3.101.112')), bitString(Buffer.alloc(31)))],
    ['an RSA key of nothing', seq(seq(oid('1.2.840.113549.1.1.1'), encodeDer(0x05)), bitString(seq()))],
  ])('%s is refused', (_, der) => {
    expect(codeOf(() => importKey(der, 'key'))).toBe('invalid malformed');
  });

  test.each<[string, Uint8Array]>([
    ['a curve that is missing', seq(seq(oid('1.2.840.10045.2.1')), bitString(Buffer.of(4)))],
    ['an unknown algorithm', seq(seq(oid('1.2.3.4')), bitString(Buffer.of(4)))],
  ])('%s is not covered', (_, der) => {
    expect(codeOf(() => importKey(der, 'key'))).toBe('uncovered algorithm-unsupported');
  });

  test('the bits of a key are those behind the algorithm', () => {
    expect(Buffer.from(publicKeyBits(p256, 'key')).equals(p256.subarray(26))).toBe(true);
  });
});

describe('PEM', () => {
  const pem = pairs['P-256'].publicKey.export({ type: 'spki', format: 'pem' }) as string;

  test('is read with white space around and inside', () => {
    for (const text of [pem, `\n ${pem}\t\n`, pem.replaceAll('\n', '\r\n'), pem.replaceAll('\n', '  \n')])
      expect(Buffer.from(publicKeyFromPem(text, 'key').spkiDer).equals(p256)).toBe(true);
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
