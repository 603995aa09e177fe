import type { Note } from '../core/check.ts';
import type { PackageNode } from '../tree/types.ts';

/** A package on the disk. */
export interface Place {
  readonly node: PackageNode;
  /** Absolute. */
  readonly folder: string;
  /** A folder inside it, by its path there, that is another package's place. */
  readonly isElsewhere: (inside: string) => boolean;
}

/** Something that is not as the lockfile has it; about a package where `node` is given, else about the project. */
export interface Misplaced {
  readonly note: Note;
  readonly node?: PackageNode;
}

/** What was found in node_modules before any file was read. */
export interface Found {
  readonly places: readonly Place[];
  readonly misplaced: readonly Misplaced[];
  /** Folders of commands, absolute; those inside packages come up when these are read. */
  readonly binFolders: readonly string[];
  /** Folders of packages that were left out of the run. */
  readonly unread: readonly string[];
  /** Virtual stores, real paths. */
  readonly stores: readonly string[];
}

export function misplaced(note: Note, node?: PackageNode): Misplaced {
  return node === undefined ? { note } : { note, node };
}

/** Where a platform is named that this is not, the package manager leaves the package out. */
export function isForHere({ platform }: PackageNode): boolean {
  if (platform === undefined) return true;
  return (
    fits(platform.os, process.platform) && fits(platform.cpu, process.arch) && platform.libc.length === 0
  );
}

/** npm's rule: none, or listed and not excluded by a `!`. */
function fits(list: readonly string[], here: string): boolean {
  if (list.length === 0 || list.includes('any')) return true;
  if (list.includes(`!${here}`)) return false;
  return list.includes(here) || list.every((item) => item.startsWith('!'));
}

/**
 * Whether it may be missing: it is optional, it is for another platform, or nothing that needs it is there.
 * @param isThere  whether a node of this key is on the disk; the project and its workspaces are
 */
export function mayBeMissing(node: PackageNode, isThere: (key: string) => boolean): boolean {
  if (node.dependency === 'optional' || !isForHere(node)) return true;
  return node.parents.length > 0 && !node.parents.some(isThere);
}
