import { expect, test } from 'vitest';
import { registrySettings } from '../../../src/hooks/yarn/registry-settings.ts';

function settings(values: Readonly<Record<string, unknown>>, sources = Object.keys(values)) {
  const configuration = {
    sources: new Map(sources.map((key) => [key, '/project/.yarnrc.yml'])),
    get(key: string) {
      if (!Object.hasOwn(values, key)) throw new Error('invalid key');
      return values[key];
    },
  };
  return registrySettings(configuration, { HOME: '/home' }, (file) => `native:${file}`);
}

test('a default of yarn leaves the registry to the configuration of npm', () => {
  const found = settings({ npmRegistryServer: 'https://yarn.example' }, []);
  expect(found).toEqual({ registry: undefined, env: { HOME: '/home' } });
});

test('registry, scopes and credentials get the names that npm has for them', () => {
  const scope = (entries: Readonly<Record<string, unknown>>) => new Map(Object.entries(entries));
  const { registry, env } = settings({
    npmRegistryServer: 'https://registry.example/npm',
    npmAuthToken: 'top',
    npmAuthIdent: null,
    npmScopes: new Map([
      ['acme', scope({ npmRegistryServer: 'http://127.0.0.1:4873', npmAuthToken: 'of-acme' })],
      ['other', scope({ npmRegistryServer: null, npmAuthIdent: 'user:pass' })],
    ]),
    npmRegistries: new Map([['//third.example', scope({ npmAuthIdent: 'dXNlcjpwYXNz' })]]),
    httpsProxy: 'http://proxy.example:3128',
    httpsCaFilePath: '/etc/ca.pem',
  });
  expect(registry).toBe('https://registry.example/npm/');
  expect(env).toEqual({
    HOME: '/home',
    'npm_config_//registry.example/npm/:_authToken': 'top',
    'npm_config_//registry.example/npm/:_auth': 'dXNlcjpwYXNz',
    'npm_config_@acme:registry': 'http://127.0.0.1:4873/',
    'npm_config_//127.0.0.1:4873/:_authToken': 'of-acme',
    'npm_config_//third.example/:_auth': 'dXNlcjpwYXNz',
    npm_config_https_proxy: 'http://proxy.example:3128',
    npm_config_cafile: 'native:/etc/ca.pem',
  });
});

test('what is no URL gets no credentials', () => {
  const { env } = settings({ npmRegistries: new Map([['not a url', new Map([['npmAuthToken', 'x']])]]) });
  expect(env).toEqual({ HOME: '/home' });
});
