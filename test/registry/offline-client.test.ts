import { describe, expect, it } from 'vitest';
import type { EntryKind } from '../../src/registry/entry.ts';
import type { NpmOptions } from '../../src/registry/npmrc.ts';
import { createOfflineClient } from '../../src/registry/offline-client.ts';
import type { EvidenceStore, StoredAnswer } from '../../src/registry/store.ts';

const registry = 'https://registry.example/';
const npm = {
  registry,
  defaultRegistry: registry,
  scopes: new Map(),
  cache: undefined,
} as unknown as NpmOptions;
const ref = { name: 'left-pad', version: '1.3.0' };
const missing = {
  status: 'unreachable',
  code: 'offline-missing',
  args: { registry, package: 'left-pad@1.3.0' },
};
const manifest = (name = ref.name): string => JSON.stringify({ name, version: ref.version });

type Answers = Partial<Record<EntryKind, string | Partial<StoredAnswer>>>;

function clientOf(answers: Answers, portable = false) {
  const asked: EntryKind[] = [];
  const store: EvidenceStore = {
    read(key, kind) {
      asked.push(kind);
      const answer = key.name === ref.name && key.registry === registry ? answers[kind] : undefined;
      if (answer === undefined) return undefined;
      const given = typeof answer === 'string' ? { bytes: Buffer.from(answer) } : answer;
      return { outcome: 'found', bytes: new Uint8Array(), time: 5, ...given };
    },
    write: () => expect.unreachable(),
    forget: () => expect.unreachable(),
    flush: async () => undefined,
    state: { unwritable: undefined, dropped: 0 },
  };
  return { client: createOfflineClient(npm, store, portable), asked };
}

describe('a client that asks nobody', () => {
  it('answers with what is there', async () => {
    const { client } = clientOf({
      manifest: manifest(),
      attestations: '{"attestations":[]}',
      time: { bytes: Buffer.from('1700000000000'), time: 9 },
    });
    expect(await client.manifest(ref)).toMatchObject({ status: 'found', value: { name: 'left-pad' } });
    expect(await client.attestations(ref)).toMatchObject({ status: 'found' });
    expect(await client.publishTime(ref)).toEqual({ status: 'found', value: 1_700_000_000_000 });
    expect(client.stats).toEqual({ requests: 0, bytes: 0, fromStore: 3 });
    expect(client.ages).toEqual({ oldest: 5, newest: 9 });
  });

  it('takes the manifest out of the packument where there is no other', async () => {
    const { client, asked } = clientOf({ 'whole-manifest': manifest() });
    expect(await client.manifest(ref)).toMatchObject({ status: 'found' });
    expect(asked).toEqual(['manifest', 'whole-manifest']);
  });

  it.each<readonly [string, Answers]>([
    ['nothing', {}],
    ['that there is none', { manifest: { outcome: 'absent' }, attestations: { outcome: 'absent' } }],
    ['something else', { manifest: '{', 'whole-manifest': '[]', time: 'x' }],
    ['another package', { manifest: manifest('right-pad'), time: '-1' }],
  ])('does not know what the store answers with %s', async (_what, answers) => {
    const { client } = clientOf(answers);
    expect(await client.manifest(ref)).toEqual(missing);
    expect(await client.fullManifest(ref)).toEqual(missing);
    expect(await client.attestations(ref)).toEqual(missing);
    expect(await client.publishTime(ref)).toEqual(missing);
    expect(client.ages).toBeUndefined();
  });

  it('knows neither keys nor tarballs, and downloads nothing', async () => {
    const { client } = clientOf({ manifest: manifest() });
    expect(await client.keys(registry)).toEqual({ ...missing, args: { registry } });
    expect(await client.keys('https://user:secret@registry.example')).toEqual({
      ...missing,
      args: { registry },
    });
    expect(await client.keys('nonsense')).toMatchObject({ code: 'offline-missing' });
    expect(await client.tarballIntegrity(ref, undefined)).toEqual(missing);
    expect(await client.tarball(ref, undefined, 1)).toEqual(missing);
    expect(await client.cachedTarball?.(`sha512-${'A'.repeat(86)}==`, 1)).toBeUndefined();
    await expect(client.download('https://mirror.example/x', 1)).rejects.toMatchObject({
      name: 'DownloadError',
      failure: 'unreachable',
      message: 'cannot download https://mirror.example/x: this run is offline',
    });
  });

  it('has nobody to ask again', () => {
    expect(clientOf({ manifest: manifest() }).client.forget(ref)).toBe(false);
  });

  it('takes publish times for the age of releases from its own store, and from no evidence file', async () => {
    const answers = { time: '1700000000000' };
    expect(await clientOf(answers).client.publishTime(ref, 'registry')).toMatchObject({ status: 'found' });
    expect(await clientOf(answers, true).client.publishTime(ref, 'registry')).toEqual(missing);
    expect(await clientOf(answers, true).client.publishTime(ref)).toMatchObject({ status: 'found' });
  });

  it('does not look for what no registry can have', async () => {
    const { client, asked } = clientOf({});
    for (const name of ['../x', '@scope', 'a b'])
      expect(await client.manifest({ name, version: '1.0.0' })).toMatchObject({
        status: 'uncovered',
        code: 'malformed',
      });
    expect(asked).toEqual([]);
  });
});
