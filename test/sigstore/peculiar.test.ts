import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { describe, expect, test } from 'vitest';
import { hex } from '../../src/core/bytes.ts';
import { type Certificate, parseCertificate } from '../../src/sigstore/certificate.ts';
import { describeCertificate } from '../../src/sigstore/describe-certificate.ts';
import {
  claim,
  extension,
  FULCIO,
  forge,
  LEAF_EXTENSIONS,
  leafOf,
  legacyClaim,
  makeAuthority,
  nameOf,
  newKey,
  octets,
  seq,
  spkiOf,
  subjectAltName,
  uriName,
} from './forge.ts';
import { makeWorld, NOW } from './world.ts';

/** The second opinion: the same certificate as a general-purpose library reads it. */
function sameAsLibrary(certificate: Certificate): void {
  const other = new x509.X509Certificate(Buffer.from(certificate.der));
  expect(hex(certificate.subject)).toBe(hex(new Uint8Array(other.subjectName.toArrayBuffer())));
  expect(hex(certificate.issuer)).toBe(hex(new Uint8Array(other.issuerName.toArrayBuffer())));
  expect(certificate.notBefore).toBe(other.notBefore.getTime());
  expect(certificate.notAfter).toBe(other.notAfter.getTime());
  expect(hex(certificate.spkiDer)).toBe(hex(new Uint8Array(other.publicKey.rawData)));
  // The library leaves leading zeros out.
  expect(hex(certificate.serialNumber).replace(/^(00)+(?=.)/, '')).toBe(
    other.serialNumber.replace(/^(00)+(?=.)/, ''),
  );
  expect(hex(certificate.signature)).toBe(hex(new Uint8Array(other.signature)));
  expect([...certificate.extensions].map(([id, { critical, value }]) => [id, critical, hex(value)])).toEqual(
    other.extensions.map(({ type, critical, value }) => [type, critical, hex(new Uint8Array(value))]),
  );
}

const world = makeWorld();
const authority = makeAuthority({ key: newKey('P-384') });

describe('both readers agree on', () => {
  test.each<[string, () => Uint8Array]>([
    ['the root', () => world.sigstore.rootCert],
    ['the intermediate', () => world.sigstore.interCert],
    ['the leaf of a build', () => world.sigstore.leafCert(world.identity, NOW).der],
    [
      'the leaf of a person',
      () => world.sigstore.leafCert({ email: 'a@example.com', issuer: 'https://i.example' }, NOW).der,
    ],
    ['a leaf without an SCT', () => world.sigstore.leafCert(world.identity, NOW, { sct: false }).der],
    ['a leaf on P-384', () => forge({ spki: spkiOf(newKey('P-384')), extensions: LEAF_EXTENSIONS })],
    ['an authority of our own', () => authority.intermediate.der],
    ['a leaf of that', () => leafOf(authority).der],
    ['no extensions', () => forge({ tail: [] })],
    [
      'many extensions',
      () => forge({ extensions: Array.from({ length: 40 }, (_, i) => claim(100 + i, 'x'.repeat(i * 5))) }),
    ],
    [
      'critical and other ones',
      () => forge({ extensions: [extension('1.2.3', octets(seq()), true), legacyClaim(1, 'a')] }),
    ],
    [
      'times of the last century',
      () => forge({ notBefore: Date.UTC(1969, 11, 31), notAfter: Date.UTC(2049, 11, 31, 23, 59, 59) }),
    ],
    ['names', () => forge({ issuer: nameOf('Größe'), subject: nameOf('日本') })],
  ])('%s', (_, make) => {
    sameAsLibrary(parseCertificate(make()));
  });

  test('every leaf of a hundred that differ in length', () => {
    for (let i = 0; i < 100; i++) {
      const name = `https://github.com/${'o'.repeat(i + 1)}/r`;
      sameAsLibrary(
        parseCertificate(
          forge({
            extensions: [subjectAltName(uriName(name)), extension(`${FULCIO}12`, new Uint8Array(i * 3))],
          }),
        ),
      );
    }
  });
});

test('the description is that of the library', async () => {
  const certificate = parseCertificate(world.sigstore.interCert);
  expect(await describeCertificate(certificate)).toMatchObject({
    subject: 'O=rig.test, CN=rig sigstore-intermediate',
    issuer: 'O=rig.test, CN=rig sigstore',
    algorithm: 'ECDSA P-384',
  });
});
