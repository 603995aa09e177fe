import { describe, expect, it } from 'vitest';
import type { EvidenceFile } from '../../src/portable/evidence-file.ts';
import { storeOf } from '../../src/portable/store.ts';
import { type EntryKey, type EntryKind, entryKinds } from '../../src/registry/entry.ts';
import type { EvidenceStore, StoredAnswer } from '../../src/registry/store.ts';

const key: EntryKey = { registry: 'https://registry.example/', name: 'a', version: '1.0.0' };
const manifest = {
  name: 'a',
  version: '1.0.0',
  dist: {
    signatures: [{ keyid: 'k', sig: 's' }],
    attestations: { url: 'https://registry.example/a', provenance: { predicateType: 'p' } },
  },
};

function fileWith(parts: Readonly<Partial<Record<EntryKind, string>>>): EvidenceFile {
  return {
    path: '/a.evidence',
    head: { digest: '', oldest: 1, newest: 2, packages: 1, attested: 1, bytes: 1 },
    part: (_key, kind) => {
      const text = parts[kind];
      return text === undefined ? undefined : Buffer.from(text);
    },
    shared: () => ({ tuf: new Map(), policies: new Map() }),
  };
}

function ownStore(answers: ReadonlyMap<EntryKind, StoredAnswer>): EvidenceStore & { written: number } {
  return {
    written: 0,
    read: (_key, kind) => answers.get(kind),
    write() {
      this.written++;
    },
    forget: () => undefined,
    flush: async () => undefined,
    state: { unwritable: undefined, dropped: 0 },
  };
}

const ALL = {
  manifest: JSON.stringify(manifest),
  'whole-manifest': JSON.stringify(manifest),
  time: '1',
  attestations: '{"attestations":[]}',
};
const given = (store: EvidenceStore): readonly EntryKind[] =>
  entryKinds.filter((kind) => store.read(key, kind) !== undefined);

describe('evidence files as a store', () => {
  it('give only what is signed where the registry can be asked, and all of it elsewhere', () => {
    const files = [fileWith(ALL)];
    expect(given(storeOf(files, ownStore(new Map()), false))).toEqual(['attestations']);
    expect(given(storeOf(files, ownStore(new Map()), true))).toEqual(entryKinds);
    expect(given(storeOf(files, undefined, false))).toEqual(entryKinds);
  });

  it('go behind what the registry has told this machine, and are never kept there', () => {
    const absent = { outcome: 'absent', bytes: new Uint8Array(), time: 3 } as const;
    const own = ownStore(new Map([['attestations', absent]]));
    const store = storeOf([fileWith(ALL)], own, true);
    expect(store.read(key, 'attestations')).toBe(absent);
    expect(store.read(key, 'manifest')?.time).toBe(1);
    expect(own.written).toBe(0);
  });

  it('are not looked into again for what is asked for again', () => {
    const store = storeOf([fileWith(ALL)], ownStore(new Map()), false);
    store.forget(key);
    expect(given(store)).toEqual([]);
    expect(store.read({ ...key, version: '1.0.1' }, 'attestations')).toBeDefined();
  });
});
