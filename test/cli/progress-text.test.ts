import { describe, expect, test } from 'vitest';
import { duration, progressLine, progressSentence, type Standing } from '../../src/cli/progress-text.ts';

const begun: Standing = {
  phase: 'packages',
  done: 0,
  total: 1_000,
  stats: { requests: 0, bytes: 0, fromStore: 0 },
  waitSeconds: 0,
  perSecond: undefined,
  secondsLeft: undefined,
};
const asking: Standing = {
  ...begun,
  done: 420,
  stats: { requests: 95, bytes: 1_234_567, fromStore: 380 },
  perSecond: 21,
  secondsLeft: 30,
};
const refused = {
  ...asking,
  perSecond: undefined,
  secondsLeft: undefined,
  stats: { ...asking.stats!, waiting: { host: 'registry.example', reason: 'too many requests', until: 0 } },
};

const states: readonly (readonly [string, Standing, wide: string, narrow: string, sentence: string])[] = [
  [
    'a phase without a count',
    { ...begun, phase: 'lockfile', total: 0, stats: undefined },
    'reading the lockfile',
    'reading the lockfile',
    'reading the lockfile',
  ],
  [
    'one package alone',
    { ...begun, total: 1 },
    'verifying packages',
    'verifying packages',
    'verifying packages',
  ],
  [
    'the start',
    begun,
    'verifying packages 0 of 1,000',
    'verifying packages 0 of 1,000',
    'verifying packages: 0 of 1,000 (0 %)',
  ],
  [
    'the middle',
    asking,
    'verifying packages 420 of 1,000 · about 30 s left · 21/s · 380 from the store, 95 requests (1.2 MB)',
    'packages 420 of 1,000 · 30 s left',
    'verifying packages: 420 of 1,000 (42 %), about 30 s left, 21/s; 380 from the store, 95 requests (1.2 MB)',
  ],
  [
    'the store alone',
    { ...asking, stats: { requests: 0, bytes: 0, fromStore: 500 } },
    'verifying packages 420 of 1,000 · about 30 s left · 21/s · 500 from the store',
    'packages 420 of 1,000 · 30 s left',
    'verifying packages: 420 of 1,000 (42 %), about 30 s left, 21/s; 500 from the store',
  ],
  [
    'nothing known of the pace',
    {
      ...asking,
      perSecond: undefined,
      secondsLeft: undefined,
      stats: { requests: 1, bytes: 0, fromStore: 0 },
    },
    'verifying packages 420 of 1,000 · 1 request',
    'packages 420 of 1,000 · 1 request',
    'verifying packages: 420 of 1,000 (42 %); 1 request',
  ],
  [
    'a slow pace',
    { ...asking, perSecond: 0.3, secondsLeft: 1_980, stats: undefined },
    'verifying packages 420 of 1,000 · about 33 min left · 18/min',
    'packages 420 of 1,000 · 33 min left',
    'verifying packages: 420 of 1,000 (42 %), about 33 min left, 18/min',
  ],
  [
    'a registry that is waited for',
    { ...refused, waitSeconds: 12 },
    'verifying packages 420 of 1,000 · waiting for registry.example (too many requests), at most 12 s',
    'packages 420 of 1,000 · waiting 12 s',
    'verifying packages: 420 of 1,000 (42 %), waiting for registry.example (too many requests), at most 12 s; 380 from the store, 95 requests (1.2 MB)',
  ],
  [
    'nobody knows how long',
    refused,
    'verifying packages 420 of 1,000 · waiting for registry.example (too many requests)',
    'packages 420 of 1,000 · waiting',
    'verifying packages: 420 of 1,000 (42 %), waiting for registry.example (too many requests); 380 from the store, 95 requests (1.2 MB)',
  ],
];

describe.each(states)('%s', (_, standing, wide, narrow, sentence) => {
  test('is said on a wide and on a narrow terminal, and in a log', () => {
    expect(progressLine(standing, 100)).toBe(wide);
    expect(progressLine(standing, 37)).toBe(narrow);
    expect(progressSentence(standing)).toBe(sentence);
  });

  test('fits any width', () => {
    for (let columns = 1; columns <= 120; columns++) {
      expect(progressLine(standing, columns).length).toBeLessThanOrEqual(columns);
    }
    // A terminal that has just been resized may say anything.
    for (const columns of [0, -3]) expect(progressLine(standing, columns).length).toBe(1);
  });
});

test('on 80 columns the sources are said in short', () => {
  expect(progressLine(asking, 77)).toBe(
    'packages 420 of 1,000 · about 30 s left · 21/s · store 380, asked 95',
  );
});

test('what a stranger calls itself moves no cursor and begins no line', () => {
  const host = `evil\u001b[2J\n::error::${'x'.repeat(200)}`;
  const standing = {
    ...refused,
    stats: { ...asking.stats!, waiting: { host, reason: '\u202e\r', until: 0 } },
  };
  for (const text of [progressLine(standing, 120), progressSentence(standing)]) {
    expect(text).not.toMatch(/[\u0000-\u001f\u007f\u202e]/);
    expect(text.length).toBeLessThan(250);
  }
});

test.each([
  [0, '0 s'],
  [0.2, '1 s'],
  [60, '60 s'],
  [75, '1 min 15 s'],
  [120, '2 min'],
  [3_600, '60 min'],
  [4_200, '1 h 10 min'],
  [7_200, '2 h'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
