import { readFile, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readJsonMember, writeJsonMember } from '../../src/cli/allow-json.ts';
import { writeAllowList } from '../../src/cli/allow-list.ts';
import { planAllowList } from '../../src/cli/allow-plan.ts';
import { readYamlMember, writeYamlMember } from '../../src/cli/allow-yaml.ts';
import type { Standing } from '../../src/report/scripts.ts';
import { scratch } from './command.ts';

const { folder, remove } = scratch();
afterAll(remove);

const standings = (
  ...all: readonly (readonly [string, string, Standing])[]
): ReadonlyMap<string, ReadonlyMap<string, Standing>> => {
  const byName = new Map<string, Map<string, Standing>>();
  for (const [name, version, standing] of all) {
    byName.set(name, (byName.get(name) ?? new Map()).set(version, standing));
  }
  return byName;
};
const PASSED = standings(['a', '1.0.0', 'passed']);

describe('the plan', () => {
  test.each([
    ['nothing there', {}, PASSED, { 'a@1.0.0': true }],
    ['already there', { 'a@1.0.0': true }, PASSED, { 'a@1.0.0': true }],
    ['several in one entry', { 'a@1.0.0': true }, PASSED, { 'a@1.0.0': true }],
    ['any version', { a: true }, PASSED, { 'a@1.0.0': true }],
    ['any version, with a star', { 'a@*': true }, PASSED, { 'a@1.0.0': true }],
    ['a pattern', { '*': true, '@x/*': true }, PASSED, { 'a@1.0.0': true }],
    ['an old version', { 'a@0.9.0': true }, PASSED, { 'a@1.0.0': true }],
    ['an old version among others', { 'a@0.9.0 || 1.0.0': true }, PASSED, { 'a@1.0.0': true }],
    ['forbidden', { a: false }, PASSED, { a: false }],
    ['forbidden by version', { 'a@0.9.0 || 1.0.0': false }, PASSED, { 'a@0.9.0 || 1.0.0': false }],
    ['forbidden by pattern', { 'a*': false }, PASSED, { 'a*': false }],
    ['another version forbidden', { 'a@2.0.0': false }, PASSED, { 'a@2.0.0': false, 'a@1.0.0': true }],
    [
      'allowed and forbidden: pnpm 10 heeds only what is allowed',
      { 'a@1.0.0': true, a: false },
      PASSED,
      { a: false },
    ],
    [
      'one of several versions forbidden',
      { 'a@1.0.0 || 2.0.0': true, 'a@2.0.0': false },
      standings(['a', '1.0.0', 'passed'], ['a', '2.0.0', 'passed']),
      { 'a@2.0.0': false, 'a@1.0.0': true },
    ],
    [
      'failing, in forms that only pnpm takes for the version',
      { 'a@v1.0.0': true, 'a@1.0.0+x': true, 'a@1.0.0(b@2.0.0)': true, 'a@1.0.0(patch_hash=x)': true },
      standings(['a', '1.0.0', 'failed']),
      {},
    ],
    [
      'gone, in forms that only pnpm takes for the version',
      { 'gone@v1.0.0': true, 'gone@1.0.0(b@2.0.0)': true },
      standings(),
      {},
    ],
    [
      'passing, in a form that not everybody reads',
      { 'a@v1.0.0': true },
      PASSED,
      { 'a@v1.0.0': true, 'a@1.0.0': true },
    ],
    [
      'a blank in front, which nobody reads',
      { ' a@1.0.0': true },
      PASSED,
      { ' a@1.0.0': true, 'a@1.0.0': true },
    ],
    ['a near name forbidden', { ab: false }, PASSED, { ab: false, 'a@1.0.0': true }],
    ['an open question', { a: 'set this to true or false' }, PASSED, { 'a@1.0.0': true }],
    ['an open question of a version', { 'a@1.0.0': 'set this' }, PASSED, { 'a@1.0.0': true }],
    ['an open question elsewhere', { b: 'set this' }, PASSED, { b: 'set this', 'a@1.0.0': true }],
    [
      'a URL',
      { 'git+ssh://git@h.example/x.git': true },
      PASSED,
      { 'git+ssh://git@h.example/x.git': true, 'a@1.0.0': true },
    ],
    ['a range', { 'a@^1': true }, PASSED, { 'a@^1': true, 'a@1.0.0': true }],
    ['failing', { 'a@1.0.0': true }, standings(['a', '1.0.0', 'failed']), {}],
    ['failing, any version', { a: true }, standings(['a', '1.0.0', 'failed']), {}],
    [
      'one of two fails',
      { a: true },
      standings(['a', '1.0.0', 'failed'], ['a', '2.0.0', 'passed']),
      { 'a@2.0.0': true },
    ],
    [
      'one of two fails in one entry',
      { 'a@1.0.0 || 2.0.0': true },
      standings(['a', '1.0.0', 'failed'], ['a', '2.0.0', 'passed']),
      { 'a@2.0.0': true },
    ],
    ['not from a registry', { 'a@1.0.0': true }, standings(['a', '1.0.0', 'foreign']), {}],
    [
      'undecided stays',
      { 'a@1.0.0': true, b: true },
      standings(['a', '1.0.0', 'undecided'], ['b', '1.0.0', 'undecided']),
      { 'a@1.0.0': true, b: true },
    ],
    ['undecided is not added', {}, standings(['a', '1.0.0', 'undecided']), {}],
    ['gone', { 'gone@1.0.0': true, gone: true }, standings(), {}],
    [
      'a name nobody can install',
      {},
      standings(
        ['a b', '1.0.0', 'passed'],
        ['a*', '1.0.0', 'passed'],
        ['../x', '1.0.0', 'passed'],
        ['a', '1 || 2', 'passed'],
        ['a', '^1', 'passed'],
      ),
      {},
    ],
    ['a scope', {}, standings(['@s/p', '1.0.0-rc.1', 'passed']), { '@s/p@1.0.0-rc.1': true }],
  ] as const)('%s', (_, current, known, expected) => {
    const plan = planAllowList(new Map(Object.entries(current)), known);
    expect(Object.fromEntries(plan.entries)).toEqual(expected);
    const changed = plan.added.length + plan.removed.length > 0;
    expect(changed).toBe(JSON.stringify(current) !== JSON.stringify(expected));
    // What it has written it leaves alone.
    const again = planAllowList(plan.entries, known);
    expect([again.added, again.removed]).toEqual([[], []]);
  });

  test('says what is forbidden although it passes, and what it does not understand', () => {
    const current = new Map<string, unknown>([
      ['a', false],
      ['file:./x', true],
    ]);
    expect(planAllowList(current, PASSED)).toMatchObject({ denied: ['a@1.0.0'], left: ['file:./x'] });
  });
});

const added = (current: ReadonlyMap<string, unknown>): Map<string, unknown> =>
  new Map([...current, ['@s/n@1.0.0', true]]);

describe('package.json', () => {
  test.each([
    [
      'two spaces',
      '{\n  "name": "x",\n  "dependencies": { "a": "1" }\n}\n',
      '{\n  "name": "x",\n  "dependencies": { "a": "1" },\n  "allowScripts": {\n    "@s/n@1.0.0": true\n  }\n}\n',
    ],
    [
      'tabs, no line feed at the end',
      '{\n\t"name": "}\\"{",\n\t"files": ["a", "b"]\n}',
      '{\n\t"name": "}\\"{",\n\t"files": ["a", "b"],\n\t"allowScripts": {\n\t\t"@s/n@1.0.0": true\n\t}\n}',
    ],
    [
      'line ends of Windows',
      '{\r\n    "a": 1\r\n}\r\n',
      '{\r\n    "a": 1,\r\n    "allowScripts": {\r\n        "@s/n@1.0.0": true\r\n    }\r\n}\r\n',
    ],
    ['one line', '{"a":1}', '{"a":1,"allowScripts":{"@s/n@1.0.0":true}}'],
    ['empty', '{}', '{\n  "allowScripts": {\n    "@s/n@1.0.0": true\n  }\n}'],
    [
      'in the middle',
      '{\n  "allowScripts": {\n    "b": false\n  },\n  "z": [1,  2]\n}\n',
      '{\n  "allowScripts": {\n    "b": false,\n    "@s/n@1.0.0": true\n  },\n  "z": [1,  2]\n}\n',
    ],
    [
      'the same key deeper down',
      '{\n  "x": { "allowScripts": 3 }\n}\n',
      '{\n  "x": { "allowScripts": 3 },\n  "allowScripts": {\n    "@s/n@1.0.0": true\n  }\n}\n',
    ],
  ])('%s', (_, before, after) => {
    expect(writeJsonMember(before, 'allowScripts', added(readJsonMember(before, 'allowScripts')))).toBe(
      after,
    );
  });

  test('the last entry goes, the key stays', () => {
    const text = '{\n  "allowScripts": {\n    "b": true\n  }\n}\n';
    expect(writeJsonMember(text, 'allowScripts', new Map())).toBe('{\n  "allowScripts": {}\n}\n');
  });

  test.each(['', '[]', '{', '{"allowScripts": []}', '{"allowScripts": {}, "allowScripts": {}}', '{"a": 1,}'])(
    'refuses %s',
    (text) => {
      expect(() => readJsonMember(text, 'allowScripts')).toThrow(
        expect.objectContaining({ code: 'allow-list-malformed' }),
      );
    },
  );
});

describe('pnpm-workspace.yaml', () => {
  test.each([
    ['no file', '', "allowBuilds:\n  '@s/n@1.0.0': true\n"],
    ['comments only', '# ours\n', "# ours\nallowBuilds:\n  '@s/n@1.0.0': true\n"],
    ['no line feed at the end', 'packages: [a]', "packages: [a]\nallowBuilds:\n  '@s/n@1.0.0': true\n"],
    [
      'a block with comments',
      'allowBuilds:\n    # why\n    b: false # no\n\n# end\nz: 1\n',
      "allowBuilds:\n    # why\n    b: false # no\n    '@s/n@1.0.0': true\n\n# end\nz: 1\n",
    ],
    ['an empty map', 'allowBuilds: {} # none\nz: 1\n', "allowBuilds:\n  '@s/n@1.0.0': true # none\nz: 1\n"],
    [
      'a flow map',
      'allowBuilds: { b: false }\n',
      "allowBuilds:\n  b: false\n  '@s/n@1.0.0': true\n".replace('  b', "  'b'"),
    ],
    ['nothing after the key', 'allowBuilds:\nz: 1\n', "allowBuilds:\n  '@s/n@1.0.0': true\nz: 1\n"],
    [
      'line ends of Windows',
      'a: 1\r\nallowBuilds:\r\n  b: false\r\n',
      "a: 1\r\nallowBuilds:\r\n  b: false\r\n  '@s/n@1.0.0': true\r\n",
    ],
  ])('%s', (_, before, after) => {
    const current = readYamlMember(before, 'w.yaml', 'allowBuilds');
    expect(writeYamlMember(before, 'w.yaml', 'allowBuilds', added(current))).toBe(after);
  });

  test.each([
    ['one of two', 'allowBuilds:\n  a: true # x\n  b: false\n', { b: false }, 'allowBuilds:\n  b: false\n'],
    ['the only one', 'x: 1\nallowBuilds:\n  a: true\n# y\n', {}, 'x: 1\nallowBuilds: {}\n# y\n'],
    ['out of a flow map', 'allowBuilds: { a: true }\n', {}, 'allowBuilds: {}\n'],
    [
      'a question',
      'allowBuilds:\n  a@1.0.0: set this\n',
      { 'a@1.0.0': true },
      'allowBuilds:\n  a@1.0.0: true\n',
    ],
  ])('takes out %s', (_, before, value, after) => {
    const map = new Map<string, unknown>(Object.entries(value));
    expect(writeYamlMember(before, 'w.yaml', 'allowBuilds', map)).toBe(after);
  });

  test.each([
    'a: [',
    '- a\n',
    'allowBuilds: [a]\n',
    'allowBuilds: 1\n',
    'allowBuilds: !!js/function x\n',
    'a: 1\n---\nb: 1\n',
    '{ packages: [a] }\n',
    'x: &x\n  b: true\nallowBuilds: *x\n',
    'allowBuilds:\n  ? a\n  : true\n',
    'allowBuilds: null\n',
    'allowBuilds: { # why\n  b: false }\n',
    'allowBuilds: { b: false, # no\n  c: false }\n',
  ])('refuses %j rather than to guess', (text) => {
    expect(() =>
      writeYamlMember(text, 'w.yaml', 'allowBuilds', added(readYamlMember(text, 'w.yaml', 'allowBuilds'))),
    ).toThrow(expect.objectContaining({ code: 'allow-list-malformed' }));
  });
});

test('whatever else is in the files, it stays', () => {
  const entries = fc.dictionary(fc.string({ minLength: 1 }), fc.boolean());
  const root = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }));
  const json = fc.property(root, fc.constantFrom(0, 1, 2, '\t'), entries, (value, indent, list) => {
    const other = { ...value };
    delete other.allowScripts;
    const text = JSON.stringify(other, undefined, indent);
    const once = writeJsonMember(text, 'allowScripts', new Map(Object.entries(list)));
    expect(writeJsonMember(once, 'allowScripts', new Map())).toBe(
      writeJsonMember(text, 'allowScripts', new Map()),
    );
    expect(readJsonMember(once, 'allowScripts')).toEqual(new Map(Object.entries(list)));
  });
  fc.assert(json, { numRuns: 200 });
  const name = fc.stringMatching(/^(@[a-z]{1,5}\/)?[a-z][a-z0-9._-]{0,8}@[0-9]\.[0-9]\.[0-9]$/);
  const names = fc.uniqueArray(name, { maxLength: 8 });
  const yaml = fc.property(names, names, (before, after) => {
    const rest = '# top\npackages:\n  - a # b\n';
    const text = `${rest}${before.length > 0 ? `allowBuilds:\n${before.map((key) => `  '${key}': true\n`).join('')}` : ''}# end\n`;
    const wanted = new Map<string, unknown>(after.map((key) => [key, true]));
    const once = writeYamlMember(text, 'w.yaml', 'allowBuilds', wanted);
    expect(new Set(readYamlMember(once, 'w.yaml', 'allowBuilds').keys())).toEqual(new Set(after));
    expect(once.startsWith(rest)).toBe(true);
    expect(once).toContain('# end\n');
  });
  fc.assert(yaml, { numRuns: 200 });
});

describe('the file', () => {
  const lockfile = (kind: 'npm' | 'pnpm', at: string) => ({
    kind,
    version: '',
    path: path.join(at, 'lock'),
    digest: '',
  });

  test('is written once, with its byte order mark', async () => {
    const at = await folder();
    const file = path.join(at, 'package.json');
    await writeFile(file, '\ufeff{\n  "a": 1\n}\n');
    expect(await writeAllowList(lockfile('npm', at), PASSED)).toMatchObject({ outcome: 'written' });
    const text = await readFile(file, 'utf8');
    expect(text).toBe('\ufeff{\n  "a": 1,\n  "allowScripts": {\n    "a@1.0.0": true\n  }\n}\n');
    expect(await writeAllowList(lockfile('npm', at), PASSED)).toMatchObject({ outcome: 'unchanged' });
  });

  test('of pnpm is made where it is not there, and settings that undo it are named', async () => {
    const at = await folder();
    const file = path.join(at, 'pnpm-workspace.yaml');
    await writeAllowList(lockfile('pnpm', at), PASSED);
    expect(await readFile(file, 'utf8')).toBe('allowBuilds:\n  a@1.0.0: true\n');
    await writeFile(file, 'dangerouslyAllowAllBuilds: true\n');
    const { besides } = await writeAllowList(lockfile('pnpm', at), PASSED);
    expect(besides).toEqual(['dangerouslyAllowAllBuilds']);
  });

  test.each([
    ['neverBuiltDependencies: [x]\n', {}, ['neverBuiltDependencies']],
    ['onlyBuiltDependencies: [x]\n', {}, ['onlyBuiltDependencies']],
    ['dangerouslyAllowAllBuilds: false\n', {}, []],
    ['', { pnpm: { onlyBuiltDependencies: ['x'] } }, ['pnpm.onlyBuiltDependencies of package.json']],
    ['', { pnpm: { allowBuilds: { x: true } } }, ['pnpm.allowBuilds of package.json']],
    ['', { pnpm: { overrides: {} } }, []],
    ['', { pnpm: [] }, []],
  ])('of pnpm beside %j and %j', async (workspace, manifest, expected) => {
    const at = await folder();
    await writeFile(path.join(at, 'pnpm-workspace.yaml'), workspace);
    await writeFile(path.join(at, 'package.json'), JSON.stringify(manifest));
    expect((await writeAllowList(lockfile('pnpm', at), PASSED)).besides).toEqual(expected);
  });

  test.each([
    ['dangerously-allow-all-scripts=true\n', ['dangerously-allow-all-scripts of .npmrc']],
    ['# x\r\n dangerously-allow-all-scripts \r\n', ['dangerously-allow-all-scripts of .npmrc']],
    ['"allow-scripts" = "x"\n', ['allow-scripts of .npmrc']],
    ['allow-scripts[]=x\n', ['allow-scripts of .npmrc']],
    ['dangerously-allow-all-scripts=false\nallow-scripts=\n', []],
    ['# allow-scripts=x\n; allow-scripts=x\nstrict-allow-scripts=true\n', []],
  ])('of npm beside %j', async (npmrc, expected) => {
    const at = await folder();
    await writeFile(path.join(at, 'package.json'), '{}');
    await writeFile(path.join(at, '.npmrc'), npmrc);
    expect((await writeAllowList(lockfile('npm', at), PASSED)).besides).toEqual(expected);
  });

  test('keeps its mode', async () => {
    const at = await folder();
    const file = path.join(at, 'package.json');
    await writeFile(file, '{}', { mode: 0o600 });
    await writeAllowList(lockfile('npm', at), PASSED);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  test('that is not there, a link or not UTF-8 is refused and left as it is', async () => {
    const at = await folder();
    const refused = expect.objectContaining({ code: 'allow-list-malformed' });
    await expect(writeAllowList(lockfile('npm', at), PASSED)).rejects.toEqual(refused);
    const elsewhere = path.join(await folder(), 'package.json');
    await writeFile(elsewhere, '{}');
    await symlink(elsewhere, path.join(at, 'package.json'));
    await expect(writeAllowList(lockfile('npm', at), PASSED)).rejects.toEqual(refused);
    expect(await readFile(elsewhere, 'utf8')).toBe('{}');
    await writeFile(path.join(at, 'pnpm-workspace.yaml'), Buffer.from([0x61, 0xff]));
    await expect(writeAllowList(lockfile('pnpm', at), PASSED)).rejects.toEqual(refused);
  });
});
