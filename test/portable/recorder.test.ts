import { describe, expect, it } from 'vitest';
import { keyOf } from '../../src/portable/block.ts';
import { plain } from '../../src/portable/plain.ts';
import { createRecorder } from '../../src/portable/recorder.ts';
import type { EntryKind } from '../../src/registry/entry.ts';
import type { EvidenceStore, StoredAnswer } from '../../src/registry/store.ts';

const key = { registry: 'https://registry.example/', name: 'left-pad', version: '1.3.0' };
const id = keyOf(key);
const bytes = (text: string): Buffer => Buffer.from(text);
const text = (part: Uint8Array | undefined): string | undefined => part && Buffer.from(part).toString();

/** Keeps what is short. */
function memory(bytesMax = 100) {
  const answers = new Map<EntryKind, StoredAnswer>();
  const store: EvidenceStore = {
    read: (_key, kind) => answers.get(kind),
    write: (_key, kind, answer) => {
      if (answer.bytes.length <= bytesMax) answers.set(kind, { ...answer, time: 7 });
    },
    forget: () => answers.clear(),
    flush: async () => undefined,
    state: { unwritable: undefined, dropped: 0 },
  };
  return { answers, store };
}

describe('what a run has asked', () => {
  it('is remembered when it is read and when it is written, and read again from the store', () => {
    const { answers, store } = memory();
    const recorder = createRecorder(() => 9);
    const watched = recorder.watch(store);
    answers.set('time', { outcome: 'found', bytes: bytes('1'), time: 3 });
    expect(watched.read(key, 'time')).toMatchObject({ time: 3 });
    expect(watched.read(key, 'manifest')).toBeUndefined();
    watched.write(key, 'attestations', { outcome: 'found', bytes: bytes('{"attestations":[]}') }, 'long');
    expect(recorder.packages()).toEqual([id]);
    const { parts } = recorder.parts(id);
    expect([...parts.keys()].sort()).toEqual(['attestations', 'time']);
    expect(parts.get('time')).toEqual({ time: 3, bytes: bytes('1') });
    expect(parts.get('attestations')?.time).toBe(7);
    answers.clear();
    expect(recorder.parts(id).parts.get('time')).toBeUndefined();
  });

  it('is held where the store does not keep it', () => {
    const { store } = memory(3);
    const recorder = createRecorder(() => 9);
    recorder
      .watch(store)
      .write(key, 'attestations', { outcome: 'found', bytes: bytes('{"attestations":[]}') }, 'long');
    const part = recorder.parts(id).parts.get('attestations');
    expect([part?.time, text(part?.bytes)]).toEqual([9, '{"attestations":[]}']);
  });

  it('that there is none is not', () => {
    const { answers, store } = memory();
    const recorder = createRecorder(() => 9);
    const watched = recorder.watch(store);
    watched.write(key, 'attestations', { outcome: 'absent', bytes: new Uint8Array() }, 'short');
    answers.set('time', { outcome: 'absent', bytes: new Uint8Array(), time: 1 });
    watched.read(key, 'time');
    expect(recorder.packages()).toEqual([]);
  });

  it('is forgotten with what is asked for again', () => {
    const { store } = memory();
    const recorder = createRecorder(() => 9);
    const watched = recorder.watch(store);
    watched.write(key, 'time', { outcome: 'found', bytes: bytes('1') }, 'long');
    watched.forget(key);
    expect(recorder.packages()).toEqual([]);
  });
});

describe('an answer in one form', () => {
  const manifest = {
    _id: 'left-pad@1.3.0',
    name: 'left-pad',
    version: '1.3.0',
    readme: 'x'.repeat(1000),
    dist: {
      integrity: 'sha512-x',
      signatures: [{ keyid: 'k', sig: 's' }],
      attestations: { url: 'u', provenance: {} },
    },
    dependencies: { a: '^1.0.0' },
    optionalDependencies: { b: '*' },
    peerDependencies: { c: '1' },
    peerDependenciesMeta: { c: { optional: true } },
    bundleDependencies: ['a'],
    bin: './cli.js',
    scripts: { postinstall: 'node x.js', test: 'true' },
    gypfile: false,
    repository: { type: 'git', url: 'git+https://github.com/o/r.git', directory: 'packages/r' },
  };

  it('has what is read of a manifest, and stays as it is when done again', () => {
    const once = plain('manifest', bytes(JSON.stringify(manifest)))!;
    expect(text(once)).not.toContain('readme');
    expect(text(once)).toContain('postinstall');
    expect(plain('manifest', once)).toEqual(once);
    expect(plain('whole-manifest', once)).toEqual(once);
  });

  it('has the attestations in one order, in one line', () => {
    const item = (predicateType: string, n: number) => ({ bundle: { n }, extra: true, predicateType });
    const lists = [
      [item('b', 1), item('a', 2), item('b', 3)],
      [item('a', 2), item('b', 1), item('b', 3)],
      [item('b', 3), item('b', 1), item('a', 2)],
    ].map((attestations) => plain('attestations', bytes(JSON.stringify({ attestations, more: 1 }, null, 2))));
    expect(lists[0]).toEqual(lists[1]);
    expect(lists[0]).toEqual(lists[2]);
    expect(text(lists[0])).toBe(
      '{"attestations":[{"predicateType":"a","bundle":{"n":2}},{"predicateType":"b","bundle":{"n":1}},{"predicateType":"b","bundle":{"n":3}}]}',
    );
    expect(plain('attestations', lists[0]!)).toEqual(lists[0]);
  });

  it.each([
    ['manifest', 'login'],
    ['manifest', '{"name":"a"}'],
    ['attestations', '{"attestations":[],"attestations":[]}'],
    ['attestations', '{"attestations":{}}'],
    ['attestations', '\u00ff'],
  ] as const)('a %s that is %j has none', (kind, content) => {
    expect(plain(kind, Buffer.from(content, 'latin1'))).toBeUndefined();
  });

  it('odd items stay odd', () => {
    expect(text(plain('attestations', bytes('{"attestations":[7,{"__proto__":1},null]}')))).toBe(
      '{"attestations":[7,null,{}]}',
    );
  });
});
