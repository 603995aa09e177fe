import { describe, expect, test } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { printable } from '../../src/core/text.ts';

const isWellFormed = (text: string) => !/\p{Surrogate}/u.test(text);

describe('printable', () => {
  test.each([
    ['plain', '@scope/name@1.0.0 – größer 日本 😀'],
    ['a URL', 'https://registry.example/@scope/name/-/name-1.0.0.tgz?a=@b#@c'],
    ['an address with a mail', 'mailto:someone@example.com'],
  ])('leaves %s alone', (_, text) => {
    expect(printable(text)).toBe(text);
  });

  test.each([
    ['a colour', '\u001b[31mred\u001b[0m', '\\u{1b}[31mred\\u{1b}[0m'],
    ['a cursor move in eight bits', '\u009b2J', '\\u{9b}2J'],
    ['a terminal title', '\u001b]0;x\u0007', '\\u{1b}]0;x\\u{7}'],
    ['line ends', 'a\r\nb\u2028c\u2029d', 'a\\u{d}\\u{a}b\\u{2028}c\\u{2029}d'],
    ['backspaces', 'ok\b\b', 'ok\\u{8}\\u{8}'],
    ['NUL and DEL', '\0\u007f', '\\u{0}\\u{7f}'],
    ['right-to-left override', 'a\u202egpj.exe', 'a\\u{202e}gpj.exe'],
    ['isolates', '\u2066x\u2069', '\\u{2066}x\\u{2069}'],
    ['an Arabic letter mark', '\u061c', '\\u{61c}'],
    ['zero width', 'lod\u200bash\ufeff', 'lod\\u{200b}ash\\u{feff}'],
    ['a lone high surrogate', 'x\ud83d', 'x\\u{d83d}'],
    ['a lone low surrogate', '\ude00x', '\\u{de00}x'],
    ['surrogates the wrong way round', '\ude00\ud83d', '\\u{de00}\\u{d83d}'],
  ])('shows %s', (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test.each([
    ['https://user:secret@registry.example/x', 'https://***@registry.example/x'],
    ['https://token@registry.example/x', 'https://***@registry.example/x'],
    ['https://user:p@ss@registry.example/x', 'https://***@registry.example/x'],
    ['git+ssh://git@github.com/o/r.git', 'git+ssh://***@github.com/o/r.git'],
    ['a //u:p@h and //v:q@i', 'a //***@h and //***@i'],
  ])('cuts credentials out of %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test('cuts overlong text, and says so', () => {
    const max = limits.argCharsMax;
    expect(printable('a'.repeat(max))).toBe('a'.repeat(max));
    expect(printable('a'.repeat(max + 1))).toBe(`${'a'.repeat(max - 1)}…`);
    expect(printable('abcdef', 4)).toBe('abc…');
  });

  test('does not cut through a character', () => {
    for (let before = 0; before < 4; before++) {
      const shown = printable(`${'a'.repeat(before)}${'😀'.repeat(8)}`, 6);
      expect(isWellFormed(shown)).toBe(true);
      expect(shown.length).toBeLessThanOrEqual(6);
    }
  });

  test('is linear in hostile text', () => {
    expect(printable('/'.repeat(300_000))).toHaveLength(limits.argCharsMax);
    expect(printable(`//${'a'.repeat(300_000)}`)).toHaveLength(limits.argCharsMax);
    expect(printable('\u001b'.repeat(300_000))).toHaveLength(limits.argCharsMax);
  });
});
