import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addScanner, addScript, addToList, yamlMap } from '../../../src/hooks/install/edit.ts';

describe('a script of package.json', () => {
  const add = (text: string) => addScript(text, 'preinstall', 'verify-deps hook');

  test.each([
    [
      'beside others',
      '{\n  "name": "a",\n  "scripts": {\n    "test": "x"\n  },\n  "license": "MIT"\n}\n',
      '{\n  "name": "a",\n  "scripts": {\n    "preinstall": "verify-deps hook",\n    "test": "x"\n  },\n  "license": "MIT"\n}\n',
    ],
    [
      'into an empty map',
      '{\n  "scripts": {},\n  "name": "a"\n}\n',
      '{\n  "scripts": {\n    "preinstall": "verify-deps hook"\n  },\n  "name": "a"\n}\n',
    ],
    [
      'where there are no scripts',
      '{\n  "name": "a"\n}\n',
      '{\n  "name": "a",\n  "scripts": {\n    "preinstall": "verify-deps hook"\n  }\n}\n',
    ],
    ['in an empty file', '{}', '{\n  "scripts": {\n    "preinstall": "verify-deps hook"\n  }\n}'],
    [
      'with tabs',
      '{\n\t"scripts": {\n\t\t"test": "x"\n\t}\n}',
      '{\n\t"scripts": {\n\t\t"preinstall": "verify-deps hook",\n\t\t"test": "x"\n\t}\n}',
    ],
    [
      'with tabs and no scripts',
      '{\n\t"name": "a"\n}',
      '{\n\t"name": "a",\n\t"scripts": {\n\t\t"preinstall": "verify-deps hook"\n\t}\n}',
    ],
    [
      'with CRLF',
      '{\r\n  "name": "a"\r\n}\r\n',
      '{\r\n  "name": "a",\r\n  "scripts": {\r\n    "preinstall": "verify-deps hook"\r\n  }\r\n}\r\n',
    ],
    [
      'on one line',
      '{"name":"a","scripts":{"test":"x"}}',
      '{"name":"a","scripts":{"preinstall":"verify-deps hook","test":"x"}}',
    ],
    [
      'behind a byte order mark',
      '\ufeff{\n  "scripts": {\n    "a": "b"\n  }\n}\n',
      '\ufeff{\n  "scripts": {\n    "preinstall": "verify-deps hook",\n    "a": "b"\n  }\n}\n',
    ],
    [
      'not into a map of that name further down',
      '{\n  "x": { "scripts": {} },\n  "scripts": { "t": "{" }\n}\n',
      '{\n  "x": { "scripts": {} },\n  "scripts": { "preinstall": "verify-deps hook", "t": "{" }\n}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(add(before)).toBe(after);
  });

  test.each([
    ['one that is there', '{"scripts":{"preinstall":"x"}}'],
    ['one that is there and empty', '{"scripts":{"preinstall":""}}'],
    ['scripts that are no map', '{"scripts":[]}'],
  ])('%s is left alone', (_, text) => {
    expect(add(text)).toBeUndefined();
  });

  test('any package.json keeps its values', () => {
    const value = fc.dictionary(
      fc.string().filter((key) => key !== '__proto__' && key !== 'scripts'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        value,
        fc.dictionary(
          fc.string().filter((key) => !['__proto__', 'preinstall'].includes(key)),
          fc.string(),
        ),
        fc.constantFrom(0, 1, 2, '\t'),
        (root, scripts, indent) => {
          const before = { ...root, scripts };
          const edited = add(JSON.stringify(before, null, indent));
          expect(edited).toBeDefined();
          expect(JSON.parse(edited!)).toEqual(
            JSON.parse(
              JSON.stringify({ ...before, scripts: { preinstall: 'verify-deps hook', ...scripts } }),
            ),
          );
        },
      ),
    );
  });
});

describe('an item of a list in YAML', () => {
  const item = { path: '.yarn/plugins/verify-deps.cjs', spec: 'verify-deps' };
  const lines = '  - path: ".yarn/plugins/verify-deps.cjs"\n    spec: "verify-deps"\n';

  test.each([
    ['of an empty file', '', `plugins:\n${lines}`],
    ['behind what is there', '# mine\nnodeLinker: pnp\n', `# mine\nnodeLinker: pnp\nplugins:\n${lines}`],
    ['behind a file without a last line feed', 'a: 1', `a: 1\nplugins:\n${lines}`],
    [
      'before others, at their indent',
      'plugins:\n    # theirs\n    - path: x.cjs\n      spec: x\nb: 2\n',
      `plugins:\n    - path: ".yarn/plugins/verify-deps.cjs"\n      spec: "verify-deps"\n    # theirs\n    - path: x.cjs\n      spec: x\nb: 2\n`,
    ],
    [
      'before others without an indent',
      'plugins:\n- x.cjs\n',
      'plugins:\n- path: ".yarn/plugins/verify-deps.cjs"\n  spec: "verify-deps"\n- x.cjs\n',
    ],
    ['with CRLF', 'a: 1\r\n', `a: 1\r\nplugins:\r\n${lines.replaceAll('\n', '\r\n')}`],
  ])('%s', (_, before, after) => {
    expect(addToList(before, 'plugins', item)).toBe(after);
  });

  test.each([
    ['on one line', 'plugins: []\n'],
    ['that is no list', 'plugins:\n  a: 1\n'],
    ['of what is no YAML', 'a: [\n'],
    ['of a list', '- a\n'],
    ['with an anchor', 'a: &x [1]\n'],
    ['with the key twice', 'plugins:\n  - a\nplugins:\n  - b\n'],
  ])('a list %s is left alone', (_, text) => {
    expect(addToList(text, 'plugins', item)).toBeUndefined();
  });

  test('aliases are not followed', () => {
    const bomb = `a: &a [1]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*a, *a]`).join('\n')}\n`;
    expect(yamlMap(bomb)).toBeUndefined();
  });
});

describe('the scanner of bunfig.toml', () => {
  const scanner = './.verify-deps/bun-scanner.mjs';
  const line = `scanner = "${scanner}"`;

  test.each([
    ['an empty file', '', `[install.security]\n${line}\n`],
    ['other tables', '[install]\nexact = true\n', `[install]\nexact = true\n\n[install.security]\n${line}\n`],
    [
      'the table without it',
      '[install.security]\n# none yet\n[test]\nroot = "x"\n',
      `[install.security]\n${line}\n# none yet\n[test]\nroot = "x"\n`,
    ],
    [
      'a comment that speaks of it',
      '# [install.security] scanner\n',
      `# [install.security] scanner\n\n[install.security]\n${line}\n`,
    ],
    ['CRLF', '[install]\r\n', `[install]\r\n\r\n[install.security]\r\n${line}\r\n`],
  ])('%s', (_, before, after) => {
    expect(addScanner(before, scanner)).toBe(after);
  });

  test('is there already', () => {
    expect(addScanner(`[install.security]\n${line}\n`, scanner)).toBe('there');
  });

  test.each([
    ['another scanner', '[install.security]\nscanner = "other"\n'],
    ['a table in one line', '[install]\nsecurity = { scanner = "other" }\n'],
    ['a dotted key', '[install]\nsecurity.scanner = "other"\n'],
    ['a dotted key at the top', 'install.security.scanner = "other"\n'],
    ['a quoted table', '[install."security"]\nscanner = "other"\n'],
    ['the table twice', '[install.security]\n[install.security]\n'],
    ['text over several lines', 'a = """\n[install.security]\n"""\n'],
  ])('%s is left alone', (_, text) => {
    expect(addScanner(text, scanner)).toBeUndefined();
  });
});
