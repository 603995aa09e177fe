/** TUF over the registry client as the tool runs it: the statuses and bounds that the one throws and the other reads. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { loadTrust } from '../../src/trust/load.ts';
import { openTuf, type TufTargets } from '../../src/trust/tuf.ts';
import { stateFile } from '../../src/trust/tuf-state.ts';
import type { Trust } from '../../src/trust/types.ts';
import { Sigstore } from '../support/rig/sigstore.mjs';
import { type Mirror, serveMirror } from './mirror.ts';
import { HOUR, makeKeys, makeRepository, NOW } from './repository.ts';

const sigstore = Sigstore.create({ now: NOW });
const repository = makeRepository({
  keys: makeKeys(),
  roots: [{}, {}],
  targets: { 'trusted_root.json': Buffer.from(JSON.stringify(sigstore.trustedRoot())) },
  delegated: { 'registry.example/keys.json': Buffer.from(JSON.stringify(sigstore.keysTarget())) },
});
const REGISTRY = 'https://registry.example/';

let folder: string;
let mirror: Mirror;
let client: RegistryClient;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-test-'));
  await writeFile(path.join(folder, 'root.json'), repository.anchor);
  mirror = await serveMirror(repository.files);
  client = makeClient();
});
afterAll(async () => {
  await client.close();
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

function makeClient(): RegistryClient {
  return createRegistryClient({
    npm: {
      registry: REGISTRY,
      defaultRegistry: REGISTRY,
      scopes: new Map(),
      scope: undefined,
      basic: new Map(),
      userAgent: 'test',
      flat: {},
      maxSockets: undefined,
      retries: 0,
      timeoutMs: 10_000,
    },
    store: undefined,
    backoffMs: { min: 1, max: 1 },
  });
}

function load(at: number): Promise<Trust> {
  return loadTrust(
    {
      trustRootFile: undefined,
      tufMirror: mirror.url,
      tufRootFile: path.join(folder, 'root.json'),
      registryKeysFile: undefined,
      registries: [],
      cacheDir: path.join(folder, 'cache'),
      offline: false,
    },
    client,
    () => at,
  );
}

it('follows the repository to its end, and goes on with what it has when nothing is handed out', async () => {
  const first = await load(NOW);
  expect(first.origin).toMatchObject({ kind: 'tuf', metadata: { root: 2, timestamp: 1 } });
  expect((await first.registryKeys(REGISTRY))?.keys).toHaveLength(4);

  mirror.status.set('*', 403);
  const second = await load(NOW + 2 * HOUR);
  expect(second.origin).toMatchObject({ kind: 'cache', asOf: NOW });
  expect(second.origin.stale).toContain('403');
  mirror.status.clear();
});

it('takes more than the bounds allow for bad, not for missing', async () => {
  mirror.files = new Map([...repository.files, ['timestamp.json', Buffer.alloc(100_000, ' ')]]);
  await expect(load(NOW + 4 * HOUR)).rejects.toMatchObject({ code: 'trust-root-invalid' });
});

/** A byte now and then, and never the last one. */
function drip(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '200' }).write('{');
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
}

function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ');
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200).on('drain', more);
  more();
}

/** Longer than any metadata is when unpacked, and short on the wire. */
function bomb(response: ServerResponse): void {
  response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(4_000_000, ' ')));
}

function breakOff(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '200' }).write('{');
  setTimeout(() => response.destroy(), 20);
}

const redirect =
  (location: string) =>
  (response: ServerResponse): void => {
    response.writeHead(302, { location }).end();
  };

describe('a mirror that does not answer as one should', () => {
  let cacheDir: string;
  let own: RegistryClient;
  const open = (at: number): Promise<TufTargets> =>
    openTuf({
      mirror: mirror.url,
      anchor: repository.anchor,
      seed: undefined,
      cacheDir,
      offline: false,
      download: (url, bytesMax) => own.download(url, bytesMax),
      clock: () => at,
      wanted: [],
      patienceMs: 500,
    });
  const targetFile = [...repository.files.keys()].find((name) => name.endsWith('trusted_root.json'))!;

  beforeEach(async () => {
    cacheDir = await mkdtemp(path.join(folder, 'cache-'));
    mirror.files = repository.files;
    // A host that has failed often is not asked again.
    own = makeClient();
  });
  afterEach(async () => {
    mirror.handlers.clear();
    await own.close();
  });

  describe.each(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json', targetFile])(
    '%s',
    (name) => {
      it.each([
        ['drips', drip, 'has not come whole within 1 s'],
        ['never answers', () => undefined, 'has not come whole within 1 s'],
        ['breaks off', breakOff, /connection reset|answer broke off/],
        ['leads in circles', redirect(`/tuf/${name}`), 'too many redirects'],
        ['leads to a file', redirect('file:///etc/passwd'), 'redirect to another protocol'],
      ])('%s: it cannot be asked', async (_what, handler, why) => {
        mirror.handlers.set(name, handler);
        await expect(open(NOW)).rejects.toMatchObject({
          code: 'trust-root-unreachable',
          message: expect.stringMatching(why),
        });
      });

      it.each([
        ['has no end', endless],
        ['is a bomb', bomb],
      ])('%s: it is refused', async (_what, handler) => {
        mirror.handlers.set(name, handler);
        await expect(open(NOW)).rejects.toMatchObject({
          code: 'trust-root-invalid',
          message: expect.stringMatching(/expected at most \d+ bytes but got more$/),
        });
      });
    },
  );

  it('what the cache has counts where a mirror drips, and not where it has no end', async () => {
    await open(NOW);
    const before = await readFile(stateFile(cacheDir, mirror.url), 'utf8');
    mirror.handlers.set('timestamp.json', drip);
    const { origin } = await open(NOW + 2 * HOUR);
    expect(origin).toMatchObject({ kind: 'cache', asOf: NOW });
    expect(origin.stale).toContain('has not come whole within 1 s');
    mirror.handlers.set('timestamp.json', endless);
    await expect(open(NOW + 2 * HOUR)).rejects.toMatchObject({ code: 'trust-root-invalid' });
    expect(await readFile(stateFile(cacheDir, mirror.url), 'utf8')).toBe(before);
  });

  it('leads elsewhere: the place does not matter, the signatures do', async () => {
    const elsewhere = await serveMirror(repository.files);
    for (const name of repository.files.keys())
      mirror.handlers.set(name, redirect(`${elsewhere.url}/${name}`));
    expect((await open(NOW)).origin).toMatchObject({ kind: 'tuf', from: mirror.url });
    elsewhere.files = new Map(
      [...repository.files].map(([name, bytes]) => [
        name,
        name === 'timestamp.json' ? Buffer.from('{}') : bytes,
      ]),
    );
    await expect(open(NOW + 2 * HOUR)).rejects.toMatchObject({ code: 'trust-root-invalid' });
    await elsewhere.close();
  });
});
