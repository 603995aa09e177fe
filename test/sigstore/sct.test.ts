import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { importKey } from '../../src/sigstore/keys.ts';
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
const check = (
  list: Uint8Array,
  logs: readonly LogAuthority[] = [log.log],
  spki: Uint8Array = issuerSpki,
  demanded = 1,
) => codeOfAsync(() => verifyScts(leafWith(list), spki, logs, demanded));

describe('signed certificate timestamps', () => {
  test('that hold name the logs', async () => {
    const fact = (ct: CtLog, time = NOW) => ({ logId: ct.log.logId, baseUrl: 'https://ct.example', time });
    expect(await verifyScts(leafWith(sctList(sct())), issuerSpki, [log.log], 1)).toEqual([fact(log)]);
    const three = sctList(sct(), sct(other), sct(log, { time: NOW + 5 }));
    expect(await verifyScts(leafWith(three), issuerSpki, [log.log, other.log], 1)).toEqual([
      fact(log),
      fact(other),
      fact(log, NOW + 5),
    ]);
  });

  test('cover their own extensions, and may use another hash', async () => {
    expect(await check(sctList(sct(log, { extensions: Buffer.from('abc') })))).toBe('verified');
    expect(await check(sctList(sct(log, { hash: 5 })))).toBe('verified');
    expect(await check(sctList(sct(log, { hash: 6 })))).toBe('verified');
  });

  test('must be there', async () => {
    const bare = parseCertificate(forge({ extensions }));
    expect(await codeOfAsync(() => verifyScts(bare, issuerSpki, [log.log], 1))).toBe('invalid sct-absent');
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
    expect(await during(NOW + 1, undefined)).toBe('invalid sct-log-time');
    expect(await during(0, NOW - 1)).toBe('invalid sct-log-time');
    const late = { ...log.log, validFor: { start: NOW + 1, end: NOW + 9 } };
    await expect(verifyScts(leafWith(sctList(sct())), issuerSpki, [late], 1)).rejects.toMatchObject({
      args: {
        logId: log.log.logId,
        time: '2026-01-15T12:00:00.000Z',
        starts: '2026-01-15T12:00:00.001Z',
        expires: '2026-01-15T12:00:00.009Z',
      },
    });
    // Bad or good, it counts for nothing then.
    const retired = { ...other.log, validFor: { start: 0, end: NOW - 1 } };
    expect(await check(sctList(sct(other, { breakIt: true }), sct()), [log.log, retired])).toBe('verified');
  });

  test('of a log listed with several periods are judged by the one that fits', async () => {
    const early = { ...log.log, validFor: { start: 0, end: NOW - 1 } };
    expect(await check(sctList(sct()), [early, log.log])).toBe('verified');
    // Or, where two fit, by either key.
    const second = { ...other.log, logId: log.log.logId };
    expect(await check(sctList(sct()), [second, log.log])).toBe('verified');
    expect(await check(sctList(sct()), [second, early])).toBe('invalid sct-invalid');
  });

  test('are demanded of so many operators, not of so many logs or lines', async () => {
    const both = sctList(sct(), sct(other));
    const logs = [log.log, other.log];
    expect(await check(both, logs, issuerSpki, 2)).toBe('verified');
    expect(await check(both, logs, issuerSpki, 3)).toBe('invalid sct-threshold');
    const one = logs.map((entry) => ({ ...entry, operator: 'one' }));
    expect(await check(both, one, issuerSpki, 1)).toBe('verified');
    expect(await check(both, one, issuerSpki, 2)).toBe('invalid sct-threshold');
    expect(await check(sctList(sct(), sct()), logs, issuerSpki, 2)).toBe('invalid sct-threshold');
    // The second is unknown, and so is whoever runs it.
    expect(await check(both, [log.log], issuerSpki, 2)).toBe('invalid sct-threshold');
    await expect(verifyScts(leafWith(both), issuerSpki, one, 2)).rejects.toMatchObject({
      args: { expected: 2, actual: 1 },
    });
  });

  test('need not be there where none are demanded, but a bad one of a trusted log is refused', async () => {
    const bare = parseCertificate(forge({ extensions }));
    expect(await verifyScts(bare, issuerSpki, [log.log], 0)).toEqual([]);
    expect(await check(sctList(), [log.log], issuerSpki, 0)).toBe('verified');
    expect(await check(sctList(sct(other)), [log.log], issuerSpki, 0)).toBe('verified');
    expect(await check(sctList(sct(log, { breakIt: true })), [log.log], issuerSpki, 0)).toBe(
      'invalid sct-invalid',
    );
    expect(await check(octets(new Uint8Array(0)), [log.log], issuerSpki, 0)).toBe('invalid malformed');
  });

  test('are of the kind that the key of the log makes', async () => {
    // The key is on a curve, the timestamp says RSA.
    expect(await check(sctList(sct(log, { algorithm: 1 })))).toBe('invalid sct-invalid');
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const spki = rsa.publicKey.export({ type: 'spki', format: 'der' });
    const id = createHash('sha256').update(spki).digest();
    const rsaLog: CtLog = {
      key: rsa.privateKey,
      id,
      log: { ...log.log, logId: id.toString('hex'), key: importKey(spki, 'log') },
    };
    expect(await check(sctList(sct(rsaLog, { algorithm: 1 })), [rsaLog.log])).toBe('verified');
    expect(await check(sctList(sct(rsaLog, { algorithm: 3 })), [rsaLog.log])).toBe('invalid sct-invalid');
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

  test('of unknown logs may be of any algorithm', async () => {
    expect(await check(sctList(sct(other, { hash: 8, algorithm: 7 }), sct()))).toBe('verified');
  });

  test.each([1, 255])('of version byte %i are not covered', async (version) => {
    expect(await check(sctList(sct(log, { version })))).toBe('uncovered format-unsupported');
    expect(await check(sctList(sct(), sct(other, { version })))).toBe('uncovered format-unsupported');
  });

  test('are bounded in number', async () => {
    expect(await check(sctList(...Array.from({ length: 16 }, () => sct())))).toBe('verified');
    expect(await check(sctList(...Array.from({ length: 17 }, () => sct())))).toBe('invalid limit-exceeded');
  });
});
