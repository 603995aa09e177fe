import {
  chmod,
  mkdir,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { EvidenceStore } from '../../src/registry/store.ts';
import type { Answer, RegistryClient } from '../../src/registry/types.ts';
import { json, manifestOf, npmOptions, startServer, type TestServer } from './server.ts';
import {
  absent,
  DAY,
  folders,
  found,
  key,
  namesIn,
  onlyPack,
  openAt,
  readBack,
  rootOf,
  stateOf,
  version,
  writeOne,
} from './store-support.ts';

const fresh = folders();
const MINUTE = 60_000;
const bodyOf = (answer: Answer<Uint8Array>): unknown =>
  answer.status === 'found' ? Buffer.from(answer.value).toString() : answer;

describe('the store', () => {
  it('answers what was written, at once and from the disk', async () => {
    const folder = fresh();
    const store = openAt(folder, 1000);
    const answer = { ...found, time: 1000 };
    store.write(key, 'manifest', found, 'long');
    expect(store.read(key, 'manifest')).toEqual(answer);
    await store.flush();
    expect(store.read(key, 'manifest')).toEqual(answer);
    store.write(key, 'attestations', absent, 'short');
    await store.flush();
    const again = openAt(folder, 2000);
    expect(again.read(key, 'manifest')).toEqual(answer);
    expect(again.read(key, 'attestations')).toMatchObject({ outcome: 'absent', time: 1000 });
    expect(again.read(key, 'time')).toBeUndefined();
    expect(again.read({ ...key, name: 'b' }, 'manifest')).toBeUndefined();
    expect(again.state).toMatchObject({ unwritable: undefined, dropped: 0 });
  });

  it.each([
    ['long', 30 * DAY - 1, true],
    ['long', 30 * DAY, false],
    ['short', 15 * MINUTE - 1, true],
    ['short', 15 * MINUTE, false],
    ['long', -5 * MINUTE, true],
    ['long', -5 * MINUTE - 1, false],
  ] as const)('a %s answer after %i ms: %s', async (lifetime, after, stands) => {
    const folder = fresh();
    const store = openAt(folder, 40 * DAY);
    store.write(key, 'manifest', found, lifetime);
    await store.flush();
    expect(readBack(folder, 40 * DAY + after)).toBe(stands ? 'evidence' : undefined);
  });

  it.each([
    ['found', 'manifest', 'long', 400 * DAY, true],
    ['found', 'manifest', 'short', 400 * DAY, true],
    ['found', 'manifest', 'long', -5 * MINUTE - 1, false],
    ['found', 'attestations', 'long', 400 * DAY, true],
    // A list without an attestation.
    ['found', 'attestations', 'short', 15 * MINUTE, false],
    ['absent', 'attestations', 'short', 15 * MINUTE - 1, true],
    ['absent', 'attestations', 'short', 15 * MINUTE, false],
    ['absent', 'manifest', 'short', 15 * MINUTE, false],
  ] as const)(
    'offline, what was %s: %s, %s, after %i ms: %s',
    async (outcome, kind, lifetime, after, stands) => {
      const folder = fresh();
      const store = openAt(folder, 500 * DAY);
      store.write(key, kind, outcome === 'found' ? found : absent, lifetime);
      await store.flush();
      const answer = openAt(folder, 500 * DAY + after, { offline: true }).read(key, kind);
      expect(answer?.outcome).toBe(stands ? outcome : undefined);
    },
  );

  it('takes the newest of several answers, in whatever order they were written', async () => {
    const folder = fresh();
    for (const time of [3000, 1000, 5000, 2000]) await writeOne(folder, time, key, `of ${time}`);
    expect(namesIn(folder)).toHaveLength(4);
    expect(readBack(folder, 6000)).toBe('of 5000');
  });

  it('asks again for what was forgotten, until there is a new answer', async () => {
    const folder = fresh();
    // From a machine whose clock is ahead.
    await writeOne(folder, 100_000, key, 'old');
    const store = openAt(folder, 1000);
    expect(store.read(key, 'manifest')).toBeDefined();
    store.forget(key);
    expect(store.read(key, 'manifest')).toBeUndefined();
    expect(readBack(folder, 1000)).toBe('old');
    store.write(key, 'manifest', { ...found, bytes: Buffer.from('new') }, 'long');
    expect(store.read(key, 'manifest')?.bytes).toEqual(Buffer.from('new'));
    await store.flush();
    expect(store.read(key, 'manifest')?.bytes).toEqual(Buffer.from('new'));
    expect(readBack(folder, 1000)).toBe('new');
    store.forget(key);
    expect(store.read(key, 'manifest')).toBeUndefined();
  });

  it('writes nothing where everything was known, and once a day that it was of use', async () => {
    const folder = fresh();
    const store = openAt(folder, 1000);
    for (let i = 0; i < 20; i++) store.write(version(i), 'manifest', found, 'long');
    await store.flush();
    const before = stateOf(folder);
    const warm = async (now: number): Promise<void> => {
      const run = openAt(folder, now);
      for (let i = 0; i < 20; i++) expect(run.read(version(i), 'manifest')).toBeDefined();
      await run.flush();
    };
    await warm(DAY);
    expect(stateOf(folder)).toEqual(before);
    await warm(DAY + 1000);
    expect((await stat(onlyPack(folder))).mtimeMs).toBe(DAY + 1000);
    const touched = stateOf(folder);
    await warm(2 * DAY);
    expect(stateOf(folder)).toEqual(touched);
  });

  it('does not count a look in vain as use', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    const before = stateOf(folder);
    expect(readBack(folder, 3 * DAY, version(7))).toBeUndefined();
    expect(readBack(folder, 31 * DAY)).toBeUndefined();
    expect(stateOf(folder)).toEqual(before);
  });

  it('sees what another process has written meanwhile, within a minute', async () => {
    const folder = fresh();
    let now = 1000;
    const store = openAt(folder, 0, { clock: () => now });
    expect(store.read(key, 'manifest')).toBeUndefined();
    await writeOne(folder, 1000);
    expect(store.read(key, 'manifest')).toBeUndefined();
    now += MINUTE + 1;
    expect(store.read(key, 'manifest')).toBeDefined();
  });

  it('sees it where the clock was set back meanwhile, too', async () => {
    const folder = fresh();
    let now = 1000 + DAY;
    const store = openAt(folder, 0, { clock: () => now });
    expect(store.read(key, 'manifest')).toBeUndefined();
    now -= DAY;
    await writeOne(folder, now);
    expect(store.read(key, 'manifest')).toBeDefined();
  });

  it('works without a folder it can write to, and says so', async () => {
    const file = fresh();
    await writeFile(file, 'a file where a folder should be');
    const said: unknown[] = [];
    const folder = path.join(file, 'below');
    const store = openAt(folder, 1000, { onUnwritable: (...args) => said.push(args) });
    store.write(key, 'manifest', found, 'long');
    await store.flush();
    expect(store.state.unwritable).toBe('ENOTDIR');
    expect(store.read(key, 'manifest')).toMatchObject(found);
    store.write(version(2), 'manifest', found, 'long');
    expect(store.read(version(2), 'manifest')).toMatchObject(found);
    // Up to a bound.
    const large = { outcome: 'found', bytes: Buffer.alloc(500_000) } as const;
    for (let i = 10; i < 30; i++) store.write(version(i), 'manifest', large, 'long');
    expect(store.read(version(15), 'manifest')).toBeDefined();
    expect(store.read(version(29), 'manifest')).toBeUndefined();
    await store.flush();
    expect(said).toEqual([[rootOf(folder), 'ENOTDIR']]);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'reads what it may not write',
    async () => {
      const folder = fresh();
      await writeOne(folder, 1000);
      await chmod(rootOf(folder), 0o500);
      expect(readBack(folder, 1000)).toBe('evidence');
      await writeOne(folder, 1000, version(2));
      await chmod(rootOf(folder), 0o700);
      expect(namesIn(folder)).toHaveLength(1);
    },
  );

  it.skipIf(process.platform === 'win32')('is for its user only', async () => {
    const folder = fresh();
    await mkdir(folder, { recursive: true });
    await writeOne(folder, 1000);
    expect((await stat(rootOf(folder))).mode & 0o077).toBe(0);
    expect((await stat(onlyPack(folder))).mode & 0o077).toBe(0);
  });

  it('leaves huge answers out', async () => {
    const store = openAt(fresh(), 1000);
    store.write(key, 'manifest', { outcome: 'found', bytes: Buffer.alloc(524_289) }, 'long');
    store.write(version(2), 'manifest', { outcome: 'found', bytes: Buffer.alloc(524_288) }, 'long');
    expect(store.read(key, 'manifest')).toBeUndefined();
    await store.flush();
    expect(store.read(key, 'manifest')).toBeUndefined();
    expect(store.read(version(2), 'manifest')?.bytes).toHaveLength(524_288);
  });

  it('writes what it has found out before a run of many packages ends', async () => {
    const folder = fresh();
    const store = openAt(folder, 1000);
    const bytes = (i: number): Buffer => Buffer.alloc(20_000, `${i} `);
    const right = (from: EvidenceStore, i: number): boolean =>
      bytes(i).equals(from.read(version(i), 'manifest')?.bytes ?? Buffer.alloc(0));
    for (let i = 0; i < 600; i++) {
      store.write(version(i), 'manifest', { outcome: 'found', bytes: bytes(i) }, 'long');
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(namesIn(folder).filter((name) => name.endsWith('.pack'))).toHaveLength(2);
    for (let i = 0; i < 600; i++) expect(right(store, i)).toBe(true);
    await store.flush();
    expect(namesIn(folder)).toHaveLength(3);
    const again = openAt(folder, 1000);
    for (let i = 0; i < 600; i++) expect(right(again, i)).toBe(true);
  });

  it('gathers what it finds out within seconds', async () => {
    const folder = fresh();
    let now = 40 * DAY;
    const store = openAt(folder, 0, { clock: () => now });
    for (let i = 0; i < 5; i++) {
      store.write(version(i), 'manifest', found, 'long');
      now += 1000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await store.flush();
    expect(namesIn(folder)).toHaveLength(1);
  });

  it('notes a use where the time of a pack is far ahead', async () => {
    const folder = fresh();
    await writeOne(folder, 9 * DAY);
    await utimes(onlyPack(folder), (90 * DAY) / 1000, (90 * DAY) / 1000);
    expect(readBack(folder, 10 * DAY)).toBe('evidence');
    expect((await stat(onlyPack(folder))).mtimeMs).toBe(10 * DAY);
  });

  it('goes on where somebody empties the cache meanwhile', async () => {
    const folder = fresh();
    const store = openAt(folder, 1000);
    store.write(key, 'manifest', found, 'long');
    await store.flush();
    await rm(folder, { recursive: true });
    store.write(version(2), 'manifest', found, 'long');
    await store.flush();
    expect(store.state.unwritable).toBeUndefined();
    expect(readBack(folder, 1000, version(2))).toBe('evidence');
  });

  it('keeps of a view what it shows, and not all that is behind it', () => {
    const store = openAt(fresh(), 1000);
    const received = Buffer.alloc(1_000_000, 'x');
    store.write(key, 'manifest', { outcome: 'found', bytes: received.subarray(0, 5) }, 'long');
    const { bytes } = store.read(key, 'manifest')!;
    expect(Buffer.from(bytes).toString()).toBe('xxxxx');
    expect(bytes.buffer.byteLength).toBeLessThan(100_000);
  });

  it.runIf(process.platform === 'linux')('has few files open, however many packs there are', async () => {
    const folder = fresh();
    for (let i = 0; i < 12; i++) await writeOne(folder, 1000, version(i));
    for (let i = 12; i < 60; i++) {
      const other = fresh();
      await writeOne(other, 1000, version(i));
      await rename(onlyPack(other), path.join(rootOf(folder), path.basename(onlyPack(other))));
    }
    const store = openAt(folder, 1000);
    const open = async (): Promise<number> => {
      const links = (await readdir('/proc/self/fd')).map((fd) =>
        readlink(`/proc/self/fd/${fd}`).catch(() => ''),
      );
      return (await Promise.all(links)).filter((file) => file.startsWith(rootOf(folder))).length;
    };
    for (let i = 0; i < 60; i++) expect(store.read(version(i), 'manifest')).toBeDefined();
    expect(await open()).toBe(16);
    await store.flush();
    expect(await open()).toBe(0);
  });

  it('writes what it has found out before seconds have passed', async () => {
    const folder = fresh();
    let now = 1000;
    const store = openAt(folder, 0, { clock: () => now });
    store.write(key, 'manifest', found, 'long');
    now += 5000;
    store.write(version(2), 'manifest', found, 'long');
    await expect.poll(() => readBack(folder, now), { timeout: 10_000 }).toBe('evidence');
    await store.flush();
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
    const store = openAt(folder, now);
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
        bodyOf(await client.attestations(a)),
        await client.fullManifest(a),
        await client.publishTime(a),
      ]);
    };
    expect(await run(folder, 1000, all)).toBe(3);
    expect(await run(folder, 2000, all)).toBe(0);
    expect(answers[1]).toEqual(answers[0]);
    expect(namesIn(folder)).toHaveLength(1);
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

  it('takes no word of a planted pack that there is no manifest and no time', async () => {
    const folder = fresh();
    server.handle = (request, response) =>
      json(
        response,
        request.url === '/a'
          ? { name: 'a', versions: {}, time: { '1.0.0': '2024-01-01T00:00:00Z' } }
          : manifestOf('a', '1.0.0'),
      );
    const planted = openAt(folder, 1000);
    const none = { outcome: 'absent', bytes: new Uint8Array() } as const;
    for (const kind of ['manifest', 'time'] as const)
      planted.write({ registry: server.url, ...a }, kind, none, 'long');
    await planted.flush();
    await run(folder, 1000, async (client) => {
      expect(await client.manifest(a)).toMatchObject({ status: 'found' });
      expect(await client.publishTime(a)).toMatchObject({ status: 'found' });
    });
  });

  it('asks again for what is damaged', async () => {
    const folder = fresh();
    server.handle = (_, response) => json(response, manifestOf('a', '1.0.0'));
    const ask = async (client: RegistryClient): Promise<void> => {
      expect(await client.manifest(a)).toMatchObject({ status: 'found' });
    };
    await run(folder, 1000, ask);
    const pack = onlyPack(folder);
    const bytes = await readFile(pack);
    bytes[2]! ^= 1;
    await writeFile(pack, bytes);
    expect(await run(folder, 1000, ask)).toBe(1);
    expect(await run(folder, 1000, ask)).toBe(0);
  });
});
