/**
 * The evidence store: what registries answered, kept on disk so that the next run need not ask again. It holds evidence,
 * never a verdict: every run verifies what it reads. So an old answer can only miss that a registry has since withdrawn
 * something, and a damaged one is dropped and asked for again. Nothing that goes wrong here fails a run.
 */
import path from 'node:path';
import type { Clock } from '../core/clock.ts';
import { makeFolderSync } from '../core/files.ts';
import { type EntryKey, type EntryKind, entryKinds, questionId } from './entry.ts';
import { type PackRow, ROWS_MAX } from './pack.ts';
import { refusal } from './pack-file.ts';
import type { PackEntry } from './pack-writer.ts';
import { BODY_BYTES_MAX, openPacks } from './packs.ts';
import { keepUp, sweep } from './upkeep.ts';

export type { EntryKey, EntryKind } from './entry.ts';

/**
 * How long an answer may stand. A published version never changes and keeps its signatures, so what is complete stands
 * for `long`; whatever a registry might still add (attestations, signatures) is asked again after `short`.
 */
export type Lifetime = 'long' | 'short';

export interface StoredAnswer {
  readonly outcome: 'found' | 'absent';
  readonly bytes: Uint8Array;
  /** When it was asked, milliseconds since 1970. */
  readonly time: number;
}

export interface EvidenceStore {
  /** Undefined if there is nothing that may stand for an answer now. */
  read(key: EntryKey, kind: EntryKind): StoredAnswer | undefined;
  /** Takes effect at once for `read`, on disk within seconds where more is written, at `flush` at the latest. */
  write(key: EntryKey, kind: EntryKind, answer: Omit<StoredAnswer, 'time'>, lifetime: Lifetime): void;
  /** Answers for this version are asked for again; on disk they stand until there are new ones. */
  forget(key: EntryKey): void;
  flush(): Promise<void>;
  readonly state: StoreState;
}

export interface StoreState {
  /** Code of the file system's error after which nothing more was written: `EROFS`, `ENOSPC`, … or `EOWNER`, see `refusal`. */
  readonly unwritable: string | undefined;
  /** Answers found damaged, half or in another's place, and dropped. */
  readonly dropped: number;
}

export interface StoreOptions {
  /** Cache folder of the user; created when something is written. */
  readonly folder: string;
  readonly clock: Clock;
  /**
   * Nothing can be asked: what was found stands however old it is. That there is none is still forgotten, for the registry
   * may have got one since.
   */
  readonly offline?: boolean;
  /** What the packs may take on disk. */
  readonly bytesMax?: number | undefined;
  /** Answers that are kept. Each costs every run 80 bytes of reading. */
  readonly rowsMax?: number;
  /** Called once, if nothing more of what is found out can be kept, or the folder is not used at all. @param code  as `StoreState.unwritable` */
  readonly onUnwritable?: ((root: string, code: string) => void) | undefined;
}

const FORMAT = 'evidence-v2';
const LIFETIME_MS: Readonly<Record<Lifetime, number>> = { long: 30 * 86_400_000, short: 15 * 60_000 };
/** Clocks of machines that share a folder differ; further in the future, an answer is not believed. */
const SKEW_MS = 5 * 60_000;
const BYTES_MAX = 512_000_000;
const ANSWERS_MAX = 200_000;
/** What is written at a time, so that a run that is killed loses little and needs little memory. */
const UNWRITTEN_BYTES_MAX = 4_194_304;
const UNWRITTEN_MS_MAX = 5_000;
/** A process that runs for weeks writes packs without end. */
const PACKS_BEFORE_UPKEEP = 16;
/** A process that runs for weeks should see what others have found out. */
const REFRESH_MS = 60_000;
/** Where files are replaced as `writeFileAtomic` does, and a killed run may have left one. */
const OTHER_FOLDERS = ['tuf', 'policies-v1'] as const;

export function openEvidenceStore(options: StoreOptions): EvidenceStore {
  const { clock, offline = false } = options;
  const root = path.join(options.folder, FORMAT);
  const packs = openPacks(root);
  const unwritten = new Map<string, PackEntry>();
  const forgotten = new Set<string>();
  let unwrittenBytes = 0;
  let oldestUnwritten = 0;
  let refreshed = Number.NEGATIVE_INFINITY;
  let unwritable: string | undefined;
  let packsSinceUpkeep = 0;
  let upkeep: Promise<void> = Promise.resolve();

  const giveUp = (code: string): void => {
    if (unwritable !== undefined) return;
    unwritable = code;
    options.onUnwritable?.(root, code);
  };

  const fromPacks = (question: Buffer, kind: EntryKind): StoredAnswer | undefined => {
    const now = clock();
    // Clocks are set back, too.
    if (Math.abs(now - refreshed) > REFRESH_MS) {
      refreshed = now;
      const refused = refusal(root);
      if (refused === undefined) packs.refresh();
      else giveUp(refused);
    }
    for (let attempt = 0; attempt < 3; attempt++) {
      const found = packs.find(question, now + SKEW_MS);
      if (found === undefined || !stands(found.row, kind, now, offline)) return undefined;
      const bytes = packs.read(found);
      if (bytes !== 'gone') {
        packs.touch(found.pack, now);
        return bytes && answerOf({ ...found.row, bytes });
      }
      packs.refresh();
    }
    return undefined;
  };

  /** @returns the code of what is in the way */
  const put = (): string | undefined => {
    try {
      makeFolderSync(root, 0o700);
      const refused = refusal(root);
      if (refused !== undefined) return refused;
      packs.write(unwritten.values(), clock());
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code ?? 'unknown');
    }
    unwritten.clear();
    unwrittenBytes = 0;
    packsSinceUpkeep++;
    return undefined;
  };

  /** At once: a way through the thread pool would wait for all signatures that are being verified there. */
  const writeUnwritten = (): void => {
    if (unwritten.size === 0 || unwritable !== undefined) return;
    let code = put();
    // Somebody has emptied the cache meanwhile.
    if (code === 'ENOENT') code = put();
    if (code !== undefined) giveUp(code);
  };

  const isMuch = (): boolean => unwrittenBytes >= UNWRITTEN_BYTES_MAX || unwritten.size >= ROWS_MAX;

  const keepUpAfter = async (packsWritten: number): Promise<void> => {
    if (packsSinceUpkeep < packsWritten) return;
    packsSinceUpkeep = 0;
    const now = clock();
    const done = keepUp(packs, {
      folder: root,
      bytesMax: options.bytesMax ?? BYTES_MAX,
      rowsMax: options.rowsMax ?? ANSWERS_MAX,
      now,
      // What was found may serve a run without a network one day.
      keeps: ({ time, absent }) => time <= now + SKEW_MS && (!absent || time + LIFETIME_MS.short > now),
    });
    // What it could not do, a later run does.
    await done.catch(() => undefined);
    for (const beside of OTHER_FOLDERS) sweep(path.join(options.folder, beside), now);
  };

  return {
    state: {
      get unwritable() {
        return unwritable;
      },
      get dropped() {
        return packs.dropped;
      },
    },

    read(key, kind) {
      const question = questionId(key, kind);
      if (unwritten.size > 0 || forgotten.size > 0) {
        const id = question.toString('latin1');
        const entry = unwritten.get(id);
        if (entry !== undefined) return stands(entry, kind, clock(), offline) ? answerOf(entry) : undefined;
        if (forgotten.has(id)) return undefined;
      }
      return fromPacks(question, kind);
    },

    write(key, kind, { outcome, bytes }, lifetime) {
      if (bytes.length > BODY_BYTES_MAX) return;
      // What cannot be written serves this run, as long as that costs little.
      if (unwritable !== undefined && isMuch()) return;
      const question = questionId(key, kind);
      const id = question.toString('latin1');
      let time = clock();
      if (forgotten.delete(id)) {
        // Newer than what it replaces, even if that is from a machine whose clock is ahead.
        const old = packs.find(question, time + SKEW_MS);
        if (old !== undefined && old.row.time >= time) time = old.row.time + 1;
      }
      if (unwritten.size === 0) oldestUnwritten = time;
      unwritten.set(id, {
        question,
        // A view of a few bytes would keep all of what was received with them.
        bytes: bytes.buffer.byteLength > 4 * bytes.length ? Buffer.from(bytes) : bytes,
        time,
        absent: outcome === 'absent',
        short: lifetime === 'short',
      });
      unwrittenBytes += bytes.length;
      if (!isMuch() && Math.abs(time - oldestUnwritten) < UNWRITTEN_MS_MAX) return;
      writeUnwritten();
      upkeep = upkeep.then(() => keepUpAfter(PACKS_BEFORE_UPKEEP));
    },

    forget(key) {
      for (const kind of entryKinds) {
        const id = questionId(key, kind).toString('latin1');
        unwritten.delete(id);
        forgotten.add(id);
      }
    },

    async flush() {
      writeUnwritten();
      upkeep = upkeep.then(() => keepUpAfter(1));
      await upkeep;
      packs.close();
    },
  };
}

/** Whether an answer, which was asked for no later than now, may stand for one that is asked for now. */
function stands(
  { time, absent, short }: Pick<PackRow, 'time' | 'absent' | 'short'>,
  kind: EntryKind,
  now: number,
  offline: boolean,
): boolean {
  // Whatever a pack says: that there is none is never known for long.
  if (time + LIFETIME_MS[short || absent ? 'short' : 'long'] > now) return true;
  // A short-lived list of attestations is an empty one, and says that there are none.
  return offline && !absent && !(short && kind === 'attestations');
}

function answerOf({ absent, bytes, time }: PackEntry): StoredAnswer {
  return { outcome: absent ? 'absent' : 'found', bytes, time };
}
