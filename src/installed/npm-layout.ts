/** npm's node_modules: every location of the lockfile is a folder, or a link to a folder of the project. */
import path from 'node:path';
import type { DependencyTree, Layout, PackageNode } from '../tree/types.ts';
import { entriesOf, kindAt, linkText, realOf } from './disk.ts';
import { type Found, type Misplaced, mayBeMissing, misplaced, type Place } from './layout.ts';

type NpmLayout = Extract<Layout, { kind: 'npm' }>;

/** @param root  folder of the lockfile */
export async function npmLayout(root: string, tree: DependencyTree, layout: NpmLayout): Promise<Found> {
  const places: Place[] = [];
  const wrong: Misplaced[] = [];
  const missing: PackageNode[] = [];
  const unread: string[] = [];
  const there = new Set<string>();
  const nested = nestedPlaces(tree, layout);
  for (const [location, target] of layout.places) {
    const node = tree.nodes.get(location);
    // Part of the tarball around it, and compared with that.
    if (node?.source.kind === 'bundled') continue;
    const folder = path.join(root, location);
    const kind = (await scopeIsFolder(folder)) ? await kindAt(folder) : 'link';
    if (target !== undefined) {
      const actual = await wrongLink(folder, kind, path.join(root, target));
      if (actual !== undefined)
        wrong.push(misplaced(swapped(location, actual, `a link to ${target || '.'}`)));
      continue;
    }
    if (kind === 'folder') there.add(location);
    if (node === undefined) {
      unread.push(folder);
      continue;
    }
    if (kind === undefined) missing.push(node);
    else if (kind === 'folder') {
      const own = nested.get(location);
      places.push({ node, folder, isElsewhere: (inside) => own !== undefined && isBelow(inside, own) });
    } else {
      const actual = kind === 'link' ? `a link to ${await linkText(folder)}` : 'no folder';
      wrong.push(misplaced(swapped(location, actual, 'a folder'), node));
    }
  }
  const isThere = (key: string): boolean => !layout.places.has(key) || there.has(key);
  for (const node of missing) {
    if (mayBeMissing(node, isThere)) continue;
    wrong.push(misplaced({ code: 'disk-package-missing', args: { path: node.key } }, node));
  }
  const binFolders: string[] = [];
  for (const folder of layout.folders) {
    const modules = path.join(root, folder, 'node_modules');
    binFolders.push(path.join(modules, '.bin'));
    wrong.push(...(await strangers(root, modules, layout)));
  }
  return { places, misplaced: wrong, binFolders, unread, stores: [] };
}

function swapped(location: string, actual: string, expected: string): Misplaced['note'] {
  return { code: 'disk-link-swapped', args: { path: location, expected, actual } };
}

/** `@scope` itself must be a folder: through a link, packages would come from elsewhere. */
async function scopeIsFolder(folder: string): Promise<boolean> {
  const parent = path.dirname(folder);
  return !path.basename(parent).startsWith('@') || (await kindAt(parent)) !== 'link';
}

/** What is there in place of a link to `target`; a link that was left out takes nothing in. */
async function wrongLink(
  folder: string,
  kind: Awaited<ReturnType<typeof kindAt>>,
  target: string,
): Promise<string | undefined> {
  if (kind === undefined) return undefined;
  if (kind !== 'link') return kind === 'folder' ? 'a folder' : 'no link';
  const [leads, meant] = [await realOf(folder), await realOf(target)];
  return leads !== undefined && leads === meant ? undefined : `a link to ${await linkText(folder)}`;
}

/** Entries of a node_modules folder of the project that the lockfile does not have. Names with a dot are no packages. */
async function strangers(root: string, modules: string, layout: NpmLayout): Promise<readonly Misplaced[]> {
  const found: Misplaced[] = [];
  const look = async (folder: string): Promise<void> => {
    for (const [name, kind] of await entriesOf(folder)) {
      if (name.startsWith('.')) continue;
      const place = path.join(folder, name);
      const location = path.relative(root, place).split(path.sep).join('/');
      if (layout.places.has(location)) continue;
      if (name.startsWith('@') && kind === 'folder' && folder === modules) await look(place);
      else found.push(misplaced({ code: 'disk-package-extra', args: { path: location } }));
    }
  };
  await look(modules);
  return found;
}

/** Location -> paths inside it that are the places of other packages. */
function nestedPlaces(tree: DependencyTree, layout: NpmLayout): ReadonlyMap<string, ReadonlySet<string>> {
  const nested = new Map<string, Set<string>>();
  for (const location of layout.places.keys()) {
    if (tree.nodes.get(location)?.source.kind === 'bundled') continue;
    for (
      let at = location.lastIndexOf('/node_modules/');
      at > 0;
      at = location.lastIndexOf('/node_modules/', at - 1)
    ) {
      const outer = location.slice(0, at);
      if (!layout.places.has(outer)) continue;
      const inside = location.slice(at + 1);
      const list = nested.get(outer);
      if (list === undefined) nested.set(outer, new Set([inside]));
      else list.add(inside);
    }
  }
  return nested;
}

/** It is one of these places, or inside one. */
function isBelow(inside: string, own: ReadonlySet<string>): boolean {
  if (own.has(inside)) return true;
  for (let at = inside.indexOf('/'); at > 0; at = inside.indexOf('/', at + 1)) {
    if (own.has(inside.slice(0, at))) return true;
  }
  return false;
}
