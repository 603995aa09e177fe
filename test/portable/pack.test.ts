import { createHash, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pack, unpack } from '../../src/portable/pack.ts';

const utf8 = (text: string): Buffer => Buffer.from(text);
const base64 = (data: string | Uint8Array): string => Buffer.from(data).toString('base64');
const noise = (length: number): Buffer =>
  Buffer.concat(
    Array.from({ length: Math.ceil(length / 32) }, (_, i) => createHash('sha256').update(`${i}`).digest()),
  ).subarray(0, length);

function roundTrip(text: Uint8Array): Uint8Array {
  return unpack(pack(text), text.length);
}

const pem = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({
  type: 'spki',
  format: 'pem',
}) as string;

describe('packed text', () => {
  it.each([
    ['nothing', ''],
    ['plain text', '{"name":"left-pad"}\n'],
    ['base64', JSON.stringify({ sig: base64(noise(71)) })],
    ['base64 of text', JSON.stringify({ payload: base64('{"_type":"statement"}') })],
    ['base64 within base64', JSON.stringify({ body: base64(JSON.stringify({ verifier: base64(pem) })) })],
    ['hex', JSON.stringify({ sha512: noise(64).toString('hex') })],
    ['upper-case hex', JSON.stringify({ sha512: noise(64).toString('hex').toUpperCase() })],
    ['hex of odd length', noise(33).toString('hex').slice(1)],
    ['PEM', pem],
    ['PEM that ends on a whole line', `${base64(noise(96)).replace(/.{64}/g, '$&\n')}`],
    ['PEM without its last line feed', pem.trimEnd()],
    ['PEM with a last line that is none', `${base64(noise(96)).replace(/.{64}/g, '$&\n')}AAB\n`],
    ['PEM with a last line of odd bits', `${base64(noise(96)).replace(/.{64}/g, '$&\n')}AB==\n`],
    ['PEM with a long last line', `${base64(noise(48))}\n${'A'.repeat(63)}=\n${'B'.repeat(62)}==\n`],
    ['many lines that are nearly PEM', base64(`{${`${base64(noise(48))}\n`.repeat(60_000)}AAB\n`)],
    ['PEM with CRLF', pem.replaceAll('\n', '\r\n')],
    ['base64 behind an escaped line feed', JSON.stringify({ envelope: `log\n12\n${base64(noise(32))}\n\n` })],
    ['base64 with bits that mean nothing', 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAaB=='],
    ['base64 that is not padded', base64(noise(71)).replace(/=+$/, '')],
    ['base64 for URLs', noise(71).toString('base64url')],
    ['a path that could be base64', 'github.com/Owner/Repository/blob/main/src/abcdefgh'],
    ['text in UTF-8', `— café ${base64(noise(40))} ☃`],
    ['control characters inside base64', base64(Buffer.concat([utf8('{'), noise(60)]))],
    ['marks inside base64', base64('{'.padEnd(40, '\u0002'))],
  ])('%s comes back as it was', (_what, text) => {
    expect(Buffer.from(roundTrip(utf8(text))).toString()).toBe(text);
  });

  it('takes base64, hex and PEM apart, and the text inside', () => {
    const raw = noise(300);
    const size = (text: string): number => pack(utf8(text)).length;
    expect(size(base64(raw))).toBeLessThan(300 + 10);
    expect(size(raw.subarray(0, 64).toString('hex'))).toBeLessThan(64 + 10);
    expect(size(base64(`{${base64(raw)}`))).toBeLessThan(300 + 16);
    expect(Buffer.from(pack(utf8(base64('{"statement":"of some length"}')))).toString()).toContain(
      'of some length',
    );
    expect(size(pem)).toBeLessThan(pem.length - 30);
  });

  it('brings back any text', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.uint8Array({ minLength: 10, maxLength: 80 }).map((bytes) => base64(bytes)),
      fc.uint8Array({ minLength: 10, maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('hex')),
      fc.base64String(),
    );
    const nested = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value')).map((items) => JSON.stringify(items)),
        tie('value').map((text) => base64(`{${text}`)),
      ),
    })).value;
    fc.assert(
      fc.property(nested, (value) => {
        const text = utf8(`${JSON.stringify({ value })}\n`);
        expect(Buffer.compare(roundTrip(text), text)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['nothing at all', []],
    ['a length that is cut off', [0x80]],
    ['a length without end', [0xff, 0xff, 0xff, 0xff, 0xff]],
    ['text that is cut off', [5, 0x61]],
    ['data that belongs nowhere', [1, 0x61, 0x62]],
    ['data that is cut off', [2, 3, 4, 0x61]],
    ['an unknown mark', [2, 6, 0]],
    ['a zero byte', [1, 0]],
    ['base64 that does not end', [2, 1, 0x61]],
    ['an end without a beginning', [1, 2]],
    ['base64 too deep', [10, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2]],
    ['base64 of nothing', [2, 1, 2]],
    ['base64 of hardly anything', [17, 1, ...utf8('a'.repeat(15)), 2]],
    ['data of no bytes', [2, 3, 0]],
    ['data of hardly any bytes', [2, 5, 15, ...utf8('a'.repeat(15))]],
  ])('refuses %s', (_what, bytes) => {
    expect(() => unpack(Uint8Array.from(bytes), 1000)).toThrow(
      expect.objectContaining({ code: 'malformed' }),
    );
  });

  it('never makes more than it may', () => {
    const packed = pack(utf8(base64(noise(300))));
    expect(() => unpack(packed, 399)).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
    expect(unpack(packed, 400)).toHaveLength(400);
  });

  it('fails on any damage with a code, or makes some bounded text', () => {
    const packed = pack(
      utf8(JSON.stringify({ a: base64('{"b":"cccccccccccccccccccc"}'), d: base64(noise(71)) })),
    );
    fc.assert(
      fc.property(fc.nat(packed.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const damaged = Uint8Array.from(packed);
        damaged[at] = byte;
        try {
          expect(unpack(damaged, 1000).length).toBeLessThanOrEqual(1000);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^(?:malformed|limit-exceeded)$/) });
        }
      }),
    );
  });
});
