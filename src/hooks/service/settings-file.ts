/** Files that the operator of a service names: certificate, key, tokens. Read again at each reload. */
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';

const FILE_BYTES_MAX = 262_144;

/**
 * @param what  the file in words, printable
 * @throws {VerifyDepsError} `service-settings`
 */
export async function readOwnFile(file: string, what: string, hint: string): Promise<Uint8Array> {
  const read = await readFileBounded(file, FILE_BYTES_MAX).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code ?? 'unknown';
    throw new VerifyDepsError('service-settings', `${what} cannot be read: ${why}`, { hint, cause });
  });
  if (read.status === 'read') return read.bytes;
  const why = read.status === 'absent' ? 'is not there' : `is larger than ${FILE_BYTES_MAX} bytes`;
  throw new VerifyDepsError('service-settings', `${what} ${why}`, { hint });
}
