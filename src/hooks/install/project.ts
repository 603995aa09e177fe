/** What lies in the folder of a project, for whoever sets up a gate there. Nothing of it is run. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { ProofError, VerifyDepsError } from '../../core/errors.ts';
import { readFileBounded } from '../../core/files.ts';
import { isObject, type JsonObject, member, parseJsonText } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { rootOf } from '../../policy/find.ts';

export interface Project {
  readonly folder: string;
  /** Names in the folder. */
  readonly names: ReadonlySet<string>;
  readonly manifest: { readonly text: string; readonly value: JsonObject };
  /** Folder with `.git`; that of the project where there is none. */
  readonly repository: string;
}

export const LOCKFILES: ReadonlySet<string> = new Set([
  'package-lock.json',
  'npm-shrinkwrap.json',
  'pnpm-lock.yaml',
  'yarn.lock',
  'bun.lock',
  'bun.lockb',
  'deno.lock',
]);

/**
 * The project that a folder belongs to: a package of a workspace is installed from where the lockfile is.
 * @throws {VerifyDepsError} `setup-malformed` for a folder without a package.json that can be read
 */
export async function readProject(from: string): Promise<Project> {
  const folder = await folderOf(from);
  const names = new Set(await readdir(folder));
  const text = await readText(path.join(folder, 'package.json'));
  if (text === undefined) {
    throw malformed(
      `no package.json in ${printable(folder)}`,
      'another folder: verify-deps -C DIR hook install',
    );
  }
  const root = await rootOf(folder);
  const isRepository = await lstat(path.join(root, '.git')).then(
    () => true,
    () => false,
  );
  return {
    folder,
    names,
    manifest: { text, value: manifestOf(text) },
    repository: isRepository ? root : folder,
  };
}

/** The nearest folder upward with a lockfile, within the repository; without one, where it was started. */
async function folderOf(from: string): Promise<string> {
  for (let folder = from; ; folder = path.dirname(folder)) {
    // A folder above that may not be listed cannot hold the lockfile of a project that may be read.
    const names: readonly string[] = await readdir(folder).catch(() => []);
    if (names.some((name) => LOCKFILES.has(name))) return folder;
    if (names.includes('.git') || path.dirname(folder) === folder) return from;
  }
}

function manifestOf(text: string): JsonObject {
  let value: unknown;
  try {
    value = parseJsonText(text.replace(/^\ufeff/, ''), 'package.json');
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw malformed(`package.json: ${String(error.args.why ?? 'it is too large')}`, 'mend it first');
  }
  if (!isObject(value as JsonObject)) throw malformed('package.json: it is not a map', 'mend it first');
  return value as JsonObject;
}

/** A string that stands at this path of package.json. */
export function textAt({ manifest }: Project, ...keys: readonly string[]): string | undefined {
  let value: unknown = manifest.value;
  for (const key of keys)
    value = isObject(value as JsonObject) ? member(value as JsonObject, key) : undefined;
  return typeof value === 'string' ? value : undefined;
}

/**
 * Text of a file; undefined if there is none.
 * @throws {VerifyDepsError} `setup-malformed` for a link, a folder, a giant, or what is not UTF-8
 */
export async function readText(file: string): Promise<string | undefined> {
  const bytes = await readOwn(file, limits.manifestBytesMax);
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(`${printable(file)} is not UTF-8`, 'mend it first');
  }
}

/** Bytes of a file of the project; undefined if there is none. @throws {VerifyDepsError} `setup-malformed` */
export async function readOwn(file: string, bytesMax: number): Promise<Uint8Array | undefined> {
  // A link could lead anywhere, and the rename that replaces the file would take its place.
  const info = await lstat(file).catch(() => undefined);
  if (info === undefined) return undefined;
  if (!info.isFile())
    throw malformed(`${printable(file)} is not a regular file`, 'nothing is written through a link');
  const read = await readFileBounded(file, bytesMax).catch((error: NodeJS.ErrnoException) => {
    throw malformed(
      `${printable(file)}: cannot be read (${error.code ?? 'unknown error'})`,
      'see who may read it',
    );
  });
  if (read.status === 'absent') return undefined;
  if (read.status === 'too-large')
    throw malformed(`${printable(file)}: ${read.bytes} bytes`, `at most ${bytesMax} are read`);
  return read.bytes;
}

export function malformed(message: string, hint: string): VerifyDepsError {
  return new VerifyDepsError('setup-malformed', message, { hint });
}
