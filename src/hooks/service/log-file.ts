import { type FileHandle, open } from 'node:fs/promises';
import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { LogSink } from './log.ts';

/** Only its owner may read it: it tells what a company installs. */
const MODE = 0o600;

/**
 * Appends to a file. Whoever moves it away and then has it opened anew loses no line; until then lines go to the file that was
 * moved.
 * @throws {VerifyDepsError} `service-settings` if it cannot be opened
 */
export async function openLogFile(file: string): Promise<LogSink> {
  let handle = await openAppending(file);
  return {
    async write(text) {
      await handle.appendFile(text, 'utf8');
    },
    async reopen() {
      const fresh = await openAppending(file);
      const old = handle;
      handle = fresh;
      await old.close();
    },
    close: () => handle.close(),
  };
}

async function openAppending(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'a', MODE);
  } catch (cause) {
    const why = String((cause as NodeJS.ErrnoException).code ?? 'unknown');
    throw new VerifyDepsError('service-settings', `log file ${printable(file)} cannot be opened: ${why}`, {
      hint: 'its folder has to be there and writable for this user',
      cause,
    });
  }
}
