import { expect, test } from 'vitest';
import { preAuthEncoding } from '../../src/sigstore/dsse.ts';

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

test.each([
  // The example of the DSSE protocol, v1.0.0.
  ['http://example.com/HelloWorld', 'hello world', 'DSSEv1 29 http://example.com/HelloWorld 11 hello world'],
  ['', '', 'DSSEv1 0  0 '],
  ['a', ' ', 'DSSEv1 1 a 1  '],
  // Lengths count bytes, not characters.
  ['größe', '日本', 'DSSEv1 7 größe 6 日本'],
])('%j with %j', (type, payload, encoded) => {
  expect(text(preAuthEncoding(type, Buffer.from(payload)))).toBe(encoded);
});

test('no two pairs share an encoding, however the border is shifted', () => {
  const pairs: [string, string][] = [
    ['a b', 'c'],
    ['a', 'b c'],
    ['a 3 b', ' c'],
    ['a', ' 3 b c'],
    ['a 1 b', ''],
    ['a', '1 b'],
  ];
  const encodings = pairs.map(([type, payload]) => text(preAuthEncoding(type, Buffer.from(payload))));
  expect(new Set(encodings).size).toBe(pairs.length);
});

test('a payload of arbitrary bytes is kept as it is', () => {
  const payload = Uint8Array.from({ length: 256 }, (_, i) => i);
  expect(Buffer.from(preAuthEncoding('t', payload)).subarray(-256).equals(payload)).toBe(true);
});
