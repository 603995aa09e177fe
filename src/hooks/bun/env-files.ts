/**
 * Bun reads `.env` files of a project into the environment before it starts a scanner. What a project may not do is say
 * whom to believe: those settings are the user's and the CI system's.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';

const PREFIX = 'VERIFY_DEPS_';

/**
 * @param folders  from which bun may have read
 * @throws {VerifyDepsError} `usage` where one of the files sets what is not its to set, or cannot be read
 */
export async function refuseSettingsInFiles(folders: readonly string[]): Promise<void> {
  for (const folder of new Set(folders)) {
    const names = (await readdir(folder)).filter((name) => name.startsWith('.env'));
    for (const name of names) {
      const file = path.join(folder, name);
      const read = await readFileBounded(file, limits.policyBytesMax);
      if (read.status === 'absent') continue;
      if (read.status === 'read' && !Buffer.from(read.bytes).includes(PREFIX)) continue;
      throw new VerifyDepsError('usage', `${printable(file)} may not set ${PREFIX}…`, {
        hint: 'these settings are read from the environment itself, never from files of a project',
      });
    }
  }
}
