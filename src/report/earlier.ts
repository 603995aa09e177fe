import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { Baseline } from '../policy/types.ts';
import { readLock } from './lock-read.ts';

/**
 * The baseline that an earlier report recorded; empty where there is no report.
 * @throws {VerifyDepsError} `report-unreadable`: a broken report must not pass for none, or breaking it would be a way to
 *                           have the baseline forgotten
 */
export async function readEarlierBaseline(file: string): Promise<Baseline> {
  const hint = 'restore the report from version control, or remove it to start anew';
  let read: Awaited<ReturnType<typeof readFileBounded>>;
  try {
    read = await readFileBounded(file, limits.reportBytesMax);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VerifyDepsError('report-unreadable', `${printable(file)}: cannot be read (${code})`, {
      hint,
      cause: error,
    });
  }
  if (read.status === 'read') return readLock(read.bytes, file).baseline;
  if (read.status === 'absent') return new Map();
  const message = `${printable(file)}: ${read.bytes} bytes, more than the ${limits.reportBytesMax} that are read`;
  throw new VerifyDepsError('report-unreadable', message, { hint });
}
