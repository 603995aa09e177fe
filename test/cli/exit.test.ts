import { describe, expect, test } from 'vitest';
import { exitCodes, failureOf } from '../../src/cli/exit.ts';
import { type ErrorCode, errorCodes } from '../../src/core/codes.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';

describe('an error with a code', () => {
  test('is one line and its hint', () => {
    const error = new VerifyDepsError('lockfile-absent', 'no lockfile in /a', { hint: 'run npm install' });
    expect(failureOf(error)).toEqual({
      exitCode: 2,
      text: 'verify-deps: no lockfile in /a\n  run npm install\n',
    });
  });

  test('shows neither stack nor cause', () => {
    const cause = new Error('inner');
    const { text } = failureOf(new VerifyDepsError('trust-root-unreachable', 'no answer', { cause }));
    expect(text).toBe('verify-deps: no answer\n');
  });

  test('cannot write to the terminal by itself', () => {
    const { text } = failureOf(
      new VerifyDepsError('policy-malformed', 'bad \u001b[2J\nverify-deps: all good', { hint: 'x\ny' }),
    );
    expect(text).toBe('verify-deps: bad \\u{1b}[2J\\u{a}verify-deps: all good\n  x\\u{a}y\n');
  });

  test.each(Object.keys(errorCodes) as ErrorCode[])('%s leads to 2 or 3', (code) => {
    const { exitCode } = failureOf(new VerifyDepsError(code, 'x'));
    expect(exitCode).toBe(errorCodes[code]);
    expect([exitCodes.usage, exitCodes.undecided]).toContain(exitCode);
  });
});

describe('anything else is a bug of ours', () => {
  test.each([
    ['an error', new TypeError('x is undefined'), /TypeError: x is undefined\n {6}at .*exit\.test\.ts/],
    ['a text', 'just text', /^ {2}just text$/m],
    ['nothing', undefined, /^ {2}undefined$/m],
    ['an error without a stack', Object.assign(new Error('bare'), { stack: undefined }), /Error: bare/],
  ])('%s', (_name, error, expected) => {
    const { exitCode, text } = failureOf(error);
    expect(exitCode).toBe(70);
    expect(text).toMatch(/^verify-deps: this is a bug in verify-deps; nothing is said about your packages\n/);
    expect(text).toMatch(expected);
    expect(text).toMatch(/npm bugs verify-deps\n$/);
  });

  test('whose message may quote a package', () => {
    expect(failureOf(new Error('\u001b]0;owned\u0007')).text).not.toMatch(/[\u001b\u0007]/);
  });
});
