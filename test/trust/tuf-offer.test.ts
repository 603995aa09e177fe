import { readFile, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Seed } from '../../src/trust/seed.ts';
import { type OfferedState, takeOffers } from '../../src/trust/tuf-offer.ts';
import type { TufState } from '../../src/trust/tuf-state.ts';
import { DAY, makeKeys, NOW } from './repository.ts';
import { errorOf, KEYS_NAME, REGISTRY, ROOT_V1, repository, setUp, TRUST_ROOT } from './setup.ts';

const setup = setUp();
const { load } = setup;
const YEARS = 10 * 365 * DAY;

/** What a run that could ask would put into an evidence file. The cache is empty again. */
async function collected(options: Parameters<typeof repository>[0] = {}): Promise<TufState> {
  setup.mirror.files = repository(options).files;
  const trust = await load();
  await trust.registryKeys(REGISTRY);
  const state = { ...trust.tuf!.held(), fetched: NOW };
  await rm(setup.cacheFile);
  setup.mirror.asked.length = 0;
  return state;
}

const offering = (...states: readonly TufState[]) => ({
  offered: () => states.map((state): OfferedState => ({ from: '/x.evidence', state })),
});

const three = { roots: [{}, {}, {}] };
const rootOf = (version: number): Buffer => repository(three).files.get(`${version}.root.json`)!;

describe('metadata in an evidence file', () => {
  it('is all that was verified, the anchor among it, and the targets that were asked for', async () => {
    const { roots, metadata, targets } = await collected(three);
    expect([...roots.keys()]).toEqual([1, 2, 3]);
    expect(roots.get(1)).toEqual(ROOT_V1);
    expect([...metadata.keys()].sort()).toEqual([
      'registry-keys.json',
      'snapshot.json',
      'targets.json',
      'timestamp.json',
    ]);
    expect([...targets.keys()].sort()).toEqual([KEYS_NAME, 'trusted_root.json'].sort());
    expect(targets.get('trusted_root.json')).toEqual(TRUST_ROOT);
  });

  it.each([1, 2, 3])(
    'counts from an anchor of version %i on, years after it has expired',
    async (version) => {
      const state = await collected(three);
      const trust = await load({
        offline: true,
        at: NOW + YEARS,
        anchor: rootOf(version),
        options: offering(state),
      });
      expect(trust.origin).toMatchObject({
        kind: 'evidence',
        metadata: { root: 3, timestamp: 1 },
        asOf: NOW,
      });
      expect(trust.origin.stale).toMatch(
        /^offline; the metadata in evidence file \/x\.evidence expired on 2026-/,
      );
      expect((await trust.registryKeys(REGISTRY))?.keys).toHaveLength(4);
      expect(setup.mirror.asked).toEqual([]);
    },
  );

  it('goes by the URL of the mirror without credentials', async () => {
    const state = await collected();
    const withSecret = setup.mirror.url.replace('//', '//user:secret@');
    const names: string[] = [];
    const offered = (mirror: string) => {
      names.push(mirror);
      return offering(state).offered();
    };
    const trust = await load({ offline: true, options: { tufMirror: withSecret, offered } });
    expect(trust.tuf?.mirror).toBe(setup.mirror.url);
    expect(names).toEqual([setup.mirror.url]);
  });

  it('is no fresher than what is signed in it', async () => {
    const state = { ...(await collected()), fetched: NOW + YEARS - DAY };
    const trust = await load({ offline: true, at: NOW + YEARS, options: offering(state) });
    expect(trust.origin.asOf).toBe(trust.expires);
  });

  it.each([
    [
      'an anchor that is newer than all of it',
      4,
      /its root metadata ends with version 3, and the anchor here is version 4$/,
    ],
  ])('does not count from %s', async (_what, version, message) => {
    const state = await collected(three);
    const anchor = repository({ roots: [{}, {}, {}, {}] }).files.get(`${version}.root.json`)!;
    const error = await errorOf(load({ offline: true, anchor, options: offering(state) }));
    expect(error.code).toBe('trust-root-unreachable');
    expect(error.message).toMatch(message);
  });

  it('does not count with a gap behind an older anchor', async () => {
    const { roots, ...rest } = await collected(three);
    const state = { ...rest, roots: new Map([...roots].filter(([version]) => version === 3)) };
    const error = await errorOf(load({ offline: true, options: offering(state) }));
    expect(error.message).toMatch(/leaves out version 2, which follows on the anchor here$/);
  });

  it('of another repository ends the run', async () => {
    const state = await collected({ keys: makeKeys(), roots: [{}, {}] }).catch(() => undefined);
    expect(state).toBeUndefined();
    const strange = repository({ keys: makeKeys() });
    const own = await collected();
    const metadata = new Map(own.metadata);
    for (const name of metadata.keys())
      metadata.set(name, strange.files.get(name) ?? strange.files.get(`1.${name}`)!);
    const error = await errorOf(load({ offline: true, options: offering({ ...own, metadata }) }));
    expect(error.code).toBe('trust-root-invalid');
    expect(error.message).toMatch(
      /^evidence file \/x\.evidence holds tuf metadata that does not hold: timestamp\.json: expected 1 good/,
    );
  });

  it('goes behind later metadata of the cache, and before earlier', async () => {
    const earlier = await collected();
    const later = await collected({ versions: { timestamp: 5, snapshot: 5 } });
    setup.mirror.files = repository({ versions: { timestamp: 3, snapshot: 3 } }).files;
    await load();
    const at = NOW + 2 * DAY;
    const behind = await load({ offline: true, at, options: offering(earlier) });
    expect(behind.origin).toMatchObject({ kind: 'cache', metadata: { timestamp: 3 }, stale: 'offline' });
    const before = await load({ offline: true, at, options: offering(earlier, later) });
    expect(before.origin).toMatchObject({ kind: 'evidence', metadata: { timestamp: 5 } });
    expect(before.origin.stale).toBe('offline; used the metadata in evidence file /x.evidence');
  });

  it('is only for a mirror that cannot be asked, and never kept', async () => {
    const state = await collected();
    const asked = await load({ options: offering(state) });
    expect(asked.origin.kind).toBe('tuf');
    await rm(setup.cacheFile);
    setup.mirror.status.set('timestamp.json', 503);
    const silent = await load({ options: offering(state) });
    expect(silent.origin.kind).toBe('evidence');
    expect(await readFile(setup.cacheFile).catch(() => undefined)).toBeUndefined();
  });

  it('that expired before what ships was made does not count', async () => {
    const state = await collected();
    const seed = (made: number): Seed => ({
      mirror: setup.mirror.url,
      root: ROOT_V1,
      rootVersion: 1,
      expires: undefined,
      made,
      target: () => undefined,
    });
    const offered = [{ from: '/x.evidence', state }];
    const options = { mirror: setup.mirror.url, anchor: ROOT_V1, offered };
    const old = await takeOffers({ ...options, seed: seed(NOW + 30 * DAY) }, undefined);
    expect(old.best).toBeUndefined();
    expect(old.refused).toEqual([
      expect.stringMatching(
        /^evidence file \/x\.evidence: its metadata expired on 2026-\S+, before what ships with this tool was made$/,
      ),
    ]);
    expect((await takeOffers({ ...options, seed: seed(NOW - 30 * DAY) }, undefined)).best?.kind).toBe(
      'evidence',
    );
  });
});
