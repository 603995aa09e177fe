import { describe, expect, test } from 'vitest';
import { commandOf } from '../../../src/hooks/run/command.ts';
import { environmentFor, wordsFor } from '../../../src/hooks/run/environment.ts';
import { expectOptions } from '../../../src/hooks/run/refusals.ts';
import type { NpmOptions } from '../../../src/registry/npmrc.ts';

const of = (line: string): ReturnType<typeof commandOf> => commandOf(line.split(' '));

describe('commandOf', () => {
  test.each([
    ['npm ci', 'npm', true, false],
    ['npm clean-install --omit=dev', 'npm', true, false],
    ['npm install', 'npm', false, false],
    ['/usr/bin/node /x/npm/bin/npm-cli.js ci', 'npm', true, false],
    ['node C:\\npm\\bin\\npx-cli.js x', 'npm', false, true],
    ['npx create-app', 'npm', false, true],
    ['npm exec x', 'npm', false, true],
    ['npm init app', 'npm', false, true],
    ['pnpm install --frozen-lockfile', 'pnpm', true, false],
    ['pnpm ci', 'pnpm', true, false],
    ['pnpm.CMD add x', 'pnpm', false, false],
    ['pnpm dlx x', 'pnpm', false, true],
    ['corepack pnpm@10 install', 'pnpm', false, false],
    ['pnpx x', 'pnpm', false, true],
    ['yarn install --immutable', 'yarn', true, false],
    ['yarn', 'yarn', false, false],
    ['yarnpkg add x', 'yarn', false, false],
    ['bun install', 'bun', false, false],
    ['bunx x', 'bun', false, true],
    ['bun x y', 'bun', false, true],
    ['deno install --frozen', 'deno', true, false],
    ['make install', undefined, false, false],
    ['node script.js', undefined, false, false],
    ['sh -c npm', undefined, false, false],
    ['npmx ci', undefined, false, false],
  ])('%s', (line, manager, frozen, runsPackages) => {
    expect(of(line)).toMatchObject({ manager, frozen, runsPackages });
  });
});

test.each([
  ['npm install', true],
  ['npm ci', true],
  ['yarn', true],
  ['npm install -g x', false],
  ['npm test', false],
  ['pnpm run build', false],
  ['deno task build', false],
  ['npx x', false],
  ['make', false],
])('%s installs in the project: %s', (line, expected) => {
  expect(of(line).installs).toBe(expected);
});

describe('options that lead past the gate', () => {
  test.each([
    'npm install --registry=https://x.example',
    'npm install --registry https://x.example',
    'npm install --@acme:registry=https://x.example',
    'npm --userconfig x ci',
    'npm ci --cache /tmp/x',
    'npm --prefix x ci',
    'npm -C x ci',
    'pnpm -C x install',
    'pnpm --config.registry=https://x.example install',
    'pnpm --config.@acme:registry=https://x.example install',
    'pnpm install --store-dir /x',
    'pnpm --dir=x install',
    'yarn --cwd x install',
    'yarn install --cache-folder x',
    'bun install -c other.toml',
    'bun install --cwd=x',
    'npx --registry=https://x.example create-app',
  ])('%s', (line) => {
    expect(() => expectOptions(of(line))).toThrow(/past the gate/);
  });

  test.each([
    'npm install --registry-of-a-kind',
    'npm ci --omit=dev',
    'npx create-app --registry=https://x.example',
    'npm run build -- --cache x',
    'npm run build --dir x',
    'pnpm dlx create-app --dir x',
    'make -C x install',
    'npm exec -- create-app --prefix x',
  ])('not in %s', (line) => {
    expect(() => expectOptions(of(line))).not.toThrow();
  });
});

const npm = {
  registry: 'https://registry.example/',
  scopes: new Map([['@acme', 'https://acme.example/']]),
  flat: { noProxy: ['intern.example'] },
} as unknown as NpmOptions;

describe('the environment', () => {
  const settings = (line: string): Parameters<typeof environmentFor>[1] => ({
    url: 'http://127.0.0.1:9/',
    caches: '/caches',
    npm,
    command: of(line),
    yarnSettings: undefined,
  });

  test('wins over whatever says the same in another case', () => {
    const env = environmentFor(
      {
        NPM_CONFIG_REGISTRY: 'x',
        npm_config_Registry: 'x',
        'npm_config_@acme:registry': 'x',
        'npm_config_@other:registry': 'x',
        NPM_CONFIG_CACHE: 'x',
        PNPM_CONFIG_REGISTRY: 'x',
        YARN_NPM_REGISTRY_SERVER: 'x',
        Bun_Config_Registry: 'x',
        NO_PROXY: 'a.example',
        no_proxy: 'b.example',
        HTTP_PROXY: 'http://proxy.example',
        PATH: '/bin',
      },
      settings('npm ci'),
    );
    expect(Object.values(env)).not.toContain('x');
    expect(env).toMatchObject({
      npm_config_registry: 'http://127.0.0.1:9/',
      'npm_config_@acme:registry': 'http://127.0.0.1:9/',
      HTTP_PROXY: 'http://proxy.example',
      NO_PROXY: 'a.example,b.example,intern.example,127.0.0.1,localhost',
      PATH: '/bin',
    });
  });

  test('has no setting that npm 12 would warn of, and those of pnpm for pnpm', () => {
    expect(environmentFor({}, settings('npm ci'))).not.toHaveProperty('npm_config_store_dir');
    expect(environmentFor({}, settings('pnpm install'))).toHaveProperty('npm_config_store_dir');
    expect(environmentFor({}, settings('make'))).toHaveProperty('npm_config_store_dir');
  });

  test('and pnpm is told of scopes in words, behind its name', () => {
    expect(wordsFor(['node', 'pnpm.cjs', 'install'], { ...settings('node pnpm.cjs install') })).toEqual([
      'node',
      'pnpm.cjs',
      '--config.@acme:registry=http://127.0.0.1:9/',
      '--config.@jsr:registry=http://127.0.0.1:9/',
      'install',
    ]);
    expect(wordsFor(['npm', 'ci'], settings('npm ci'))).toEqual(['npm', 'ci']);
  });
});
