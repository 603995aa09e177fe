import { describe, expect, test } from 'vitest';
import { asArray, asObject, asString, member, optionalString, parseJson } from '../../src/core/json.ts';
import { limits } from '../../src/core/limits.ts';
import { codeOf } from '../support/failing.ts';

const MAX = 1_000_000;
const parse = (text: string | Uint8Array) =>
  parseJson(typeof text === 'string' ? Buffer.from(text) : text, 'document', MAX);

describe('strict JSON', () => {
  test.each([
    ['null', null],
    ['true', true],
    ['-0', -0],
    ['1e3', 1000],
    ['" \\u0041\\n"', ' A\n'],
    ['{}', {}],
    ['[]', []],
    ['{"a":{"a":1},"b":[{"a":2},{"a":3}]}', { a: { a: 1 }, b: [{ a: 2 }, { a: 3 }] }],
    ['{"a:b":"c:d","e":":\\":"}', { 'a:b': 'c:d', e: ':":' }],
    ['{"a":"\\\\"}', { a: '\\' }],
    ['{"a":"\\\\\\"","b":1}', { a: '\\"', b: 1 }],
    [' \t\r\n{ "a" : 1 } ', { a: 1 }],
  ])('reads %s', (text, value) => {
    expect(parse(text)).toEqual(value);
  });

  test.each([
    ['plainly', '{"a":1,"a":1}'],
    ['apart', '{"a":1,"b":2,"a":3}'],
    ['spelled with an escape', '{"a":1,"\\u0061":2}'],
    ['spelled with two escapes', '{"\\u0061":1,"\\u0061":2}'],
    ['nested', '{"x":[{"y":{"a":1,"a":2}}]}'],
    ['with an object that is dropped', '{"a":{"b":1,"c":2},"a":1}'],
    ['as __proto__', '{"__proto__":1,"__proto__":2}'],
    ['as an empty key', '{"":1,"":2}'],
    ['with colons inside strings around it', '{":":":","a":":","a":":"}'],
    ['as integer-like keys', '{"1":1,"1":2}'],
  ])('refuses a key that is there twice: %s', (_, text) => {
    expect(codeOf(() => parse(text))).toBe('invalid malformed');
  });

  test('takes keys that only look alike', () => {
    expect(Object.keys(parse('{"a":1,"A":2,"a ":3,"\\u0430":4}') as object)).toHaveLength(4);
  });

  test.each([
    ['nothing', ''],
    ['white space', ' '],
    ['a trailing comma', '{"a":1,}'],
    ['a comment', '{"a":1}//'],
    ['two documents', '{}{}'],
    ['an open string', '{"a":"b'],
    ['an open string after an escape', '"\\"'],
    ['single quotes', "{'a':1}"],
    ['NaN', 'NaN'],
    ['a leading zero', '01'],
    ['a leading plus', '+1'],
    ['a bare point', '1.'],
    ['hexadecimal', '0x10'],
    ['a raw control character', '"\u0001"'],
    ['an unknown escape', '"\\x41"'],
    ['a stray closing bracket', ']'],
    ['a byte order mark', '\ufeff{}'],
    ['another white space', '\u00a0{}'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parse(text))).toBe('invalid malformed');
  });

  test.each([
    ['a lone continuation byte', [0x22, 0x80, 0x22]],
    ['an overlong slash', [0x22, 0xc0, 0xaf, 0x22]],
    ['a surrogate in UTF-8', [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ['a cut sequence', [0x22, 0xe2, 0x82, 0x22]],
    ['beyond Unicode', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('refuses bytes that are not UTF-8: %s', (_, bytes) => {
    expect(codeOf(() => parse(Uint8Array.from(bytes)))).toBe('invalid malformed');
  });

  test('keeps an escaped lone surrogate as it is: registries serve descriptions cut in the middle of one', () => {
    expect(parse('"\\ud83d"')).toBe('\ud83d');
  });

  test('bounds the nesting before it recurses', () => {
    const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(codeOf(() => parse(nested(limits.jsonDepthMax)))).toBe('verified');
    expect(codeOf(() => parse(nested(limits.jsonDepthMax + 1)))).toBe('invalid limit-exceeded');
    expect(codeOf(() => parse('[{"a":'.repeat(100_000)))).toBe('invalid limit-exceeded');
    expect(codeOf(() => parse(`"${'['.repeat(1000)}"`))).toBe('verified');
  });

  test('bounds the bytes, not the characters', () => {
    const bytes = Buffer.from('"é"');
    expect(codeOf(() => parseJson(bytes, 'document', 4))).toBe('verified');
    expect(codeOf(() => parseJson(bytes, 'document', 3))).toBe('invalid limit-exceeded');
  });

  test('is linear in quotes and backslashes', () => {
    expect(codeOf(() => parse(`"${'\\"'.repeat(400_000)}"`))).toBe('verified');
    expect(codeOf(() => parse(`"${'\\\\'.repeat(400_000)}"`))).toBe('verified');
    expect(codeOf(() => parse(`"${'\\\\'.repeat(400_000)}\\"`))).toBe('invalid malformed');
  });
});

describe('members', () => {
  test('are own ones: nothing is inherited and __proto__ is a plain key', () => {
    const plain = asObject(parse('{}'), 'document');
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      expect(member(plain, key)).toBeUndefined();
    const named = asObject(parse('{"__proto__":{"polluted":true},"constructor":"x"}'), 'document');
    expect(member(named, '__proto__')).toEqual({ polluted: true });
    expect(member(named, 'constructor')).toBe('x');
    expect(member(named, 'polluted')).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test('that are null count as absent, false and empty ones do not', () => {
    const object = asObject(parse('{"n":null,"f":false,"e":"","z":0}'), 'document');
    expect(['n', 'f', 'e', 'z', 'x'].map((key) => member(object, key))).toEqual([
      undefined,
      false,
      '',
      0,
      undefined,
    ]);
  });
});

describe('typed readers', () => {
  test.each([
    ['an object for a list', () => asArray({}, 'x', 9)],
    ['nothing for a list', () => asArray(undefined, 'x', 9)],
    ['a string for a list', () => asArray('abc', 'x', 9)],
    ['a list for an object', () => asObject([], 'x')],
    ['null for an object', () => asObject(null, 'x')],
    ['nothing for an object', () => asObject(undefined, 'x')],
    ['a number for a string', () => asString(1, 'x')],
    ['nothing for a string', () => asString(undefined, 'x')],
  ])('refuse %s', (_, run) => {
    expect(codeOf(run)).toBe('invalid malformed');
  });

  test('bound the length of a list', () => {
    expect(codeOf(() => asArray([1, 2], 'x', 2))).toBe('verified');
    expect(codeOf(() => asArray([1, 2, 3], 'x', 2))).toBe('invalid limit-exceeded');
  });

  test('take another type for no optional string', () => {
    expect([optionalString('a'), optionalString(1), optionalString(undefined)]).toEqual([
      'a',
      undefined,
      undefined,
    ]);
  });
});
