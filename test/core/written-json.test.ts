import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { MalformedError } from '../../src/core/errors.ts';
import { parseJsonText } from '../../src/core/json.ts';
import { parseAsWritten, parseWrittenJson } from '../../src/core/written-json.ts';
import { trees } from '../tree/helpers.ts';

const lock = { lockfileVersion: 3, packages: { '': {}, 'node_modules/a': { os: ['linux'], engines: {} } } };
const written = (indent: string | number): string => JSON.stringify(lock, null, indent);

test.each([
  ['two spaces', written(2)],
  ['and a line end', `${written(2)}\n`],
  ['four spaces', written(4)],
  ['tabs', `${written('\t')}\n`],
  ['brackets inside strings', `${JSON.stringify({ a: '[{"[{' }, null, 2)}\n`],
])('taken as npm writes it: %s', (_name, text) => {
  expect(parseAsWritten(text)).toEqual(JSON.parse(text));
});

test('the lockfile of a real project is taken as it is written', () => {
  const text = readFileSync(path.join(trees, 'real/npm/package-lock.json'), 'utf8');
  expect(parseAsWritten(text)).toEqual(JSON.parse(text));
});

const nested = (levels: number): string => {
  let value: unknown = 'x';
  for (let i = 0; i < levels; i++) value = { a: value };
  return JSON.stringify(value, null, 2);
};

test.each([
  ['the same key twice', '{\n  "a": 1,\n  "a": 1\n}'],
  ['the same key twice, once escaped', '{\n  "a": 1,\n  "\\u0061": 1\n}'],
  ['the same key twice further down', '{\n  "b": {\n    "a": 1,\n    "a": 1\n  }\n}\n'],
  ['64 levels', nested(65)],
  ['no indentation', JSON.stringify(lock)],
  ['Windows line ends', written(2).replaceAll('\n', '\r\n')],
  ['a space too many', `${written(2)} `],
  ['a second line end', `${written(2)}\n\n`],
  ['a number of another spelling', '{\n  "a": 1.0\n}'],
  ['an escape that need not be', '{\n  "a": "\\/"\n}'],
  ['keys in an order that JavaScript changes', '{\n  "b": 1,\n  "1": 1\n}'],
  ['a list', '[\n  1\n]'],
  ['truncated', written(2).slice(0, -1)],
  ['nested to the end', `{\n  "a": ${'['.repeat(2_000_000)}`],
])('left to be gone through token by token: %s', (_name, text) => {
  expect(parseAsWritten(text)).toBeUndefined();
});

test('__proto__ is a key like any other', () => {
  const text = '{\n  "__proto__": {\n    "a": 1\n  }\n}';
  const value = parseAsWritten(text) as object;
  expect(Object.keys(value)).toEqual(['__proto__']);
  expect(parseAsWritten(text.replace('"a": 1', '"a": 1,\n    "a": 1'))).toBeUndefined();
});

test('a long text is parsed in a realm of its own, and as strictly', () => {
  const packages = Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`a${i}`, { [`b${i}`]: '1' }]));
  const text = `${JSON.stringify({ packages }, null, 2)}\n`;
  for (const long of [text, text.replaceAll('\n', '\r\n')]) {
    const value = parseWrittenJson(long, 'lockfile') as object;
    expect(JSON.stringify(value)).toBe(JSON.stringify({ packages }));
    expect(value instanceof Object).toBe(false);
    const twice = long.replace('"a8999"', '"a8998"');
    expect(() => parseWrittenJson(twice, 'lockfile')).toThrow(MalformedError);
    expect(() => parseWrittenJson(long.slice(0, -4), 'lockfile')).toThrow(MalformedError);
  }
  expect((parseWrittenJson(written(2), 'lockfile') as object) instanceof Object).toBe(true);
});

test('never another answer than token by token', () => {
  const outcome = (parse: () => unknown): unknown => {
    try {
      return JSON.stringify(parse());
    } catch (error) {
      return String(error);
    }
  };
  const edits = fc.array(
    fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom('', '"', ',', '\n', ' ', '{', '}', '"a": 1,\n', '1')),
    { maxLength: 2 },
  );
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', '1'), fc.jsonValue()), edits, (value, changes) => {
      let text = `${JSON.stringify(value, null, 2)}\n`;
      for (const [at, length, put] of changes) {
        const start = at % text.length;
        text = text.slice(0, start) + put + text.slice(start + length);
      }
      expect(outcome(() => parseWrittenJson(text, 'lockfile'))).toBe(
        outcome(() => parseJsonText(text, 'lockfile')),
      );
    }),
    { numRuns: 1000 },
  );
});
