import type { EntryKey, EntryKind } from '../registry/entry.ts';
import type { EvidenceStore } from '../registry/store.ts';
import { keyOf } from './block.ts';
import type { EvidenceFile } from './evidence-file.ts';

/**
 * Evidence files as a store.
 * @param own      the store of this machine, where the registry can be asked as well: what it has told this machine goes
 *   first, and of what nobody has signed it is asked all the same. Undefined where the files alone count.
 * @param vouched  the caller vouches for the files: what they say is what the registry has said
 */
export function storeOf(
  files: readonly EvidenceFile[],
  own: EvidenceStore | undefined,
  vouched: boolean,
): EvidenceStore {
  /** To be asked for again: the files would answer the same. */
  const forgotten = new Set<string>();
  const asks = own !== undefined && !vouched;
  return {
    read(key: EntryKey, kind: EntryKind) {
      const answer = own?.read(key, kind);
      if (answer !== undefined || (forgotten.size > 0 && forgotten.has(keyOf(key)))) return answer;
      // The rest nobody has signed, not even what a manifest says beside its digest: anybody can write it into a file.
      if (asks && kind !== 'attestations') return undefined;
      for (const { head, part } of files) {
        const bytes = part(key, kind);
        if (bytes === undefined) continue;
        // The day is the file's word; the oldest one claims least.
        return { outcome: 'found', bytes, time: head.oldest };
      }
      return undefined;
    },
    write: (key, kind, answer, lifetime) => own?.write(key, kind, answer, lifetime),
    forget(key) {
      forgotten.add(keyOf(key));
      own?.forget(key);
    },
    flush: async () => own?.flush(),
    state: own?.state ?? { unwritable: undefined, dropped: 0 },
  };
}
