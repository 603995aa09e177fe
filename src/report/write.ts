import { sameBytes, utf8 } from '../core/bytes.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded, writeFileAtomic } from '../core/files.ts';
import { limits } from '../core/limits.ts';
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

/**
 * Puts the report in its place: whole or not at all. A file that already says the same is not touched, so that neither
 * its time nor a watcher of it is disturbed.
 * @throws {VerifyDepsError} `report-unwritable`
 */
export async function writeReport(file: string, text: string): Promise<'written' | 'unchanged'> {
  const bytes = utf8(text);
  try {
    const current = await readFileBounded(file, limits.reportBytesMax);
    if (current.status === 'read' && sameBytes(current.bytes, bytes)) return 'unchanged';
    await writeFileAtomic(file, bytes, { flush: true });
    return 'written';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError('report-unwritable', `cannot write the report ${printable(file)}: ${code}`, {
      hint: HINTS[code] ?? 'check the folder of the lockfile, or run without writing a report',
      cause: error,
    });
  }
}
