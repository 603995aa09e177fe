import { expect, test } from 'vitest';
import { unproven, verified } from '../../src/core/check.ts';
import { systemClock } from '../../src/core/clock.ts';
import { MalformedError, outcomeOf, ProofError, VerifyDepsError } from '../../src/core/errors.ts';

test('a failed proof becomes an outcome with its code and facts', () => {
  expect(outcomeOf(new ProofError('sct-absent'))).toEqual({
    status: 'invalid',
    code: 'sct-absent',
    args: {},
  });
  expect(outcomeOf(new ProofError('format-unsupported', { what: 'x' }, 'uncovered'))).toEqual({
    status: 'uncovered',
    code: 'format-unsupported',
    args: { what: 'x' },
  });
  expect(outcomeOf(new MalformedError('bundle', 'missing'))).toEqual({
    status: 'invalid',
    code: 'malformed',
    args: { what: 'bundle', why: 'missing' },
  });
});

test('anything else is a bug of ours and is not swallowed', () => {
  for (const bug of [new TypeError('x'), new VerifyDepsError('usage', 'x'), 'x', undefined]) {
    let thrown: unknown = 'nothing';
    try {
      outcomeOf(bug);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBe(bug);
  }
});

test('an error of the job carries code, hint and cause', () => {
  const cause = new Error('inner');
  const error = new VerifyDepsError('policy-malformed', 'cannot', { hint: 'do', cause });
  expect(error).toMatchObject({ name: 'VerifyDepsError', code: 'policy-malformed', hint: 'do', cause });
  expect(new VerifyDepsError('usage', 'x')).toMatchObject({ hint: undefined });
  expect('cause' in new VerifyDepsError('usage', 'x')).toBe(false);
});

test('checks and the clock', () => {
  expect(verified(1)).toEqual({ status: 'verified', value: 1 });
  expect(unproven('absent', 'signature-absent')).toEqual({
    status: 'absent',
    code: 'signature-absent',
    args: {},
  });
  expect(systemClock()).toBeGreaterThan(Date.UTC(2020, 0));
});
