/**
 * Sets up the gates that a project can have: looks at what is there, plans every file, and only then writes. Running it again
 * changes nothing.
 */
import { lstat, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../../core/errors.ts';
import { makeFolder, writeFileAtomic } from '../../core/files.ts';
import { printable } from '../../core/text.ts';
import type { GateId } from '../coverage.ts';
import { setUpCi } from './ci.ts';
import { setUpGitHook } from './git-hook.ts';
import { findManager } from './manager.ts';
import { setUpManager } from './managers.ts';
import type { PluginSource } from './plugin-file.ts';
import { malformed, readProject } from './project.ts';
import type { FileChange, FoundManager, SetUp } from './types.ts';

export interface InstallOptions {
  /** Folder with the package.json, absolute. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly plugins: PluginSource;
  /** Say what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** A pre-commit hook of git as well: it is of this clone alone. */
  readonly gitHook: boolean;
}

export interface Installed {
  readonly manager: FoundManager;
  /** Folder from which the paths of `changes` are shown. */
  readonly repository: string;
  readonly changes: readonly FileChange[];
  /** Gates that are in place once the changes are. */
  readonly gates: readonly GateId[];
  readonly notes: readonly (readonly string[])[];
}

/** @throws {VerifyDepsError} `setup-malformed`, `setup-unwritable`: nothing was changed then */
export async function installGates(options: InstallOptions): Promise<Installed> {
  const project = await readProject(options.folder);
  const manager = await findManager(project, options.env);
  const parts: readonly SetUp[] = [
    await setUpManager(project, manager, options.plugins),
    await setUpCi(project, manager),
    ...(options.gitHook ? [await setUpGitHook(project, options.env)] : []),
  ];
  const changes = parts.flatMap((part) => part.changes);
  for (const change of changes) await refuseLinks(project.repository, change.path);
  if (!options.dryRun) await writeAll(changes);
  return {
    manager,
    repository: project.repository,
    changes,
    gates: [...new Set(parts.flatMap(({ gates }) => gates))],
    notes: parts.flatMap(({ notes }) => notes),
  };
}

/** A folder that is a link could lead anywhere. What lies outside of the repository was not found through one. */
async function refuseLinks(repository: string, file: string): Promise<void> {
  const parts = path.relative(repository, path.dirname(file)).split(path.sep);
  if (parts[0] === '..') return;
  for (let count = 1; count <= parts.length; count++) {
    const folder = path.join(repository, ...parts.slice(0, count));
    const info = await lstat(folder).catch(() => undefined);
    if (info?.isSymbolicLink() === true && folder !== repository) {
      throw malformed(`${printable(folder)} is a link`, 'nothing is written through a link');
    }
  }
}

/** Each file whole or not at all; if one cannot be written, those before it are put back. */
async function writeAll(changes: readonly FileChange[]): Promise<void> {
  const done: FileChange[] = [];
  for (const planned of changes) {
    // A file that is replaced keeps its permissions.
    const info = await stat(planned.path).catch(() => undefined);
    const change = info === undefined ? planned : { ...planned, mode: info.mode & 0o777 };
    try {
      await makeFolder(path.dirname(change.path));
      await write(change.path, change.after, change.mode);
      done.push(change);
    } catch (error) {
      for (const { path: file, before, mode } of done.reverse()) {
        if (before === undefined) await rm(file, { force: true });
        else await write(file, before, mode).catch(() => undefined);
      }
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new VerifyDepsError('setup-unwritable', `cannot write ${printable(change.path)}: ${code}`, {
        hint: 'nothing was changed; see who may write there',
        cause: error,
      });
    }
  }
}

function write(file: string, bytes: Uint8Array, mode: number | undefined): Promise<void> {
  return writeFileAtomic(file, bytes, { flush: true, ...(mode === undefined ? {} : { mode }) });
}
