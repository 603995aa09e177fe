import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Baseline } from '../../src/policy/types.ts';
import { formatLock, lockOf, lockText } from '../../src/report/lock.ts';
import { piecesOf } from '../../src/report/lock-pieces.ts';
import { readLock, readRecorded } from '../../src/report/lock-read.ts';
import { attested, bare, finding, sample, signedOnly } from './samples.ts';

const verdicts = [attested('a'), signedOnly('@b/c', '2.0.0'), bare('d')];
const told = { findings: [finding('trust-root-stale', 'warn')] };
const baseline: Baseline = new Map([
  ['a@1', { provenance: { sourceRepository: 'https://x.example/a', workflow: '}\n  "packages": {' } }],
  ['d@1', { provenance: undefined }],
]);
const lock = lockOf(sample(verdicts, told), baseline);
const good = formatLock(lock);
const first = '    "pkg:npm/';

type Outcome = { readonly kept: unknown } | { readonly refused: unknown };

function outcome(read: () => Pick<ReturnType<typeof readLock>, 'baseline' | 'coverage'>): Outcome {
  try {
    const { baseline, coverage } = read();
    return { kept: [[...baseline], coverage] };
  } catch (error) {
    const { message, code, hint } = error as Error & { code: string; hint: string };
    return { refused: [message, code, hint] };
  }
}

/** What is kept of a text, the same whether its packages were looked at one by one or all at once. */
function recorded(text: string): Outcome {
  const bytes = Buffer.from(text);
  const found = outcome(() => readRecorded(bytes, 'x.json'));
  expect(found).toEqual(outcome(() => readLock(bytes, 'x.json')));
  return found;
}

describe('what later runs are held to', () => {
  test('is taken from the layout that is written, package by package', () => {
    const packages = [...piecesOf(good)!.packages].map((text) => Object.keys(JSON.parse(text)));
    expect(packages).toEqual([...lock.packages.keys()].sort().map((key) => [key]));
    expect(recorded(good)).toHaveProperty('kept');
  });

  test.each([
    ['on one line', JSON.stringify(JSON.parse(good))],
    ['with Windows line ends', good.replaceAll('\n', '\r\n')],
    ['with tabs', JSON.stringify(JSON.parse(good), null, '\t')],
    ['without packages', formatLock(lockOf(sample([]), baseline))],
    ['with two packages on one line', good.replace(/\},\n {4}"pkg:npm\/a/, '}, "pkg:npm/a')],
    [
      'with the packages last',
      good.replace(/( {2}"packages": \{\n.*?\n {2}\}),\n(.*)\n\}\n$/s, '$2,\n$1\n}\n'),
    ],
    ['with blank lines', good.replace(first, `\n  \n${first}`)],
  ])('is the same in another layout: %s', (_, text) => {
    expect(recorded(text)).toEqual(recorded(good));
  });

  test.each<[string, (text: string) => string]>([
    ['the same package twice', (text) => text.replace(/( {4}"pkg:npm\/a.*?\n {4}\},\n)/s, '$1$1')],
    [
      'the same package twice, once escaped',
      (text) => text.replace(/( {4}"pkg:npm\/a)(.*?\n {4}\},\n)/s, '$1$2    "pkg:npm\\u002fa$2'),
    ],
    ['no comma between packages', (text) => text.replace('},\n    "pkg:', '}\n    "pkg:')],
    ['two commas between packages', (text) => text.replace('},\n    "pkg:', '},,\n    "pkg:')],
    [
      'a comma behind the last package',
      (text) => text.replace('    }\n  },\n  "policy"', '    },\n  },\n  "policy"'),
    ],
    ['a comma before the first package', (text) => text.replace('"packages": {\n', '"packages": {\n,')],
    ['a package that is none', (text) => text.replace('"source": "registry"', '"source": "magic"')],
    [
      'a stray key of a package',
      (text) => text.replace('"source": "registry"', '"source": "registry",\n      "x": 1'),
    ],
    ['packages that end early', (text) => text.replace('},\n    "pkg:', '}\n  },\n    "pkg:')],
    ['packages a second time', (text) => text.replace('  "policy"', '  "packages": {},\n  "policy"')],
    [
      'packages in another place',
      (text) => text.replace('\n  "packages": {', '\n  "counts": {\n  "packages": {'),
    ],
    ['another key', (text) => text.replace('\n  "packages"', '\n  "Packages"')],
    ['another version', (text) => text.replace('"version": 1', '"version": 2')],
    ['a broken baseline', (text) => text.replace('"sourceRepository"', '"source"')],
    ['nothing behind the packages', (text) => text.slice(0, text.indexOf('  "policy"'))],
  ])('is not taken from a report with %s', (_, change) => {
    expect(change(good)).not.toBe(good);
    expect(recorded(change(good))).toHaveProperty('refused');
  });

  test('is never anything else than in a report that is read whole', () => {
    const edits = fc.array(
      fc.tuple(
        fc.nat(good.length),
        fc.nat(40),
        fc.constantFrom(
          '',
          '"',
          ',',
          '\n',
          ' ',
          '{',
          '}',
          '\n  }',
          '\n    "',
          '\n  "packages": {\n',
          '"a": 1,\n',
        ),
      ),
      { minLength: 1, maxLength: 2 },
    );
    fc.assert(
      fc.property(edits, (changes) => {
        let text = good;
        for (const [at, length, put] of changes) text = text.slice(0, at) + put + text.slice(at + length);
        recorded(text);
      }),
      { numRuns: 500 },
    );
  });
});

test('a report comes in pieces, each made when its turn comes', () => {
  const many = Array.from({ length: 300 }, (_, i) => attested(`p${i}`));
  const long = lockOf(sample(many), new Map());
  const asked: string[] = [];
  const get = (key: string) => (asked.push(key) > 0 ? long.packages.get(key) : undefined);
  const text = lockText({ ...long, packages: { keys: () => long.packages.keys(), get } });
  expect(asked).toEqual([]);
  const pieces: string[] = [];
  for (const piece of text) {
    pieces.push(piece);
    expect(asked.length).toBeLessThanOrEqual(pieces.length);
  }
  expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(2_000);
  expect(pieces.join('')).toBe(formatLock(long));
  expect([...text].join('')).toBe(formatLock(long));
});
