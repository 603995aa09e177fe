import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { encodeDer, parseDer } from '../../src/core/der.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { verifyScheme } from '../../src/sigstore/signature.ts';
import { type SignatureScheme, signatureScheme } from '../../src/sigstore/signature-algorithm.ts';
import { codeOf } from '../support/failing.ts';
import { integer, octets, oid, pssAlgorithm, SHA1, SHA256, SHA512, seq } from './forge.ts';

const NULL = encodeDer(0x05);
const PSS = oid('1.2.840.113549.1.1.10');
const MGF1 = '1.2.840.113549.1.1.8';
const read = (der: Uint8Array): SignatureScheme => signatureScheme(parseDer(der, 'x'), 'x');
const code = (der: Uint8Array) => codeOf(() => read(der));
const MALFORMED = 'invalid malformed';
const UNSUPPORTED = 'uncovered algorithm-unsupported';

describe('signature algorithms', () => {
  test.each<[string, SignatureScheme['family'], string | null, boolean]>([
    ['1.2.840.10045.4.3.2', 'ec', 'sha256', false],
    ['1.2.840.10045.4.3.3', 'ec', 'sha384', false],
    ['1.2.840.10045.4.3.4', 'ec', 'sha512', false],
    ['1.2.840.113549.1.1.11', 'rsa', 'sha256', true],
    ['1.2.840.113549.1.1.12', 'rsa', 'sha384', true],
    ['1.2.840.113549.1.1.13', 'rsa', 'sha512', true],
    ['1.3.101.112', 'ed25519', null, false],
  ])('%s is %s with %s', (id, family, hash, mayHaveNull) => {
    expect(read(seq(oid(id)))).toEqual({ family, hash });
    expect(code(seq(oid(id), NULL))).toBe(mayHaveNull ? 'verified' : MALFORMED);
    expect(code(seq(oid(id), NULL, NULL))).toBe(MALFORMED);
    expect(code(seq(oid(id), seq()))).toBe(MALFORMED);
    expect(code(seq(oid(id), encodeDer(0x05, Uint8Array.of(0))))).toBe(MALFORMED);
  });

  test.each([
    ['SHA-1 with RSA', '1.2.840.113549.1.1.5'],
    ['SHA-1 with ECDSA', '1.2.840.10045.4.1'],
    ['SHA-224 with ECDSA', '1.2.840.10045.4.3.1'],
    ['Ed448', '1.3.101.113'],
    ['a bare hash', SHA256],
  ])('%s is not covered, not wrong', (_, id) => {
    expect(code(seq(oid(id)))).toBe(UNSUPPORTED);
  });

  test.each([
    ['nothing', seq()],
    ['no identifier', seq(NULL)],
    ['no sequence', oid('1.3.101.112')],
  ])('%s is malformed', (_, der) => {
    expect(code(der)).toBe(MALFORMED);
  });
});

describe('RSASSA-PSS', () => {
  const hash = (id: string, ...parameters: Uint8Array[]) => encodeDer(0xa0, seq(oid(id), ...parameters));
  const mask = (id: string, generator: string = MGF1) =>
    encodeDer(0xa1, seq(oid(generator), seq(oid(id), NULL)));
  const salt = (...bytes: number[]) => encodeDer(0xa2, integer(...bytes));
  const pss = (...fields: Uint8Array[]) => seq(PSS, seq(...fields));

  test.each<[string, Uint8Array, string, number]>([
    ['SHA-256', pssAlgorithm(SHA256, 32), 'sha256', 32],
    ['SHA-512', pssAlgorithm(SHA512, 64), 'sha512', 64],
    ['a hash without NULL', pss(hash(SHA256), mask(SHA256), salt(32)), 'sha256', 32],
    ['more salt', pss(hash(SHA256, NULL), mask(SHA256), salt(0, 222)), 'sha256', 222],
  ])('with %s', (_, der, name, saltLength) => {
    expect(read(der)).toEqual({ family: 'rsa-pss', hash: name, saltLength });
  });

  test.each<[string, Uint8Array]>([
    ['SHA-1, the default of all', pss()],
    ['SHA-1 by name', pss(hash(SHA1), mask(SHA1), salt(32))],
    ['SHA-1 for the message, by default', pss(mask(SHA256), salt(32))],
    ['SHA-1 for the mask, by default', pss(hash(SHA256), salt(32))],
    ['another hash for the mask', pss(hash(SHA256), mask(SHA512), salt(32))],
    ['another mask', pss(hash(SHA256), mask(SHA256, '1.2.3.4'), salt(32))],
    ['less salt than the hash is long', pss(hash(SHA256), mask(SHA256), salt(31))],
    ['20 bytes of salt, by default', pss(hash(SHA256), mask(SHA256))],
  ])('with %s is not covered', (_, der) => {
    expect(code(der)).toBe(UNSUPPORTED);
  });

  test.each<[string, Uint8Array]>([
    ['no parameters', seq(PSS)],
    ['NULL for parameters', seq(PSS, NULL)],
    ['a third part', seq(PSS, seq(), NULL)],
    ['a default salt spelled out', pss(hash(SHA256), mask(SHA256), salt(20))],
    ['a negative salt', pss(hash(SHA256), mask(SHA256), salt(0xff))],
    ['a salt of another type', pss(hash(SHA256), mask(SHA256), encodeDer(0xa2, octets(Uint8Array.of(32))))],
    [
      'the default trailer spelled out',
      pss(hash(SHA256), mask(SHA256), salt(32), encodeDer(0xa3, integer(1))),
    ],
    ['another trailer', pss(hash(SHA256), mask(SHA256), salt(32), encodeDer(0xa3, integer(2)))],
    ['a field twice', pss(hash(SHA256), hash(SHA256), mask(SHA256), salt(32))],
    ['fields out of order', pss(mask(SHA256), hash(SHA256), salt(32))],
    ['an unknown field', pss(hash(SHA256), mask(SHA256), salt(32), encodeDer(0xa4, integer(1)))],
    ['an empty field', pss(encodeDer(0xa0), mask(SHA256), salt(32))],
    ['two hashes in one field', pss(encodeDer(0xa0, seq(oid(SHA256)), seq(oid(SHA256))), mask(SHA256))],
    ['a hash with parameters', pss(hash(SHA256, seq()), mask(SHA256), salt(32))],
    ['a hash without a name', pss(encodeDer(0xa0, seq()), mask(SHA256), salt(32))],
    ['a mask without a hash', pss(hash(SHA256), encodeDer(0xa1, seq(oid(MGF1))), salt(32))],
    ['a mask of nothing', pss(hash(SHA256), encodeDer(0xa1, seq()), salt(32))],
  ])('with %s is malformed', (_, der) => {
    expect(code(der)).toBe(MALFORMED);
  });
});

describe('a signature of a stated kind', () => {
  const DATA = Buffer.from('data');
  const imported = (key: KeyObject) => importKey(key.export({ type: 'spki', format: 'der' }), 'key');
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pssOnly = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ed = generateKeyPairSync('ed25519');
  const pssOf = (key: KeyObject, saltLength: number, hash = 'sha256') =>
    sign(hash, DATA, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
  const PSS_32: SignatureScheme = { family: 'rsa-pss', hash: 'sha256', saltLength: 32 };

  test.each<[string, KeyObject, Buffer, SignatureScheme, boolean]>([
    ['ECDSA', ec.publicKey, sign('sha384', DATA, ec.privateKey), { family: 'ec', hash: 'sha384' }, true],
    ['Ed25519', ed.publicKey, sign(null, DATA, ed.privateKey), { family: 'ed25519', hash: null }, true],
    ['RSA', rsa.publicKey, sign('sha512', DATA, rsa.privateKey), { family: 'rsa', hash: 'sha512' }, true],
    ['PSS by a plain RSA key', rsa.publicKey, pssOf(rsa.privateKey, 32), PSS_32, true],
    ['PSS by a key for it alone', pssOnly.publicKey, pssOf(pssOnly.privateKey, 32), PSS_32, true],
    ['PSS with less salt than stated', rsa.publicKey, pssOf(rsa.privateKey, 20), PSS_32, false],
    ['PSS with more salt than stated', rsa.publicKey, pssOf(rsa.privateKey, 64), PSS_32, false],
    ['PSS with another hash', rsa.publicKey, pssOf(rsa.privateKey, 32, 'sha512'), PSS_32, false],
    ['PKCS #1 v1.5 stated as PSS', rsa.publicKey, sign('sha256', DATA, rsa.privateKey), PSS_32, false],
    [
      'PSS stated as PKCS #1 v1.5',
      rsa.publicKey,
      pssOf(rsa.privateKey, 32),
      { family: 'rsa', hash: 'sha256' },
      false,
    ],
    [
      'PKCS #1 v1.5 stated of a key for PSS',
      pssOnly.publicKey,
      pssOf(pssOnly.privateKey, 32),
      { family: 'rsa', hash: 'sha256' },
      false,
    ],
    ['ECDSA stated as RSA', ec.publicKey, sign('sha256', DATA, ec.privateKey), PSS_32, false],
    [
      'Ed25519 stated as ECDSA',
      ed.publicKey,
      sign(null, DATA, ed.privateKey),
      { family: 'ec', hash: 'sha256' },
      false,
    ],
  ])('%s', async (_, key, signature, scheme, good) => {
    expect(await verifyScheme(imported(key), DATA, signature, scheme)).toBe(good);
  });
});
