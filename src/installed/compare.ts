/** One package on the disk against its tarball, file by file. */
import path from 'node:path';
import type { Note } from '../core/check.ts';
import type { TarFile } from '../registry/tar-list.ts';
import { entriesOf, factsOf, linkText, reasonOf } from './disk.ts';
import { isModeOf } from './modes.ts';

/** Entries of one package, whatever became of it on the disk. */
const ENTRIES_MAX = 250_000;
/** Findings about one package; the rest is counted. */
const NOTES_MAX = 1_000;
const AT_ONCE = 8;

/** What a package manager was to write. */
export interface Expected {
  readonly files: ReadonlyMap<string, TarFile>;
  /** Paths of its commands: they are made executable. */
  readonly bins: ReadonlySet<string>;
  /** It runs scripts when it is installed, which may write files of their own. */
  readonly builds: boolean;
  /** Files are changed on purpose after they are unpacked. */
  readonly patched: boolean;
}

export interface Surroundings {
  /** Of the project: paths in findings are relative to it. */
  readonly root: string;
  /** A folder inside the package, by its path there, that belongs to somebody else. */
  readonly isElsewhere: (inside: string) => boolean;
  /** Write permissions of the node_modules folder. */
  readonly writable: number;
  /** A folder of commands was met. */
  readonly onBinFolder: (folder: string) => void;
}

/** @param folder  where the package lies, absolute */
export async function comparePackage(
  folder: string,
  expected: Expected,
  around: Surroundings,
): Promise<readonly Note[]> {
  const shownFolder = path.relative(around.root, folder).split(path.sep).join('/');
  const at = (inside: string): string => (shownFolder === '' ? inside : `${shownFolder}/${inside}`);
  const notes: Note[] = [];
  const built: string[] = [];
  const seen = new Set<string>();

  const added = (inside: string, what: string): void => {
    if (expected.patched) notes.push({ code: 'disk-file-patched', args: { path: at(inside) } });
    else if (expected.builds) built.push(at(inside));
    else notes.push({ code: 'disk-file-added', args: { path: at(inside), actual: what } });
  };
  const file = async (inside: string): Promise<void> => {
    const facts = await factsOf(path.join(folder, inside));
    // Gone since it was listed.
    if (facts === undefined) return;
    seen.add(inside);
    const wanted = expected.files.get(inside);
    if (wanted === undefined) {
      added(inside, `sha256:${facts.digest}`);
      return;
    }
    const isBin = expected.bins.has(inside);
    if (facts.digest !== wanted.digest && !(isBin && facts.digest === wanted.unixDigest)) {
      notes.push({
        code: expected.patched ? 'disk-file-patched' : 'disk-file-edited',
        args: { path: at(inside), expected: `sha256:${wanted.digest}`, actual: `sha256:${facts.digest}` },
      });
    }
    const mode = isModeOf(facts.mode, { archived: wanted.mode, isBin, writable: around.writable });
    if (mode !== undefined) notes.push({ code: 'disk-mode-changed', args: { path: at(inside), ...mode } });
  };

  for await (const batch of batches(walk(folder, around, notes, at, expected))) {
    await Promise.all(
      batch.map((inside) =>
        file(inside).catch((error: unknown) => {
          seen.add(inside);
          notes.push({ code: 'disk-unreadable', args: { path: at(inside), reason: reasonOf(error) } });
        }),
      ),
    );
  }
  const told = new Set(notes.map(({ args }) => args.path));
  for (const inside of expected.files.keys()) {
    if (seen.has(inside) || told.has(at(inside)) || around.isElsewhere(inside)) continue;
    notes.push({
      code: expected.patched ? 'disk-file-patched' : 'disk-file-missing',
      args: { path: at(inside) },
    });
  }
  if (built.length > 0)
    notes.push({ code: 'disk-file-built', args: { path: built.slice(0, NOTES_MAX), count: built.length } });
  return notes.length <= NOTES_MAX
    ? notes
    : [
        ...notes.slice(0, NOTES_MAX),
        { code: 'disk-file-edited', args: { path: shownFolder, count: notes.length - NOTES_MAX } },
      ];
}

/** Paths of the files inside, folder by folder; what is neither file nor folder is told at once. */
async function* walk(
  folder: string,
  around: Surroundings,
  notes: Note[],
  at: (inside: string) => string,
  expected: Expected,
): AsyncGenerator<string> {
  const folders = [''];
  let count = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    let entries: Awaited<ReturnType<typeof entriesOf>>;
    try {
      entries = await entriesOf(path.join(folder, next));
    } catch (error) {
      notes.push({ code: 'disk-unreadable', args: { path: at(next), reason: reasonOf(error) } });
      continue;
    }
    for (const [name, kind] of entries) {
      if (++count > ENTRIES_MAX) {
        notes.push({ code: 'disk-file-added', args: { path: at(next), count: ENTRIES_MAX } });
        return;
      }
      const inside = next === '' ? name : `${next}/${name}`;
      if (around.isElsewhere(inside)) continue;
      if (kind === 'file') yield inside;
      else if (kind === 'folder') {
        if (name === '.bin' && isModules(next)) around.onBinFolder(path.join(folder, inside));
        else if (isStranger(inside, expected)) {
          notes.push({ code: 'disk-package-extra', args: { path: at(inside) } });
        } else folders.push(inside);
      } else {
        const actual = kind === 'link' ? `a link to ${await linkText(path.join(folder, inside))}` : 'no file';
        // Nothing is ever unpacked as a link; a build may make one.
        const isNew = !expected.files.has(inside) && !hasBelow(expected, inside);
        if (isNew && expected.builds)
          notes.push({ code: 'disk-file-built', args: { path: at(inside), actual } });
        else notes.push({ code: 'disk-link-swapped', args: { path: at(inside), actual } });
      }
    }
  }
}

function isModules(inside: string): boolean {
  return inside === 'node_modules' || inside.endsWith('/node_modules');
}

/** A folder that Node.js would find a package in, and of which the tarball has nothing. */
function isStranger(inside: string, expected: Expected): boolean {
  const [, parent] = /^(?:.*\/)?(node_modules(?:\/@[^/]+)?)\/[^/]+$/.exec(inside) ?? [];
  // `.tmp` and the like are no packages; what lies in them is looked at file by file.
  if (parent === undefined || /\/[@.][^/]+$/.test(inside)) return false;
  return !hasBelow(expected, inside);
}

function hasBelow({ files }: Expected, inside: string): boolean {
  const prefix = `${inside}/`;
  for (const file of files.keys()) if (file.startsWith(prefix)) return true;
  return false;
}

async function* batches(items: AsyncGenerator<string>): AsyncGenerator<readonly string[]> {
  let batch: string[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < AT_ONCE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
