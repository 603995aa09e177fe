import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { parseTime, parseTrustRoot, parseValidFor } from '../../src/sigstore/trust-root.ts';
import { codeOf } from '../support/failing.ts';
import { newKey, spkiOf } from './forge.ts';
import { makeWorld, NOW, verdict } from './world.ts';

const world = makeWorld();
// biome-ignore lint/suspicious/noExplicitAny: the document is taken apart and broken
type Document = any;
const parse = (document: Document) => parseTrustRoot(Buffer.from(JSON.stringify(document)));
const broken = (change: (document: Document) => unknown) => {
  const document = world.sigstore.trustedRoot();
  change(document);
  return codeOf(() => parse(document));
};

describe('the trust root', () => {
  test('is read', () => {
    const document = world.sigstore.trustedRoot();
    const root = parse(document);
    expect(root.certificateAuthorities).toHaveLength(1);
    expect(root.certificateAuthorities[0]).toMatchObject({ uri: 'https://fulcio.rig.test' });
    expect(root.certificateAuthorities[0]!.chain).toHaveLength(2);
    expect(root.ctLogs[0]!.logId).toBe(world.sigstore.ctId.toString('hex'));
    expect(root.transparencyLogs[0]).toMatchObject({
      logId: world.sigstore.rekorId.toString('hex'),
      baseUrl: 'https://rekor.rig.test',
      validFor: { end: undefined },
    });
    expect(root.timestampAuthorities).toEqual([]);
    expect(root.digest).toBe(createHash('sha256').update(JSON.stringify(document)).digest('hex'));
  });

  test.each([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
    'application/vnd.dev.sigstore.trustedroot.v0.1+json',
    'application/vnd.dev.sigstore.trustedroot.v0.2+json',
  ])('may be of type %s', (mediaType) => {
    expect(broken((root) => Object.assign(root, { mediaType }))).toBe('verified');
  });

  test.each([
    'application/vnd.dev.sigstore.trustedroot+json;version=0.2',
    'application/vnd.dev.sigstore.trustedroot.v1.0+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json',
    ' application/vnd.dev.sigstore.trustedroot.v0.1+json',
    '',
  ])('of type %j is not covered', (mediaType) => {
    expect(broken((root) => Object.assign(root, { mediaType }))).toBe('uncovered format-unsupported');
  });

  test.each<[string, (root: Document) => unknown]>([
    ['without a type', (root) => delete root.mediaType],
    ['whose logs are no list', (root) => Object.assign(root, { tlogs: {} })],
    ['whose log is no object', (root) => Object.assign(root, { tlogs: ['x'] })],
    ['whose log has no key', (root) => delete root.tlogs[0].publicKey],
    ['whose log has a key of no bytes', (root) => delete root.tlogs[0].publicKey.rawBytes],
    ['whose log has a broken key', (root) => Object.assign(root.tlogs[0].publicKey, { rawBytes: 'AAAA' })],
    ['whose log has no id', (root) => delete root.tlogs[0].logId],
    ['whose log has an id that is no object', (root) => Object.assign(root.tlogs[0], { logId: 'x' })],
    ['whose log has no validity', (root) => delete root.tlogs[0].publicKey.validFor],
    ['whose log has a validity without a start', (root) => delete root.tlogs[0].publicKey.validFor.start],
    [
      'whose log has a null start',
      (root) => Object.assign(root.ctlogs[0].publicKey.validFor, { start: null }),
    ],
    [
      'whose log starts at no time',
      (root) => Object.assign(root.ctlogs[0].publicKey.validFor, { start: 'then' }),
    ],
    [
      'whose log ends at no time',
      (root) => Object.assign(root.ctlogs[0].publicKey.validFor, { end: '2030' }),
    ],
    ['whose log has an address that is no text', (root) => Object.assign(root.tlogs[0], { baseUrl: 1 })],
    ['whose authority has no chain', (root) => delete root.certificateAuthorities[0].certChain],
    [
      'whose authority has an empty chain',
      (root) => Object.assign(root.certificateAuthorities[0].certChain, { certificates: [] }),
    ],
    [
      'whose authority has no certificates',
      (root) => Object.assign(root.certificateAuthorities[0], { certChain: {} }),
    ],
    [
      'whose authority has a broken certificate',
      (root) => Object.assign(root.certificateAuthorities[0].certChain.certificates[1], { rawBytes: 'MAA=' }),
    ],
    [
      'whose authority has a certificate of no bytes',
      (root) => Object.assign(root.certificateAuthorities[0].certChain, { certificates: [{}] }),
    ],
    ['whose authority has no validity', (root) => delete root.certificateAuthorities[0].validFor],
    [
      'whose authority has a validity without a start',
      (root) => Object.assign(root.certificateAuthorities[0], { validFor: { end: '2030-01-01T00:00:00Z' } }),
    ],
    [
      'whose authority has an address that is no text',
      (root) => Object.assign(root.certificateAuthorities[0], { uri: [] }),
    ],
    ['whose time stamp authority is broken', (root) => Object.assign(root, { timestampAuthorities: [{}] })],
  ])('%s is refused', (_, change) => {
    expect(broken(change)).toBe('invalid malformed');
  });

  test('is refused if it is no document of its own', () => {
    for (const text of ['', '[]', 'null', '{"mediaType":"a","mediaType":"a"}', '\ufeff{}'])
      expect(codeOf(() => parseTrustRoot(Buffer.from(text)))).toBe('invalid malformed');
  });

  test('is bounded', () => {
    const many = (key: string) =>
      broken((root) => Object.assign(root, { [key]: Array(65).fill(root[key][0]) }));
    expect(many('tlogs')).toBe('invalid limit-exceeded');
    expect(many('certificateAuthorities')).toBe('invalid limit-exceeded');
    expect(
      broken((root) => {
        const { certChain } = root.certificateAuthorities[0];
        certChain.certificates = Array(limits.certificatesMax + 1).fill(certChain.certificates[0]);
      }),
    ).toBe('invalid limit-exceeded');
    expect(codeOf(() => parseTrustRoot(Buffer.alloc(limits.trustRootBytesMax + 1, 0x20)))).toBe(
      'invalid limit-exceeded',
    );
  });

  test('may list nothing, and then nothing is trusted', async () => {
    const { mediaType } = world.sigstore.trustedRoot();
    const trustRoot = parse({ mediaType });
    expect(trustRoot).toMatchObject({ certificateAuthorities: [], ctLogs: [], transparencyLogs: [] });
    expect(await verdict(world.bundle('v0.3'), { trustRoot, keys: [] })).toBe('invalid tlog-log-unknown');
  });

  test('may hold the oldest form of an RSA key', () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const rawBytes = publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64');
    const document = world.sigstore.trustedRoot();
    Object.assign(document.tlogs[0].publicKey, { rawBytes, keyDetails: 'PKCS1_RSA_PKCS1V5' });
    const [log] = parse(document).transparencyLogs;
    expect(Buffer.from(log!.key.spkiDer).equals(publicKey.export({ type: 'spki', format: 'der' }))).toBe(
      true,
    );
  });

  test('leaves out a log whose algorithm is not known here, and keeps the others', () => {
    const document = world.sigstore.trustedRoot();
    const { publicKey } = generateKeyPairSync('ed448');
    const rawBytes = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
    const newer = { ...document.tlogs[0], publicKey: { ...document.tlogs[0].publicKey, rawBytes } };
    document.tlogs = [newer, ...document.tlogs];
    const root = parse(document);
    expect(root.transparencyLogs.map(({ logId }) => logId)).toEqual([world.sigstore.rekorId.toString('hex')]);
  });

  test('is refused where a certificate of an authority cannot be read to its end', () => {
    const constraint = Buffer.from('551d13', 'hex');
    const code = broken((root) => {
      const [certificate] = root.certificateAuthorities[0].certChain.certificates;
      const der = Buffer.from(certificate.rawBytes, 'base64');
      // The extension's value: OCTET STRING, SEQUENCE, BOOLEAN true. Neither 0x00 nor 0xff is no boolean (X.690 11.1).
      const at = der.indexOf(Buffer.from('0101ff', 'hex'), der.indexOf(constraint) + 8);
      der[at + 2] = 0x01;
      certificate.rawBytes = der.toString('base64');
    });
    expect(code).toBe('invalid malformed');
  });

  test('names a log by its checkpoint key where it gives one', () => {
    const document = world.sigstore.trustedRoot();
    document.tlogs[0].checkpointKeyId = { keyId: 'AQIDBA==' };
    expect(parse(document).transparencyLogs[0]!.logId).toBe('01020304');
  });

  test('may list a log several times: the entry that is in force counts', async () => {
    const document = world.sigstore.trustedRoot();
    const [log] = document.tlogs;
    const past = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' };
    document.tlogs = [{ ...log, publicKey: { ...log.publicKey, validFor: past } }, log];
    const context = (tlogs: unknown[]) => ({ trustRoot: parse({ ...document, tlogs }), keys: [] });
    expect(await verdict(world.bundle('v0.3'), context(document.tlogs))).toBe('verified');
    expect(await verdict(world.bundle('v0.3'), context([document.tlogs[0]]))).toBe('invalid tlog-log-time');
  });

  test('with another key under the id of a log makes its word count for nothing', async () => {
    const document = world.sigstore.trustedRoot();
    document.tlogs[0].publicKey.rawBytes = spkiOf(newKey()).toString('base64');
    expect(await verdict(world.bundle('v0.3'), { trustRoot: parse(document), keys: [] })).toBe(
      'invalid tlog-promise-invalid',
    );
  });
});

describe('times', () => {
  test.each([
    ['2026-01-15T12:00:00Z', NOW],
    ['2026-01-15T12:00:00.123456789Z', NOW + 123],
    ['2026-01-15T14:00:00+02:00', NOW],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['0001-01-01T00:00:00Z', Date.parse('0001-01-01T00:00:00Z')],
  ])('%s', (text, ms) => {
    expect(parseTime(text, 'x')).toBe(ms);
  });

  test.each([
    '2026-01-15',
    '2026-01-15T12:00:00',
    '2026-01-15 12:00:00Z',
    '2026-01-15T12:00Z',
    '2026-13-01T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-15T12:00:00z',
    '2026-01-15T12:00:00.Z',
    '+002026-01-15T12:00:00Z',
    'Thu, 15 Jan 2026 12:00:00 GMT',
    '1768478400',
    '',
    1768478400,
    undefined,
  ])('%j is none', (value) => {
    expect(codeOf(() => parseTime(value, 'x'))).toBe('invalid malformed');
  });

  test('windows', () => {
    expect(parseValidFor({ start: '1970-01-01T00:00:01Z' }, 'x')).toEqual({ start: 1000, end: undefined });
    expect(parseValidFor({ start: '1970-01-01T00:00:01Z', end: null }, 'x').end).toBeUndefined();
    for (const value of [undefined, null, {}, [], 'x', { end: '1970-01-01T00:00:01Z' }])
      expect(codeOf(() => parseValidFor(value, 'x'))).toBe('invalid malformed');
  });
});
