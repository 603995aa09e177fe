import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/core/base64.ts';
import { parseDer } from '../../src/core/der.ts';
import { type JsonValue, parseJson } from '../../src/core/json.ts';
import { printable } from '../../src/core/text.ts';
import { parseCertificate } from '../../src/sigstore/certificate.ts';
import { parseCheckpoint } from '../../src/sigstore/checkpoint.ts';
import { preAuthEncoding } from '../../src/sigstore/dsse.ts';
import { importKey } from '../../src/sigstore/keys.ts';
import { flipBit, makeWorld, NOW } from '../sigstore/world.ts';
import { codeOf } from '../support/failing.ts';

const SEED = { seed: 20260115 };
const world = makeWorld(23);

describe('decoders', () => {
  test('base64 takes what it makes, and nothing else for the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.string({ maxLength: 12 }), (bytes, text) => {
        expect([...decodeBase64(encodeBase64(bytes), 'x')]).toEqual([...bytes]);
        if (codeOf(() => decodeBase64(text, 'x')) === 'verified')
          expect(encodeBase64(decodeBase64(text, 'x'))).toBe(text);
      }),
      { ...SEED, numRuns: 400 },
    );
  });

  test('JSON is read as JSON.parse reads it, or refused', () => {
    const roundTrip = (value: unknown) => parseJson(Buffer.from(JSON.stringify(value)), 'x', 1e6);
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.nat({ max: 3 }), (value, indent) => {
        expect(roundTrip(value)).toEqual(JSON.parse(JSON.stringify(value)) as JsonValue);
        const spaced = JSON.stringify(value, null, indent);
        expect(parseJson(Buffer.from(spaced), 'x', 1e6)).toEqual(JSON.parse(spaced) as JsonValue);
      }),
      { ...SEED, numRuns: 300 },
    );
  });

  test('a doubled member is refused wherever it stands', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1, maxKeys: 4 }),
        fc.nat(),
        (object, which) => {
          const keys = Object.keys(object);
          const key = keys[which % keys.length]!;
          const text = JSON.stringify(object);
          const escaped = [...key]
            .map((c) =>
              [...Array(c.length).keys()]
                .map((i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`)
                .join(''),
            )
            .join('');
          const doubled = `{"${escaped}":1,${text.slice(1)}`;
          expect(codeOf(() => parseJson(Buffer.from(doubled), 'x', 1e6))).toBe('invalid malformed');
        },
      ),
      { ...SEED, numRuns: 200 },
    );
  });

  test('random bytes are refused by every reader, and crash none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes) => {
        for (const read of [
          () => parseDer(bytes, 'x'),
          () => parseCertificate(bytes),
          () => importKey(bytes, 'x'),
          () => parseJson(bytes, 'x', 1000),
          () => parseCheckpoint(Buffer.from(bytes).toString('latin1')),
        ])
          expect(codeOf(read)).toMatch(/^(verified|invalid|uncovered)/);
      }),
      { ...SEED, numRuns: 400 },
    );
  });

  test('a certificate with any bit flipped is another certificate, or none', () => {
    const { der } = world.sigstore.leafCert(world.identity, NOW);
    const sound = parseCertificate(der);
    fc.assert(
      fc.property(fc.nat({ max: der.length * 8 - 1 }), (bit) => {
        const flipped = flipBit(der, bit);
        if (codeOf(() => parseCertificate(flipped)) !== 'verified') return;
        const read = parseCertificate(flipped);
        const same =
          Buffer.compare(read.tbs, sound.tbs) === 0 && Buffer.compare(read.signature, sound.signature) === 0;
        expect(same).toBe(false);
      }),
      { ...SEED, numRuns: 400 },
    );
  });

  test('no two envelopes share a pre-authentication encoding', () => {
    const envelope = fc.tuple(fc.string({ maxLength: 6 }), fc.uint8Array({ maxLength: 6 }));
    fc.assert(
      fc.property(envelope, envelope, ([a, x], [b, y]) => {
        const same = a === b && Buffer.compare(x, y) === 0;
        expect(Buffer.compare(preAuthEncoding(a, x), preAuthEncoding(b, y)) === 0).toBe(same);
      }),
      { ...SEED, numRuns: 400 },
    );
  });

  test('printable text holds no control characters, and is never longer than allowed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 4, max: 40 }),
        (text, max) => {
          const shown = printable(text, max);
          expect(shown).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
          expect(shown.length).toBeLessThanOrEqual(max);
          expect(shown).not.toMatch(/\p{Surrogate}/u);
        },
      ),
      { ...SEED, numRuns: 400 },
    );
  });
});
