import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { shellLine, shellWord } from '../../src/cli/shell.ts';

describe('words for a shell', () => {
  test.each([
    ['a', 'a'],
    ['--trust-root', '--trust-root'],
    [
      'https://github.com/o/r/.github/workflows/w.yml@refs/tags/v1',
      'https://github.com/o/r/.github/workflows/w.yml@refs/tags/v1',
    ],
    ['', "''"],
    ['a b', "'a b'"],
    ["it's", `'it'\\''s'`],
    ['$(id)', "'$(id)'"],
    ['`id`', "'`id`'"],
    ['a;b&c|d>e', "'a;b&c|d>e'"],
    ['!!', "'!!'"],
    ['*', "'*'"],
    ['~', "'~'"],
    ['#x', "'#x'"],
    ['\\', "'\\'"],
    ['ä', "'ä'"],
  ])('%j', (word, expected) => {
    expect(shellWord(word)).toBe(expected);
  });

  test.each([
    'a\nb',
    'a\u001b[31m',
    '\u202egpj',
    'a\u0000',
    'a\u200bb',
    'https://user:password@host/',
    'x'.repeat(3000).replace('x', ' '),
  ])('%j is not shown', (word) => {
    expect(shellWord(word)).toBeUndefined();
    expect(shellLine(['a', word])).toBeUndefined();
  });

  test.skipIf(!existsSync('/bin/sh'))('reach a program as they were', () => {
    const words = [
      "a'b",
      '$HOME',
      '`id`',
      '$(id)',
      ';',
      '&&',
      '*',
      '~',
      '!x',
      '\\',
      '"',
      '',
      ' ',
      '-n',
      '#',
      'a=b',
      '{a,b}',
      "''",
      "\\'",
    ];
    const line = shellLine([process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...words]);
    const printed = execFileSync('/bin/sh', ['-c', line!], { encoding: 'utf8' });
    expect(JSON.parse(printed)).toEqual(words);
  });
});
