import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { verifyScts } from '../../src/sigstore/sct.ts';
import type { LogAuthority } from '../../src/sigstore/types.ts';
import { codeOfAsync } from '../support/failing.ts';
import {
  type CtLog,
  claim,
  extension,
  forge,
  LEAF_EXTENSIONS,
  makeAuthority,
  makeCtLog,
  octets,
  SCT_LIST,
  sctList,
  sctOf,
  spkiOf,
  tbsOf,
  u16,
  vector,
} from './forge.ts';
import { NOW } from './world.ts';

const authority = makeAuthority();
const issuerSpki = spkiOf(authority.key);
const extensions = [...LEAF_EXTENSIONS, claim(8, 'issuer')];
const precertificate = tbsOf({ extensions });
const log = makeCtLog();
const other = makeCtLog();

const leafWith = (list: Uint8Array) =>
  parseCertificate(forge({ extensions: [...extensions, extension(SCT_LIST, list)] }));
const sct = (ct: CtLog = log, options: Parameters<typeof sctOf>[3] = {}) =>
  sctOf(ct, precertificate, issuerSpki, options);
const check = (list: Uint8Array, logs: readonly LogAuthority[] = [log.log], spki: Uint8Array = issuerSpki) =>
  codeOfAsync(() => verifyScts(leafWith(list), spki, logs));

describe('signed certificate timestamps', () => {
  test('that hold name the logs', async () => {
    expect(await verifyScts(leafWith(sctList(sct())), issuerSpki, [log.log])).toEqual([log.log.logId]);
    const two = sctList(sct(), sct(other), sct());
    expect(await verifyScts(leafWith(two), issuerSpki, [log.log, other.log])).toEqual([
      log.log.logId,
      other.log.logId,
    ]);
  });

  test('cover their own extensions, and may use another hash', async () => {
    expect(await check(sctList(sct(log, { extensions: Buffer.from('abc') })))).toBe('verified');
    expect(await check(sctList(sct(log, { hash: 5 })))).toBe('verified');
    expect(await check(sctList(sct(log, { hash: 6 })))).toBe('verified');
  });

  test('must be there', async () => {
    const bare = parseCertificate(forge({ extensions }));
    expect(await codeOfAsync(() => verifyScts(bare, issuerSpki, [log.log]))).toBe('invalid sct-absent');
    expect(await check(sctList())).toBe('invalid sct-absent');
  });

  test('must be of a log that is trusted', async () => {
    expect(await check(sctList(sct(other)))).toBe('invalid sct-log-unknown');
    expect(await check(sctList(sct()), [])).toBe('invalid sct-log-unknown');
  });

  test('must be of a time when the log was in force', async () => {
    const during = (start: number, end: number | undefined) =>
      check(sctList(sct()), [{ ...log.log, validFor: { start, end } }]);
    expect(await during(NOW, NOW)).toBe('verified');
    expect(await during(NOW + 1, undefined)).toBe('invalid sct-log-unknown');
    expect(await during(0, NOW - 1)).toBe('invalid sct-log-unknown');
  });

  test('of a log listed with several periods are judged by the one that fits', async () => {
    const early = { ...log.log, validFor: { start: 0, end: NOW - 1 } };
    expect(await check(sctList(sct()), [early, log.log])).toBe('verified');
  });

  test('of unknown logs do no harm beside a good one', async () => {
    expect(await check(sctList(sct(other), sct()))).toBe('verified');
    expect(await check(sctList(sct(other, { breakIt: true }), sct()))).toBe('verified');
  });

  test('that are bad are not made good by others', async () => {
    expect(await check(sctList(sct(log, { breakIt: true })))).toBe('invalid sct-invalid');
    expect(await check(sctList(sct(), sct(other, { breakIt: true })), [log.log, other.log])).toBe(
      'invalid sct-invalid',
    );
  });

  test('hold for this certificate, this issuer, this time and this log only', async () => {
    const bad = 'invalid sct-invalid';
    expect(await check(sctList(sctOf(log, tbsOf({ extensions: LEAF_EXTENSIONS }), issuerSpki)))).toBe(bad);
    expect(await check(sctList(sct()), [log.log], spkiOf(authority.rootKey))).toBe(bad);
    const later = sct();
    later[40] = later[40]! ^ 1;
    expect(await check(sctList(later))).toBe(bad);
    expect(await check(sctList(sct()), [{ ...other.log, logId: log.log.logId }])).toBe(bad);
    const renamed = sct();
    other.id.copy(renamed, 1);
    expect(await check(sctList(renamed), [log.log, other.log])).toBe(bad);
  });

  test.each([
    ['of version 2', () => sctList(sct(log, { version: 1 }))],
    ['cut short', () => sctList(sct().subarray(0, 46))],
    ['cut in the signature', () => sctList(sct().subarray(0, -1))],
    ['with a byte behind it', () => sctList(sct(log, { behind: Buffer.of(0) }))],
    ['that is empty', () => sctList(Buffer.alloc(0))],
    [
      'of a time beyond all calendars',
      () => {
        const late = sct();
        late.fill(0xff, 33, 41);
        return sctList(late);
      },
    ],
    [
      'whose extensions reach past it',
      () => {
        const long = sct();
        long.fill(0xff, 41, 43);
        return sctList(long);
      },
    ],
    ['in a list with a byte behind it', () => octets(Buffer.concat([vector(vector(sct())), Buffer.of(0)]))],
    ['in a list shorter than its length', () => octets(vector(vector(sct())).subarray(0, -1))],
    [
      'in a list that ends before it does',
      () => octets(vector(Buffer.concat([u16(sct().length + 5), sct()]))),
    ],
    ['in a list of half a length', () => octets(vector(Buffer.of(0)))],
    ['in a list that is no octet string', () => vector(vector(sct()))],
    ['in an empty extension', () => new Uint8Array(0)],
    ['in an empty octet string', () => octets(new Uint8Array(0))],
  ])('are refused %s', async (_, list) => {
    expect(await check(list())).toBe('invalid malformed');
  });

  test.each([
    ['no hash', { hash: 0 }],
    ['MD5', { hash: 1 }],
    ['SHA-1', { hash: 2 }],
    ['DSA', { algorithm: 2 }],
    ['an anonymous signature', { algorithm: 0 }],
  ])('with %s are not covered', async (_, options) => {
    expect(await check(sctList(sct(log, options)))).toBe('uncovered algorithm-unsupported');
  });

  test('are bounded in number', async () => {
    expect(await check(sctList(...Array.from({ length: 16 }, () => sct())))).toBe('verified');
    expect(await check(sctList(...Array.from({ length: 17 }, () => sct())))).toBe('invalid limit-exceeded');
  });
});
