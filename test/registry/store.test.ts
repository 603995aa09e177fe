import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import {
  decodeEntry,
  type EntryKey,
  type EntryParts,
  encodeEntry,
  entryId,
} from '../../src/registry/entry.ts';
import { openEvidenceStore } from '../../src/registry/store.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { json, manifestOf, npmOptions, startServer, type TestServer } from './server.ts';

const DAY = 86_400_000;
const key: EntryKey = { registry: 'https://registry.example/', name: 'a', version: '1.0.0' };
const found = { outcome: 'found', bytes: Buffer.from('evidence') } as const;

let root: string;
let count = 0;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'verify-deps-store-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const fresh = (): string => path.join(root, String(count++));
const fileOf = (folder: string, of: EntryKey): string => {
  const id = entryId(of);
  return path.join(folder, 'evidence-v1', id.slice(0, 1), id.slice(1));
};

async function readBack(folder: string, now: number, of: EntryKey = key): Promise<string | undefined> {
  const answer = await openEvidenceStore({ folder, clock: () => now }).read(of, 'manifest');
  return answer && Buffer.from(answer.bytes).toString();
}

async function written(folder: string, of: EntryKey = key): Promise<string> {
  const store = openEvidenceStore({ folder, clock: () => 1000 });
  store.write(of, 'manifest', found, 'long');
  await store.flush();
  return fileOf(folder, of);
}

describe('an entry', () => {
  const parts: EntryParts = new Map([
    ['manifest', { ...found, time: 1, until: 2 }],
    ['attestations', { outcome: 'absent', bytes: new Uint8Array(), time: 3, until: 4 }],
  ]);

  it('reads back as written', () => {
    const odd = { ...key, name: 'a\n"__proto__' };
    const back = decodeEntry(encodeEntry(odd, parts), odd) ?? [];
    const plain = (map: Iterable<[string, { bytes: Uint8Array }]>): unknown =>
      [...map].map(([kind, part]) => [kind, { ...part, bytes: Buffer.from(part.bytes).toString() }]);
    expect(plain(back)).toEqual(plain(parts));
  });

  it('is dropped with any bit flipped, any byte cut off or added', () => {
    const file = encodeEntry(key, parts);
    for (let i = 0; i < file.length; i++) {
      const flipped = Uint8Array.from(file);
      flipped[i]! ^= 1 << (i % 8);
      expect(decodeEntry(flipped, key)).toBeUndefined();
      expect(decodeEntry(file.subarray(0, i), key)).toBeUndefined();
    }
    expect(decodeEntry(Buffer.concat([file, Buffer.from('x')]), key)).toBeUndefined();
  });

  it.each<[string, Partial<EntryKey>]>([
    ['another package', { name: 'b' }],
    ['another version', { version: '1.0.1' }],
    ['another registry', { registry: 'https://mirror.example/' }],
  ])('of %s is not believed', (_, other) => {
    expect(decodeEntry(encodeEntry({ ...key, ...other }, parts), key)).toBeUndefined();
  });
});

describe('the store', () => {
  it('keeps both parts of a package in one file', async () => {
    const folder = fresh();
    const store = openEvidenceStore({ folder, clock: () => 1000 });
    store.write(key, 'manifest', found, 'long');
    expect(await store.read(key, 'manifest')).toEqual(found);
    await store.flush();
    store.write(key, 'attestations', { outcome: 'absent', bytes: new Uint8Array() }, 'short');
    await store.flush();
    const again = openEvidenceStore({ folder, clock: () => 2000 });
    expect(await again.read(key, 'manifest')).toEqual(found);
    expect(await again.read(key, 'attestations')).toMatchObject({ outcome: 'absent' });
    expect(await again.read(key, 'time')).toBeUndefined();
    expect(await again.read({ ...key, name: 'b' }, 'manifest')).toBeUndefined();
  });

  it.each([
    ['long', 30 * DAY - 1, true],
    ['long', 30 * DAY, false],
    ['short', 15 * 60_000 - 1, true],
    ['short', 15 * 60_000, false],
    ['long', -5 * 60_000, true],
    ['long', -5 * 60_000 - 1, false],
  ] as const)('a %s answer after %i ms: %s', async (lifetime, after, stands) => {
    const folder = fresh();
    const store = openEvidenceStore({ folder, clock: () => 10 * DAY });
    store.write(key, 'manifest', found, lifetime);
    await store.flush();
    expect(await readBack(folder, 10 * DAY + after)).toBe(stands ? 'evidence' : undefined);
  });

  it('does not believe a lifetime longer than its own', async () => {
    const folder = fresh();
    const file = await written(folder);
    await writeFile(file, encodeEntry(key, new Map([['manifest', { ...found, time: 0, until: 31 * DAY }]])));
    expect(await readBack(folder, 1000)).toBeUndefined();
  });

  it.each<[string, (bytes: Uint8Array) => Uint8Array]>([
    ['damaged', (bytes) => Buffer.from(bytes).fill('x', bytes.length - 2)],
    ['half', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => new Uint8Array()],
    ['of another package', () => encodeEntry({ ...key, name: 'b' }, new Map())],
  ])('drops a file that is %s', async (_, change) => {
    const folder = fresh();
    const file = await written(folder);
    await writeFile(file, change(await readFile(file)));
    const store = openEvidenceStore({ folder, clock: () => 1000 });
    expect(await store.read(key, 'manifest')).toBeUndefined();
    expect(store.state.dropped).toBe(1);
    await vi.waitFor(async () => expect(await readdir(path.dirname(file))).toEqual([]));
  });

  it('works without a folder it can write to, and says so', async () => {
    const file = fresh();
    await writeFile(file, 'a file where a folder should be');
    const store = openEvidenceStore({ folder: path.join(file, 'below'), clock: () => 1000 });
    for (let i = 0; i < 4; i++) store.write({ ...key, version: `${i}.0.0` }, 'manifest', found, 'long');
    await store.flush();
    expect(store.state.unwritable).toBe('ENOTDIR');
    expect(await store.read({ ...key, version: '1.0.0' }, 'manifest')).toEqual(found);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'reads what it may not write',
    async () => {
      const folder = fresh();
      await written(folder);
      await chmod(path.join(folder, 'evidence-v1'), 0o500);
      expect(await readBack(folder, 1000)).toBe('evidence');
      await chmod(path.join(folder, 'evidence-v1'), 0o700);
    },
  );

  it.skipIf(process.platform === 'win32')('is for its user only', async () => {
    const folder = fresh();
    await mkdir(folder, { recursive: true });
    const file = await written(folder);
    expect((await stat(path.dirname(file))).mode & 0o077).toBe(0);
  });

  it('leaves huge answers out', async () => {
    const folder = fresh();
    const store = openEvidenceStore({ folder, clock: () => 1000 });
    store.write(key, 'manifest', { outcome: 'found', bytes: Buffer.alloc(524_289) }, 'long');
    await store.flush();
    expect(await store.read(key, 'manifest')).toBeUndefined();
  });

  it('writes many more entries than it holds', async () => {
    const folder = fresh();
    const store = openEvidenceStore({ folder, clock: () => 1000 });
    const keys = Array.from({ length: 700 }, (_, i) => ({ ...key, version: `${i}.0.0` }));
    for (const of of keys) {
      await store.read(of, 'manifest');
      store.write(of, 'manifest', { outcome: 'found', bytes: Buffer.from(of.version) }, 'long');
      await store.read(of, 'attestations');
      store.write(of, 'attestations', found, 'long');
    }
    await store.flush();
    const again = openEvidenceStore({ folder, clock: () => 1000 });
    for (const of of keys) {
      expect(Buffer.from((await again.read(of, 'manifest'))!.bytes).toString()).toBe(of.version);
      expect(await again.read(of, 'attestations')).toEqual(found);
    }
  });

  it('several processes may write the same entries', async () => {
    const folder = fresh();
    const script = `
      import { runnerImport } from 'vite';
      const { module } = await runnerImport(${JSON.stringify(path.resolve('src/registry/store.ts'))}, { configFile: false });
      for (let round = 0; round < 5; round++) {
        const store = module.openEvidenceStore({ folder: ${JSON.stringify(folder)}, clock: () => 1000 });
        const key = (i) => ({ registry: 'https://registry.example/', name: 'a', version: i + '.0.0' });
        for (let i = 0; i < 30; i++) await store.read(key(i), 'manifest');
        for (let i = 0; i < 30; i++) {
          store.write(key(i), 'manifest', { outcome: 'found', bytes: Buffer.alloc(20000 + process.pid % 100, i) }, 'long');
        }
        await store.flush();
        if (store.state.unwritable !== undefined || store.state.dropped > 0) process.exitCode = 9;
      }`;
    const codes = await Promise.all(
      [1, 2, 3].map(
        () =>
          new Promise((resolve) =>
            spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'inherit' }).on(
              'close',
              resolve,
            ),
          ),
      ),
    );
    expect(codes).toEqual([0, 0, 0]);
    const store = openEvidenceStore({ folder, clock: () => 1000 });
    for (let i = 0; i < 30; i++) {
      const answer = await store.read({ ...key, version: `${i}.0.0` }, 'manifest');
      expect(answer?.bytes.every((byte) => byte === i)).toBe(true);
    }
    const left = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.tmp'));
    expect(left).toEqual([]);
  });
});

describe('a client with a store', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.close());

  async function run(
    folder: string,
    now: number,
    use: (client: RegistryClient) => Promise<void>,
  ): Promise<number> {
    server.seen.length = 0;
    const store = openEvidenceStore({ folder, clock: () => now });
    const client = createRegistryClient({ npm: npmOptions(server.url, { retries: 0 }), store });
    await use(client);
    await client.close();
    return server.seen.length;
  }
  const a = { name: 'a', version: '1.0.0' };

  it('asks each question once, whatever the outcome of the second run', async () => {
    const folder = fresh();
    server.handle = (request, response) => {
      if (request.url === '/a/1.0.0')
        json(response, manifestOf('a', '1.0.0', { attestations: { provenance: {} } }));
      else if (request.url === '/a') {
        json(response, {
          versions: { '1.0.0': manifestOf('a', '1.0.0') },
          time: { '1.0.0': '2024-01-01T00:00:00Z' },
        });
      } else json(response, { attestations: [{}] });
    };
    const answers: unknown[] = [];
    const all = async (client: RegistryClient): Promise<void> => {
      answers.push([
        await client.manifest(a),
        await client.attestations(a),
        await client.fullManifest(a),
        await client.publishTime(a),
      ]);
    };
    expect(await run(folder, 1000, all)).toBe(3);
    expect(await run(folder, 2000, all)).toBe(0);
    expect(answers[1]).toEqual(answers[0]);
    expect(await readdir(path.join(folder, 'evidence-v1'))).toHaveLength(1);
  });

  it.each<[string, unknown, number, number]>([
    ['a signed manifest', manifestOf('a', '1.0.0'), 200, 0],
    ['a manifest without evidence', manifestOf('a', '1.0.0', { signatures: [] }), 200, 1],
    ['the manifest of another version', manifestOf('a', '2.0.0'), 200, 1],
    ['the manifest of another package', manifestOf('b', '1.0.0'), 200, 1],
    ['no manifest', {}, 404, 2],
    ['a server error', {}, 500, 1],
    ['nonsense', [], 200, 1],
  ])('%s after an hour', async (_, body, status, requests) => {
    const folder = fresh();
    server.handle = (_request, response) => json(response, body, status);
    const ask = async (client: RegistryClient): Promise<void> => void (await client.manifest(a));
    await run(folder, 0, ask);
    expect(await run(folder, 3_600_000, ask)).toBe(requests);
  });

  it.each<[string, unknown, number, number, number]>([
    ['attestations', { attestations: [{}] }, 200, 0, 0],
    ['an empty list', { attestations: [] }, 200, 0, 1],
    ['no attestations', {}, 404, 0, 1],
    ['a server error', {}, 500, 1, 1],
    ['a refusal', {}, 403, 1, 1],
  ])('%s at once and after an hour', async (_, body, status, atOnce, later) => {
    const folder = fresh();
    server.handle = (_request, response) => json(response, body, status);
    const ask = async (client: RegistryClient): Promise<void> => void (await client.attestations(a));
    await run(folder, 0, ask);
    expect(await run(folder, 1, ask)).toBe(atOnce);
    expect(await run(folder, 3_600_000, ask)).toBe(later);
  });

  it('asks again for what is damaged', async () => {
    const folder = fresh();
    server.handle = (_, response) => json(response, manifestOf('a', '1.0.0'));
    const ask = async (client: RegistryClient): Promise<void> => {
      expect(await client.manifest(a)).toMatchObject({ status: 'found' });
    };
    await run(folder, 1000, ask);
    await writeFile(fileOf(folder, { ...key, registry: server.url }), 'damaged');
    expect(await run(folder, 1000, ask)).toBe(1);
    expect(await run(folder, 1000, ask)).toBe(0);
  });
});
