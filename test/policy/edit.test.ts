import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { withoutExemptions } from '../../src/policy/edit.ts';

const out = (text: string, ...dead: number[]): string | undefined =>
  withoutExemptions(text, undefined, new Set(dead));

describe('a list of lines', () => {
  const text = `# our policy
version:   1
exemptions:
  # asked 2026-10-01
  - package:  left-pad@1.3.0   # unmaintained
    reason: "a b"
    # more about left-pad
  - { package: b@1.0.0, reason: x } # b

  # about c, the first line
  # and the second
  - package: c@1.0.0
    reason: |
      text

  - package: d@1.0.0
    reason: >-
      folded

# registries of ours
registries: []
`;
  const cut = (from: string, to: string): string =>
    text.slice(0, text.indexOf(from)) + text.slice(text.indexOf(to));

  test('each entry goes with its own comments, and nothing else does', () => {
    expect(out(text, 0)).toBe(cut('  # asked', '  - { package: b'));
    expect(out(text, 1)).toBe(text.replace('  - { package: b@1.0.0, reason: x } # b\n', ''));
    expect(out(text, 2)).toBe(cut('  # about c', '  - package: d'));
    expect(out(text, 3)).toBe(cut('  - package: d', '# registries'));
  });

  test('several, and all of them', () => {
    expect(out(text, 1, 2)).toBe(
      cut('  - { package: b', '\n  # about c').replace(/\n {2}# about c[\s\S]*?\n\n/, '\n'),
    );
    expect(out(text, 0, 1, 2, 3)).toBe(`# our policy
version:   1
exemptions: []

# registries of ours
registries: []
`);
  });

  test.each([
    ['in the column of its key', 'exemptions:\n- a: 1\n- b: 2\n', 0, 'exemptions:\n- b: 2\n'],
    ['at the end without a line feed', 'exemptions:\n- a: 1\n- b: 2', 1, 'exemptions:\n- a: 1\n'],
    [
      'with the line ends of Windows',
      'exemptions:\r\n- a: 1\r\n- b: 2\r\nx: 1\r\n',
      0,
      'exemptions:\r\n- b: 2\r\nx: 1\r\n',
    ],
    ['a dash on a line of its own', 'exemptions:\n  -\n    a: 1\n  - b: 2\n', 0, 'exemptions:\n  - b: 2\n'],
    [
      'under a header',
      'exemptions: # dated\n\n  # all of these\n\n  - a: 1\n  - b: 2\n',
      0,
      'exemptions: # dated\n\n  # all of these\n\n  - b: 2\n',
    ],
    ['all under a header', 'exemptions: # dated\n  - a: 1\n', 0, 'exemptions: [] # dated\n'],
  ])('%s', (_, before, dead, after) => {
    expect(out(before, dead)).toBe(after);
  });
});

describe('a list in brackets', () => {
  const json = JSON.stringify(
    { version: 1, exemptions: [{ a: 1 }, { b: [2] }, { c: 3 }], mode: 'x' },
    null,
    '\t',
  );
  const without = (...dead: number[]): string =>
    JSON.stringify(
      {
        version: 1,
        exemptions: [{ a: 1 }, { b: [2] }, { c: 3 }].filter((_, i) => !dead.includes(i)),
        mode: 'x',
      },
      null,
      '\t',
    );
  test.each([[[0]], [[1]], [[2]], [[0, 1]], [[0, 2]], [[1, 2]], [[0, 1, 2]]])(
    'JSON keeps its form without %j',
    (dead) => {
      expect(out(json, ...dead)).toBe(without(...dead));
    },
  );

  test('under a key', () => {
    const wrap = (text: string): string => `{\n  "exemptions": [1],\n  "verify-deps": ${text}\n}\n`;
    expect(withoutExemptions(wrap(json), 'verify-deps', new Set([1]))).toBe(wrap(without(1)));
    expect(withoutExemptions(wrap(json), 'other', new Set([1]))).toBeUndefined();
  });

  test('on one line, with a comma at the end', () => {
    expect(out('exemptions: [{ a: 1 }, { b: 2 },]\n', 1)).toBe('exemptions: [{ a: 1 },]\n');
    expect(out('exemptions: [{ a: 1 }, { b: 2 },]\n', 0, 1)).toBe('exemptions: []\n');
  });

  test.each([
    ['a comment', 'exemptions: [\n  { a: 1 }, # about a\n  { b: 2 }]\n', 1],
    ['a comment before all', 'exemptions: [ # all\n  { a: 1 }]\n', 0],
    ['an anchor', 'exemptions: [&a { a: 1 }, { b: 2 }]\n', 0],
  ])('%s is not thrown away', (_, text, dead) => {
    expect(out(text, dead)).toBeUndefined();
  });
});

test('what is no list of its own is left to a person', () => {
  expect(out('x: &x [{ a: 1 }]\nexemptions: *x\n', 0)).toBeUndefined();
  expect(out('? exemptions\n: - a: 1\n  - b: 2\n', 0)).toBeUndefined();
  expect(out('version: 1\n', 0)).toBeUndefined();
});

test('whatever the list looks like, what is left says the same, and lines of others stay', () => {
  const styles = [
    (n: string, at: string) => `${at}- { package: ${n}, reason: "x # y" } # of ${n}\n`,
    (n: string, at: string) => `${at}- package: ${n}\n${at}  reason: |-\n${at}    - x\n${at}    # y\n`,
    (n: string, at: string) =>
      `${at}# above ${n}\n${at}-   package: "${n}"\n${at}    reason: >\n${at}      x\n\n`,
    (n: string, at: string) => `${at}-\n${at}  # in ${n}\n${at}  package: ${n}\n${at}  # end of ${n}\n`,
    (n: string, at: string) => `\n${at}- package: ${n}\n${at}  reason: 'x\n\n${at}    y'\n\n\n`,
  ];
  const entry = fc.record({ style: fc.constantFrom(...styles), isDead: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(entry, { minLength: 1, maxLength: 6 }),
      fc.constantFrom('', '  ', '    '),
      fc.constantFrom('', '# after\n', 'mode: x # after\n', '\n# after\nmode: x\n'),
      fc.constantFrom('\n', '\r\n'),
      (entries, indent, after, feed) => {
        const written = entries.map(({ style }, i) => style(`p${i}@1.0.0`, indent));
        const before = `# first\nversion: 1\nexemptions:\n${written.join('')}${after}`.replaceAll('\n', feed);
        const dead = entries.flatMap(({ isDead }, i) => (isDead ? [i] : []));
        const edited = out(before, ...dead);
        const data = parse(before) as { exemptions: unknown[] };
        expect(edited).toBeDefined();
        expect(parse(edited!)).toEqual({
          ...data,
          exemptions: data.exemptions.filter((_, i) => !dead.includes(i)),
        });
        const lines = edited!.split(feed);
        for (const line of before
          .split(feed)
          .filter((text) => text.trim() !== '' && text !== 'exemptions:')) {
          const about = /p(\d)@/.exec(line);
          if (about !== null) expect(lines.includes(line)).toBe(!entries[Number(about[1])]!.isDead);
          else if (line.startsWith('# ') || line.startsWith('mode')) expect(lines).toContain(line);
        }
      },
    ),
    { numRuns: 200 },
  );
});
