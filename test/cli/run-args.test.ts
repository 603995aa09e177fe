import { expect, test } from 'vitest';
import { parseCommandLine } from '../../src/cli/args.ts';

test.each([
  [['run', '--', 'npm', 'ci'], ['npm', 'ci'], false],
  [['run', '--proven-only', '--', 'npm', 'ci', '--quiet'], ['npm', 'ci', '--quiet'], true],
  [['-C', '/x', 'run', '--', 'npm', 'run', 'x', '--', '--json'], ['npm', 'run', 'x', '--', '--json'], false],
  [['run', '--policy', 'p.yaml', '--', 'run'], ['run'], false],
])('%j', (argv, words, provenOnly) => {
  expect(parseCommandLine(argv, '/')).toMatchObject({ command: 'run', words, provenOnly });
});

test.each([
  [['run'], /run needs a command/],
  [['run', '--'], /run needs a command/],
  [['run', '--', ''], /run needs a command/],
  [['run', 'npm'], /behind --, but got npm/],
  [['run', 'npm', '--', 'ci'], /behind --, but got npm/],
  [['check', '--proven-only'], /does not go with check/],
  [['run', '--json', '--', 'npm'], /does not go with run/],
])('%j is refused', (argv, expected) => {
  expect(() => parseCommandLine(argv, '/')).toThrow(expected);
});
