/**
 * Finds the policy of a project and reads files of policies. Everything here may come with a hostile pull request: no
 * file is run, none is read that lies outside the repository, none that is not a regular file of bounded size.
 */
import { lstat, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';

/** Key in package.json. */
export const PACKAGE_KEY = 'verify-deps';

const FILES = [
  'verify-deps.yaml',
  'verify-deps.yml',
  'verify-deps.json',
  '.verify-depsrc',
  '.verify-depsrc.json',
  '.verify-depsrc.yaml',
  '.verify-depsrc.yml',
] as const;

/** The part of cosmiconfig's Explorer that is used here. */
interface Explorer {
  search(from: string): Promise<{ readonly config: unknown; readonly filepath: string } | null>;
}
type ExplorerClass = new (options: Readonly<Record<string, unknown>>) => Explorer;

/**
 * Folder that no search and no `extends` leaves: the nearest one upward with a `.git`; without one the home folder if
 * `from` lies in it; else `from` itself.
 */
export async function rootOf(from: string): Promise<string> {
  const home = path.resolve(homedir());
  for (const folder of upward(from)) {
    if (await exists(path.join(folder, '.git'))) return folder;
    if (folder === home) return home;
  }
  return from;
}

/** Absolute path of the policy file, or package.json, in `from` or the nearest folder upward to `root`. */
export async function findPolicy(from: string, root: string): Promise<string | undefined> {
  for (const folder of upward(from)) {
    if (await guard(folder, root)) {
      const found = await (await makeExplorer()).search(folder);
      if (found !== null) return found.filepath;
    }
    if (folder === root) break;
  }
  return undefined;
}

/**
 * cosmiconfig's public entry reads its own configuration from the working folder first and runs `.config/config.js`,
 * `.cjs`, `.mjs` and `.ts` found there, whatever loaders it is given. The class behind it does not.
 */
async function makeExplorer(): Promise<Explorer> {
  const module: unknown = await import('cosmiconfig/dist/Explorer.js');
  const { Explorer } = module as { readonly Explorer: ExplorerClass };
  // Only where a policy is, is asked of cosmiconfig; what stands in it is read by parsePolicy, with positions. A wrapped
  // answer also keeps it from following `$import`.
  const present = (): unknown => ({ present: true });
  return new Explorer({
    moduleName: 'verify-deps',
    packageProp: [PACKAGE_KEY],
    searchPlaces: [...FILES, 'package.json'],
    searchStrategy: 'none',
    ignoreEmptySearchPlaces: false,
    cache: false,
    metaConfigFilePath: null,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    applyPackagePropertyPathToConfiguration: false,
    transform: (result: unknown) => result,
    loaders: {
      noExt: present,
      '.yaml': present,
      '.yml': present,
      '.json': async (file: string, text: string) =>
        path.basename(file) === 'package.json'
          ? { [PACKAGE_KEY]: await packageEntry(file, text) }
          : present(),
    },
  });
}

/** Whether package.json has a policy; found by the same parser that reads it later, so that the two agree. */
async function packageEntry(file: string, text: string): Promise<unknown> {
  if (!text.includes(`"${PACKAGE_KEY}"`)) return undefined;
  const { parsePolicy } = await import('./parse.ts');
  return parsePolicy(Buffer.from(text), file, PACKAGE_KEY) === undefined ? undefined : { present: true };
}

/**
 * cosmiconfig reads whole files, follows links and skips what it may not read; so look at the places first.
 * @returns whether a policy can be there at all: in most projects none is, and cosmiconfig need not be loaded
 */
async function guard(folder: string, root: string): Promise<boolean> {
  const found: string[] = [];
  for (const name of FILES) {
    const file = path.join(folder, name);
    if (!(await exists(file))) continue;
    found.push(name);
    await checkFile(file, root, limits.policyBytesMax);
  }
  const manifest = path.join(folder, 'package.json');
  const named = (await exists(manifest)) && (await mentionsPolicy(manifest, root));
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    throw new VerifyDepsError(
      'policy-conflict',
      `two policies in the same folder: ${first} and ${second} in ${printable(folder)}`,
      { hint: 'keep one of them, and let it extend the other if both are meant' },
    );
  }
  return first !== undefined || named;
}

async function mentionsPolicy(manifest: string, root: string): Promise<boolean> {
  const bytes = await readPolicyFile(await checkFile(manifest, root, limits.manifestBytesMax));
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(`"${PACKAGE_KEY}"`);
}

/**
 * Real path of a policy file that lies inside `root` and is a regular file within the bound.
 * @throws {VerifyDepsError} `policy-unreadable`
 */
export async function checkFile(file: string, root: string, bytesMax: number): Promise<string> {
  try {
    const real = await realpath(file);
    if (!isInside(real, await realpath(root))) {
      throw new VerifyDepsError(
        'policy-unreadable',
        `${printable(file)} is a link to a place outside of the project`,
        {
          hint: 'policies are read from inside the repository only',
        },
      );
    }
    await bytesOf(real, bytesMax);
    return real;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/**
 * Bytes of a policy file.
 * @throws {VerifyDepsError} `policy-unreadable`
 */
export async function readPolicyFile(file: string): Promise<Uint8Array> {
  try {
    return await bytesOf(file, limits.manifestBytesMax);
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function bytesOf(file: string, bytesMax: number): Promise<Uint8Array> {
  const read = await readFileBounded(file, bytesMax);
  if (read.status === 'read') return read.bytes;
  const isThere = read.status === 'absent' && (await exists(file));
  const why = isThere ? 'is not a regular file' : 'does not exist';
  throw new VerifyDepsError(
    'policy-unreadable',
    `${printable(file)} ${read.status === 'too-large' ? `is larger than ${bytesMax} bytes` : why}`,
  );
}

export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

function unreadable(file: string, error: unknown): VerifyDepsError {
  if (error instanceof VerifyDepsError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? 'error';
  return new VerifyDepsError('policy-unreadable', `${printable(file)} cannot be read: ${code}`, {
    cause: error,
  });
}

/** Something is there, be it a link to nowhere. */
export async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw unreadable(file, error);
  }
}

function upward(from: string): string[] {
  const folders = [path.resolve(from)];
  for (;;) {
    const last = folders[folders.length - 1] as string;
    const parent = path.dirname(last);
    if (parent === last) return folders;
    folders.push(parent);
  }
}
