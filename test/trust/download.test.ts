/** TUF over the registry client as the tool runs it: the statuses and bounds that the one throws and the other reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { loadTrust } from '../../src/trust/load.ts';
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
  client = createRegistryClient({
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
});
afterAll(async () => {
  await client.close();
  await mirror.close();
  await rm(folder, { recursive: true, force: true });
});

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
