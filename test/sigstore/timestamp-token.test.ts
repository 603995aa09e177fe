import { expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { parseTimestamp } from '../../src/sigstore/timestamp-token.ts';
import { codeOf } from '../support/failing.ts';
import { bitString, bool, extension, integer, octets, oid, seq, utf8String } from './forge.ts';
import {
  algorithm,
  attribute,
  CONTENT_TYPE,
  certificateId,
  digestOf,
  forgeToken,
  generalizedTime,
  type InfoParts,
  MESSAGE_DIGEST,
  makeTsa,
  NULL,
  SHA256,
  SHA384,
  SIGNATURE,
  SIGNED_DATA,
  SIGNING_CERTIFICATE,
  SIGNING_CERTIFICATE_V2,
  type SignerParts,
  set,
  signingCertificate,
  type TokenParts,
  TST_INFO,
  verdictOf,
} from './forge-timestamp.ts';
import { NOW } from './world.ts';

const tsa = makeTsa();
const SIGNING_TIME = '1.2.840.113549.1.9.5';
const PROTECTION = '1.2.840.113549.1.9.52';
const { leaf } = tsa;
const info = (parts: InfoParts): TokenParts => ({ info: parts });
const time = (text: string): TokenParts => info({ time: generalizedTime(text) });
const tail = (...optional: Uint8Array[]): TokenParts => info({ optional });
const signer = (parts: SignerParts): TokenParts => ({ signer: parts });
const attributes = (change: (sound: Map<string, Uint8Array>) => void): TokenParts =>
  signer({ attributes: change });
const certificateAttribute = (value: Uint8Array): TokenParts =>
  attributes((sound) => sound.set(SIGNING_CERTIFICATE_V2, attribute(SIGNING_CERTIFICATE_V2, value)));
const tsaName = (name: Uint8Array): Uint8Array => encodeDer(0xa0, name);
const ownName = tsaName(encodeDer(0xa4, leaf.subject));
const extensions = (...list: Uint8Array[]): Uint8Array => encodeDer(0xa1, ...list);
const many = Array.from({ length: 33 }, (_, i) => `1.3.6.1.4.1.57264.99.${i}`);

test.each<[string, TokenParts, string]>([
  ['sound', {}, 'verified'],

  ['granted with modifications', { status: [integer(1)] }, 'verified'],
  ['granted with a text', { status: [integer(0), seq(utf8String('fine'))] }, 'verified'],
  ['a text that is none', { status: [integer(0), seq(octets(SIGNATURE))] }, 'malformed'],
  [
    'granted with a reason for refusal',
    { status: [integer(0), bitString(Uint8Array.of(0x80))] },
    'malformed',
  ],
  ['no status', { status: [] }, 'malformed'],
  ['status twice', { status: [integer(0), integer(0)] }, 'malformed'],
  ['rejected', { status: [integer(2)], rest: [] }, 'timestamp-refused'],
  ['rejected, with a token all the same', { status: [integer(2)] }, 'timestamp-refused'],
  ['waiting', { status: [integer(3)], rest: [] }, 'timestamp-refused'],
  ['a status of the future', { status: [integer(6)], rest: [] }, 'timestamp-refused'],
  ['a negative status', { status: [integer(0xff)], rest: [] }, 'malformed'],
  [
    'rejected with text and reason',
    { status: [integer(2), seq(utf8String('no')), bitString(Uint8Array.of(0x80))], rest: [] },
    'timestamp-refused',
  ],
  ['granted without a token', { rest: [] }, 'malformed'],
  ['something behind the token', { behind: [NULL] }, 'malformed'],

  [
    'other content',
    { contentInfo: (b) => seq(oid('1.2.840.113549.1.7.1'), encodeDer(0xa0, b)) },
    'malformed',
  ],
  ['content without its tag', { contentInfo: (b) => seq(oid(SIGNED_DATA), b) }, 'malformed'],
  ['content twice', { contentInfo: (b) => seq(oid(SIGNED_DATA), encodeDer(0xa0, b, b)) }, 'malformed'],
  ['no content', { contentInfo: () => seq(oid(SIGNED_DATA), encodeDer(0xa0)) }, 'malformed'],
  [
    'behind the content',
    { contentInfo: (b) => seq(oid(SIGNED_DATA), encodeDer(0xa0, b), NULL) },
    'malformed',
  ],
  ['signed data of version 1', { version: integer(1) }, 'malformed'],
  ['signed data of version 4', { version: integer(4) }, 'malformed'],
  ['signed data of version 03 in two bytes', { version: integer(0, 3) }, 'malformed'],
  ['another digest announced', { digestAlgorithms: set(algorithm(SHA384)) }, 'malformed'],
  ['no digest announced', { digestAlgorithms: set() }, 'malformed'],
  ['more digests announced', { digestAlgorithms: set(algorithm(SHA256), algorithm(SHA384)) }, 'verified'],
  ['a digest announced with NULL', { digestAlgorithms: set(algorithm(SHA256, NULL)) }, 'verified'],
  ['a digest with parameters', { digestAlgorithms: set(algorithm(SHA256, octets(NULL))) }, 'malformed'],
  ['content of another type', { contentType: oid('1.2.840.113549.1.7.1') }, 'malformed'],
  ['detached content', { encapsulated: () => new Uint8Array() }, 'malformed'],
  ['content without octets', { encapsulated: (bytes) => encodeDer(0xa0, bytes) }, 'malformed'],
  [
    'content in constructed octets',
    { encapsulated: (b) => encodeDer(0xa0, encodeDer(0x24, octets(b))) },
    'malformed',
  ],
  ['an empty set of certificates', { certificates: [] }, 'verified'],
  ['something else than a certificate', { certificates: [encodeDer(0xa1, leaf.der)] }, 'malformed'],
  ['eleven certificates', { certificates: Array(11).fill(leaf.der) }, 'limit-exceeded'],
  ['revocation lists', { crls: [encodeDer(0xa1)] }, 'uncovered format-unsupported'],
  ['a field of its own', { crls: [encodeDer(0xa2)] }, 'malformed'],
  ['no signer', { signers: () => [] }, 'malformed'],
  ['two signers', { signers: (one) => [one, one] }, 'malformed'],

  ['signer of version 3 with a serial number', signer({ version: integer(3) }), 'malformed'],
  ['signer by key identifier', signer({ version: integer(3), sid: encodeDer(0x80, tsa.keyId) }), 'verified'],
  ['the same of version 1', signer({ sid: encodeDer(0x80, tsa.keyId) }), 'malformed'],
  ['signer of no kind', signer({ sid: encodeDer(0x81, tsa.keyId) }), 'malformed'],
  [
    'serial number with a zero too many',
    signer({ sid: seq(leaf.issuer, integer(0, 0x4d, 0x2a)) }),
    'malformed',
  ],
  ['unsigned attributes', signer({ behind: [encodeDer(0xa1, attribute('1.2.3', NULL))] }), 'verified'],
  ['a field behind the signature', signer({ behind: [encodeDer(0xa2)] }), 'malformed'],

  ['no content type', attributes((sound) => sound.delete(CONTENT_TYPE)), 'malformed'],
  ['no message digest', attributes((sound) => sound.delete(MESSAGE_DIGEST)), 'malformed'],
  ['no signing certificate', attributes((sound) => sound.delete(SIGNING_CERTIFICATE_V2)), 'malformed'],
  [
    'another content type',
    attributes((sound) => sound.set(CONTENT_TYPE, attribute(CONTENT_TYPE, oid('1.2.840.113549.1.7.1')))),
    'malformed',
  ],
  [
    'two content types in one',
    attributes((sound) => sound.set(CONTENT_TYPE, attribute(CONTENT_TYPE, oid(TST_INFO), oid(TST_INFO)))),
    'malformed',
  ],
  [
    'two digests in one',
    attributes((sound) =>
      sound.set(MESSAGE_DIGEST, attribute(MESSAGE_DIGEST, octets(SIGNATURE), octets(SIGNATURE))),
    ),
    'malformed',
  ],
  [
    'an attribute without a value',
    attributes((sound) => sound.set('x', attribute(SIGNING_TIME))),
    'malformed',
  ],
  [
    'an attribute nobody asks for',
    attributes((sound) => sound.set('x', attribute(PROTECTION, integer(1), integer(2)))),
    'verified',
  ],
  [
    'message digest twice',
    attributes((sound) => sound.set('x', attribute(MESSAGE_DIGEST, octets(SIGNATURE)))),
    'malformed',
  ],
  [
    'signing certificate twice',
    attributes((sound) => sound.set('x', sound.get(SIGNING_CERTIFICATE_V2)!)),
    'malformed',
  ],
  ['attributes out of order', signer({ order: (list) => [...list].reverse() }), 'malformed'],
  [
    'more attributes than anybody needs',
    attributes((sound) => {
      for (const id of many) sound.set(id, attribute(id, NULL));
    }),
    'limit-exceeded',
  ],
  ['an empty list of certificates', certificateAttribute(seq(seq())), 'malformed'],
  ['no list of certificates', certificateAttribute(seq()), 'malformed'],
  [
    'certificate policies',
    certificateAttribute(seq(seq(certificateId(leaf)), seq(seq(oid('1.2.3'))))),
    'verified',
  ],
  ['behind the policies', certificateAttribute(seq(seq(certificateId(leaf)), seq(), NULL)), 'malformed'],
  [
    'the default digest spelled out',
    certificateAttribute(signingCertificate(seq(algorithm(SHA256), octets(digestOf(SHA256, leaf.der))))),
    'malformed',
  ],
  [
    'a digest that the first version cannot name',
    attributes((sound) => {
      const id = seq(algorithm(SHA384), octets(digestOf(SHA384, leaf.der)));
      sound.set(SIGNING_CERTIFICATE, attribute(SIGNING_CERTIFICATE, signingCertificate(id)));
    }),
    'malformed',
  ],
  [
    'an issuer of two names',
    certificateAttribute(
      signingCertificate(
        certificateId(leaf, SHA256, [
          seq(seq(encodeDer(0xa4, leaf.issuer), encodeDer(0xa4, leaf.issuer)), integer(0x4d, 0x2a)),
        ]),
      ),
    ),
    'malformed',
  ],

  ['information of version 2', info({ version: integer(2) }), 'malformed'],
  ['no policy', info({ policy: oid('2.25.1').subarray(0, 0) }), 'malformed'],
  ['an empty policy', info({ policy: encodeDer(0x06) }), 'malformed'],
  [
    'a policy of huge arcs',
    info({ policy: encodeDer(0x06, Buffer.from(`69${'ff'.repeat(18)}7f`, 'hex')) }),
    'verified',
  ],
  ['a serial number with a zero too many', info({ serial: integer(0, 1) }), 'malformed'],
  ['an empty serial number', info({ serial: integer() }), 'malformed'],
  ['a negative serial number', info({ serial: integer(0x80) }), 'verified'],
  ['something behind the information', { rawInfo: Buffer.concat([seq(), NULL]) }, 'malformed'],
  ['an imprint of no form', info({ imprintAlgorithm: oid(SHA256) }), 'malformed'],

  ['a fraction', time('20260115120001.5Z'), 'verified'],
  ['nine decimals', time('20260115120001.123456789Z'), 'verified'],
  ['a fraction that ends in zero', time('20260115120001.50Z'), 'malformed'],
  ['a fraction of nothing', time('20260115120001.0Z'), 'malformed'],
  ['a point without a fraction', time('20260115120001.Z'), 'malformed'],
  ['a comma', time('20260115120001,5Z'), 'malformed'],
  ['a fraction without end', time(`20260115120001.${'1'.repeat(40)}Z`), 'malformed'],
  ['no seconds', time('202601151200Z'), 'malformed'],
  ['local time', time('20260115120001'), 'malformed'],
  ['an offset', time('20260115120001+0000'), 'malformed'],
  ['the thirtieth of February', time('20260230120001Z'), 'malformed'],
  ['two digits for the year', info({ time: encodeDer(0x17, Buffer.from('260115120001Z')) }), 'malformed'],

  ['nothing optional', tail(), 'verified'],
  ['an empty accuracy', tail(seq()), 'verified'],
  [
    'accuracy to the microsecond',
    tail(seq(integer(1), encodeDer(0x80, integer(9).subarray(2)), encodeDer(0x81, Uint8Array.of(3, 231)))),
    'verified',
  ],
  ['a thousand milliseconds', tail(seq(encodeDer(0x80, Uint8Array.of(3, 232)))), 'malformed'],
  ['no microseconds', tail(seq(encodeDer(0x81, Uint8Array.of(0)))), 'malformed'],
  [
    'microseconds before milliseconds',
    tail(seq(encodeDer(0x81, Uint8Array.of(1)), encodeDer(0x80, Uint8Array.of(1)))),
    'malformed',
  ],
  ['ordered', tail(bool(0xff)), 'verified'],
  ['not ordered, said in words', tail(bool(0)), 'malformed'],
  ['a boolean of BER', tail(bool(1)), 'malformed'],
  ['a nonce before the order', tail(integer(1), bool(0xff)), 'malformed'],
  ['a nonce with a zero too many', tail(integer(0, 1)), 'malformed'],
  ['two nonces', tail(integer(1), integer(1)), 'malformed'],
  ['its own name', tail(ownName), 'verified'],
  ['a name of no kind', tail(tsaName(octets(SIGNATURE))), 'malformed'],
  [
    'two names',
    tail(encodeDer(0xa0, encodeDer(0xa4, leaf.subject), encodeDer(0xa4, leaf.subject))),
    'malformed',
  ],
  ['an extension', tail(extensions(extension('1.2.3', NULL))), 'verified'],
  ['an extension twice', tail(extensions(extension('1.2.3', NULL), extension('1.2.3', NULL))), 'malformed'],
  ['no extensions', tail(extensions()), 'malformed'],
  [
    'an extension that is not critical in words',
    tail(extensions(seq(oid('1.2.3'), bool(0), octets(NULL)))),
    'malformed',
  ],
  ['a critical extension', tail(extensions(extension('1.2.3', NULL, true))), 'uncovered format-unsupported'],
])('%s: %3$s', async (_, parts, expected) => {
  const code = /^verified$|^uncovered /.test(expected) ? expected : `invalid ${expected}`;
  expect(await verdictOf(forgeToken(tsa, parts), [tsa.authority])).toBe(code);
});

test('is bounded, and fills its input', async () => {
  const sound = forgeToken(tsa);
  expect(codeOf(() => parseTimestamp(Buffer.alloc(65_537)))).toBe('invalid limit-exceeded');
  expect(codeOf(() => parseTimestamp(Buffer.concat([sound, NULL])))).toBe('invalid malformed');
  for (let length = 0; length < sound.length; length++)
    expect(codeOf(() => parseTimestamp(sound.subarray(0, length)))).toBe('invalid malformed');
});

test('tells what the authority said', () => {
  const token = parseTimestamp(
    forgeToken(tsa, { ...time('20260115120001.98765Z'), certificates: [leaf.der] }),
  );
  expect(token.genTime).toBe(NOW + 1987);
  expect(token.imprint.algorithm.oid).toBe(SHA256);
  expect(Buffer.from(token.imprint.digest)).toEqual(digestOf(SHA256, SIGNATURE));
  expect(token.signed.certificates.map((der) => Buffer.from(der))).toEqual([Buffer.from(leaf.der)]);
  expect(token.tsa).toBeUndefined();
  expect(Buffer.from(parseTimestamp(forgeToken(tsa, tail(ownName))).tsa!)).toEqual(
    Buffer.from(ownName.subarray(2)),
  );
});

test('a bare token is not an answer', () => {
  let inner: Uint8Array = new Uint8Array();
  forgeToken(tsa, {
    contentInfo: (body) => {
      inner = seq(oid(SIGNED_DATA), encodeDer(0xa0, body));
      return inner;
    },
  });
  expect(codeOf(() => parseTimestamp(inner))).toBe('invalid malformed');
});
