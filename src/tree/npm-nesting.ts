import { malformed } from './failure.ts';
import { quoted } from './identity.ts';
import type { NpmEntry } from './npm-entry.ts';

/** The entries of a lockfile by number: 0 is the project, links come after all others. */
export interface Listing {
  readonly entries: readonly NpmEntry[];
  /** Number of the first link; as many as there are entries where there is none. */
  readonly links: number;
  /** By location, in the order of the lockfile. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Number of the folder that each link stands for, the first link's first. */
  readonly targets: readonly number[];
}

/** Which entry npm finds from which. */
export interface Nesting {
  /** Where the search goes on: whose node_modules folder an entry lies in, or the folder around it; -1 for nowhere. */
  readonly outer: Int32Array;
  /** What lies in the node_modules folder of each entry, by `nameFolder`. */
  readonly inner: readonly (ReadonlyMap<string, number> | undefined)[];
  /** 1 for each entry that takes no part: nothing finds it, and it asks for nothing. */
  readonly apart: Uint8Array;
}

/** Real ones end at ten. */
const depthMax = 64;
/** Each looks for the folder around it, segment by segment. */
const foldersMax = 5000;
const segmentsMax = 256;
/** As many as `isRelativePath` lets through. */
const upsMax = 16;

/**
 * Nests entries as npm does: each in the package whose node_modules folder it lies in, all others in the nearest folder
 * around them that is listed. A folder has one entry of a name, the last one; what a package had that is replaced there
 * stays, unless a link replaces it. Below a link there is nothing: the folder it stands for has its own location.
 * @param fold  a `nameFolder`
 * @throws {VerifyDepsError} `lockfile-malformed` for more folders, or deeper ones, than a project has
 */
export function nestingOf(
  file: string,
  { entries, links, numbers, targets }: Listing,
  fold: (name: string) => string,
): Nesting {
  const outer = new Int32Array(entries.length).fill(-1);
  const inner = new Array<Map<string, number> | undefined>(entries.length).fill(undefined);
  const apart = new Uint8Array(entries.length);
  const replaced = new Set<number>();
  const elsewhere: number[] = [];
  for (let n = 1; n < entries.length; n++) {
    const { place } = entries[n]!;
    const within = place === undefined ? undefined : numbers.get(place.within);
    if (place === undefined || within === undefined || within >= links) {
      elsewhere.push(n);
      continue;
    }
    outer[n] = within;
    const folder = inner[within] ?? new Map<string, number>();
    inner[within] = folder;
    const name = fold(place.name);
    const former = folder.get(name);
    if (former !== undefined) {
      apart[former] = 1;
      if (n < links) replaced.add(former);
    }
    folder.set(name, n);
  }
  if (replaced.size > 0)
    for (let n = 1; n < entries.length; n++) if (replaced.has(outer[n]!)) elsewhere.push(n);
  if (elsewhere.length > foldersMax)
    throw malformed(file, `${elsewhere.length} folders outside of node_modules, more than ${foldersMax}`);
  for (const n of elsewhere) {
    const { location } = entries[n]!;
    if (location.split('/').length > segmentsMax)
      throw malformed(file, `${quoted(location)} lies deeper than ${segmentsMax} folders`);
    const around = folderAround(location, numbers, replaced);
    outer[n] = around;
    if (around >= links) apart[n] = 1;
  }
  for (let n = 1; n < entries.length; n++) {
    let depth = 0;
    for (let at = outer[n]!; at > 0; at = outer[at]!) {
      if (apart[at] === 1 && !replaced.has(at)) apart[n] = 1;
      if (++depth > depthMax)
        throw malformed(file, `${quoted(entries[n]!.location)} is nested deeper than ${depthMax} levels`);
    }
  }
  targets.forEach((target, i) => {
    const { place } = entries[links + i]!;
    const folder = inner[outer[links + i]!];
    if (place === undefined || folder === undefined || apart[target] === 0) return;
    const name = fold(place.name);
    if (folder.get(name) === links + i) folder.delete(name);
  });
  return { outer, inner, apart };
}

/** The nearest listed folder that a location lies in; -1 where there is none. */
function folderAround(
  location: string,
  numbers: ReadonlyMap<string, number>,
  replaced: ReadonlySet<number>,
): number {
  const find = (folder: string): number | undefined => {
    const found = numbers.get(folder);
    return found === undefined || replaced.has(found) ? undefined : found;
  };
  // `..` is around `../a` and not around `../../a`.
  const above = /^(?:\.\.(?:\/|$))*/.exec(location)![0].length;
  for (let at = location.lastIndexOf('/'); at >= above && at > 0; at = location.lastIndexOf('/', at - 1)) {
    const found = find(location.slice(0, at));
    if (found !== undefined) return found;
  }
  if (above === 0) return 0;
  const own = above > location.length - 1 && location.endsWith('..');
  for (let ups = Math.ceil(above / 3) + (own ? 1 : 0); ups <= upsMax; ups++) {
    const found = find(Array<string>(ups).fill('..').join('/'));
    if (found !== undefined) return found;
  }
  return -1;
}
