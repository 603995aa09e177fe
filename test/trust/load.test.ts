import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_MIRROR_URL } from '@sigstore/tuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { unproven } from '../../src/core/check.ts';
import { VerifyDepsError } from '../../src/core/errors.ts';
import { normalRegistry } from '../../src/core/registry-url.ts';
import { loadTrust } from '../../src/trust/load.ts';
import { readSeed } from '../../src/trust/seed.ts';
import type { RegistryTrust, Trust, TrustOptions } from '../../src/trust/types.ts';
import { Sigstore } from '../support/rig/sigstore.mjs';
import { type ClientOptions, testClient } from './mirror.ts';
import { makeKeys, makeRepository, NOW } from './repository.ts';

const sigstore = Sigstore.create({ now: NOW });
const [, current] = sigstore.npmKeys;
const PRIVATE = 'https://private.example/npm/';

let folder: string;
/** Private trust root and registry keys, as files. */
let trustRootFile: string;
let registryKeysFile: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-test-'));
  trustRootFile = await put('trusted_root.json', JSON.stringify(sigstore.trustedRoot()));
  registryKeysFile = await put('keys.json', JSON.stringify(sigstore.keysTarget()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function put(name: string, content: string | Uint8Array): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return file;
}

function load(options: Partial<TrustOptions>, client: ClientOptions = {}): Promise<Trust> {
  return loadTrust(
    {
      trustRootFile: undefined,
      tufMirror: undefined,
      tufRootFile: undefined,
      registryKeysFile: undefined,
      registries: [],
      cacheDir: path.join(folder, 'cache'),
      offline: true,
      ...options,
    },
    testClient(client),
    () => NOW,
  );
}

function registry(keys: RegistryTrust['keys'], more: Partial<RegistryTrust> = {}): RegistryTrust {
  return { url: PRIVATE, keys, mirrorOf: undefined, pinned: [], ...more };
}

const pin = {
  keyid: current.keyid,
  key: current.der.toString('base64'),
  usage: ['signatures', 'attestations'] as const,
  validFrom: undefined,
  validUntil: undefined,
};

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    expect(error.message).not.toMatch(/[\n\u001b]/);
    expect(error.hint).toBeDefined();
    return error.code;
  }
  return 'no error';
}

describe('what ships', () => {
  const seeds = createRequire(import.meta.url)('@sigstore/tuf/seeds.json') as Record<
    string,
    { targets: Record<string, string> }
  >;
  const name = Object.keys(seeds[DEFAULT_MIRROR_URL]!.targets).find((target) =>
    target.endsWith('keys.json'),
  )!;
  const publicRegistry = `https://${decodeURIComponent(name).slice(0, -'keys.json'.length)}`;
  const down = async (): Promise<Uint8Array> => {
    throw new Error('getaddrinfo ENOTFOUND\nmirror \u001b[31m');
  };

  it('is for the mirror that @sigstore/tuf uses', async () => {
    expect((await readSeed()).mirror).toBe(DEFAULT_MIRROR_URL);
  });

  it.each([
    ['offline', true],
    ['mirror down', false],
  ])('%s', async (_name, offline) => {
    const client = { defaultRegistry: publicRegistry, download: down };
    const trust = await load({ offline }, client);
    const seed = await readSeed();
    expect(trust.origin).toMatchObject({
      kind: 'shipped',
      from: DEFAULT_MIRROR_URL,
      metadata: { root: seed.rootVersion, timestamp: undefined },
    });
    expect(trust.origin.asOf).toBeLessThan(seed.expires!);
    expect(trust.origin.stale).toMatch(/^[^\n\u001b]+$/);
    expect(trust.root.certificateAuthorities.length).toBeGreaterThan(0);
    const keys = await trust.registryKeys(publicRegistry);
    expect(keys?.origin).toBe('tuf');
    expect(keys?.keys.length).toBeGreaterThan(0);
    expect(await trust.registryKeys(PRIVATE)).toBeUndefined();
  });

  it('is for the default mirror, however it is written', async () => {
    expect((await load({ tufMirror: `${DEFAULT_MIRROR_URL}//` })).origin.kind).toBe('shipped');
  });

  it('does not stand in for another anchor', async () => {
    const tufRootFile = await put('root.json', makeRepository({ keys: makeKeys(), targets: {} }).anchor);
    expect(await codeOf(load({ tufRootFile }))).toBe('trust-root-unreachable');
    expect(await codeOf(load({ tufMirror: 'https://tuf.example', tufRootFile }))).toBe(
      'trust-root-unreachable',
    );
  });

  it.each(['shipped', 'mirror', 'none'] as const)('mirrors of the default registry: %s', async (kind) => {
    const client = { defaultRegistry: publicRegistry };
    const registries = {
      shipped: [],
      mirror: [registry('mirror', { mirrorOf: 'default' })],
      none: [registry('none')],
    }[kind];
    const trust = await load({ registries }, client);
    const keys = await trust.registryKeys(PRIVATE);
    expect(keys).toEqual(kind === 'mirror' ? await trust.registryKeys(publicRegistry) : undefined);
  });
});

describe('how it is configured', () => {
  it.each<[string, Partial<TrustOptions>, string]>([
    ['a mirror without its root', { tufMirror: 'https://tuf.example/' }, 'trust-root-unreadable'],
    [
      'a mirror next to a trust root file',
      { trustRootFile: 'x', tufMirror: 'https://tuf.example/' },
      'usage',
    ],
    ['a tuf root next to a trust root file', { trustRootFile: 'x', tufRootFile: 'y' }, 'usage'],
    ['a mirror that is no url', { tufMirror: 'tuf.example' }, 'usage'],
    ['a mirror on disk', { tufMirror: 'file:///tmp/' }, 'usage'],
    ['a mirror with a query', { tufMirror: 'https://tuf.example/?x' }, 'usage'],
    ['no such trust root', { trustRootFile: '/nowhere/\u001b[31m\nroot.json' }, 'trust-root-unreadable'],
    ['no such keys', { registryKeysFile: '/nowhere/keys.json' }, 'trust-root-unreadable'],
    ['no such tuf root', { tufRootFile: '/nowhere/root.json' }, 'trust-root-unreadable'],
    ['a folder', { trustRootFile: tmpdir() }, 'trust-root-unreadable'],
    ['a registry that is no url', { registries: [registry('tuf', { url: 'private' })] }, 'policy-malformed'],
    [
      'a registry twice',
      { registries: [registry('tuf'), registry('none', { url: 'https://PRIVATE.example/npm' })] },
      'policy-conflict',
    ],
    ['no pinned keys', { registries: [registry('pinned')] }, 'policy-malformed'],
    [
      'a pinned key under the name of another',
      { registries: [registry('pinned', { pinned: [{ ...pin, keyid: 'SHA256:x' }] })] },
      'policy-malformed',
    ],
  ])('refuses %s', async (_name, options, code) => {
    expect(await codeOf(load(options))).toBe(code);
  });

  it.each([
    ['not JSON', '{'],
    ['another document', '{"keys":[]}'],
    ['too large', Buffer.alloc(5_000_000, ' ')],
  ])('refuses a trust root that is %s', async (_name, content) => {
    const file = await put('bad.json', content);
    expect(await codeOf(load({ trustRootFile: file }))).toBe('trust-root-unreadable');
    expect(await codeOf(load({ trustRootFile, registryKeysFile: file }))).toBe('trust-root-unreadable');
    if (typeof content === 'string')
      expect(await codeOf(load({ tufRootFile: file }))).toBe('trust-root-unreadable');
  });
});

describe('a private instance', () => {
  it('takes the trust root from the file', async () => {
    const trust = await load({ trustRootFile });
    expect(trust.origin).toEqual({
      kind: 'file',
      from: trustRootFile,
      metadata: undefined,
      asOf: undefined,
      stale: undefined,
    });
    expect(trust.root.transparencyLogs).toHaveLength(1);
    expect(trust.root.digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await trust.registryKeys(PRIVATE)).toBeUndefined();
    expect(await readFile(trustRootFile, 'utf8')).toBe(JSON.stringify(sigstore.trustedRoot()));
  });

  it('takes keys from the file for every registry the policy leaves open', async () => {
    const registries = [
      registry('none'),
      registry('tuf', { url: 'https://open.example/' }),
      registry('pinned', { url: 'https://pinned.example/', pinned: [pin] }),
    ];
    const trust = await load({ trustRootFile, registryKeysFile, registries });
    const count = async (url: string) => (await trust.registryKeys(url))?.keys.length;
    expect(await count('https://any.example/')).toBe(4);
    expect(await count('https://open.example/')).toBe(4);
    expect(await count('https://pinned.example/')).toBe(2);
    expect(await count(PRIVATE)).toBeUndefined();
    expect((await trust.registryKeys('https://any.example/'))?.origin).toBe('policy');
  });

  it('finds a registry however it is written, and looks it up once', async () => {
    const trust = await load({ trustRootFile, registries: [registry('pinned', { pinned: [pin] })] });
    const found = await trust.registryKeys(PRIVATE);
    expect(found).toMatchObject({ origin: 'policy', keys: [{ keyid: pin.keyid }, { keyid: pin.keyid }] });
    for (const url of ['https://Private.Example/npm', 'https://private.example:443/npm//'])
      expect(await trust.registryKeys(url)).toBe(found);
    for (const url of ['http://private.example/npm/', 'https://private.example/', 'nonsense'])
      expect(await trust.registryKeys(url)).toBeUndefined();
  });

  it('follows mirrors to the keys the policy has for their origin', async () => {
    const registries = [
      registry('mirror', { url: 'https://b.example/', mirrorOf: 'https://A.example' }),
      registry('mirror', { url: 'https://a.example/', mirrorOf: PRIVATE }),
      registry('pinned', { pinned: [pin] }),
    ];
    const trust = await load({ trustRootFile, registries });
    const keys = await trust.registryKeys('https://b.example/');
    expect(keys?.keys).toHaveLength(2);
    // Two mirrors away: publish attestations name the origin, not the mirror between.
    expect(keys?.registry).toBe(normalRegistry(PRIVATE));
  });

  it.each([
    ['itself', [registry('mirror', { mirrorOf: 'https://PRIVATE.example/npm' })], 'policy-conflict'],
    [
      'each other',
      [
        registry('mirror', { mirrorOf: 'https://a.example/' }),
        registry('mirror', { url: 'https://a.example/', mirrorOf: PRIVATE }),
      ],
      'policy-conflict',
    ],
    ['nothing', [registry('mirror')], 'policy-malformed'],
    ['no url', [registry('mirror', { mirrorOf: 'a.example' })], 'policy-malformed'],
  ])('refuses registries that mirror %s', async (_name, registries, code) => {
    const trust = await load({ trustRootFile, registries });
    expect(await codeOf(trust.registryKeys(PRIVATE))).toBe(code);
  });
});

describe('keys from the registry itself', () => {
  const served = {
    keyid: current.keyid,
    keytype: 'ecdsa-sha2-nistp256',
    scheme: 'ecdsa-sha2-nistp256',
    key: current.der.toString('base64'),
    expires: undefined,
  };
  const ask = async (keys: ClientOptions['keys']) =>
    (await load({ trustRootFile, registries: [registry('registry')] }, keys && { keys })).registryKeys(
      PRIVATE,
    );

  it('are taken where the policy says so, and asked for once', async () => {
    const client = testClient({ keys: { status: 'found', value: [served] } });
    const trust = await loadTrust(
      {
        trustRootFile,
        tufMirror: undefined,
        tufRootFile: undefined,
        registryKeysFile: undefined,
        registries: [registry('registry')],
        cacheDir: folder,
        offline: false,
      },
      client,
      () => NOW,
    );
    const [first, second] = await Promise.all([trust.registryKeys(PRIVATE), trust.registryKeys(PRIVATE)]);
    expect(first).toMatchObject({
      origin: 'registry',
      keys: [{ usage: 'signatures' }, { usage: 'attestations' }],
    });
    expect(second).toBe(first);
    expect(await trust.registryKeys('https://other.example/')).toBeUndefined();
    expect(client.keysAsked).toEqual([PRIVATE]);
  });

  it('are unknown if it has none', async () => {
    expect(await ask(unproven('absent', 'registry-keys-unknown'))).toBeUndefined();
    expect(await ask({ status: 'found', value: [] })).toBeUndefined();
    expect(await ask({ status: 'found', value: [{ ...served, scheme: 'rsa' }] })).toBeUndefined();
  });

  it.each<[string, NonNullable<ClientOptions['keys']>, string]>([
    ['it cannot be asked', unproven('unreachable', 'registry-unreachable'), 'trust-root-unreachable'],
    ['it answers nonsense', unproven('invalid', 'registry-response-invalid'), 'trust-root-invalid'],
    ['a key is broken', { status: 'found', value: [{ ...served, key: '' }] }, 'trust-root-invalid'],
  ])('end the run if %s', async (_name, keys, code) => {
    expect(await codeOf(ask(keys))).toBe(code);
  });
});
