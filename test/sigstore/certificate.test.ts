import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { sameBytes } from '../../src/core/bytes.ts';
import { encodeDer } from '../../src/core/der.ts';
import {
  authorityKeyId,
  basicConstraints,
  extendedKeyUsages,
  hasKeyUsage,
  parseCertificate,
  precertificateTbs,
  subjectKeyId,
} from '../../src/sigstore/certificate.ts';
import { codeOf } from '../support/failing.ts';
import {
  authorityKey,
  bitString,
  bool,
  type CertificateParts,
  CODE_SIGNING,
  claim,
  constraints,
  ECDSA_SHA256,
  ECDSA_SHA384,
  extendedKeyUsage,
  extension,
  forge,
  integer,
  keyUsage,
  makeCtLog,
  nameOf,
  newKey,
  octets,
  oid,
  SCT_LIST,
  sctList,
  sctOf,
  seq,
  spkiOf,
  subjectKey,
  TIME_STAMPING,
  tbsOf,
  utcTime,
  utf8String,
} from './forge.ts';
import { NOW } from './world.ts';

const parse = (parts: CertificateParts) => codeOf(() => parseCertificate(forge(parts)));

describe('certificates', () => {
  test('are read as they were made', () => {
    const key = newKey();
    const certificate = parseCertificate(
      forge({
        issuer: nameOf('a'),
        subject: nameOf('b'),
        spki: spkiOf(key),
        notBefore: NOW,
        notAfter: NOW + 1000,
        extensions: [extension('1.2.3', octets(Uint8Array.of(7)), true), claim(8, 'issuer')],
      }),
    );
    expect(sameBytes(certificate.issuer, nameOf('a'))).toBe(true);
    expect(sameBytes(certificate.subject, nameOf('b'))).toBe(true);
    expect([certificate.notBefore, certificate.notAfter]).toEqual([NOW, NOW + 1000]);
    expect(sameBytes(certificate.publicKey().spkiDer, spkiOf(key))).toBe(true);
    expect(certificate.publicKey()).toBe(certificate.publicKey());
    expect([...certificate.extensions.keys()]).toEqual(['1.2.3', '1.3.6.1.4.1.57264.1.8']);
    expect(certificate.extensions.get('1.2.3')).toMatchObject({ critical: true });
    expect(certificate.scheme).toEqual({ family: 'ec', hash: 'sha256' });
  });

  test.each<[string, CertificateParts]>([
    ['no extensions at all', { tail: [] }],
    [
      'unique identifiers before the extensions',
      { tail: [encodeDer(0x81, Uint8Array.of(0, 1)), encodeDer(0xa3, seq())] },
    ],
    ['a serial number of 20 bytes', { serial: integer(0x7f, ...Array<number>(19).fill(0xff)) }],
    [
      'a serial number of 20 bytes and the first bit set',
      { serial: integer(0, ...Array<number>(20).fill(0xff)) },
    ],
    ['the serial number 0', { serial: integer(0) }],
  ])('may have %s', (_, parts) => {
    expect(parse(parts)).toBe('verified');
  });

  test.each<[string, CertificateParts]>([
    ['of version 1 (no field)', { version: integer(2) }],
    ['of version 2', { version: encodeDer(0xa0, integer(1)) }],
    ['of version 4', { version: encodeDer(0xa0, integer(3)) }],
    ['of a version in two bytes', { version: encodeDer(0xa0, integer(0, 2)) }],
    ['of an empty version', { version: encodeDer(0xa0) }],
    ['with a serial number of another type', { serial: octets(Uint8Array.of(1)) }],
    ['with a negative serial number', { serial: integer(0x80) }],
    ['with a padded serial number', { serial: integer(0, 1) }],
    ['with an empty serial number', { serial: integer() }],
    ['with a serial number of 21 bytes', { serial: integer(1, ...Array<number>(20).fill(0)) }],
    ['with one algorithm outside and another inside', { innerAlgorithm: ECDSA_SHA384 }],
    [
      'whose algorithms differ in their parameters',
      { innerAlgorithm: seq(oid('1.2.840.10045.4.3.2'), encodeDer(0x05)) },
    ],
    ['without an algorithm', { algorithm: seq() }],
    ['with a validity of one time', { validity: seq(utcTime(NOW)) }],
    ['with a validity of three times', { validity: seq(utcTime(NOW), utcTime(NOW), utcTime(NOW)) }],
    ['whose key is no sequence', { spki: octets(Uint8Array.of(1)) }],
    ['whose issuer is no sequence', { issuer: octets(Uint8Array.of(1)) }],
    ['whose subject is no sequence', { subject: octets(Uint8Array.of(1)) }],
    ['with an unknown field', { tail: [encodeDer(0xa4, seq())] }],
    ['with two lists of extensions', { tail: [encodeDer(0xa3, seq()), encodeDer(0xa3, seq())] }],
    ['with fields out of order', { tail: [encodeDer(0xa3, seq()), encodeDer(0x81, Uint8Array.of(0, 1))] }],
    ['with an empty field of extensions', { tail: [encodeDer(0xa3)] }],
    ['with two lists in one field', { tail: [encodeDer(0xa3, seq(), seq())] }],
    ['with a fourth part', { behind: [seq()] }],
    ['with a signature of another type', { signature: octets(Uint8Array.of(0, 1)) }],
    ['with an empty signature', { signature: encodeDer(0x03) }],
    ['with a signature of an odd number of bits', { signature: bitString(Uint8Array.of(2), 1) }],
    ['with an extension twice', { extensions: [claim(8, 'a'), claim(9, 'x'), claim(8, 'a')] }],
    ['with an extension without a value', { extensions: [seq(oid('1.2.3'))] }],
    ['with an empty extension', { extensions: [seq()] }],
    [
      'with an extension of four parts',
      { extensions: [seq(oid('1.2.3'), bool(0xff), octets(seq()), octets(seq()))] },
    ],
    ['with critical spelled out as false', { extensions: [seq(oid('1.2.3'), bool(0), octets(seq()))] }],
    ['with critical as 0x01', { extensions: [seq(oid('1.2.3'), bool(1), octets(seq()))] }],
    ['with critical of another type', { extensions: [seq(oid('1.2.3'), integer(1), octets(seq()))] }],
    ['with a value that is no octet string', { extensions: [seq(oid('1.2.3'), utcTime(NOW))] }],
    ['with an extension id that is none', { extensions: [seq(octets(seq()), octets(seq()))] }],
  ])('are refused %s', (_, parts) => {
    expect(parse(parts)).toBe('invalid malformed');
  });

  test('are refused with bytes behind the end, or cut short anywhere', () => {
    const der = forge({ extensions: [claim(8, 'issuer')] });
    expect(codeOf(() => parseCertificate(Buffer.concat([der, Buffer.of(0)])))).toBe('invalid malformed');
    const parts = [encodeDer(0xa0, integer(2)), integer(1), ECDSA_SHA256, nameOf('a')];
    for (let count = 0; count <= parts.length; count++) {
      const short = seq(seq(...parts.slice(0, count)), ECDSA_SHA256, bitString(Uint8Array.of(1)));
      expect(codeOf(() => parseCertificate(short))).toBe('invalid malformed');
    }
    for (let length = 0; length < der.length; length += 7)
      expect(codeOf(() => parseCertificate(der.subarray(0, length)))).toBe('invalid malformed');
    expect(
      codeOf(() => parseCertificate(seq(seq(integer(1)), ECDSA_SHA256, bitString(Uint8Array.of(1))))),
    ).toBe('invalid malformed');
  });

  test('are bounded', () => {
    const big = (size: number) => forge({ extensions: [extension('1.2.3', new Uint8Array(size))] });
    expect(codeOf(() => parseCertificate(big(60_000)))).toBe('verified');
    expect(codeOf(() => parseCertificate(big(70_000)))).toBe('invalid limit-exceeded');
  });

  test('with a key nobody can use are refused when the key is asked for', () => {
    const certificate = parseCertificate(
      forge({ spki: seq(seq(oid('1.2.3')), bitString(Uint8Array.of(1))) }),
    );
    expect(codeOf(() => certificate.publicKey())).toBe('uncovered algorithm-unsupported');
    const dsa = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
    const spki = dsa.publicKey.export({ type: 'spki', format: 'der' });
    expect(codeOf(() => parseCertificate(forge({ spki })).publicKey())).toBe(
      'uncovered algorithm-unsupported',
    );
  });
});

describe('names', () => {
  const pair = seq(oid('2.5.4.3'), utf8String('x'));
  const set = (...parts: Uint8Array[]) => encodeDer(0x31, ...parts);
  test.each<[string, Uint8Array, boolean]>([
    ['empty', seq(), true],
    ['of two pairs in one set', seq(set(pair, pair)), true],
    ['with junk in it', seq(set(pair), Uint8Array.of(0x02, 0, 0)), false],
    ['of a pair outside of a set', seq(pair), false],
    ['of a pair without a value', seq(set(seq(oid('2.5.4.3')))), false],
    ['of three values', seq(set(seq(oid('2.5.4.3'), utf8String('x'), utf8String('y')))), false],
    ['of a type that is none', seq(set(seq(utf8String('x'), utf8String('y')))), false],
  ])('%s', (_, name, good) => {
    for (const field of ['issuer', 'subject'] as const) {
      const code = codeOf(() => parseCertificate(forge({ [field]: name })));
      expect(code, field).toBe(good ? 'verified' : 'invalid malformed');
    }
  });
});

describe('extensions', () => {
  const withExtensions = (...extensions: Uint8Array[]) => parseCertificate(forge({ extensions }));

  test('basic constraints: absent means no authority', () => {
    expect(basicConstraints(withExtensions())).toEqual({ ca: false, pathLength: undefined });
    const read = (ca: boolean, length?: number) => basicConstraints(withExtensions(constraints(ca, length)));
    expect(read(false)).toEqual({ ca: false, pathLength: undefined });
    expect(read(true)).toEqual({ ca: true, pathLength: undefined });
    expect(read(true, 0)).toEqual({ ca: true, pathLength: 0 });
    expect(read(true, 3)).toEqual({ ca: true, pathLength: 3 });
    // Critical they should be; section 6.1.4 (k) asks for no more than that they are there.
    const lax = extension('2.5.29.19', seq(bool(0xff)));
    expect(basicConstraints(withExtensions(lax))).toMatchObject({ ca: true });
  });

  test.each([
    ['a negative path length', seq(bool(0xff), integer(0xff))],
    ['a path length of five bytes', seq(bool(0xff), integer(1, 0, 0, 0, 0))],
    ['a padded path length', seq(bool(0xff), integer(0, 1))],
    ['two path lengths', seq(bool(0xff), integer(1), integer(2))],
    ['a path length before the flag', seq(integer(1), bool(0xff))],
    ['a flag that spells out its default', seq(bool(0))],
    ['a path length of another type', seq(bool(0xff), octets(Uint8Array.of(1)))],
    ['an empty path length', seq(bool(0xff), integer())],
    ['another boolean', seq(bool(1))],
    ['no sequence', octets(seq())],
    ['bytes behind it', Buffer.concat([seq(bool(0xff)), Buffer.of(0)])],
  ])('basic constraints are refused with %s', (_, value) => {
    expect(codeOf(() => basicConstraints(withExtensions(extension('2.5.29.19', value, true))))).toBe(
      'invalid malformed',
    );
  });

  test('key usage bit by bit', () => {
    const both = withExtensions(keyUsage(0x84, 2));
    expect([0, 1, 5, 6, 8].map((bit) => hasKeyUsage(both, bit))).toEqual([true, false, true, false, false]);
    expect(hasKeyUsage(withExtensions(), 0)).toBe(false);
    const nine = withExtensions(extension('2.5.29.15', bitString(Uint8Array.of(0, 0x80), 7)));
    expect([0, 7, 8, 9, 16].map((bit) => hasKeyUsage(nine, bit))).toEqual([false, false, true, false, false]);
  });

  test.each([
    ['of another type', octets(seq())],
    ['without a byte', encodeDer(0x03)],
    ['without a bit', encodeDer(0x03, Uint8Array.of(0))],
    ['of three bytes', bitString(Uint8Array.of(0x80, 0, 1))],
    ['with nine bits unused', bitString(Uint8Array.of(0x80, 0), 9)],
    ['whose unused bits are set', bitString(Uint8Array.of(0x81), 1)],
  ])('key usage is refused %s', (_, value) => {
    expect(codeOf(() => hasKeyUsage(withExtensions(extension('2.5.29.15', value)), 0))).toBe(
      'invalid malformed',
    );
  });

  test('extended key usages', () => {
    expect(extendedKeyUsages(withExtensions())).toBeUndefined();
    expect(extendedKeyUsages(withExtensions(extendedKeyUsage(CODE_SIGNING, TIME_STAMPING)))).toEqual([
      CODE_SIGNING,
      TIME_STAMPING,
    ]);
    expect(codeOf(() => extendedKeyUsages(withExtensions(extension('2.5.29.37', oid(CODE_SIGNING)))))).toBe(
      'invalid malformed',
    );
  });

  test('key identifiers', () => {
    const certificate = withExtensions(subjectKey(Uint8Array.of(1, 2)), authorityKey(Uint8Array.of(3)));
    expect([...subjectKeyId(certificate)!]).toEqual([1, 2]);
    expect([...authorityKeyId(certificate)!]).toEqual([3]);
    expect(subjectKeyId(withExtensions())).toBeUndefined();
    expect(authorityKeyId(withExtensions())).toBeUndefined();
    // An authority key identifier may name the issuer and serial number instead (section 4.2.1.1).
    expect(
      authorityKeyId(withExtensions(extension('2.5.29.35', seq(encodeDer(0x82, Uint8Array.of(1)))))),
    ).toBeUndefined();
    expect(codeOf(() => subjectKeyId(withExtensions(extension('2.5.29.14', seq()))))).toBe(
      'invalid malformed',
    );
    expect(codeOf(() => authorityKeyId(withExtensions(extension('2.5.29.35', octets(seq())))))).toBe(
      'invalid malformed',
    );
  });

  test('the precertificate is the certificate without the SCT list, wherever that stands', () => {
    const others = [claim(8, 'issuer'), extension('1.2.3', new Uint8Array(300), true)];
    const ct = makeCtLog();
    const list = sctList(sctOf(ct, tbsOf({ extensions: others }), Buffer.of(1)));
    for (const at of [0, 1, 2]) {
      const all = [...others];
      all.splice(at, 0, extension(SCT_LIST, list));
      const pre = precertificateTbs(parseCertificate(forge({ extensions: all })));
      expect(Buffer.from(pre!.tbs).equals(tbsOf({ extensions: others }))).toBe(true);
    }
    expect(precertificateTbs(withExtensions(...others))).toBeUndefined();
  });
});
