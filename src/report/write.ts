import { VerifyDepsError } from '../core/errors.ts';
import { holdsBytes, writeFileAtomic } from '../core/files.ts';
import { printable } from '../core/text.ts';

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'give this user the right to write there, or run without writing a report',
  EPERM: 'give this user the right to write there, or run without writing a report',
  EROFS: 'the file system is read-only: run without writing a report',
  ENOSPC: 'the disk is full: make room and run again',
  EDQUOT: 'the quota of this user is used up: make room and run again',
  EISDIR: 'a folder is in its place: move it away',
  ENOTEMPTY: 'a folder is in its place: move it away',
};

/** UTF-16 code units that are encoded at once. */
const CHUNK = 65_536;

/**
 * Puts the report in its place: whole or not at all. A file that already says the same is not touched, so that neither
 * its time nor a watcher of it is disturbed.
 * @param text  whole, or in pieces that can be gone through twice
 * @throws {VerifyDepsError} `report-unwritable`
 */
export async function writeReport(
  file: string,
  text: string | Iterable<string>,
): Promise<'written' | 'unchanged'> {
  const pieces = typeof text === 'string' ? [text] : text;
  try {
    if (await holdsBytes(file, chunksOf(pieces))) return 'unchanged';
    await writeFileAtomic(file, chunksOf(pieces), { flush: true });
    return 'written';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError('report-unwritable', `cannot write the report ${printable(file)}: ${code}`, {
      hint: HINTS[code] ?? 'check the folder of the lockfile, or run without writing a report',
      cause: error,
    });
  }
}

/** A few pieces at a time, all in the same bytes of memory: each chunk is good until the next is asked for. */
function* chunksOf(pieces: Iterable<string>): Generator<Uint8Array, void> {
  let buffer = Buffer.alloc(0);
  const encoded = (text: string): Uint8Array => {
    // No code unit takes more than three bytes.
    if (buffer.length < 3 * text.length) buffer = Buffer.allocUnsafeSlow(3 * text.length);
    return buffer.subarray(0, buffer.write(text));
  };
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < CHUNK) continue;
    yield encoded(text);
    text = '';
  }
  if (text !== '') yield encoded(text);
}
