/**
 * Which tarball an archive in yarn's cache was made from. Yarn unpacks zip archives that it makes itself, and its lockfile
 * pins those; registries sign for tarballs. Whoever sees yarn turn the one into the other notes both digests here.
 *
 * It is evidence and no verdict: the tarball's digest is judged anew in every installation. But nobody signs for it; who
 * can write this folder can write the cache of yarn and node_modules as well.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { makeFolder, readFileBounded, writeFileAtomic } from '../../core/files.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { parseIntegrity } from '../../tree/integrity.ts';

const FORMAT = 'yarn-archives-v1';
const ENTRY_BYTES_MAX = 16_384;

export interface Ledger {
  /** sha512 integrity of the tarball from which the archive was made; undefined where nobody saw that. */
  tarballOf(locator: string, archive: string): Promise<string | undefined>;
  /** What cannot be written is seen again in the next installation. */
  note(locator: string, archive: string, tarball: string): Promise<void>;
}

/**
 * @param folder  evidence cache of the user
 */
export function openLedger(folder: string): Ledger {
  const fileOf = (locator: string, archive: string): string => {
    const id = createHash('sha256')
      .update(JSON.stringify([locator, archive]))
      .digest('hex');
    return path.join(folder, FORMAT, id.slice(0, 2), `${id.slice(2)}.json`);
  };
  return {
    async tarballOf(locator, archive) {
      try {
        const read = await readFileBounded(fileOf(locator, archive), ENTRY_BYTES_MAX);
        if (read.status !== 'read') return undefined;
        const entry = parseJson(read.bytes, 'archive', ENTRY_BYTES_MAX);
        if (!isObject(entry) || entry.locator !== locator || entry.archive !== archive) return undefined;
        const integrity = parseIntegrity(typeof entry.tarball === 'string' ? entry.tarball : undefined);
        return integrity.kind === 'sha512' ? integrity.sri : undefined;
      } catch {
        // Damaged or unreadable: as good as none.
        return undefined;
      }
    },
    async note(locator, archive, tarball) {
      const file = fileOf(locator, archive);
      try {
        await makeFolder(path.dirname(file), 0o700);
        await writeFileAtomic(file, `${JSON.stringify({ locator, archive, tarball })}\n`, {
          flush: false,
          mode: 0o600,
        });
      } catch {
        // A read-only or full disk costs a download next time.
      }
    },
  };
}
