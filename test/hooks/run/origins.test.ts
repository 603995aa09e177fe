import { mkdtempSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placesOf } from '../../../src/hooks/proxy/places.ts';
import { commandOf } from '../../../src/hooks/run/command.ts';
import { replaceNpmrc } from '../../../src/hooks/run/npmrc-files.ts';
import { type Origins, redirectLockfiles } from '../../../src/hooks/run/origins.ts';
import { expectSettings } from '../../../src/hooks/run/refusals.ts';
import { yarnSettings } from '../../../src/hooks/run/yarn-settings.ts';
import type { NpmOptions } from '../../../src/registry/npmrc.ts';

const PROXY = 'http://127.0.0.1:41111/';
const npm = {
  registry: 'https://registry.example/',
  defaultRegistry: 'https://default.example/',
  scopes: new Map([['@acme', 'https://acme.example/npm/']]),
  scope: undefined,
  flat: {},
} as unknown as NpmOptions;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (file: string, text: string): Promise<void> => {
  await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
  await writeFile(path.join(folder, file), text);
};
const read = (file: string): Promise<string> => readFile(path.join(folder, file), 'utf8');
const redirect = (manager: 'npm' | 'yarn' | 'bun' | undefined, options = npm): Promise<Origins> =>
  redirectLockfiles({
    folders: [folder],
    proxy: { url: PROXY, originalOf: placesOf(options, [], PROXY).originalOf },
    npm: options,
    manager,
  });

const YARN = [
  '# yarn lockfile v1',
  '',
  '',
  'app@^1.0.0:',
  '  version "1.2.0"',
  '  resolved "https://mirror.example/app/-/app-1.2.0.tgz#abc"',
  '',
  '"@acme/tool@^1.0.0":',
  '  version "1.0.0"',
  '  resolved "https://acme.example/npm/@acme/tool/-/tool-1.0.0.tgz#def"',
  '',
].join('\n');

describe('a lockfile of yarn 1', () => {
  test('leads to the proxy during the run, and is what it was afterwards, byte for byte', async () => {
    await put('yarn.lock', YARN);
    await chmod(path.join(folder, 'yarn.lock'), 0o600);
    const origins = await redirect('yarn');
    expect(await read('yarn.lock')).toContain(`resolved "${PROXY}app/-/app-1.2.0.tgz#abc"`);
    expect(await read('yarn.lock')).not.toContain('.example');
    expect(await origins.restore()).toEqual([]);
    expect(await read('yarn.lock')).toBe(YARN);
    expect((await stat(path.join(folder, 'yarn.lock'))).mode & 0o777).toBe(0o600);
    expect(await readdir(folder)).toEqual(['yarn.lock']);
  });

  test('keeps what the run has changed, with the addresses that there would have been', async () => {
    await put('yarn.lock', YARN);
    const origins = await redirect('yarn');
    const more = `\nextra@^1.0.0:\n  version "1.1.0"\n  resolved "${PROXY}extra/-/extra-1.1.0.tgz#123"\n`;
    await put('yarn.lock', (await read('yarn.lock')) + more);
    await origins.restore();
    expect(await read('yarn.lock')).toBe(
      `${YARN}\nextra@^1.0.0:\n  version "1.1.0"\n  resolved "https://registry.example/extra/-/extra-1.1.0.tgz#123"\n`,
    );
  });

  test('is refused with what comes from elsewhere, and left alone', async () => {
    const text = `${YARN}\n"x@git+https://git.example/x.git":\n  version "1.0.0"\n  resolved "git+https://git.example/x.git#1"\n`;
    await put('yarn.lock', text);
    await expect(redirect('yarn')).rejects.toThrow(/takes x@1\.0\.0 from git/);
    expect(await read('yarn.lock')).toBe(text);
  });

  test('is nothing to npm', async () => {
    await put('yarn.lock', YARN);
    await redirect('npm');
    expect(await read('yarn.lock')).toBe(YARN);
  });
});

describe('what a run has written', () => {
  test.each([
    [
      'package-lock.json',
      `{"resolved": "${PROXY}@acme/tool/-/tool-1.0.0.tgz"}`,
      '{"resolved": "https://acme.example/npm/@acme/tool/-/tool-1.0.0.tgz"}',
    ],
    [
      'node_modules/.modules.yaml',
      `{ "registries": { "default": "${PROXY}", "@acme": "${PROXY}" } }`,
      '{ "registries": { "default": "https://registry.example/", "@acme": "https://acme.example/npm/" } }',
    ],
    [
      'package-lock.json',
      '{"resolved": "http://127.0.0.1:4111/x"}',
      '{"resolved": "http://127.0.0.1:4111/x"}',
    ],
  ])('%s: %s', async (file, written, expected) => {
    const origins = await redirect(undefined);
    await put(file, written);
    expect(await origins.restore()).toEqual([]);
    expect(await read(file)).toBe(expected);
  });

  test('of the default registry, bun writes no address', async () => {
    const options = { ...npm, registry: 'https://default.example/' };
    const origins = await redirect('bun', options);
    await put('bun.lock', `"app": ["app@1.2.0", "${PROXY}app/-/app-1.2.0.tgz", {}, "x"],`);
    await origins.restore();
    expect(await read('bun.lock')).toBe('"app": ["app@1.2.0", "", {}, "x"],');
  });

  test('an address that stands for nothing is named', async () => {
    const origins = await redirect(undefined);
    await put('package-lock.json', `{"resolved": "${PROXY}what/ever"}`);
    expect(await origins.restore()).toEqual([path.join(folder, 'package-lock.json')]);
  });
});

describe('.npmrc', () => {
  const TEXT =
    'registry=https://registry.example/\n@acme:registry = https://acme.example/npm/\n//acme.example/npm/:_authToken=t\nfund=false\n';

  test('leads deno to the proxy, and is what it was afterwards', async () => {
    await put('.npmrc', TEXT);
    const files = await replaceNpmrc(commandOf(['deno', 'install']), [folder], npm, PROXY);
    const during = await read('.npmrc');
    expect(during).toContain(`registry=${PROXY}\n@acme:registry=${PROXY}\n`);
    expect(during).not.toMatch(/registry\s*=\s*https/);
    expect(during).toContain('fund=false');
    await files.restore();
    expect(await read('.npmrc')).toBe(TEXT);
  });
  test('goes where there was none', async () => {
    const files = await replaceNpmrc(commandOf(['make']), [folder], npm, PROXY);
    expect(await readdir(folder)).toEqual(['.npmrc']);
    await files.restore();
    expect(await readdir(folder)).toEqual([]);
  });
  test('keeps what the command has written to it', async () => {
    await put('.npmrc', TEXT);
    const files = await replaceNpmrc(commandOf(['bun', 'install']), [folder], npm, PROXY);
    await put('.npmrc', `${await read('.npmrc')}audit=false\n`);
    await files.restore();
    expect(await read('.npmrc')).toBe(
      'registry=https://registry.example/\n@acme:registry = https://acme.example/npm/\n//acme.example/npm/:_authToken=t\nfund=false\naudit=false\n',
    );
  });
  test('is left alone for managers that listen to their environment', async () => {
    await put('.npmrc', TEXT);
    for (const program of ['npm', 'pnpm', 'yarn'])
      await replaceNpmrc(commandOf([program]), [folder], npm, PROXY);
    expect(await read('.npmrc')).toBe(TEXT);
  });
});

describe('settings that lead past the gate are refused', () => {
  test.each([
    ['pnpm', 'pnpm-workspace.yaml', "registries:\n  '@acme': https://x.example/\n"],
    ['pnpm', 'pnpm-workspace.yaml', 'registry: https://x.example/\n'],
    ['bun', 'bunfig.toml', '[install.scopes]\nacme = "https://x.example/"\n'],
    ['yarn', '.yarnrc', 'yarn-offline-mirror "./mirror"\n'],
    ['yarn', '.yarnrc', '"@other:registry" "https://x.example/"\n'],
    ['make', 'bun.lockb', 'binary'],
  ])('%s with %s', async (program, file, text) => {
    await put(file, text);
    await expect(expectSettings(commandOf([program]), [folder], npm)).rejects.toThrow(
      /past the gate|cannot be read/,
    );
  });
  test.each([
    ['npm', 'pnpm-workspace.yaml', 'registry: https://x.example/\n'],
    ['pnpm', 'pnpm-workspace.yaml', 'packages:\n  - registry\n'],
    ['yarn', '.yarnrc', '"@acme:registry" "https://x.example/"\n'],
  ])('but %s with %s', async (program, file, text) => {
    await put(file, text);
    await expect(expectSettings(commandOf([program]), [folder], npm)).resolves.toBeUndefined();
  });
});

describe('settings of yarn 4', () => {
  const settings = (text: string, env = {}): ReturnType<typeof yarnSettings> =>
    put('.yarnrc.yml', text).then(() => yarnSettings(commandOf(['yarn']), [folder], env, npm, PROXY));

  test('with scopes are replaced for the length of the run, without their tokens', async () => {
    const found = await settings(
      "nodeLinker: node-modules\nnpmScopes:\n  acme:\n    npmRegistryServer: 'https://acme.example/npm'\n    npmAuthToken: secret\n",
    );
    const text = await read(found.name!);
    expect(JSON.parse(text)).toEqual({
      nodeLinker: 'node-modules',
      npmScopes: { acme: { npmRegistryServer: PROXY.slice(0, -1) } },
    });
    await found.remove();
    expect(await readdir(folder)).toEqual(['.yarnrc.yml']);
  });
  test.each([
    [
      "nodeLinker: node-modules\nnpmScopes:\n  acme:\n    npmRegistryServer: 'https://other.example'\n",
      /takes @acme from/,
    ],
    ['enableTelemetry: false\n', /Plug'n'Play/],
    ['a: 1\na: 2\n', /cannot be read/],
    ['- a\n', /cannot be read/],
  ])('are refused: %s', async (text, expected) => {
    await expect(settings(text)).rejects.toThrow(expected);
    expect(await readdir(folder)).toEqual(['.yarnrc.yml']);
  });
  test('without are left alone', async () => {
    expect((await settings('nodeLinker: node-modules\n')).name).toBeUndefined();
    expect((await settings('enableTelemetry: false\n', { YARN_NODE_LINKER: 'pnpm' })).name).toBeUndefined();
  });
});
