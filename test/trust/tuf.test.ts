import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../../src/trust/tuf-state.ts';
import { serveMirror } from './mirror.ts';
import { DAY, HOUR, makeKeys, makeRepository, NOW } from './repository.ts';
import {
  codeOf,
  KEYS,
  KEYS_NAME,
  keys,
  REGISTRY,
  repository,
  setUp,
  sigstore,
  strangers,
  TRUST_ROOT,
} from './setup.ts';

const setup = setUp();
const { load, editCache, fillCache } = setup;

describe('from the mirror', () => {
  it('verifies the repository and keeps what it has seen', async () => {
    setup.mirror.files = repository().files;
    const trust = await load();
    expect(trust.root.transparencyLogs).toHaveLength(1);
    expect(trust.origin).toEqual({
      kind: 'tuf',
      from: setup.mirror.url,
      metadata: { root: 1, timestamp: 1 },
      asOf: NOW,
      stale: undefined,
    });
    const found = await trust.registryKeys(REGISTRY);
    expect(found?.origin).toBe('tuf');
    expect(found?.keys.map(({ usage }) => usage)).toEqual([
      'signatures',
      'attestations',
      'signatures',
      'attestations',
    ]);
    expect(setup.mirror.asked.filter((name) => name.includes('keys.json'))).toHaveLength(2);
    expect(await readdir(path.join(setup.folder, 'cache', 'tuf'))).toHaveLength(1);
  });

  it('reads the repository of the rig', async () => {
    const { files, anchor } = sigstore.tufRepo({ registryHost: 'registry.example' });
    setup.mirror.files = files;
    const trust = await load({ anchor, at: Date.now() });
    expect(trust.origin.metadata).toEqual({ root: 2, timestamp: 1 });
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
  });

  it('has no keys for a registry that the repository does not know', async () => {
    setup.mirror.files = repository().files;
    const trust = await load();
    setup.mirror.asked.length = 0;
    expect(await trust.registryKeys('https://other.example/')).toBeUndefined();
    expect(await trust.registryKeys('https://registry.example/path/')).toBeUndefined();
    expect(setup.mirror.asked).toEqual([]);
  });

  it('asks for keys that only come up later', async () => {
    setup.mirror.files = repository({ delegated: { 'later.example/keys.json': KEYS } }).files;
    const trust = await load();
    const [first, second] = await Promise.all([
      trust.registryKeys('https://later.example/'),
      trust.registryKeys('https://LATER.example:443'),
    ]);
    expect(first?.keys).toHaveLength(4);
    expect(second).toBe(first);
    setup.mirror.status.set('*', 503);
    const again = await load({ at: NOW + 1 });
    expect((await again.registryKeys('https://later.example/'))?.keys).toHaveLength(4);
  });

  it('says so when later keys cannot be had', async () => {
    setup.mirror.files = repository({ delegated: { 'later.example/keys.json': KEYS } }).files;
    const trust = await load();
    setup.mirror.status.set('*', 503);
    expect(await codeOf(trust.registryKeys('https://later.example/'))).toBe('trust-root-unreachable');
  });
});

describe('what the mirror serves has to hold, whatever the cache has', () => {
  const later = NOW + 2 * HOUR;
  const good = { timestamp: 5, snapshot: 5, targets: 5 };
  const next = { timestamp: 6, snapshot: 6, targets: 6 };
  const other = Buffer.from(TRUST_ROOT.toString().replace('SHA2_256', 'SHA2_257'));
  const fresh = { 'trusted_root.json': Buffer.from(`${TRUST_ROOT}\n`) };
  const replaced = (name: RegExp, content: (bytes: Buffer) => Buffer) => {
    const { files } = repository({ versions: next, targets: fresh });
    for (const [file, bytes] of files) if (name.test(file)) files.set(file, content(bytes));
    return files;
  };
  const edited = (name: RegExp, edit: (signed: { version: number; expires: string }) => void) =>
    replaced(name, (bytes) => {
      const document = JSON.parse(bytes.toString());
      edit(document.signed);
      return Buffer.from(JSON.stringify(document));
    });

  const attacks: [name: string, files: () => ReadonlyMap<string, Buffer>, at?: number][] = [
    ['timestamp expired', () => repository({ versions: next, expires: { timestamp: later - 1 } }).files],
    ['frozen: the same timestamp past its expiry', () => repository({ versions: good }).files, NOW + 8 * DAY],
    ['snapshot expired', () => repository({ versions: next, expires: { snapshot: later - 1 } }).files],
    ['targets expired', () => repository({ versions: next, expires: { targets: later - 1 } }).files],
    ['root expired', () => repository({ versions: next, roots: [{}, { expires: later - 1 }] }).files],
    ['expiry that is no date', () => repository({ versions: next, expires: { timestamp: 'never' } }).files],
    [
      'expiry of targets that is no date',
      () => repository({ versions: next, expires: { targets: 'never' } }).files,
    ],
    ['timestamp edited', () => edited(/^timestamp/, (signed) => (signed.expires = '2030-01-01T00:00:00Z'))],
    [
      'targets edited',
      () => edited(/\.targets\.json$/, (signed) => (signed.expires = '2030-01-01T00:00:00Z')),
    ],
    [
      'timestamp by a stranger',
      () => repository({ versions: next, signers: { timestamp: [strangers.online] } }).files,
    ],
    [
      'snapshot by a stranger',
      () => repository({ versions: next, signers: { snapshot: [strangers.online] } }).files,
    ],
    [
      'timestamp by another role',
      () => repository({ versions: next, signers: { timestamp: [...keys.offline] } }).files,
    ],
    [
      'targets by one of two',
      () => repository({ versions: next, signers: { targets: [keys.offline[0]!] } }).files,
    ],
    [
      'targets by one of two, twice',
      () => repository({ versions: next, signers: { targets: [keys.offline[0]!, keys.offline[0]!] } }).files,
    ],
    [
      'targets by the online key',
      () => repository({ versions: next, signers: { targets: [keys.online] } }).files,
    ],
    ['timestamp rolled back', () => repository({ versions: { ...next, timestamp: 4 } }).files],
    ['snapshot rolled back', () => repository({ versions: { ...next, snapshot: 4 } }).files],
    ['targets rolled back', () => repository({ versions: { ...next, targets: 4 } }).files],
    [
      'snapshot of another version than the timestamp says',
      () => {
        const { files } = repository({ versions: next, snapshotNamed: 7 });
        return files.set('7.snapshot.json', files.get('6.snapshot.json')!);
      },
    ],
    [
      'snapshot with another digest than the timestamp says',
      () => replaced(/snapshot/, (bytes) => Buffer.concat([bytes, Buffer.from(' ')])),
    ],
    [
      'root by strangers',
      () => repository({ versions: next, roots: [{}, { signers: strangers.offline }] }).files,
    ],
    [
      'root with new keys, signed by the new ones only',
      () =>
        repository({ versions: next, roots: [{}, { keys: strangers, signers: strangers.offline }] }).files,
    ],
    [
      'root with new keys, signed by the old ones only',
      () => repository({ versions: next, roots: [{}, { keys: strangers, signers: keys.offline }] }).files,
    ],
    ['root that skips a version', () => repository({ versions: next, roots: [{}, { version: 3 }] }).files],
    [
      'trust root with other bytes of the same length',
      () => replaced(/trusted_root\.json$/, () => Buffer.from(`${other}\n`)),
    ],
    ['trust root cut short', () => replaced(/trusted_root\.json$/, (bytes) => bytes.subarray(1))],
    ['trust root too long', () => replaced(/trusted_root\.json$/, (bytes) => Buffer.concat([bytes, bytes]))],
    [
      'trust root of a digest nobody trusts',
      () =>
        repository({ versions: next, targets: { 'trusted_root.json': other }, hashes: { md5: '0' } }).files,
    ],
    [
      'trust root without digest',
      () => repository({ versions: next, targets: { 'trusted_root.json': other }, hashes: {} }).files,
    ],
    ['no trust root', () => repository({ versions: next, targets: {} }).files],
    [
      'trust root that is none',
      () => repository({ versions: next, targets: { 'trusted_root.json': Buffer.from('{}') } }).files,
    ],
    ['not JSON', () => replaced(/^timestamp/, () => Buffer.from('<html>please log in</html>'))],
    ['timestamp beyond all bounds', () => replaced(/^timestamp/, () => Buffer.alloc(65_536, ' '))],
  ];

  it.each(attacks)('%s', async (_name, files, at = later) => {
    await fillCache({ versions: good });
    setup.mirror.files = files();
    expect(await codeOf(load({ at }))).toBe('trust-root-invalid');
    expect(setup.mirror.asked.length).toBeGreaterThan(0);
  });

  it('and when it does, it is taken', async () => {
    await fillCache({ versions: good });
    setup.mirror.files = repository({ versions: next }).files;
    expect((await load({ at: later })).origin).toMatchObject({ kind: 'tuf', metadata: { timestamp: 6 } });
  });

  it.each([
    [
      'keys with other bytes',
      /keys\.json$/,
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('npm:s', 'npm:S')),
    ],
    [
      'delegated role edited',
      /registry-keys\.json$/,
      (bytes: Buffer) => Buffer.from(bytes.toString().replace('"1.0"', '"1.1"')),
    ],
  ])('%s', async (_name, pattern, edit) => {
    setup.mirror.files = new Map(
      [...repository().files].map(([name, bytes]) => [name, pattern.test(name) ? edit(bytes) : bytes]),
    );
    expect(await codeOf(load())).toBe('trust-root-invalid');
  });

  it('delegated role by a stranger, and expired', async () => {
    setup.mirror.files = repository({ signers: { delegated: [strangers.delegate] } }).files;
    expect(await codeOf(load())).toBe('trust-root-invalid');
    setup.mirror.files = repository({ expires: { delegated: NOW - 1 } }).files;
    expect(await codeOf(load())).toBe('trust-root-invalid');
  });
});

describe('root rotation', () => {
  it('403 for the next root means that there is none, as from object stores', async () => {
    setup.mirror.files = repository().files;
    setup.mirror.status.set('2.root.json', 403);
    expect((await load()).origin.kind).toBe('tuf');
  });

  const second = makeKeys();
  const third = makeKeys();
  const roots = [{}, { keys: second }, { keys: third }];

  it('follows the roots from the anchor, and again from the cache', async () => {
    setup.mirror.files = repository({ roots }).files;
    expect((await load()).origin.metadata?.root).toBe(3);
    expect((await load({ offline: true, at: NOW + 5 })).origin).toMatchObject({
      kind: 'cache',
      metadata: { root: 3 },
      stale: undefined,
    });
    expect(
      (await load({ offline: true, anchor: setup.mirror.files.get('2.root.json')! })).origin.metadata?.root,
    ).toBe(3);
  });

  it('does not go back to a root that has been replaced', async () => {
    await fillCache({ roots });
    setup.mirror.files = repository({
      roots: roots.slice(0, 2),
      versions: { timestamp: 9, snapshot: 9, targets: 9 },
    }).files;
    expect(await codeOf(load({ at: NOW + 2 * HOUR }))).toBe('trust-root-invalid');
  });

  it('recovers from a timestamp key that was used to run the versions up', async () => {
    await fillCache({ versions: { timestamp: 1000, snapshot: 1, targets: 1 } });
    setup.mirror.files = repository({ roots: roots.slice(0, 2), versions: { timestamp: 2 } }).files;
    expect((await load({ at: NOW + 2 * HOUR })).origin.metadata).toEqual({ root: 2, timestamp: 2 });
  });

  it('an expired anchor is good for reaching the next root', async () => {
    const old = repository({ roots: [{ expires: NOW - DAY }, {}] });
    setup.mirror.files = old.files;
    expect((await load({ anchor: old.anchor })).origin.metadata?.root).toBe(2);
  });

  it('an anchor of another repository is refused, whatever is in the cache', async () => {
    await fillCache();
    const anchor = makeRepository({ keys: strangers, targets: {} }).anchor;
    expect(await codeOf(load({ anchor }))).toBe('trust-root-invalid');
    expect(await codeOf(load({ anchor, offline: true }))).toBe('trust-root-unreachable');
  });
});

describe('how often the mirror is asked', () => {
  it('not within the hour', async () => {
    await fillCache();
    const trust = await load({ at: NOW + HOUR - 1 });
    expect(trust.origin).toMatchObject({ kind: 'cache', asOf: NOW, stale: undefined });
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
    expect(setup.mirror.asked).toEqual([]);
  });

  it('after an hour, with as little as there is to ask', async () => {
    await fillCache();
    expect((await load({ at: NOW + HOUR })).origin).toMatchObject({ kind: 'tuf', asOf: NOW + HOUR });
    expect(setup.mirror.asked).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('at once if the metadata expires earlier', async () => {
    await fillCache({ expires: { timestamp: NOW + HOUR / 2 } });
    setup.mirror.files = repository({ versions: { timestamp: 2 } }).files;
    expect((await load({ at: NOW + HOUR / 2 })).origin).toMatchObject({
      kind: 'tuf',
      metadata: { timestamp: 2 },
    });
  });

  it('at once if the cache says it was filled in the future', async () => {
    await fillCache();
    expect((await load({ at: NOW - 1 })).origin.kind).toBe('tuf');
    expect(setup.mirror.asked).not.toEqual([]);
  });
});

describe('no network', () => {
  const later = NOW + 2 * HOUR;
  const failures: readonly (readonly [string, () => void])[] = [
    ['503 for everything', () => setup.mirror.status.set('*', 503)],
    ['403 for everything, as a proxy does', () => setup.mirror.status.set('*', 403)],
    ['404 for the timestamp', () => setup.mirror.status.set('timestamp.json', 404)],
    ['500 for the next root', () => setup.mirror.status.set('2.root.json', 500)],
    ['503 for the snapshot', () => setup.mirror.status.set('2.snapshot.json', 503)],
    ['404 for the targets', () => setup.mirror.status.set('2.targets.json', 404)],
  ];

  it.each(failures)('%s: what the cache has counts', async (_name, fail) => {
    await fillCache();
    setup.mirror.files = repository({ versions: { timestamp: 2, snapshot: 2, targets: 2 } }).files;
    fail();
    const trust = await load({ at: later });
    expect(trust.origin).toMatchObject({ kind: 'cache', asOf: NOW, metadata: { root: 1, timestamp: 1 } });
    expect(trust.origin.stale).toContain(setup.mirror.url);
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
    // Half an update must not be in the way of the next run.
    setup.mirror.status.clear();
    expect((await load({ at: later })).origin).toMatchObject({ kind: 'tuf', metadata: { timestamp: 2 } });
  });

  it.each(failures)('%s, and an empty cache', async (_name, fail) => {
    setup.mirror.files = repository({ versions: { timestamp: 2, snapshot: 2, targets: 2 } }).files;
    fail();
    expect(await codeOf(load())).toBe('trust-root-unreachable');
  });

  it('a target that cannot be had', async () => {
    await fillCache();
    const changed = Buffer.from(`${TRUST_ROOT}\n`);
    setup.mirror.files = new Map(
      [
        ...repository({
          versions: { timestamp: 2, snapshot: 2, targets: 2 },
          targets: { 'trusted_root.json': changed },
        }).files,
      ].filter(([name]) => !name.endsWith('trusted_root.json')),
    );
    expect((await load({ at: later })).origin).toMatchObject({ kind: 'cache', metadata: { timestamp: 1 } });
  });

  it('nobody listening', async () => {
    await fillCache();
    const gone = await serveMirror(repository().files);
    await gone.close();
    expect(await codeOf(load({ options: { tufMirror: gone.url } }))).toBe('trust-root-unreachable');
  });

  it('expired metadata counts, and is told as such', async () => {
    await fillCache();
    setup.mirror.status.set('*', 503);
    const trust = await load({ at: NOW + 1000 * DAY });
    expect(trust.origin).toMatchObject({ kind: 'cache', asOf: NOW });
    expect(trust.origin.stale).toContain('expired on 2026-11-29');
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
  });

  it('a run that is called off ends, whatever the cache has', async () => {
    await fillCache();
    const off = new AbortController();
    off.abort();
    const download = async (): Promise<never> => {
      throw off.signal.reason;
    };
    await expect(load({ at: later, client: { download } })).rejects.toBe(off.signal.reason);
  });

  it('--offline asks nobody', async () => {
    await fillCache();
    expect((await load({ offline: true, at: later })).origin).toMatchObject({
      kind: 'cache',
      stale: 'offline',
    });
    expect((await load({ offline: true, at: NOW + 30 * DAY })).origin.stale).toContain('expired');
    expect(setup.mirror.asked).toEqual([]);
  });

  it('--offline with an empty cache', async () => {
    setup.mirror.files = repository().files;
    expect(await codeOf(load({ offline: true }))).toBe('trust-root-unreachable');
    expect(setup.mirror.asked).toEqual([]);
  });
});

describe('the cache is not believed', () => {
  const rebuilt = repository({ keys: strangers });

  it('a root that does not follow from the anchor', async () => {
    await fillCache();
    await editCache((state) => ({
      ...state,
      roots: new Map([
        [2, makeRepository({ keys: strangers, targets: {}, roots: [{}, {}] }).files.get('2.root.json')!],
      ]),
    }));
    expect(await codeOf(load({ offline: true }))).toBe('trust-root-unreachable');
    expect((await load()).origin).toMatchObject({ kind: 'tuf', metadata: { root: 1 } });
  });

  it('a whole repository of strangers', async () => {
    await fillCache();
    await editCache((state) => ({
      ...state,
      metadata: new Map([
        ['timestamp.json', rebuilt.files.get('timestamp.json')!],
        ['snapshot.json', rebuilt.files.get('1.snapshot.json')!],
        ['targets.json', rebuilt.files.get('1.targets.json')!],
      ]),
    }));
    expect(await codeOf(load({ offline: true }))).toBe('trust-root-unreachable');
    expect((await load()).origin.kind).toBe('tuf');
  });

  it.each(['trusted_root.json', KEYS_NAME])('another %s', async (name) => {
    await fillCache();
    await editCache((state) => {
      const bytes = Buffer.from(state.targets.get(name)!);
      bytes[bytes.length - 2] = bytes[bytes.length - 2]! ^ 1;
      return { ...state, targets: new Map([...state.targets, [name, bytes]]) };
    });
    expect((await load({ at: NOW + 1 })).origin.kind).toBe('tuf');
    const trust = await load({ at: NOW + 2, offline: true });
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
  });

  it('another keys.json, without network', async () => {
    await fillCache();
    await editCache((state) => ({
      ...state,
      targets: new Map([...state.targets, [KEYS_NAME, Buffer.from('{}')]]),
    }));
    const trust = await load({ offline: true });
    expect(await codeOf(trust.registryKeys(REGISTRY))).toBe('trust-root-unreachable');
  });

  it.each([
    ['nothing', ''],
    ['half a file', undefined],
    ['not an object', '[]'],
    ['another format', '{"format":2}'],
    ['a deep nest', '['.repeat(100_000)],
    ['twice the same key', '{"format":1,"format":1}'],
  ])('%s in it', async (_name, text) => {
    await fillCache();
    const whole = await readFile(setup.cacheFile, 'utf8');
    await writeFile(setup.cacheFile, text ?? whole.slice(0, whole.length / 2));
    expect(await codeOf(load({ offline: true }))).toBe('trust-root-unreachable');
    expect((await load()).origin.kind).toBe('tuf');
    expect(await readFile(setup.cacheFile, 'utf8')).toBe(whole);
  });

  it.each(['../../evil.json', 'a/b.json', '..\\evil.json', 'root.json', '.json', 'timestamp', '/etc/x.json'])(
    'a file named %s',
    async (name) => {
      await fillCache();
      await editCache((state) => ({
        ...state,
        metadata: new Map([...state.metadata, [name, Buffer.from('{}')]]),
      }));
      expect(() =>
        decodeState(
          Buffer.from(
            encodeState({
              fetched: 0,
              roots: new Map(),
              metadata: new Map([[name, Buffer.of()]]),
              targets: new Map(),
            }),
          ),
        ),
      ).toThrow();
      expect((await load()).origin.kind).toBe('tuf');
    },
  );

  it('a cache that cannot be written is done without', async () => {
    setup.mirror.files = repository().files;
    const cacheDir = path.join(setup.folder, 'file');
    await writeFile(cacheDir, '');
    const trust = await load({ options: { cacheDir } });
    expect(trust.origin.kind).toBe('tuf');
    expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
  });

  it('many runs at once leave a cache that holds', async () => {
    setup.mirror.files = repository().files;
    const trusts = await Promise.all(Array.from({ length: 6 }, (_, i) => load({ at: NOW + i })));
    expect(trusts.map(({ origin }) => origin.metadata?.timestamp)).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await load({ at: NOW + 10, offline: true })).origin).toMatchObject({
      kind: 'cache',
      stale: undefined,
    });
    expect(await readdir(path.join(setup.folder, 'cache', 'tuf'))).toHaveLength(1);
  });
});
