import type { EntryKey, EntryKind } from '../registry/entry.ts';
import type { EvidenceStore, StoredAnswer } from '../registry/store.ts';
import type { Trust } from '../trust/types.ts';
import { keyOf } from './block.ts';
import { plain } from './plain.ts';

type Part = Pick<StoredAnswer, 'bytes' | 'time'>;

interface Recorded {
  readonly key: EntryKey;
  readonly kinds: Map<EntryKind, Source>;
}

/** Where an answer can be read again, or the answer itself where the store does not keep it. */
type Source = EvidenceStore | Part;

/** Remembers what a run has asked for, so that it can be put into an evidence file without asking twice. */
export interface Recorder {
  /** The same store; what is read from it and written to it is remembered. */
  watch(store: EvidenceStore): EvidenceStore;
  /** What was believed, of every connection in turn. */
  readonly trusts: Trust[];
  /** By digest, `sha256-HEX` or `sha512-HEX`. */
  readonly policies: Map<string, Uint8Array>;
  /** Keys of packages, in order. */
  packages(): readonly string[];
  /** What was answered about a package; undefined in place of what is lost meanwhile, or that nobody could read. */
  parts(key: string): RecordedParts;
}

export interface RecordedParts {
  readonly key: EntryKey;
  readonly parts: ReadonlyMap<EntryKind, Part | undefined>;
}

export function createRecorder(clock: () => number): Recorder {
  const recorded = new Map<string, Recorded>();
  const remember = (key: EntryKey, kind: EntryKind, source: Source): void => {
    const id = keyOf(key);
    let entry = recorded.get(id);
    if (entry === undefined) {
      entry = { key, kinds: new Map() };
      recorded.set(id, entry);
    }
    entry.kinds.set(kind, source);
  };
  return {
    trusts: [],
    policies: new Map(),
    watch: (store) => ({
      read(key, kind) {
        const answer = store.read(key, kind);
        if (answer?.outcome === 'found') remember(key, kind, store);
        return answer;
      },
      write(key, kind, answer, lifetime) {
        store.write(key, kind, answer, lifetime);
        if (answer.outcome !== 'found') return;
        // Too large for it, or it cannot be written.
        const kept = store.read(key, kind)?.bytes.length === answer.bytes.length;
        remember(key, kind, kept ? store : { bytes: answer.bytes, time: clock() });
      },
      forget(key) {
        recorded.delete(keyOf(key));
        store.forget(key);
      },
      flush: () => store.flush(),
      state: store.state,
    }),
    packages: () => [...recorded.keys()].sort(),
    parts(id) {
      const { key, kinds } = recorded.get(id)!;
      const parts = new Map<EntryKind, Part | undefined>();
      for (const [kind, source] of kinds) {
        const part = 'read' in source ? source.read(key, kind) : source;
        const bytes = part && plain(kind, part.bytes);
        parts.set(kind, part && bytes && { time: part.time, bytes });
      }
      return { key, parts };
    },
  };
}
