import type { EntryKind } from '../registry/entry.ts';
import { type EncodedBlock, encodeBlock, packageLines } from './block.ts';
import { digestOf, type EvidenceHead, encodeHead } from './head.ts';
import type { Recorder } from './recorder.ts';
import { encodeShared, type SharedEvidence } from './shared-lines.ts';

/**
 * Content of a block. What packages have in common is found within one; a reader takes one apart at a time, and holds few.
 */
const BLOCK_BYTES = 1_048_576;
const DAY_MS = 86_400_000;

export interface EncodedEvidence {
  readonly head: Omit<EvidenceHead, 'blocks'>;
  readonly bytes: Uint8Array;
  /** Answers that are not in it, as nobody could read them: `NAME@VERSION`. */
  readonly leftOut: readonly string[];
}

/**
 * The same answers, given on the same days, make the same bytes (with the same version of zlib).
 * @param now  milliseconds since 1970, for a file without a single answer
 */
export function encodeEvidence(
  recorder: Pick<Recorder, 'packages' | 'parts'>,
  shared: SharedEvidence,
  now: number,
): EncodedEvidence {
  const blocks: EncodedBlock[] = [encodeBlock('', encodeShared(shared))];
  const leftOut: string[] = [];
  let oldest = Number.POSITIVE_INFINITY;
  let newest = Number.NEGATIVE_INFINITY;
  let packages = 0;
  let attested = 0;
  let lines: Uint8Array[] = [];
  let size = 0;
  let first = '';
  const close = (): void => {
    if (lines.length > 0) blocks.push(encodeBlock(first, Buffer.concat(lines)));
    lines = [];
    size = 0;
  };
  for (const id of recorder.packages()) {
    const { key, parts } = recorder.parts(id);
    const found = new Map<EntryKind, Uint8Array>();
    for (const [kind, part] of parts) {
      if (part === undefined) {
        leftOut.push(`${key.name}@${key.version}`);
        continue;
      }
      found.set(kind, part.bytes);
      oldest = Math.min(oldest, part.time);
      newest = Math.max(newest, part.time);
    }
    if (found.size === 0) continue;
    packages++;
    if (found.has('attestations')) attested++;
    if (lines.length === 0) first = id;
    const added = packageLines(key, found);
    lines.push(added);
    size += added.length;
    if (size >= BLOCK_BYTES) close();
  }
  close();
  const heads = blocks.map(({ head }) => head);
  const head = {
    digest: digestOf(heads),
    oldest: dayOf(packages === 0 ? now : oldest),
    newest: dayOf(packages === 0 ? now : newest),
    packages,
    attested,
  };
  const bytes = Buffer.concat([
    encodeHead({ ...head, blocks: heads }),
    ...blocks.map(({ stored }) => stored),
  ]);
  return { head, bytes, leftOut: [...new Set(leftOut)].sort() };
}

function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS) * DAY_MS;
}
