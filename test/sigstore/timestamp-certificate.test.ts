import { describe, expect, test } from 'vitest';
import { encodeDer } from '../../src/core/der.ts';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import type { CertificateAuthority } from '../../src/sigstore/types.ts';
import {
  CERT_SIGN,
  CODE_SIGNING,
  constraints,
  DIGITAL_SIGNATURE,
  ECDSA_SHA384,
  extendedKeyUsage,
  extension,
  forge,
  integer,
  keyUsage,
  nameOf,
  newKey,
  octets,
  oid,
  seq,
  subjectAltName,
  TIME_STAMPING,
  uriName,
} from './forge.ts';
import {
  algorithm,
  attribute,
  certificateId,
  digestOf,
  forgeToken,
  issuerAndSerial,
  issuerSerial,
  leafExtensions,
  makeTsa,
  NULL,
  publicSpki,
  SHA1,
  SHA256,
  SHA512,
  SIGNATURE,
  SIGNING_CERTIFICATE,
  SIGNING_CERTIFICATE_V2,
  type SignerParts,
  signingCertificate,
  TIMESTAMPS_ONLY,
  type TokenParts,
  type Tsa,
  type TsaParts,
  verdictOf,
} from './forge-timestamp.ts';
import { NOW } from './world.ts';

const TIME = NOW + 1000;
const tsa = makeTsa();
const { leaf } = tsa;
const DER_SERIAL = leaf.serialNumber;

const verdict = (parts: TokenParts = {}, of: Tsa = tsa, authorities = [of.authority]): Promise<string> =>
  verdictOf(forgeToken(of, parts), authorities);
const made = (parts: TsaParts, token: TokenParts = {}): Promise<string> => verdict(token, makeTsa(parts));
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

describe('certificates are valid at that time', () => {
  const around = { notBefore: TIME, notAfter: TIME };
  const before = { notBefore: NOW - 5000, notAfter: NOW };
  const after = { notBefore: NOW + 2000, notAfter: NOW + 5000 };

  test.each(['leaf', 'issuer', 'root'] as const)('the %s', async (which) => {
    expect(await made({ [which]: around })).toBe('verified');
    expect(await made({ [which]: before })).toBe('invalid timestamp-certificate-time');
    expect(await made({ [which]: after })).toBe('invalid timestamp-certificate-time');
  });
});

describe('the certificate', () => {
  const other = [DIGITAL_SIGNATURE];
  const usage = (...usages: string[]) => extension('2.5.29.37', seq(...usages.map(oid)), true);

  test.each<[string, readonly Uint8Array[], string]>([
    ['for timestamps alone', [...other, TIMESTAMPS_ONLY], 'verified'],
    ['without key usage', [TIMESTAMPS_ONLY], 'verified'],
    ['for contracts', [keyUsage(0x40, 6), TIMESTAMPS_ONLY], 'verified'],
    ['that says that it is no authority', [...other, TIMESTAMPS_ONLY, constraints(false)], 'verified'],
    ['without extended usage', other, 'invalid timestamp-certificate-usage'],
    [
      'of usage that may be ignored',
      [...other, extendedKeyUsage(TIME_STAMPING)],
      'invalid timestamp-certificate-usage',
    ],
    ['for code', [...other, usage(CODE_SIGNING)], 'invalid timestamp-certificate-usage'],
    [
      'for code as well',
      [...other, usage(TIME_STAMPING, CODE_SIGNING)],
      'invalid timestamp-certificate-usage',
    ],
    [
      'for timestamps twice',
      [...other, usage(TIME_STAMPING, TIME_STAMPING)],
      'invalid timestamp-certificate-usage',
    ],
    ['for anything', [...other, usage('2.5.29.37.0')], 'invalid timestamp-certificate-usage'],
    ['for nothing', [...other, usage()], 'invalid timestamp-certificate-usage'],
    ['for encryption', [keyUsage(0x20, 5), TIMESTAMPS_ONLY], 'invalid timestamp-certificate-usage'],
    [
      'with an unknown critical extension',
      [...other, TIMESTAMPS_ONLY, extension('1.2.3', NULL, true)],
      'invalid timestamp-certificate-usage',
    ],
    ['with an unknown extension', [...other, TIMESTAMPS_ONLY, extension('1.2.3', NULL)], 'verified'],
  ])('%s', async (_, extensions, expected) => {
    expect(await made({ leaf: { extensions } })).toBe(expected);
  });

  test.each<[string, TsaParts]>([
    ['is signed by somebody else', { leaf: { key: newKey() } }],
    ['is signed by its own key', { key: tsa.key, leaf: { key: tsa.key } }],
    ['names another issuer', { leaf: { issuer: nameOf('somebody') } }],
    ['names another key of the issuer', { leaf: { extensions: leafExtensions(tsa.key, newKey()) } }],
    ['is issued by one who may not', { issuer: { extensions: [CERT_SIGN] } }],
    [
      'is issued by one who may not for timestamps',
      { issuer: { extensions: [CERT_SIGN, constraints(true), extendedKeyUsage(CODE_SIGNING)] } },
    ],
    ['is issued by one whose certificate is forged', { issuer: { key: newKey() } }],
    ['is issued under another root', { issuer: { issuer: nameOf('somebody') } }],
    ['is issued under a root that did not sign itself', { root: { key: newKey() } }],
    ['is signed with another hash than it says', { leaf: { algorithm: ECDSA_SHA384 } }],
  ])('is not trusted if it %s', async (_, parts) => {
    expect(await made(parts)).toBe('invalid timestamp-certificate-untrusted');
  });

  test('is not trusted because another authority of that name is', async () => {
    const twin = makeTsa();
    expect(await verdict({}, twin, [tsa.authority, twin.authority])).toBe('verified');
    expect(await verdict({}, twin, [tsa.authority])).toBe('invalid timestamp-certificate-mismatch');
  });
});

describe('a trust root with one certificate', () => {
  const key = newKey();
  const alone = { issuer: nameOf('alone'), subject: nameOf('alone'), spki: publicSpki(key), key };
  const period = { notBefore: NOW - 1000, notAfter: NOW + 5000 };
  const extensions = [DIGITAL_SIGNATURE, TIMESTAMPS_ONLY];
  const one = (parts: object): Tsa => {
    const certificate = parseCertificate(forge({ ...period, ...alone, extensions, ...parts }));
    return { ...tsa, key, leaf: certificate, authority: ofTsa({ chain: [certificate] }) };
  };

  test('is trusted as it stands, if it is its own issuer', async () => {
    expect(await verdict({}, one({}))).toBe('verified');
    expect(await verdict({}, one({ issuer: nameOf('root') }))).toBe(
      'invalid timestamp-certificate-untrusted',
    );
    expect(await verdict({}, one({ key: newKey() }))).toBe('invalid timestamp-certificate-untrusted');
  });

  test('is held to its period and its usage', async () => {
    expect(await verdict({}, one({ notAfter: NOW }))).toBe('invalid timestamp-certificate-time');
    expect(await verdict({}, one({ extensions: [DIGITAL_SIGNATURE] }))).toBe(
      'invalid timestamp-certificate-usage',
    );
  });
});

describe('a trust root that has the issuer only', () => {
  const authority = ofTsa({ chain: [tsa.issuer, tsa.root] });
  const inside = (parts: TokenParts = {}) =>
    verdict({ certificates: [leaf.der], ...parts }, tsa, [authority]);

  test('takes the certificate from the token', async () => {
    expect(await inside()).toBe('verified');
    expect(await inside({ certificates: [tsa.root.der, tsa.issuer.der, leaf.der] })).toBe('verified');
    expect(await inside(signer({ version: integer(3), sid: encodeDer(0x80, tsa.keyId) }))).toBe('verified');
    expect(await verdict({ certificates: [leaf.der] }, tsa, [ofTsa({ chain: [tsa.root] })])).toBe(
      'uncovered timestamp-authority-unknown',
    );
  });

  test('needs it there', async () => {
    expect(await inside({ certificates: [] })).toBe('invalid timestamp-certificate-untrusted');
    expect(await inside({ certificates: [tsa.issuer.der] })).toBe('invalid timestamp-certificate-untrusted');
    const sid = seq(leaf.issuer, integer(0x4d, 0x2b));
    expect(await inside(signer({ sid }))).toBe('invalid timestamp-certificate-untrusted');
    expect(await verdict({}, tsa, [authority, tsa.authority])).toBe('verified');
    const byKey = signer({ version: integer(3), sid: encodeDer(0x80, tsa.keyId) });
    expect(await inside({ ...byKey, certificates: [] })).toBe('uncovered timestamp-authority-unknown');
  });

  test('is not made known by a key identifier', async () => {
    const other = makeTsa({ name: 'other' });
    const byKey = signer({ version: integer(3), sid: encodeDer(0x80, tsa.keyId) });
    const parts = { ...byKey, certificates: [leaf.der] };
    expect(await verdict(parts, tsa, [{ ...other.authority, chain: [other.issuer, other.root] }])).toBe(
      'uncovered timestamp-authority-unknown',
    );
  });

  test('skips one that nobody here can verify, and refuses one that is none', async () => {
    const strange = forge({ algorithm: algorithm('1.2.3.4') });
    expect(await inside({ certificates: [strange, leaf.der] })).toBe('verified');
    expect(await inside({ certificates: [seq(), leaf.der] })).toBe('invalid malformed');
  });

  test('holds it to everything else', async () => {
    const impostor = makeTsa();
    const forged = forgeToken(impostor, { certificates: [impostor.leaf.der] });
    expect(await verdictOf(forged, [authority])).toBe('invalid timestamp-certificate-untrusted');
    expect(await inside({ signer: { sign: () => Buffer.alloc(70) } })).toBe(
      'invalid timestamp-signature-invalid',
    );
    const code = makeTsa({ leaf: { extensions: [DIGITAL_SIGNATURE] } });
    const bad = forgeToken(code, { certificates: [code.leaf.der] });
    const issuerOnly = { ...code.authority, chain: [code.issuer, code.root] };
    expect(await verdictOf(bad, [issuerOnly])).toBe('invalid timestamp-certificate-usage');
  });

  test('does not take the issuer itself for its own certificate', async () => {
    // It may sign everything; that alone is what must not be.
    const both = keyUsage(0x86, 1);
    const { root } = makeTsa({ root: { extensions: [both, constraints(true), TIMESTAMPS_ONLY] } });
    const parts = { certificates: [root.der], ...signer({ sid: issuerAndSerial(root) }) };
    const named: TokenParts = {
      ...parts,
      signer: { ...parts.signer, ...naming(certificateId(root)).signer },
    };
    expect(await verdict(named, tsa, [ofTsa({ chain: [root] })])).toBe('invalid timestamp-certificate-usage');
  });
});

describe('the certificate that is named', () => {
  const twin = makeTsa().leaf;

  test.each<[string, TokenParts]>([
    ['another by SHA-256', naming(certificateId(twin))],
    ['another by SHA-512', naming(certificateId(twin, SHA512))],
    ['another first', naming(certificateId(tsa.issuer), certificateId(leaf))],
    ['a digest cut short', naming(seq(octets(digestOf(SHA256, leaf.der).subarray(0, 20))))],
    [
      'another serial number',
      naming(certificateId(leaf, SHA256, [issuerSerial(leaf.issuer, Uint8Array.of(1))])),
    ],
    ['another issuer', naming(certificateId(leaf, SHA256, [issuerSerial(nameOf('x'), DER_SERIAL)]))],
    [
      'another by SHA-1 beside the right one',
      signer({
        attributes: (sound) =>
          sound.set(
            SIGNING_CERTIFICATE,
            attribute(SIGNING_CERTIFICATE, signingCertificate(certificateId(twin, SHA1))),
          ),
      }),
    ],
    ['another name inside', tsaNamed(encodeDer(0xa4, nameOf('somebody')))],
    ['a name that the certificate does not have', tsaNamed(uriName('https://tsa.example'))],
    ['others sent along', { certificates: [tsa.issuer.der, tsa.root.der] }],
  ])('is %s', async (_, parts) => {
    expect(await verdict(parts)).toBe('invalid timestamp-certificate-mismatch');
  });

  test('by a digest nobody here knows counts for nothing', async () => {
    const id = seq(algorithm('1.2.3'), octets(SIGNATURE));
    expect(await verdict(naming(id))).toBe('uncovered algorithm-unsupported');
  });

  test('may have an alternative name', async () => {
    const key = newKey();
    const extensions = [TIMESTAMPS_ONLY, subjectAltName(uriName('https://tsa.example'))];
    const uri = makeTsa({ key, leaf: { extensions } });
    expect(await verdict(tsaNamed(uriName('https://tsa.example')), uri)).toBe('verified');
    expect(await verdict(tsaNamed(uriName('https://tsb.example')), uri)).toBe(
      'invalid timestamp-certificate-mismatch',
    );
  });
});
