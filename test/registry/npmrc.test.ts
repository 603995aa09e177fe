import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNpmrc, type NpmOptions } from '../../src/registry/npmrc.ts';

let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'verify-deps-npmrc-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** How an npmrc writes a variable of the environment. */
const variable = (name: string): string => `$\{${name}}`;

interface Setup {
  readonly project?: string;
  readonly user?: string;
  readonly global?: string;
  readonly env?: Record<string, string>;
  readonly registry?: string;
}

/** Loads from a project, home and prefix of their own. */
async function load(setup: Setup): Promise<NpmOptions> {
  const base = path.join(root, String(count++));
  const [project, home, prefix] = ['project', 'home', 'prefix'].map((name) => path.join(base, name)) as [
    string,
    string,
    string,
  ];
  for (const folder of [project, home, path.join(prefix, 'etc')]) await mkdir(folder, { recursive: true });
  await writeFile(path.join(project, 'package.json'), '{}');
  if (setup.project !== undefined) await writeFile(path.join(project, '.npmrc'), setup.project);
  if (setup.global !== undefined) await writeFile(path.join(prefix, 'etc', 'npmrc'), setup.global);
  const user = path.join(home, '.npmrc');
  if (setup.user !== undefined) await writeFile(user, setup.user);
  return loadNpmrc({
    cwd: project,
    env: { HOME: home, PREFIX: prefix, npm_config_userconfig: user, ...setup.env },
    registry: setup.registry,
  });
}

describe('where a registry comes from', () => {
  it('is the library default without any configuration', async () => {
    const npm = await load({});
    expect(npm.registry).toBe(npm.defaultRegistry);
    expect(npm.registry).toMatch(/^https:\/\/[^/]+\/$/);
    expect(npm.maxSockets).toBeUndefined();
    expect(npm.userAgent).toMatch(/^verify-deps/);
  });

  it.each<[string, Setup, string]>([
    ['global', { global: 'registry=http://g.example' }, 'http://g.example/'],
    [
      'user over global',
      { global: 'registry=http://g.example', user: 'registry=http://u.example/n' },
      'http://u.example/n/',
    ],
    [
      'project over user',
      { user: 'registry=http://u.example', project: 'registry=http://p.example' },
      'http://p.example/',
    ],
    [
      'environment over project',
      { project: 'registry=http://p.example', env: { npm_config_registry: 'http://e.example' } },
      'http://e.example/',
    ],
    [
      'caller over environment',
      { env: { NPM_CONFIG_REGISTRY: 'http://e.example' }, registry: 'http://c.example' },
      'http://c.example/',
    ],
    [
      'variables',
      { project: `registry=http://${variable('WHERE')}.example`, env: { WHERE: 'v' } },
      'http://v.example/',
    ],
  ])('%s', async (_, setup, registry) => {
    expect((await load(setup)).registry).toBe(registry);
  });

  it('reads scopes, credentials and the network', async () => {
    const npm = await load({
      user: [
        '@s:registry=http://s.example/npm',
        `//s.example/npm/:_authToken=${variable('TOKEN')}`,
        'proxy=http://proxy.example:3128',
        'noproxy=a.example,b.example',
        'strict-ssl=false',
        'fetch-retries=3',
        'fetch-timeout=7000',
        'maxsockets=4',
        'user-agent=mine',
        'cache=/elsewhere',
      ].join('\n'),
      env: { TOKEN: 'secret' },
    });
    expect(npm.scopes).toEqual(new Map([['@s', 'http://s.example/npm/']]));
    expect(npm).toMatchObject({ retries: 3, timeoutMs: 7000, maxSockets: 4, userAgent: 'mine' });
    expect(npm.flat).toMatchObject({
      '//s.example/npm/:_authToken': 'secret',
      proxy: 'http://proxy.example:3128/',
      noProxy: 'a.example,b.example',
      strictSSL: false,
    });
    expect(npm.flat.cache).toBeUndefined();
  });

  it('reads CAs from a file', async () => {
    const file = path.join(root, 'ca.pem');
    await writeFile(file, '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n');
    expect((await load({ user: `cafile=${file}` })).flat.ca).toEqual([
      '-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----',
    ]);
  });

  it('takes credentials out of the URL', async () => {
    const npm = await load({ user: 'registry=http://me:p%40ss@r.example/x' });
    expect(npm.registry).toBe('http://r.example/x/');
    expect(npm.basic.get('http://r.example/x/')).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(JSON.stringify(npm.flat)).not.toContain('p%40ss');
  });

  it('bounds what a hostile project may demand', async () => {
    const npm = await load({ project: 'fetch-retries=1000000\nfetch-timeout=99999999999' });
    expect(npm).toMatchObject({ retries: 5, timeoutMs: 300_000 });
  });

  it('leaves the environment of the caller alone', async () => {
    const env = { HOME: root };
    await loadNpmrc({ cwd: root, env });
    expect(env).toEqual({ HOME: root });
  });
});

describe('what is refused', () => {
  it.each<[string, Setup]>([
    ['registry is no URL', { project: 'registry=not a url' }],
    ['registry of another protocol', { project: 'registry=file:///etc' }],
    ['scope registry is no URL', { project: '@s:registry=nowhere' }],
    ['scope registry of another protocol', { user: '@s:registry=javascript:alert(1)' }],
    ['proxy is no URL', { project: 'proxy=nowhere' }],
    ['proxy of another protocol', { project: 'https-proxy=ftp://a.example' }],
    ['unscoped credentials', { user: '_authToken=abc' }],
    ['settings that exclude each other', { project: 'provenance=true\nprovenance-file=x' }],
    ['npmrc larger than any', { project: `#${'x'.repeat(1_048_577)}` }],
  ])('%s', async (_, setup) => {
    await expect(load(setup)).rejects.toMatchObject({
      name: 'VerifyDepsError',
      code: 'npmrc-malformed',
      message: expect.stringMatching(/^npm configuration: [^\n]+$/),
    });
  });

  it.skipIf(process.platform === 'win32').each<[string, Setup]>([
    ['cafile', { project: 'cafile=/dev/zero' }],
    ['userconfig', { project: 'userconfig=/dev/zero', env: { npm_config_userconfig: '' } }],
    ['globalconfig', { project: 'globalconfig=/dev/zero' }],
    ['client certificate', { project: '//r.example/:certfile=/dev/zero\n//r.example/:keyfile=/dev/zero' }],
  ])('a device as %s', async (_, setup) => {
    await expect(load(setup)).rejects.toMatchObject({ code: 'npmrc-malformed' });
  });

  it('a bad registry of the caller', async () => {
    await expect(load({ registry: 'nowhere' })).rejects.toMatchObject({ code: 'usage' });
  });

  it('without showing credentials or control characters', async () => {
    const outcome = load({ project: '@s:registry=ftp://me:secret@r.example/\u001b[2J' });
    const error = (await outcome.catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain('ftp://***@r.example/');
    expect(error.message).not.toMatch(/secret|\u001b/);
  });
});
