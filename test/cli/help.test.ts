import { describe, expect, test } from 'vitest';
import { commandNames, flags, flagsOf } from '../../src/cli/flags.ts';
import { helpText } from '../../src/cli/help.ts';

const topics = [undefined, ...commandNames];

test('the overview', () => {
  expect(helpText(undefined)).toMatchSnapshot();
});

test.each(['explain', 'accept', 'bundle', 'scripts'] as const)('the help of %s', (topic) => {
  expect(helpText(topic)).toMatchSnapshot();
});

describe.each(topics)('help %s', (topic) => {
  test('fits 80 columns', () => {
    const wide = helpText(topic)
      .split('\n')
      .filter((line) => line.length > 80 || line !== line.trimEnd());
    expect(wide).toEqual([]);
  });

  test('names the exit codes', () => {
    for (const code of ['0', '1', '2', '3', '70'])
      expect(helpText(topic)).toMatch(new RegExp(` ${code}  \\w`));
  });
});

test.each(['check', 'explain', 'accept', 'bundle', 'trust', 'scripts'] as const)(
  'help %s lists exactly the flags that go with it',
  (command) => {
    const listed = [...helpText(command).matchAll(/^ {2}.{4}--([a-z-]+)/gm)].map((match) => match[1]);
    expect(listed).toEqual(flagsOf(command).map(([name]) => name));
  },
);

test('every flag has help, every short flag is used once', () => {
  const shorts = Object.values(flags).flatMap((flag) => flag.short ?? []);
  expect(new Set(shorts).size).toBe(shorts.length);
  for (const [name, flag] of Object.entries(flags)) {
    expect(flag.help.length, name).toBeGreaterThan(0);
    for (const line of flag.help) expect(line.length, name).toBeLessThan(52);
  }
});
