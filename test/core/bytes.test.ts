import { expect, test } from 'vitest';
import { bigEndian, concatBytes, hex, sameBytes, sha256, utf8 } from '../../src/core/bytes.ts';

test('sha256 of parts is that of the whole (FIPS 180-4 example)', () => {
  expect(hex(sha256(utf8('a'), utf8('bc')))).toBe(
    'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  );
});

test('hex reads a view, not the buffer behind it', () => {
  expect(hex(Uint8Array.from([1, 2, 255, 4]).subarray(1, 3))).toBe('02ff');
});

test.each([
  [[], [], true],
  [[1, 2], [1, 2], true],
  [[1, 2], [1, 3], false],
  [[1, 2], [1, 2, 0], false],
  [[], [0], false],
])('%j and %j: %s', (a, b, same) => {
  expect(sameBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(same);
});

test('joins and reads big-endian', () => {
  expect([...concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2))]).toEqual([1, 2]);
  expect(bigEndian(Uint8Array.of())).toBe(0n);
  expect(bigEndian(Uint8Array.of(0, 1, 0))).toBe(256n);
  expect(bigEndian(new Uint8Array(9).fill(255))).toBe(2n ** 72n - 1n);
});
