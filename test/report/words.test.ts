import { describe, expect, it } from 'vitest';
import type { Args } from '../../src/core/check.ts';
import type { Code } from '../../src/core/codes.ts';
import { adviceFor, sentence, showTime } from '../../src/report/words.ts';

describe('sentence', () => {
  const cases: readonly [Code, Args, string][] = [
    ['integrity-missing', {}, 'the lockfile pins no digest for it, so any bytes would be installed'],
    [
      'subject-name-mismatch',
      { expected: 'pkg:npm/a@1.0.0', actual: 'pkg:npm/b@1.0.0' },
      'the statement is about another package or version: expected pkg:npm/a@1.0.0 but got pkg:npm/b@1.0.0',
    ],
    [
      'subject-name-mismatch',
      { actual: 'b' },
      'the statement is about another package or version (actual: b)',
    ],
    [
      'limit-exceeded',
      { what: 'bundle', max: 8, unit: 'bytes' },
      'an input (bundle) is beyond what is accepted: more than 8 bytes',
    ],
    ['malformed', { what: 'bundle', why: 'not JSON' }, 'the form of bundle is wrong: not JSON'],
    [
      'signature-key-expired',
      { keyid: 'SHA256:x', expires: Date.UTC(2026, 0, 1), published: '2026-02-01' },
      'it is signed by a key (SHA256:x) that, with its expiry on 2026-01-01T00:00:00Z, had expired when the package was published on 2026-02-01',
    ],
    [
      'registry-unreachable',
      { registry: 'https://registry.example/', reason: 'ETIMEDOUT' },
      'the registry https://registry.example/ could not be asked: ETIMEDOUT',
    ],
    // Both values stand in the sentence even where no template names them.
    [
      'certificate-extended-key-usage',
      { expected: 'codeSigning', actual: 'serverAuth' },
      'the signing certificate is not meant for signing code: expected codeSigning but got serverAuth',
    ],
    [
      'certificate-extended-key-usage',
      { why: 'x', extra: 1 },
      'the signing certificate is not meant for signing code: x (extra: 1)',
    ],
    ['tlog-absent', { package: 'a@1' }, 'the bundle carries no entry of a transparency log'],
    ['exemption-unused', { package: 'a@1' }, 'an exemption for a@1 matched nothing'],
    [
      'statement-type-unknown',
      { actual: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
      'the signed statement is of an unknown type: a, b, c, d, e, f and 2 more',
    ],
    ['statement-type-unknown', { actual: [] }, 'the signed statement is of an unknown type: nothing'],
    ['statement-type-unknown', { actual: '' }, 'the signed statement is of an unknown type'],
  ];
  it.each(cases)('%s with %j', (code, args, expected) => {
    expect(sentence(code, args)).toBe(expected);
  });

  it('makes hostile facts harmless, in values, lists and names', () => {
    const evil = '\u001b[31mred\u202e\n[{keyid}] $& <b>';
    const text = sentence('signature-invalid', { keyid: evil, '\u001b]0;x\u0007': evil, list: [evil] });
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text).toContain('\\u{1b}[31mred\\u{202e}\\u{a}[{keyid}] $& <b>');
  });

  it('is bounded', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`fact${i}`, 'x'.repeat(10_000)]));
    expect(sentence('malformed', args).length).toBeLessThan(4000);
  });

  it('hides credentials', () => {
    expect(sentence('registry-unreachable', { registry: 'https://user:secret@registry.example/' })).toBe(
      'the registry https://***@registry.example/ could not be asked',
    );
  });

  it('does not take inherited members for facts', () => {
    const args = Object.create({ why: 'inherited' }) as Args;
    expect(sentence('malformed', args)).toBe('the form is wrong');
    const parsed = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Args;
    expect(sentence('malformed', parsed)).toBe('the form is wrong (__proto__: x, constructor: y)');
  });

  it('takes null and undefined for no fact', () => {
    const args = { what: undefined, why: null } as unknown as Args;
    expect(sentence('malformed', args)).toBe('the form is wrong');
  });

  it('has something to say of a code it does not know', () => {
    const code = 'from-the-\u001bfuture' as Code;
    expect(sentence(code, { a: 1 })).toBe('from-the-\\u{1b}future (a: 1)');
    expect(adviceFor(code)).toContain('docs/findings.md');
  });
});

describe('showTime', () => {
  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1.5, '1970-01-01T00:00:00.001Z'],
    [Number.NaN, 'NaN'],
    [8.7e15, '8700000000000000'],
    [-Infinity, '-Infinity'],
  ])('%d', (ms, text) => {
    expect(showTime(ms)).toBe(text);
  });
});
