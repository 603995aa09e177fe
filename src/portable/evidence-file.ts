import { readFileSync, statSync } from 'node:fs';
import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { EntryKey, EntryKind } from '../registry/entry.ts';
import { reasonOf } from '../trust/failure.ts';
import { decodeBlock, indexPackages, keyOf } from './block.ts';
import { type BlockHead, decodeHead, EVIDENCE_VERSION, type OpenedHead } from './head.ts';
import { decodeShared, type SharedEvidence } from './shared-lines.ts';
import { createShelf, type Shelf, type TakenApart } from './shelf.ts';

/** What one evidence file says; who reads it verifies it like an answer from the network, and what is unsigned less. */
export interface EvidenceFile {
  readonly path: string;
  readonly head: Omit<OpenedHead, 'blocks' | 'start'>;
  /**
   * The answer as it was given, or undefined if the file has none.
   * @throws {VerifyDepsError} `evidence-unreadable` if the part of the file where it would be is damaged
   */
  part(key: EntryKey, kind: EntryKind): Uint8Array | undefined;
  /** @throws {VerifyDepsError} `evidence-unreadable` */
  shared(): SharedEvidence;
}

/**
 * Reads the file, and of its content only the parts that are asked for.
 * @param file   absolute path
 * @param shelf  of all files of this run
 * @throws {VerifyDepsError} `evidence-unreadable`
 */
export function openEvidenceFile(file: string, shelf: Shelf = createShelf()): EvidenceFile {
  const bytes = readWhole(file);
  const head = guarded(file, () => decodeHead(bytes));
  if (head === undefined)
    throw new VerifyDepsError('evidence-unreadable', `${printable(file)} is not an evidence file`, {
      hint: 'give a file that verify-deps fetch has written, or a folder of such files',
    });
  if ('version' in head)
    throw new VerifyDepsError(
      'evidence-unreadable',
      `evidence file ${printable(file)} is of version ${head.version}, and this version of verify-deps reads ${EVIDENCE_VERSION}`,
      { hint: 'use a version of verify-deps that is as new as the one that wrote it' },
    );

  const { blocks } = head;
  const starts: number[] = [];
  let end = head.start;
  for (const { stored } of blocks) {
    starts.push(end);
    end += stored;
  }
  const contentOf = (at: number): Buffer =>
    decodeBlock(blocks[at]!, bytes.subarray(starts[at]!, starts[at]! + blocks[at]!.stored));

  const takeApart = (at: number) => (): TakenApart => {
    const content = contentOf(at);
    return { content, index: indexPackages(content, blocks[at]!, blocks[at + 1]?.first) };
  };

  let shared: SharedEvidence | undefined;
  return {
    path: file,
    head,
    part(key, kind) {
      const name = keyOf(key);
      const at = blockFor(blocks, name);
      if (at === undefined) return undefined;
      const { content, index } = guarded(file, () => shelf.take(blocks, at, takeApart(at)));
      const place = index.packages.get(name)?.get(kind);
      return place && content.subarray(place[0], place[1]);
    },
    shared() {
      shared ??= guarded(file, () => decodeShared(contentOf(0)));
      return shared;
    },
  };
}

/** The last block whose first package is not behind this one. */
function blockFor(blocks: readonly BlockHead[], key: string): number | undefined {
  let [low, high] = [0, blocks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks[middle]!.first <= key) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  return at < 0 || blocks[at]!.first === '' ? undefined : at;
}

function readWhole(file: string): Uint8Array {
  const unreadable = (why: string, cause?: unknown): VerifyDepsError =>
    new VerifyDepsError('evidence-unreadable', `evidence file ${printable(file)} cannot be read: ${why}`, {
      hint: 'give the path of a readable file or folder',
      cause,
    });
  let bytes: Uint8Array;
  try {
    const info = statSync(file);
    if (!info.isFile()) throw unreadable('it is no regular file');
    const { size } = info;
    if (size > limits.evidenceFileBytesMax)
      throw unreadable(`expected at most ${limits.evidenceFileBytesMax} bytes but got ${size}`);
    bytes = readFileSync(file);
  } catch (error) {
    throw error instanceof VerifyDepsError ? error : unreadable(reasonOf(error), error);
  }
  if (bytes.length > limits.evidenceFileBytesMax)
    throw unreadable(`expected at most ${limits.evidenceFileBytesMax} bytes but got more`);
  return bytes;
}

/** What is wrong with the bytes of a file is told as that of the file. */
function guarded<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new VerifyDepsError(
      'evidence-unreadable',
      `evidence file ${printable(file)} is damaged: ${reasonOf(error)}`,
      { hint: 'get it again from where it comes from, or collect the evidence anew', cause: error },
    );
  }
}
