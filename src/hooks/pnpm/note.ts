/**
 * A native pnpm starts one process for each pnpmfile and kind of hook. Only the one with `updateConfig` learns where the
 * project and its registries are; it leaves a note for the one with `readPackage`, in the cache folder of this user, by the
 * number of the pnpm that started both.
 */
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, readFileBounded, writeFileAtomic } from '../../core/files.ts';
import { isObject, parseJson } from '../../core/json.ts';
import type { Catalogs } from './foreign.ts';
import { catalogsOf, type Registries, registriesOf } from './registries.ts';
import { type Members, textOf } from './types.ts';

const BYTES_MAX = 1_048_576;

export interface Setting {
  /** Folder of the lockfile, whose policy and npmrc count. */
  readonly folder: string;
  readonly registries: Registries;
  readonly catalogs: Catalogs;
}

/** No secrets: they stay where pnpm has them. */
export async function leaveNote(cache: string, setting: Setting): Promise<void> {
  const file = fileIn(cache);
  await makeFolder(path.dirname(file), 0o700);
  const text = JSON.stringify({ cwd: process.cwd(), ...setting });
  await writeFileAtomic(file, text, { flush: false, mode: 0o600 });
}

/** Undefined where none was left for this pnpm. Each is good for one installation. */
export async function takeNote(cache: string): Promise<Setting | undefined> {
  const file = fileIn(cache);
  const read = await readFileBounded(file, BYTES_MAX);
  if (read.status !== 'read') return undefined;
  await rm(file, { force: true });
  const note = parseJson(read.bytes, 'note', BYTES_MAX);
  if (!isObject(note) || note.cwd !== process.cwd()) return undefined;
  const folder = textOf(note as Members, 'folder');
  if (folder === undefined || !path.isAbsolute(folder)) return undefined;
  return { folder, registries: registriesOf(note as Members), catalogs: catalogsOf(note as Members) };
}

function fileIn(cache: string): string {
  return path.join(cache, 'pnpm', `${process.ppid}.json`);
}
