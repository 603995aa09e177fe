/** Folders of commands (`.bin`): each entry must run a file that a package in the tree declares as this command. */
import path from 'node:path';
import type { Note } from '../core/check.ts';
import { readFileBounded } from '../core/files.ts';
import { entriesOf, linkText, realOf, shown } from './disk.ts';
import { isKnownForm, readShim, type Shim } from './shim.ts';

const SHIM_BYTES_MAX = 65_536;

export interface KnownCommands {
  /** Real path of a file -> names of the commands that a verified package declares for it. */
  readonly byFile: ReadonlyMap<string, ReadonlySet<string>>;
  /** Real folders of packages whose commands are not known: of the project, from git, inside a tarball. */
  readonly unlisted: readonly string[];
  /** Real folders in which Node.js may be told to look. */
  readonly searchable: readonly string[];
}

interface Read {
  readonly file: string;
  readonly shim: Shim;
}

/** @param folders  absolute */
export async function checkCommands(
  root: string,
  folders: Iterable<string>,
  known: KnownCommands,
): Promise<readonly Note[]> {
  const notes: Note[] = [];
  const shims: Read[] = [];
  for (const folder of new Set(folders)) {
    for (const [name, kind] of await entriesOf(folder)) {
      const file = path.join(folder, name);
      const at = shown(root, file);
      if (kind === 'link') {
        const leads = await realOf(file);
        // A link to nothing runs nothing.
        if (leads === undefined || isCommand(leads, name, known)) continue;
        notes.push({
          code: 'disk-link-swapped',
          args: { path: at, actual: `a link to ${await linkText(file)}` },
        });
        continue;
      }
      // The scripts for Windows have other forms, which are not known here.
      if (process.platform === 'win32') continue;
      const read = kind === 'file' ? await readFileBounded(file, SHIM_BYTES_MAX) : undefined;
      if (read?.status !== 'read') {
        notes.push({ code: 'disk-file-added', args: { path: at } });
        continue;
      }
      const shim = readShim(Buffer.from(read.bytes).toString('utf8'));
      const actual = await strangeTarget(folder, name, shim, known);
      if (actual === undefined) shims.push({ file: at, shim });
      else notes.push({ code: 'disk-link-swapped', args: { path: at, actual } });
    }
  }
  return [...notes, ...strangeForms(shims)];
}

function isCommand(real: string, name: string, { byFile, unlisted }: KnownCommands): boolean {
  if (byFile.get(real)?.has(name) === true) return true;
  return unlisted.some(
    (folder) =>
      real.startsWith(folder + path.sep) &&
      !real.slice(folder.length).split(path.sep).includes('node_modules'),
  );
}

/** Something that the script runs or makes Node.js look at and that is no part of the tree. */
async function strangeTarget(
  folder: string,
  name: string,
  { targets, searched }: Shim,
  known: KnownCommands,
): Promise<string | undefined> {
  if (targets.length === 0) return 'a file that runs no command of a package';
  for (const target of new Set(targets)) {
    const real = await realOf(path.resolve(folder, target));
    if (real !== undefined && !isCommand(real, name, known)) return `a script that runs ${target}`;
  }
  for (const place of new Set(searched)) {
    const whole = path.resolve(folder, place);
    if (!known.searchable.some((inside) => `${whole}${path.sep}`.startsWith(inside + path.sep))) {
      return `a script that makes Node.js look in ${place}`;
    }
  }
  return undefined;
}

/**
 * All scripts of one installation have one form. One that no version of pnpm is known to write is told mildly where all
 * scripts have it, and as an edited file where others have a known one.
 */
function strangeForms(shims: readonly Read[]): readonly Note[] {
  const forms = new Set(shims.map(({ shim }) => shim.form));
  return shims
    .filter(({ shim }) => !isKnownForm(shim))
    .map(({ file, shim }): Note => {
      const args = { path: file, actual: `sha256:${shim.form}` };
      return forms.size === 1
        ? { code: 'disk-command-unknown', args }
        : { code: 'disk-file-edited', args: { ...args, expected: 'a script as pnpm writes it' } };
    });
}
