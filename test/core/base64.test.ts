import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/core/base64.ts';
import { codeOf } from '../support/failing.ts';

describe('base64', () => {
  // RFC 4648 section 10.
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j and %j are the same', (text, encoded) => {
    expect(Buffer.from(decodeBase64(encoded, 'x')).toString()).toBe(text);
    expect(encodeBase64(Buffer.from(text))).toBe(encoded);
  });

  test.each([
    ['no padding', 'Zg'],
    ['half the padding', 'Zg='],
    ['too much padding', 'Zm9v===='],
    ['padding alone', '===='],
    ['padding inside', 'Zg==Zg=='],
    ['non-zero pad bits before ==', 'Zh=='],
    ['non-zero pad bits before =', 'Zm9='],
    ['a newline at the end', 'Zm9v\n'],
    ['a newline inside', 'Zm9v\nYmFy'],
    ['a blank', 'Zm9v Zm9'],
    ['a leading blank', ' Zm9v'],
    ['the url alphabet', '_-8='],
    ['a character outside', 'Zm9*'],
    ['a NUL', 'Zm9\0'],
    ['a letter that looks like one', 'Zm9\u0475'],
    ['a full-width letter', '\uff3am9v'],
    ['one character', 'Z'],
    ['a data URL', 'data:;base64,Zm9v'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => decodeBase64(text, 'x'))).toBe('invalid malformed');
  });

  test('reads what is as long as the largest download, and refuses it broken, without running out of stack', () => {
    const long = 'A'.repeat(16_000_000);
    expect(decodeBase64(long, 'x')).toHaveLength(12_000_000);
    expect(codeOf(() => decodeBase64(`${long}!AAA`, 'x'))).toBe('invalid malformed');
  });

  test('encodes a view, not the buffer behind it', () => {
    expect(encodeBase64(Uint8Array.from([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM=');
  });
});
