import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { reasonOf } from '../trust/failure.ts';
import { type EvidenceFile, openEvidenceFile } from './evidence-file.ts';
import { createShelf } from './shelf.ts';

/** By which evidence files are found in a folder. */
export const EVIDENCE_ENDING = '.evidence';

/**
 * Every file that is named, and of a folder every one in it that ends in `.evidence`, by name.
 * @param places   absolute paths of files and folders
 * @param digests  those that the files must have; any, if there are none
 * @throws {VerifyDepsError} `evidence-unreadable`
 */
export function openEvidence(
  places: readonly string[],
  digests: readonly string[] = [],
): readonly EvidenceFile[] {
  const files = [...new Set(places.flatMap(filesAt))];
  if (files.length > limits.evidenceFilesMax)
    throw new VerifyDepsError(
      'evidence-unreadable',
      `expected at most ${limits.evidenceFilesMax} evidence files but got ${files.length}`,
      { hint: 'name those that this tree needs' },
    );
  const tooMuch = (what: string, max: number): VerifyDepsError =>
    new VerifyDepsError(
      'evidence-unreadable',
      `expected at most ${max} bytes of evidence files${what}, but ${files.length} files have more`,
      { hint: 'name those that this tree needs' },
    );
  const opened: EvidenceFile[] = [];
  const shelf = createShelf();
  let [size, content] = [0, 0];
  for (const file of files) {
    // Each is in memory whole.
    size += sizeOf(file);
    if (files.length > 1 && size > limits.evidenceFileBytesMax)
      throw tooMuch('', limits.evidenceFileBytesMax);
    const one = openEvidenceFile(file, shelf);
    content += one.head.bytes;
    if (content > limits.evidenceBytesMax) throw tooMuch(', taken apart', limits.evidenceBytesMax);
    opened.push(one);
  }
  const other = opened.find(({ head }) => digests.length > 0 && !digests.includes(head.digest));
  if (other === undefined) return opened;
  throw new VerifyDepsError(
    'evidence-unreadable',
    `evidence file ${printable(other.path)}: expected the digest ${digests.join(' or ')} but got ${other.head.digest}`,
    { hint: 'it is not the file that was vouched for; get it again, or the digest that goes with it' },
  );
}

/** What is wrong with it is told when it is read. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function filesAt(place: string): readonly string[] {
  let names: readonly string[];
  try {
    if (!statSync(place).isDirectory()) return [place];
    names = readdirSync(place).filter((name) => name.endsWith(EVIDENCE_ENDING));
  } catch (error) {
    throw new VerifyDepsError(
      'evidence-unreadable',
      `evidence at ${printable(place)} cannot be read: ${reasonOf(error)}`,
      { hint: 'give the path of an evidence file, or of a folder of such files', cause: error },
    );
  }
  if (names.length > 0) return [...names].sort().map((name) => path.join(place, name));
  throw new VerifyDepsError('evidence-unreadable', `folder ${printable(place)} holds no evidence file`, {
    hint: `name the files in it NAME${EVIDENCE_ENDING}`,
  });
}
