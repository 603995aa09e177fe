import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { Coverage } from '../policy/coverage.ts';
import type { Baseline } from '../policy/types.ts';
import { readLock } from './lock-read.ts';
import type { LockReport } from './lock-types.ts';

/** What an earlier report recorded for later runs. */
export interface Earlier {
  readonly baseline: Baseline;
  readonly coverage: Coverage | undefined;
}

/**
 * What an earlier report recorded; nothing where there is no report.
 * @throws {VerifyDepsError} `report-unreadable`: a broken report must not pass for none, or breaking it would be a way to
 *                           have the baseline forgotten
 */
export async function readEarlier(file: string): Promise<Earlier> {
  const report = await readReport(file);
  return { baseline: report?.baseline ?? new Map(), coverage: report?.coverage };
}

/**
 * The whole of an earlier report; undefined where there is none.
 * @throws {VerifyDepsError} `report-unreadable`
 */
export async function readReport(file: string): Promise<LockReport | undefined> {
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
  if (read.status === 'read') return readLock(read.bytes, file);
  if (read.status === 'absent') return undefined;
  const message = `${printable(file)}: ${read.bytes} bytes, more than the ${limits.reportBytesMax} that are read`;
  throw new VerifyDepsError('report-unreadable', message, { hint });
}
