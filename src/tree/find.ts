import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { isObject, type JsonObject, member } from '../core/json.ts';
import { printable } from '../core/text.ts';
import { unsupported } from './failure.ts';
import { isFileError, readManifest } from './manifest.ts';
import type { LockfileKind } from './types.ts';

export interface FoundLockfile {
  /** Absolute path. */
  readonly path: string;
  readonly kind: LockfileKind;
  /** Absolute paths of the lockfiles in the same folder that were passed over. */
  readonly others: readonly string[];
}

/** In the order in which they are preferred where nothing else decides. */
const readable: readonly { readonly name: string; readonly kind: LockfileKind }[] = [
  { name: 'npm-shrinkwrap.json', kind: 'npm' },
  { name: 'package-lock.json', kind: 'npm' },
  { name: 'pnpm-lock.yaml', kind: 'pnpm' },
];

const fromInstalled =
  'let npm write one beside it with `npm install --package-lock-only`, or pnpm with `pnpm import`';
const unread: readonly { readonly name: string; readonly manager: string; readonly hint: string }[] = [
  { name: 'yarn.lock', manager: 'yarn', hint: fromInstalled },
  {
    name: 'bun.lock',
    manager: 'bun',
    hint: 'let npm write one beside it with `npm install --package-lock-only`',
  },
  {
    name: 'bun.lockb',
    manager: 'bun',
    hint: 'let npm write one beside it with `npm install --package-lock-only`',
  },
  {
    name: 'deno.lock',
    manager: 'deno',
    hint: 'let npm write one beside it with `npm install --package-lock-only`',
  },
];

/**
 * Finds the lockfile of a project: in `cwd`, then in each folder above, up to the root of the repository (the folder
 * with `.git`) or of the file system. The nearest folder with a lockfile of any package manager decides.
 *
 * With both npm's and pnpm's in one folder, what package.json says decides (`packageManager`, then
 * `devEngines.packageManager`), then a pnpm-workspace.yaml, which only pnpm reads; else npm's is taken, because
 * `npm ci` runs everywhere. Never the time of the files: a fresh clone has them in any order.
 * @param explicitPath  this very file, of any name; relative to `cwd`
 * @throws {VerifyDepsError} `lockfile-absent`, `lockfile-unsupported`, `lockfile-unreadable`
 */
export async function findLockfile(cwd: string, explicitPath?: string): Promise<FoundLockfile> {
  if (explicitPath !== undefined) {
    const file = path.resolve(cwd, explicitPath);
    return { path: file, kind: await kindOfFile(file), others: [] };
  }
  const start = path.resolve(cwd);
  for (let folder = start; ; folder = path.dirname(folder)) {
    const names = new Set(await namesIn(folder));
    const found = await chosenIn(folder, names);
    if (found !== undefined) return found;
    if (names.has('.git') || path.dirname(folder) === folder) break;
  }
  throw new VerifyDepsError('lockfile-absent', `no lockfile in ${printable(start)} or above it`, {
    hint: `let the package manager write one (\`npm install --package-lock-only\` or \`pnpm install --lockfile-only\`), or name it with --lockfile`,
  });
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (!isFileError(error)) throw error;
    // A folder above that may not be listed cannot hold the lockfile of a project that may be read.
    return [];
  }
}

async function chosenIn(folder: string, names: ReadonlySet<string>): Promise<FoundLockfile | undefined> {
  const here = readable.filter(({ name }) => names.has(name));
  const foreign = unread.filter(({ name }) => names.has(name));
  if (here.length + foreign.length === 0) return undefined;
  const manager = managerOf(await readManifest(folder));
  const managersOwn = foreign.find((lock) => lock.manager === manager);
  const [first] = here;
  if (first === undefined || managersOwn !== undefined) {
    // package.json names the manager that installs: another one's lockfile says nothing of what it will take.
    const { name, hint } = managersOwn ?? foreign[0]!;
    throw unsupported(path.join(folder, name), `${name} is not read yet`, hint);
  }
  const wanted = manager ?? (names.has('pnpm-workspace.yaml') ? 'pnpm' : undefined);
  const chosen = here.find(({ kind }) => kind === wanted) ?? first;
  const others = [...here, ...foreign].filter(({ name }) => name !== chosen.name);
  return {
    path: path.join(folder, chosen.name),
    kind: chosen.kind,
    others: others.map(({ name }) => path.join(folder, name)),
  };
}

function managerOf(manifest: JsonObject | undefined): string | undefined {
  if (manifest === undefined) return undefined;
  const named = member(manifest, 'packageManager');
  if (typeof named === 'string') return named.split('@', 1)[0];
  const engines = member(manifest, 'devEngines');
  const engine = isObject(engines) ? member(engines, 'packageManager') : undefined;
  const name = isObject(engine) ? member(engine, 'name') : undefined;
  return typeof name === 'string' ? name : undefined;
}

/** By the name where that is telling, else by what the file begins with. */
async function kindOfFile(file: string): Promise<LockfileKind> {
  const base = path.basename(file);
  const foreign = unread.find(({ name }) => name === base);
  if (foreign !== undefined) throw unsupported(file, `${base} is not read yet`, foreign.hint);
  const known = readable.find(({ name }) => name === base);
  const head = await headOf(file);
  if (known !== undefined) return known.kind;
  if (/^\s*\{/.test(head)) return 'npm';
  if (/^lockfileVersion:/m.test(head)) return 'pnpm';
  if (/^# yarn lockfile|^__metadata:/m.test(head))
    throw unsupported(file, 'a lockfile of yarn is not read yet', fromInstalled);
  if (/\.json$/.test(base)) return 'npm';
  if (/\.ya?ml$/.test(base)) return 'pnpm';
  throw unsupported(
    file,
    'neither a lockfile of npm nor one of pnpm',
    'name a package-lock.json, npm-shrinkwrap.json or pnpm-lock.yaml',
  );
}

async function headOf(file: string): Promise<string> {
  try {
    // Asked before it is opened: opening a pipe waits for whoever writes to it.
    if (!(await stat(file)).isFile())
      throw new VerifyDepsError('lockfile-unreadable', `${printable(file)}: not a file`, {
        hint: 'name the lockfile itself with --lockfile',
      });
    const handle = await open(file, 'r');
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isFileError(error) || error instanceof VerifyDepsError) throw error;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
      throw new VerifyDepsError('lockfile-absent', `${printable(file)}: no such file`, {
        hint: 'check the path given with --lockfile',
      });
    throw new VerifyDepsError('lockfile-unreadable', `${printable(file)}: cannot be read (${error.code})`, {
      hint: 'check that the file can be read by this user',
      cause: error,
    });
  }
}
