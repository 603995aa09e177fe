import * as fc from 'fast-check';
import npa from 'npm-package-arg';
import { describe, expect, test } from 'vitest';
import { isPackageName } from '../../src/tree/identity.ts';
import { aliasedName, downloadTester, isPlainSpec, specReader } from '../../src/tree/npm-spec.ts';

/** What npm makes of it: the type, and the name that an alias stands for. */
function readByNpm(name: string, text: string): string {
  try {
    const result = npa.resolve(name, text, '/');
    if (result.type !== 'alias') return result.type;
    return `alias ${(result as npa.AliasResult).subSpec.name}`;
  } catch {
    return 'unreadable';
  }
}

const plainTypes = ['version', 'range', 'tag', 'unreadable'];
const parts = fc.constantFrom(
  ...[
    '1',
    '0',
    '01',
    '12',
    '.',
    '..',
    '-',
    '+',
    '^',
    '~',
    '*',
    'x',
    'X',
    'v',
    '=',
    '<',
    '>',
    '>=',
    '<=',
    '|',
  ],
  ...[
    '||',
    ' ',
    '  ',
    '\t',
    '\n',
    '/',
    '\\',
    ':',
    '@',
    '#',
    '%',
    '%2f',
    '?',
    '!',
    "'",
    '"',
    '(',
    '_',
    '{',
    '[',
  ],
  ...[
    'a',
    'beta',
    'latest',
    'npm:',
    'NPM:',
    'file:',
    'link:',
    'git:',
    'git@',
    'github:',
    'https://',
    'http:',
  ],
  ...['.tgz', '.tar.gz', '.tar', '.TGZ', 'github.com', 'user/repo', '@s/a', 'node_modules', '1.2.3', '-rc.1'],
  ...['ä', '\u2028', '\u212a', '9007199254740993', '999999999999999', '9999999999999999'],
);
const texts = fc.array(parts, { maxLength: 6 }).map((list) => list.join(''));
const names = fc.constantFrom('a', '@s/a', '-a', 'A', 'a.tgz', 'constructor', '@s/-a');
const runs = { numRuns: 5000 };

describe('specs', () => {
  test('what is plain can only be a version, a range or a tag, or unreadable', () => {
    fc.assert(
      fc.property(names, texts, (name, text) => {
        if (isPlainSpec(text)) expect(plainTypes).toContain(readByNpm(name, text));
      }),
      runs,
    );
  });

  test.each([
    '',
    '*',
    '1.2.3',
    '^1.2.3',
    '~1.2',
    '>=1 <2',
    '1.x || 2',
    '1 - 2',
    'latest',
    'next-1',
    '^1.0.0-rc.1',
  ])('%j is plain', (text) => {
    expect(isPlainSpec(text)).toBe(true);
  });

  test.each([
    'npm:a',
    'user/repo',
    './a',
    '.a',
    'a.tgz',
    'a.TAR',
    'git@github.com',
    'a:b',
    'a#b',
    '\\a',
    ' 1',
  ])('%j is not', (text) => {
    expect(isPlainSpec(text)).toBe(false);
  });

  test('the name behind an alias is the one that npm finds', () => {
    const rests = fc
      .tuple(fc.constantFrom('a', '@s/a', '-a', 'a.tgz', '.a', 'A', '@s/.a', 'a/b', 'favicon.ico'), texts)
      .map(([name, range]) => `npm:${name}@${range}`);
    fc.assert(
      fc.property(names, fc.oneof(rests, texts), (name, text) => {
        const aliased = aliasedName(name, text);
        if (aliased !== undefined) expect(readByNpm(name, text)).toBe(`alias ${aliased}`);
      }),
      runs,
    );
  });

  test.each([
    ['npm:b', 'b'],
    ['npm:@s/b', '@s/b'],
    ['npm:b@^1.2.3', 'b'],
    ['npm:@s/b@1.2.3-rc.1', '@s/b'],
    ['npm:b@^1.2.3-next', 'b'],
    ['npm:b@latest', 'b'],
    ['npm:b@>=1', 'b'],
    // Left to npm.
    ['npm:b@', undefined],
    ['npm:b@^1 || ^2', undefined],
    ['npm:b@^1.2.3-a_b', undefined],
    ['npm:b@x.tgz', undefined],
    ['npm:b@.x', undefined],
    ['npm:-b@1', undefined],
    ['NPM:b@1', undefined],
    ['npm:npm:b@1', undefined],
    ['b', undefined],
  ])('%s stands for %s', (text, expected) => {
    expect(aliasedName('a', text)).toBe(expected);
  });

  test('any spec is read as npm does', async () => {
    const read = await specReader();
    fc.assert(
      fc.property(names, texts, (name, text) => {
        const { type, aliased } = read(name, text);
        const found = readByNpm(name, text);
        const [kind, of] = found.split(' ');
        const expected =
          kind === 'unreadable' ? 'unknown' : /^(?:version|range|tag|alias)$/.test(kind!) ? 'registry' : kind;
        expect({ type, aliased }).toEqual({ type: expected, aliased: of });
      }),
      { numRuns: 1000 },
    );
    expect(read('a', 'x'.repeat(3000)).type).toBe('unknown');
  });
});

describe('downloads', () => {
  const hosts = fc.constantFrom(
    ...[
      'registry.example',
      '127.0.0.1',
      '1.2.3',
      '999.1.1.1',
      '1.2.3.4.5',
      'a..b',
      '-',
      '.',
      'localhost',
      'xn--',
    ],
    ...['github.com', 'www.github.com', 'codeload.github.com', 'GitHub.com', 'git%68ub.com', 'gitlab.com'],
    ...[
      'bitbucket.org',
      'gist.github.com',
      'git.sr.ht',
      'notgithub.com',
      'user@host',
      'user:pw@host',
      '[::1]',
    ],
    ...['xn--a', 'a_b', 'a b', 'ä.example', '0x7f.1', 'host:80', 'host:99999', 'host:', 'host:8o'],
  );
  const urls = fc
    .tuple(
      fc.constantFrom('https://', 'http://', 'https:', 'https:/', 'HTTPS://', 'git+https://', 'file://', ''),
      hosts,
      fc.constantFrom('/', '', '?', '#'),
      texts,
    )
    .map((list) => list.join(''));

  test('what is taken for one is one', () => {
    const isDownload = downloadTester();
    fc.assert(
      fc.property(names, urls, (name, url) => {
        if (isPackageName(name) && isDownload(name, url)) expect(readByNpm(name, url)).toBe('remote');
      }),
      runs,
    );
  });

  test.each([
    ['https://registry.example/a/-/a-1.0.0.tgz', true],
    ['https://registry.example:8443/@s%2fa/-/a-1.0.0.tgz?x=1#y', true],
    ['http://127.0.0.1:4873/a/-/a-1.0.0.tgz', true],
    ['http://localhost/a.tgz', true],
    ['https://github.com/o/a', false],
    ['https://codeload.github.com/o/a', false],
    ['https://999.1.1.1/a.tgz', false],
    ['https://user@registry.example/a.tgz', false],
    ['https://registry.example', false],
    ['https://registry.example/a b.tgz', false],
    ['git+https://registry.example/a.git', false],
    ['1.0.0', false],
  ])('%s: %s', (url, expected) => {
    expect(downloadTester()('a', url)).toBe(expected);
  });

  test('nothing under a name that npm refuses, nothing endless', () => {
    const isDownload = downloadTester();
    expect(isDownload('-a', 'https://registry.example/a.tgz')).toBe(false);
    expect(isDownload('a', `https://registry.example/${'a'.repeat(3000)}`)).toBe(false);
  });
});
