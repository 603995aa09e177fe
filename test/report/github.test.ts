import { describe, expect, test } from 'vitest';
import { shownOnly, workflowCommand } from '../../src/core/workflow-command.ts';
import { githubCommands } from '../../src/report/github.ts';
import type { Report } from '../../src/report/types.ts';
import { hostile, many, mixed, ROOT } from './ci-samples.ts';
import { scenarios } from './samples.ts';

interface Command {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly text: string;
}

/** As the runner reads a log: a line whose first characters are two colons. */
function commandsIn(log: string): readonly Command[] {
  const commands: Command[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/\r\n|\r|\n/)) {
    const match = /^\s*::([\w-]+)(?: (.*?))?::(.*)$/.exec(line);
    if (stopped !== undefined) {
      if (line.trim() === `::${stopped}::`) stopped = undefined;
      continue;
    }
    if (match === null) continue;
    const [, name = '', list = '', text = ''] = match;
    if (name === 'stop-commands') {
      stopped = text;
      continue;
    }
    const properties = Object.fromEntries(
      list
        .split(',')
        .filter((part) => part !== '')
        .map((part) => {
          const at = part.indexOf('=');
          return [
            part.slice(0, at),
            unescaped(
              part
                .slice(at + 1)
                .replaceAll('%3A', ':')
                .replaceAll('%2C', ','),
            ),
          ];
        }),
    );
    commands.push({ name, properties, text: unescaped(text) });
  }
  return commands;
}

function unescaped(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}

const of = (report: Report): readonly Command[] => commandsIn(githubCommands(report, ROOT));

describe('annotations', () => {
  test('one for each package, what does not hold first, at the line of the lockfile', () => {
    expect(of(mixed()).map(({ name, properties }) => [name, properties.line, properties.title])).toEqual([
      ['error', '7', 'verify-deps: integrity-mismatch'],
      ['error', '22', 'verify-deps: provenance-absent'],
      ['warning', '1', 'verify-deps: trust-root-stale'],
      ['warning', '1', 'verify-deps: attestations-absent'],
    ]);
    for (const { properties } of of(mixed())) expect(properties.file).toBe('project/package-lock.json');
  });

  test('say what is wrong, which rule decided and what to do', () => {
    const [, lacking] = of(mixed());
    expect(lacking!.text.split('\n')).toEqual([
      expect.stringMatching(/^lacking@1\.0\.0: /),
      'needed by: sample',
      'rule: defaults (preset:recommended:12:3)',
      expect.stringMatching(/^what to do: .*docs\/findings\.md#provenance-absent\)$/),
    ]);
  });

  test.each([
    [10, 10, 10, undefined],
    [11, 10, 9, '2 more'],
    [1000, 10, 9, '991 more'],
    [0, 0, 0, undefined],
  ])('of %i errors %i lines are written, the rest is counted', (errors, lines, named, more) => {
    const commands = of(many(errors, 0));
    expect(commands).toHaveLength(lines);
    expect(commands.filter(({ text }) => text.startsWith('error-'))).toHaveLength(named);
    if (more !== undefined) expect(commands.at(-1)!.properties.title).toBe(`verify-deps: ${more}`);
  });

  test('errors and warnings have ten each', () => {
    const commands = of(many(30, 30));
    expect(commands.filter(({ name }) => name === 'error')).toHaveLength(10);
    expect(commands.filter(({ name }) => name === 'warning')).toHaveLength(10);
  });

  test('nothing where the policy holds', () => {
    expect(githubCommands(scenarios().get('all passed')!, ROOT)).toBe('');
  });
});

describe('hostile texts', () => {
  test('make no command of their own', () => {
    const log = githubCommands(hostile(), ROOT);
    const commands = commandsIn(log);
    expect(commands).toHaveLength(log.split('\n').length - 1);
    for (const { name, properties } of commands) {
      expect(['error', 'warning']).toContain(name);
      expect(Object.keys(properties)).toEqual(['file', 'line', 'title']);
      expect(properties.file).toBe('project/package-lock.json');
    }
    expect(log).not.toMatch(/[\r\u001b\u202e]/);
  });

  test.each([
    ['a:b,c=d', '::error title=a%3Ab%2Cc=d::a:b,c=d'],
    ['100%', '::error title=100%25::100%25'],
    ['%0A', '::error title=%250A::%250A'],
    ['a\r\nb', '::error title=a%0D%0Ab::a%0D%0Ab'],
    ['::warning::x', '::error title=%3A%3Awarning%3A%3Ax::::warning::x'],
  ])('%j is escaped in a property and in the text', (text, expected) => {
    const command = workflowCommand('error', { title: text }, text);
    expect(command).toBe(expected);
    expect(commandsIn(command)).toEqual([{ name: 'error', properties: { title: text }, text }]);
  });

  test.each([
    ['at the beginning', '::add-mask::secret\n'],
    ['behind spaces', 'text\n    ::error::x\nmore\n'],
    ['in the older form, anywhere in a line', 'text ##[add-mask]x\n'],
    ['without a last line feed', 'a\n::save-state name=x::y'],
  ])('a command %s of a text is only shown', (_, text) => {
    const shown = shownOnly(text);
    expect(commandsIn(shown)).toEqual([]);
    expect(shown).toContain(text);
    // What comes after it is read again.
    expect(commandsIn(`${shown}::error title=x::y\n`)).toHaveLength(1);
    const token = /^::stop-commands::([0-9a-f]{64})\n/.exec(shown)![1]!;
    expect(text).not.toContain(token);
  });

  test('a text without commands stays as it is', () => {
    expect(shownOnly('a :: b\n[::1]:80\n')).toBe('a :: b\n[::1]:80\n');
  });
});

test('the same report gives the same lines', () => {
  expect(githubCommands(mixed(), ROOT)).toBe(githubCommands(structuredClone(mixed()), ROOT));
});
