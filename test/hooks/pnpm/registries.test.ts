import { expect, test } from 'vitest';
import { accessOf, catalogsOf, npmEnv, registriesOf } from '../../../src/hooks/pnpm/registries.ts';

const A = 'https://a.example/';
const B = 'https://b.example/npm/';

test('registries, as pnpm 10 and as later ones name them', () => {
  expect(registriesOf({ registries: { default: A, '@acme': B } })).toEqual({ default: A, '@acme': B });
  expect(registriesOf({ registriesByScope: { default: A, '@acme': B } })).toEqual({ default: A, '@acme': B });
  expect(
    registriesOf({ registries: { default: 1, '@acme': 'file:///etc', 'x:y': A, '@a:b': A, '@c d': A } }),
  ).toEqual({});
  expect(registriesOf({})).toEqual({});
});

test('tokens and proxies, and nothing else of the settings', () => {
  const token = { '//a.example/:_authToken': 'secret', registry: A, 'user-agent': 'x', '//b.example/:n': 1 };
  const found = { '//a.example/:_authToken': 'secret' };
  expect(accessOf({ rawConfig: token })).toEqual(found);
  expect(accessOf({ authConfig: token, cert: null, ca: null })).toEqual(found);
  expect(
    accessOf({ httpsProxy: 'http://p.example', noProxy: 'c.example', ca: ['x', 'y'], strictSsl: false }),
  ).toEqual({ https_proxy: 'http://p.example', noproxy: 'c.example', ca: 'x\n\ny', strict_ssl: 'false' });
});

test('they replace what the variables of npm say, in whatever case', () => {
  const env = { NPM_CONFIG_REGISTRY: B, npm_config_cache: '/c', PATH: '/bin' };
  expect(npmEnv(env, { default: A, '@acme': B }, { '//b.example/npm/:_authToken': 't' })).toEqual({
    npm_config_cache: '/c',
    PATH: '/bin',
    npm_config_registry: A,
    'npm_config_@acme:registry': B,
    'npm_config_//b.example/npm/:_authToken': 't',
  });
  expect(npmEnv(env, {}, {})).toEqual(env);
});

test('catalogs', () => {
  expect(catalogsOf({ catalogs: { default: { a: '^1', b: 2 }, other: null } })).toEqual({
    default: { a: '^1' },
    other: {},
  });
  expect(catalogsOf({})).toEqual({});
});
