import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { ProofError } from '../../src/core/errors.ts';
import { planTimestamp } from '../../src/sigstore/timestamp.ts';
import type { CertificateAuthority } from '../../src/sigstore/types.ts';
import { extension, integer, nameOf, octets, seq } from './forge.ts';
import {
  algorithm,
  attribute,
  certificateId,
  digestOf,
  forgeToken,
  generalizedTime,
  issuerSerial,
  makeTsa,
  NULL,
  SHA1,
  SHA256,
  SHA384,
  SHA512,
  SIGNATURE,
  SIGNING_CERTIFICATE,
  SIGNING_CERTIFICATE_V2,
  type SignerParts,
  signingCertificate,
  type TokenParts,
  type Tsa,
  verdictOf,
} from './forge-timestamp.ts';
import { flipBit, NOW } from './world.ts';

const TIME = NOW + 1000;
const tsa = makeTsa();
const { leaf } = tsa;
const DER_SERIAL = leaf.serialNumber;

const verdict = (parts: TokenParts = {}, of: Tsa = tsa, authorities = [of.authority]): Promise<string> =>
  verdictOf(forgeToken(of, parts), authorities);
const signer = (parts: SignerParts): TokenParts => ({ signer: parts });
/** The attribute that names the certificate, replaced. */
const naming = (...ids: Uint8Array[]): TokenParts =>
  signer({
    attributes: (sound) =>
      sound.set(SIGNING_CERTIFICATE_V2, attribute(SIGNING_CERTIFICATE_V2, signingCertificate(...ids))),
  });
const ofTsa = (authority: Partial<CertificateAuthority>): CertificateAuthority => ({
  ...tsa.authority,
  ...authority,
});
const tsaNamed = (name: Uint8Array): TokenParts => ({ info: { optional: [encodeDer(0xa0, name)] } });

describe('a sound token', () => {
  test('is a time by that authority', () => {
    expect(planTimestamp(forgeToken(tsa), SIGNATURE, [tsa.authority])).toMatchObject({
      time: {
        source: 'timestamp-authority',
        time: TIME,
        authority: 'https://tsa.example',
        operator: 'tsa operator',
      },
    });
  });

  test.each<[string, TokenParts]>([
    ['brings its certificate', { certificates: [leaf.der] }],
    ['brings the others as well', { certificates: [leaf.der, tsa.issuer.der, tsa.root.der] }],
    ['names its certificate by SHA-384', naming(certificateId(leaf, SHA384))],
    [
      'names it by issuer and serial number too',
      naming(certificateId(leaf, SHA256, [issuerSerial(leaf.issuer, DER_SERIAL)])),
    ],
    ['names those above it too', naming(certificateId(leaf), certificateId(tsa.issuer))],
    [
      'names it by SHA-1, as of old',
      signer({
        attributes: (sound) => {
          sound.delete(SIGNING_CERTIFICATE_V2);
          const id = certificateId(leaf, SHA1, [issuerSerial(leaf.issuer, DER_SERIAL)]);
          sound.set(SIGNING_CERTIFICATE, attribute(SIGNING_CERTIFICATE, signingCertificate(id)));
        },
      }),
    ],
    [
      'names it in both ways',
      signer({
        attributes: (sound) =>
          sound.set(
            SIGNING_CERTIFICATE,
            attribute(SIGNING_CERTIFICATE, signingCertificate(certificateId(leaf, SHA1))),
          ),
      }),
    ],
    ['says its name', tsaNamed(encodeDer(0xa4, leaf.subject))],
  ])('%s', async (_, parts) => {
    expect(await verdict(parts)).toBe('verified');
  });
});

describe('the imprint', () => {
  test.each([SHA256, SHA384, SHA512])('by %s', async (id) => {
    const info = { imprintAlgorithm: algorithm(id), imprint: digestOf(id, SIGNATURE) };
    expect(await verdict({ info })).toBe('verified');
    expect(await verdict({ info: { ...info, imprint: digestOf(id, leaf.der) } })).toBe(
      'invalid timestamp-imprint-mismatch',
    );
    expect(await verdict({ info: { ...info, imprint: info.imprint.subarray(1) } })).toBe(
      'invalid timestamp-imprint-mismatch',
    );
  });

  test('by a digest with collisions, or with parameters, counts for nothing', async () => {
    const imprint = digestOf(SHA1, SIGNATURE);
    expect(await verdict({ info: { imprintAlgorithm: algorithm(SHA1), imprint } })).toBe(
      'uncovered algorithm-unsupported',
    );
    expect(await verdict({ info: { imprintAlgorithm: algorithm(SHA256, octets(NULL)) } })).toBe(
      'invalid malformed',
    );
  });

  test('of another signature is refused, whoever made it', async () => {
    const token = forgeToken(tsa, {}, Buffer.from('another'));
    expect(await verdictOf(token, [tsa.authority])).toBe('invalid timestamp-imprint-mismatch');
    expect(await verdictOf(token, [])).toBe('invalid timestamp-imprint-mismatch');
    expect(await verdictOf(forgeToken(tsa), [tsa.authority], SIGNATURE.subarray(1))).toBe(
      'invalid timestamp-imprint-mismatch',
    );
  });
});

describe('an authority outside of the trust root', () => {
  const stranger = makeTsa({ name: 'stranger' });

  test('is uncovered, whatever it brings along', async () => {
    for (const certificates of [[], [stranger.leaf.der, stranger.issuer.der, stranger.root.der]])
      expect(await verdict({ certificates }, stranger, [tsa.authority])).toBe(
        'uncovered timestamp-authority-unknown',
      );
    expect(await verdict({}, tsa, [])).toBe('uncovered timestamp-authority-unknown');
    expect(await verdict({}, tsa, [ofTsa({ chain: [] })])).toBe('uncovered timestamp-authority-unknown');
  });

  test('may use algorithms and extensions that nobody here knows', async () => {
    const parts: TokenParts = {
      info: { optional: [encodeDer(0xa1, extension('1.2.3', NULL, true))] },
      signer: {
        signatureAlgorithm: algorithm('1.2.3.4'),
        digestAlgorithm: algorithm('1.2.3.5'),
      },
      digestAlgorithms: encodeDer(0x31, algorithm('1.2.3.5')),
      certificates: [seq()],
    };
    expect(await verdict(parts, stranger, [tsa.authority])).toBe('uncovered timestamp-authority-unknown');
  });

  test('is named', () => {
    const args = (token: Uint8Array) => planTimestamp(token, SIGNATURE, [tsa.authority]);
    expect(args(forgeToken(stranger))).toEqual({
      uncovered: {
        code: 'timestamp-authority-unknown',
        args: { issuer: 'CN=stranger issuer', time: '2026-01-15T12:00:01.000Z' },
      },
    });
    const byKey = signer({ version: integer(3), sid: encodeDer(0x80, stranger.keyId) });
    expect(args(forgeToken(stranger, byKey))).toMatchObject({
      uncovered: { args: { keyid: Buffer.from(stranger.keyId).toString('hex') } },
    });
  });

  test.each<[string, Uint8Array]>([
    ['another serial number', seq(leaf.issuer, integer(0x4d, 0x2b))],
    ['another issuer', seq(nameOf('tsa root'), integer(0x4d, 0x2a))],
  ])('is one with %s', async (_, sid) => {
    expect(await verdict(signer({ sid }))).toBe('uncovered timestamp-authority-unknown');
  });

  test('is one with another key identifier', async () => {
    const sid = encodeDer(0x80, flipBit(tsa.keyId, 7));
    expect(await verdict(signer({ version: integer(3), sid }))).toBe('uncovered timestamp-authority-unknown');
  });
});

describe('the period of the authority', () => {
  const within = (start: number, end: number | undefined) =>
    verdict({}, tsa, [ofTsa({ validFor: { start, end } })]);

  test('includes both ends', async () => {
    expect(await within(TIME, TIME)).toBe('verified');
    expect(await within(TIME, undefined)).toBe('verified');
    expect(await within(TIME + 1, undefined)).toBe('invalid timestamp-authority-time');
    expect(await within(TIME - 1000, TIME - 1)).toBe('invalid timestamp-authority-time');
  });

  test('is one of several, in any order', async () => {
    const periods = [
      { start: 0, end: TIME - 1 },
      { start: TIME, end: TIME + 1 },
      { start: TIME + 1, end: undefined },
    ].map((validFor) => ofTsa({ validFor }));
    expect(await verdict({}, tsa, periods)).toBe('verified');
    expect(await verdict({}, tsa, periods.toReversed())).toBe('verified');
    expect(await verdict({}, tsa, [periods[0]!, periods[2]!])).toBe('invalid timestamp-authority-time');
  });

  test('is that of the operator who is reported', () => {
    const plan = planTimestamp(forgeToken(tsa), SIGNATURE, [
      ofTsa({ operator: 'before', validFor: { start: 0, end: 1 } }),
      ofTsa({ operator: 'now' }),
    ]);
    expect(plan).toMatchObject({ time: { operator: 'now' } });
  });
});

test('failures carry both values', () => {
  const argsOf = (token: Uint8Array, authority = tsa.authority): unknown => {
    try {
      planTimestamp(token, SIGNATURE, [authority]);
    } catch (error) {
      if (error instanceof ProofError) return error.args;
    }
    return undefined;
  };
  expect(argsOf(forgeToken(tsa, {}, leaf.der))).toEqual({
    algorithm: 'sha256',
    expected: digestOf(SHA256, leaf.der).toString('hex'),
    actual: digestOf(SHA256, SIGNATURE).toString('hex'),
  });
  expect(argsOf(forgeToken(tsa), ofTsa({ validFor: { start: NOW - 1000, end: NOW } }))).toEqual({
    authority: 'https://tsa.example',
    time: '2026-01-15T12:00:01.000Z',
    starts: '2026-01-15T11:59:59.000Z',
    expires: '2026-01-15T12:00:00.000Z',
  });
  expect(
    argsOf(
      forgeToken(tsa, { info: { time: generalizedTime('20360115120001Z') } }),
      ofTsa({ validFor: { start: 0, end: undefined } }),
    ),
  ).toMatchObject({
    certificate: 'CN=tsa',
    time: '2036-01-15T12:00:01.000Z',
  });
  expect(argsOf(forgeToken(tsa, tsaNamed(encodeDer(0xa4, nameOf('x')))))).toEqual({
    field: 'name',
    expected: 'CN=x',
    actual: 'CN=tsa',
  });
  expect(argsOf(forgeToken(tsa, { rest: [], status: [integer(2)] }))).toEqual({ status: 'rejection' });
});
