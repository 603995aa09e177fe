import { describe, expect, test } from 'vitest';
import { didYouMean, nearest } from '../../src/core/near.ts';

describe('nearest', () => {
  test.each([
    ['chek', ['check', 'explain', 'trust'], ['check']],
    ['hcekc', ['check'], []],
    ['cehck', ['check'], ['check']],
    ['CHECK', ['check'], ['check']],
    ['exp', ['check', 'explain'], ['explain']],
    ['ex', ['explain'], []],
    ['x', ['explain', 'y', 'X'], ['X']],
    ['dve', ['dev', 'day'], ['dev']],
    ['lodahs', ['lodash', 'lodash.merge', 'left-pad'], ['lodash']],
    [
      'lodash',
      ['lodash.merge', 'lodash.get', 'lodash.set', 'lodash.has'],
      ['lodash.get', 'lodash.has', 'lodash.merge'],
    ],
    ['', ['a'], []],
    ['a'.repeat(100_000), ['a'], []],
    ['check', ['a'.repeat(100_000), 'check'], ['check']],
  ])('%.20s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toEqual(expected);
  });

  test('lists each candidate once', () => {
    expect(nearest('abd', ['abc', 'abc'])).toEqual(['abc']);
  });
});

test.each([
  ['qqqq', ['check'], undefined],
  ['chek', ['check'], 'did you mean check?'],
  ['abx', ['aba', 'abb'], 'did you mean aba or abb?'],
  ['abx', ['aba', 'abb', 'abc', 'abd'], 'did you mean aba, abb or abc?'],
])('didYouMean %s', (word, candidates, expected) => {
  expect(didYouMean(word, candidates)).toBe(expected);
});
