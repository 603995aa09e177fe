import { describe, expect, test } from 'vitest';
import { kindOfLock, lockUrlsOf } from '../../../src/hooks/run/lock-urls.ts';

const SRI = 'sha512-AAAA';

test('a lockfile is known by its name and its head', () => {
  expect(kindOfLock('yarn.lock', '# yarn lockfile v1\n')).toBe('yarn-1');
  expect(kindOfLock('yarn.lock', '__metadata:\n  version: 8\n')).toBe('yarn-4');
  expect(kindOfLock('bun.lock', '{')).toBe('bun');
  expect(kindOfLock('deno.lock', '{')).toBe('deno');
  expect(kindOfLock('package-lock.json', '{')).toBeUndefined();
});

describe('yarn 1', () => {
  const lock = (head: string, resolved: string, version = '1.2.0'): string =>
    `# yarn lockfile v1\n\n\n${head}:\n  version "${version}"\n  resolved "${resolved}"\n  integrity ${SRI}\n`;

  test.each([
    ['app@^1.0.0', 'https://registry.example/app/-/app-1.2.0.tgz#abc', 'app'],
    ['"@acme/tool@^1.0.0", "@acme/tool@1"', 'https://acme.example/@acme/tool/-/tool-1.2.0.tgz', '@acme/tool'],
    ['"other@npm:app@^1.0.0"', 'https://registry.example/app/-/app-1.2.0.tgz', 'app'],
    ['"other@npm:@acme/tool@^1.0.0"', 'https://registry.example/@acme/tool/-/tool-1.2.0.tgz', '@acme/tool'],
  ])('%s', (head, resolved, name) => {
    const { packages, past } = lockUrlsOf('yarn-1', lock(head, resolved));
    expect(past).toEqual([]);
    expect(packages).toEqual([{ name, version: '1.2.0', integrity: SRI, url: resolved.split('#')[0] }]);
  });

  test.each([
    ['app@^1.0.0', 'https://registry.example/deep/-/deep-1.2.0.tgz'],
    ['app@^1.0.0', 'https://registry.example/app/-/app-1.3.0.tgz'],
    ['app@^1.0.0', 'https://registry.example/@evil/app/-/app-1.2.0.tgz'],
    ['"other@npm:app@^1.0.0"', 'https://registry.example/other/-/other-1.2.0.tgz'],
    ['"app@git+https://git.example/app.git"', 'git+https://git.example/app.git#0123'],
    ['"app@https://x.example/app.tgz"', 'https://x.example/app.tgz'],
    ['"app@owner/app"', 'https://codeload.example/owner/app/tar.gz/0123'],
    ['app@^1.0.0', 'app-1.2.0.tgz'],
  ])('%s from %s goes past the gate', (head, resolved) => {
    const { packages, past } = lockUrlsOf('yarn-1', lock(head, resolved));
    expect(packages).toEqual([]);
    expect(past).toHaveLength(1);
  });

  test('local files are left alone', () => {
    const text = '# yarn lockfile v1\n\n\n"app@file:./app":\n  version "1.0.0"\n';
    expect(lockUrlsOf('yarn-1', text)).toEqual({ packages: [], past: [] });
  });
});

describe('yarn 4', () => {
  const lock = (resolution: string): string =>
    `__metadata:\n  version: 8\n\n"x@npm:1":\n  version: 1.0.0\n  resolution: "${resolution}"\n  linkType: hard\n`;
  test.each(['app@npm:1.2.0', '@acme/tool@npm:1.2.0-rc.1', 'lab@workspace:.', 'app@patch:app@npm%3A1.2.0#x'])(
    '%s',
    (resolution) => {
      expect(lockUrlsOf('yarn-4', lock(resolution)).past).toEqual([]);
    },
  );
  test.each([
    'app@npm:1.2.0::__archiveUrl=https%3A%2F%2Fx.example%2Fapp.tgz',
    'app@https://x.example/app.tgz',
    'app@https://git.example/app.git#commit=0123',
    'app@git@git.example:app.git#commit=0123',
  ])('%s goes past the gate', (resolution) => {
    expect(lockUrlsOf('yarn-4', lock(resolution)).past).toHaveLength(1);
  });
});

describe('bun', () => {
  const lock = (...lines: string[]): string =>
    `{\n  "lockfileVersion": 1,\n  "workspaces": {\n    "": { "name": "lab" },\n  },\n  "packages": {\n    ${lines.join('\n    ')}\n  }\n}\n`;
  test('packages of registries', () => {
    const text = lock(
      `"app": ["app@1.2.0", "", { "dependencies": { "deep": "^1" } }, "${SRI}"],`,
      `"@acme/tool": ["@acme/tool@1.0.0", "https://acme.example/@acme/tool/-/tool-1.0.0.tgz", {}, "${SRI}"],`,
      '"mine": ["mine@workspace:packages/mine"],',
    );
    expect(lockUrlsOf('bun', text)).toEqual({
      past: [],
      packages: [
        { name: 'app', version: '1.2.0', integrity: SRI, url: undefined },
        {
          name: '@acme/tool',
          version: '1.0.0',
          integrity: SRI,
          url: 'https://acme.example/@acme/tool/-/tool-1.0.0.tgz',
        },
      ],
    });
  });
  test.each([
    '"app": ["app@github:owner/app#0123", {}, "owner-app-0123"],',
    '"app": ["app@https://x.example/app.tgz", {}],',
    '"app": ["app@1.2.0", "https://registry.example/deep/-/deep-1.2.0.tgz", {}, "x"],',
    '"app": ["app@git+ssh://git.example/app.git#0123", {}, "0123"],',
    '"https://x.example/app.tgz",',
  ])('%s goes past the gate', (line) => {
    expect(lockUrlsOf('bun', lock(line)).past).toHaveLength(1);
  });
});

describe('deno', () => {
  const lock = (packages: object): string => JSON.stringify({ version: '5', npm: packages });
  test('packages with and without an address', () => {
    const url = 'https://registry.example/app/-/app-1.2.0.tgz';
    const text = lock({
      'app@1.2.0': { integrity: SRI, tarball: url },
      '@acme/tool@1.0.0_app@1.2.0': { integrity: SRI },
    });
    expect(lockUrlsOf('deno', text)).toEqual({
      past: [],
      packages: [
        { name: 'app', version: '1.2.0', integrity: SRI, url },
        { name: '@acme/tool', version: '1.0.0', integrity: SRI, url: undefined },
      ],
    });
  });
  test('an address of another package', () => {
    const text = lock({ 'app@1.2.0': { tarball: 'https://registry.example/deep/-/deep-1.2.0.tgz' } });
    expect(lockUrlsOf('deno', text).past).toHaveLength(1);
  });
});
