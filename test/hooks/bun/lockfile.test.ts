import { describe, expect, test } from 'vitest';
import { parseBunLockfile } from '../../../src/hooks/bun/lockfile.ts';

const SRI = `sha512-${Buffer.alloc(64, 1).toString('base64')}`;

function lockfile(packages: string, version = '1'): string {
  return `{\n  "lockfileVersion": ${version},\n  "workspaces": { "": { "name": "x", }, },\n  "packages": {\n${packages}\n  }\n}\n`;
}

const parse = (text: string) => parseBunLockfile(text, 'bun.lock');

describe('bun.lock', () => {
  test('is read with its trailing commas', () => {
    const { pins } = parse(
      lockfile(
        `    "a": ["a@1.0.0", "", { "dependencies": { "b": "1", }, }, "${SRI}"],\n    "@s/b": ["@s/b@2.0.0-rc.1", "https://registry.example/b.tgz", {}, "${SRI}",],`,
      ),
    );
    expect([...pins]).toEqual([
      ['a@1.0.0', [{ integrity: SRI, resolved: undefined }]],
      ['@s/b@2.0.0-rc.1', [{ integrity: SRI, resolved: 'https://registry.example/b.tgz' }]],
    ]);
  });

  test('keeps all that is pinned for one version, and commas in strings', () => {
    const { pins } = parse(
      lockfile(
        `"a": ["a@1.0.0", "", {"x": ",}\\",]"}, "${SRI}"], "b/a": ["a@1.0.0", "", {}, "sha512-other"], "c/a": ["a@1.0.0", "", {}],`,
      ),
    );
    expect(pins.get('a@1.0.0')!.map(({ integrity }) => integrity)).toEqual([SRI, 'sha512-other', undefined]);
  });

  test.each([
    ['g@git+ssh://git@git.example/g.git#0123abc', '"0123abc"', 'git', undefined],
    ['g@github:acme/g#0123abc', '"acme-g-0123abc"', 'git', undefined],
    ['g@https://files.example/g.tgz', `"${SRI}"`, 'remote', SRI],
    ['g@./g.tgz', `"${SRI}"`, 'file', SRI],
    ['g@file:g', '{}', 'directory', undefined],
  ])('knows that %s is from no registry', (id, last, kind, integrity) => {
    const { pins, foreign } = parse(lockfile(`"g": ["${id}", {}, ${last}],`));
    expect(pins.size).toBe(0);
    expect(foreign.get(id)).toMatchObject({ source: { kind }, integrity });
  });

  test.each(['w@workspace:packages/w', 'w@link:w', 'w@root:'])('leaves %s to the project', (id) => {
    const { pins, foreign } = parse(lockfile(`"w": ["${id}"],`));
    expect(pins.size + foreign.size).toBe(0);
  });

  test.each([
    ['nothing', ''],
    ['no object', '[]'],
    ['cut off', lockfile('').slice(0, 40)],
    ['a string without end', `{"lockfileVersion": 1, "x": "${'\\"'.repeat(1000)}`],
    ['a key twice', lockfile(`"a": ["a@1.0.0", "", {}, "${SRI}"], "a": ["a@1.0.0", "", {}, "${SRI}"]`)],
    ['a comment', lockfile('// "a"')],
    ['two commas', lockfile('"a": ["w@root:"],,')],
    ['packages as a list', '{"lockfileVersion": 1, "packages": []}'],
    ['an entry that is no list', lockfile('"a": {}')],
    ['an empty entry', lockfile('"a": []')],
    ['no version', lockfile('"a": ["a"]')],
    ['an impossible name', lockfile('"a": ["../a@1.0.0", "", {}, ""]')],
    ['no URL', lockfile('"a": ["a@1.0.0"]')],
    ['a number as integrity', lockfile('"a": ["a@1.0.0", "", {}, 1]')],
    ['deep nesting', lockfile(`"a": ${'['.repeat(100_000)}`)],
  ])('is refused with %s', (_what, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'lockfile-malformed' }));
  });

  test.each(['3', '"1"', '-1', 'null', '[]'])('is refused with version %s', (version) => {
    expect(() => parse(lockfile('', version))).toThrow(
      expect.objectContaining({ code: 'lockfile-unsupported' }),
    );
  });

  test('has no trouble with many commas before white space', () => {
    const text = `{"lockfileVersion": 1, "packages": {}, "x": [${'0,\n'.repeat(300_000)}]}`;
    expect(parse(text).pins.size).toBe(0);
  });
});
