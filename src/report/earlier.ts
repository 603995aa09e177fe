import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import type { Coverage } from '../policy/coverage.ts';
import type { Baseline } from '../policy/types.ts';
import { readLock, readRecorded } from './lock-read.ts';
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
  const report = await readWith(file, readRecorded);
  return { baseline: report?.baseline ?? new Map(), coverage: report?.coverage };
}

/**
 * The whole of an earlier report; undefined where there is none.
 * @throws {VerifyDepsError} `report-unreadable`
 */
export async function readReport(file: string): Promise<LockReport | undefined> {
  return readWith(file, readLock);
}

async function readWith<T>(
  file: string,
  read: (bytes: Uint8Array, file: string) => T,
): Promise<T | undefined> {
  const hint = 'restore the report from version control, or remove it to start anew';
  let found: Awaited<ReturnType<typeof readFileBounded>>;
  try {
    found = await readFileBounded(file, limits.reportBytesMax);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new VerifyDepsError('report-unreadable', `${printable(file)}: cannot be read (${code})`, {
      hint,
      cause: error,
    });
  }
  if (found.status === 'read') return read(found.bytes, file);
  if (found.status === 'absent') return undefined;
  const message = `${printable(file)}: ${found.bytes} bytes, more than the ${limits.reportBytesMax} that are read`;
  throw new VerifyDepsError('report-unreadable', message, { hint });
}
