/**
 * Upkeep of the folder of packs, after something was written: bounds its size, merges small packs, sweeps what killed runs
 * have left. Several processes may do it at once: packs are never changed, so the worst is that one does what another has
 * done. It takes away nothing but packs and temporary files of this form, by their names in this folder.
 */
import { lstatSync, unlinkSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isTemporaryName } from '../core/files.ts';
import { bodyBytes, type PackRow, ROWS_MAX, readRow } from './pack.ts';
import { list, refusal } from './pack-file.ts';
import { type Pack, writePack } from './pack-writer.ts';
import type { Found, Packs } from './packs.ts';

export interface UpkeepOptions {
  readonly folder: string;
  readonly bytesMax: number;
  readonly rowsMax: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Whether an answer is still of use to anybody. */
  readonly keeps: (row: PackRow) => boolean;
}

const HOUR_MS = 3_600_000;
/** Each pack costs every run a look at its table. */
const PACKS_MAX = 12;
const PACKS_AFTER = 6;
/** What one run merges at most: some 0.1 s. Larger packs stay as they are. */
const MERGE_BYTES_MAX = 33_554_432;
const PAUSE_BYTES = 1_048_576;
/** Not merged with what is in use: it would be kept as long as that. */
const STALE_MS = 3 * 24 * HOUR_MS;

export async function keepUp(packs: Packs, options: UpkeepOptions): Promise<void> {
  sweep(options.folder, options.now);
  packs.refresh();
  evict(packs, options);
  await merge(packs, options);
}

/** Takes away temporary files of runs that cannot be running any more. */
export function sweep(folder: string, now: number): void {
  if (refusal(folder) !== undefined) return;
  for (const name of list(folder)) {
    if (!isTemporaryName(name)) continue;
    const file = path.join(folder, name);
    try {
      if (Math.abs(now - lstatSync(file).mtimeMs) > HOUR_MS) unlinkSync(file);
    } catch {
      // Another process was faster, or it is a folder.
    }
  }
}

/** Those that were of no use for longest go first. */
function evict(packs: Packs, { bytesMax, rowsMax, now }: UpkeepOptions): void {
  // Of a time far ahead nothing is known.
  const lastUse = (pack: Pack): number => (pack.used > now + 24 * HOUR_MS ? 0 : pack.used);
  const all = [...packs.all].sort((a, b) => lastUse(a) - lastUse(b));
  let bytes = all.reduce((sum, pack) => sum + pack.bytes, 0);
  let rows = all.reduce((sum, pack) => sum + pack.table.count, 0);
  for (const pack of all) {
    if (bytes <= bytesMax && rows <= rowsMax) return;
    packs.remove(pack);
    bytes -= pack.bytes;
    rows -= pack.table.count;
  }
}

/** Several small packs become one, without what is damaged, superseded or of no use any more. */
async function merge(packs: Packs, options: UpkeepOptions): Promise<void> {
  const { folder, now } = options;
  // Answers that share their bytes, which none of ours do, would become many times as large.
  for (const pack of packs.all) if (bodyBytes(pack.table) > pack.bytes) packs.remove(pack);
  const small = packs.all.filter(({ bytes }) => bytes <= MERGE_BYTES_MAX / 2);
  if (small.length <= PACKS_MAX) return;
  const stale = small.filter(({ used }) => now - used > STALE_MS);
  const inUse = small.filter((pack) => !stale.includes(pack));
  const group = stale.length > inUse.length ? stale : inUse;
  const merged = new Set(smallest(group, small.length - PACKS_AFTER + 1));
  if (merged.size < 2) return;
  const writer = writePack(folder);
  let written: Pack | undefined;
  try {
    let any = false;
    let unpaused = 0;
    for (const found of newest(merged, options.keeps)) {
      const bytes = packs.read(found);
      // Its answers are in another pack, or they cannot be read now; in neither case it is for this run to remove it.
      if (bytes === 'gone') merged.delete(found.pack);
      if (typeof bytes !== 'object') continue;
      writer.add({ ...found.row, bytes });
      any = true;
      unpaused += bytes.length;
      if (unpaused < PAUSE_BYTES) continue;
      unpaused = 0;
      await setImmediate();
    }
    if (any) written = writer.finish(Math.max(...[...merged].map(({ used }) => Math.min(used, now))));
    else writer.abandon();
  } catch {
    // No room for it, perhaps. All packs are as they were.
    writer.abandon();
    return;
  }
  if (written !== undefined) packs.adopt(written);
  // Where nothing of the others was worth keeping, the result can be one of those that went into it.
  for (const pack of merged) if (pack.name !== written?.name) packs.remove(pack);
}

function smallest(packs: readonly Pack[], countMax: number): readonly Pack[] {
  const chosen: Pack[] = [];
  let bytes = 0;
  let rows = 0;
  for (const pack of [...packs].sort((a, b) => a.bytes - b.bytes)) {
    bytes += pack.bytes;
    rows += pack.table.count;
    if (chosen.length === countMax || bytes > MERGE_BYTES_MAX || rows > ROWS_MAX) break;
    chosen.push(pack);
  }
  return chosen;
}

/** The newest answer to each question, in the order in which a pack has them: that of a run that asked. */
function newest(packs: Iterable<Pack>, keeps: UpkeepOptions['keeps']): readonly Found[] {
  const answers = new Map<string, Found>();
  for (const pack of packs) {
    const rows = Array.from({ length: pack.table.count }, (_, index) => readRow(pack.table, index));
    for (const row of rows.sort((a, b) => a.offset - b.offset)) {
      const question = Buffer.from(row.question).toString('latin1');
      const other = answers.get(question);
      if (keeps(row) && (other === undefined || other.row.time <= row.time))
        answers.set(question, { pack, row });
    }
  }
  return [...answers.values()];
}
