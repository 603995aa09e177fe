/**
 * pnpm's node_modules: packages lie in a virtual store, and links say who finds what. The links are followed from the
 * projects on, as Node.js would, and each must lead to the one folder of the package that the lockfile names there. How
 * pnpm calls the folders of the virtual store does not matter; what nothing leads to is not looked at.
 */
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { printable } from '../core/text.ts';
import type { DependencyTree, Layout, NodeKey, PackageNode } from '../tree/types.ts';
import { type EntryKind, entriesOf, kindAt, linkText, realOf } from './disk.ts';
import { type Found, type Misplaced, mayBeMissing, misplaced, type Place } from './layout.ts';

type PnpmLayout = Extract<Layout, { kind: 'pnpm' }>;

const MODULES_BYTES_MAX = 67_108_864;

interface Walk {
  readonly root: string;
  readonly tree: DependencyTree;
  readonly layout: PnpmLayout;
  readonly places: Place[];
  readonly wrong: Misplaced[];
  readonly binFolders: string[];
  readonly unread: string[];
  /** Key -> real folder, and back. */
  readonly folders: Map<NodeKey, string>;
  readonly keys: Map<string, NodeKey>;
  readonly missing: { readonly key: NodeKey; readonly path: string }[];
  readonly queue: NodeKey[];
  /** Where a virtual store may be, real paths. */
  readonly stores: readonly string[];
  /** Every name that anything finds a package under. */
  readonly names: ReadonlyMap<NodeKey, ReadonlySet<string>>;
  /** Real paths of the folders that are linked and not unpacked. */
  readonly locals: Set<string>;
}

/**
 * @param root  folder of the lockfile
 * @throws {VerifyDepsError} `installed-unsupported` for a node_modules folder without a virtual store
 */
export async function pnpmLayout(root: string, tree: DependencyTree, layout: PnpmLayout): Promise<Found> {
  const stores = await storesOf(root);
  const walk: Walk = {
    root,
    tree,
    layout,
    places: [],
    wrong: [],
    binFolders: [],
    unread: [],
    folders: new Map(),
    keys: new Map(),
    missing: [],
    queue: [],
    stores,
    names: namesOf(layout),
    locals: new Set(),
  };
  const projects = new Map<NodeKey, string>([['', root]]);
  for (const key of layout.links.keys()) {
    if (key.startsWith('workspace:')) projects.set(key, path.join(root, key.slice('workspace:'.length)));
  }
  for (const folder of projects.values()) walk.locals.add(await realOrSelf(folder));
  for (const [key, folder] of projects) {
    const modules = path.join(folder, 'node_modules');
    walk.binFolders.push(path.join(modules, '.bin'));
    await follow(walk, modules, layout.links.get(key) ?? new Map());
  }
  await ownPackages(walk);
  while (walk.queue.length > 0) await dependenciesOf(walk, walk.queue.pop()!);
  for (const [key, folder] of projects) await strangers(walk, path.join(folder, 'node_modules'), key);
  await hoisted(walk);
  for (const { key, path: place } of walk.missing) {
    const node = tree.nodes.get(key);
    if (node === undefined || walk.folders.has(key)) continue;
    const isThere = (parent: NodeKey): boolean => projects.has(parent) || walk.folders.has(parent);
    if (!mayBeMissing(node, isThere)) {
      walk.wrong.push(misplaced({ code: 'disk-package-missing', args: { path: place } }, node));
    }
  }
  return {
    places: walk.places,
    misplaced: walk.wrong,
    binFolders: walk.binFolders,
    unread: walk.unread,
    stores,
  };
}

/** Without a virtual store the lockfile does not say where a package lies. */
async function storesOf(root: string): Promise<readonly string[]> {
  const file = path.join(root, 'node_modules', '.modules.yaml');
  const read = await readFileBounded(file, MODULES_BYTES_MAX);
  const text = read.status === 'read' ? Buffer.from(read.bytes).toString('utf8') : '';
  const [, linker] = /["']?nodeLinker["']?: *["']?([\w-]+)/.exec(text) ?? [];
  const [, other] = /["']?virtualStoreDir["']?: *["']?([^"'\n]+)/.exec(text) ?? [];
  const modules = path.join(root, 'node_modules');
  const stores = [
    path.join(modules, '.pnpm'),
    ...(other === undefined ? [] : [path.resolve(modules, other.trim())]),
  ];
  const real = await Promise.all(stores.map(realOf));
  if (linker === undefined || linker === 'isolated') return real.filter((folder) => folder !== undefined);
  throw new VerifyDepsError(
    'installed-unsupported',
    `${printable(file)}: made with node-linker ${printable(linker)}, of which the lockfile does not say what lies where`,
    { hint: 'install with node-linker isolated, which is the default of pnpm' },
  );
}

/** The links of one node_modules folder that the lockfile has. */
async function follow(walk: Walk, modules: string, links: ReadonlyMap<string, NodeKey>): Promise<void> {
  for (const [name, key] of links) {
    const place = path.join(modules, name);
    const kind = await kindAt(place);
    if (kind === undefined) walk.missing.push({ key, path: shown(walk, place) });
    else if (kind !== 'link') wrong(walk, place, key, kind === 'folder' ? 'a folder' : 'no link');
    else await arrive(walk, place, key);
  }
}

/** Takes the folder that a link leads to for the one of this package, unless it is known to be elsewhere. */
async function arrive(walk: Walk, place: string, key: NodeKey): Promise<void> {
  const folder = await realOf(place);
  const local = localFolder(walk, key);
  if (local !== undefined) {
    if (folder === undefined || folder !== (await realOf(local))) await wrongLink(walk, place, key);
    else walk.locals.add(folder);
    return;
  }
  const known = walk.folders.get(key);
  if (folder !== undefined && known === folder) return;
  if (
    folder === undefined ||
    known !== undefined ||
    walk.keys.has(folder) ||
    path.basename(modulesOf(folder)) !== 'node_modules' ||
    !walk.stores.some((store) => folder.startsWith(store + path.sep))
  ) {
    await wrongLink(walk, place, key);
    return;
  }
  take(walk, key, folder);
}

function take(walk: Walk, key: NodeKey, folder: string): void {
  walk.folders.set(key, folder);
  walk.keys.set(folder, key);
  walk.queue.push(key);
  const node = walk.tree.nodes.get(key);
  if (node === undefined) {
    walk.unread.push(folder);
    return;
  }
  const own = walk.layout.links.get(key)?.get(nameOf(folder)) === undefined ? undefined : nameOf(folder);
  const inside = `node_modules/${own ?? ''}`;
  walk.places.push({ node, folder, isElsewhere: (at) => own !== undefined && at === inside });
}

/** Dependencies lie beside the package; one of the package's own name lies inside it. */
async function dependenciesOf(walk: Walk, key: NodeKey): Promise<void> {
  const folder = walk.folders.get(key)!;
  const name = nameOf(folder);
  const beside = modulesOf(folder);
  const links = walk.layout.links.get(key) ?? new Map<string, NodeKey>();
  await follow(walk, beside, new Map([...links].filter(([alias]) => alias !== name)));
  await follow(
    walk,
    path.join(folder, 'node_modules'),
    new Map([...links].filter(([alias]) => alias === name)),
  );
  for (const [entry, kind] of await named(beside)) {
    if (entry === name || links.has(entry)) continue;
    const place = path.join(beside, entry);
    const to = kind === 'link' ? await realOf(place) : undefined;
    // A package that pnpm makes find itself.
    if (to !== folder) extra(walk, place, walk.tree.nodes.get(key));
  }
}

/** Config dependencies, which pnpm loads code from. */
async function ownPackages(walk: Walk): Promise<void> {
  for (const [name, key] of walk.layout.own) {
    const place = path.join(walk.root, 'node_modules', '.pnpm-config', name);
    const kind = await kindAt(place);
    if (kind === 'folder') take(walk, key, await realOrSelf(place));
    else if (kind === 'link') await arrive(walk, place, key);
  }
}

async function realOrSelf(place: string): Promise<string> {
  return (await realOf(place)) ?? place;
}

/** What else a project finds: hoisted packages under a name of theirs, and nothing besides. */
async function strangers(walk: Walk, modules: string, project: NodeKey): Promise<void> {
  const known = walk.layout.links.get(project);
  for (const [name, kind] of await named(modules)) {
    if (known?.has(name) !== true) await expectHoisted(walk, path.join(modules, name), name, kind);
  }
}

/** Packages that anything in the virtual store finds. */
async function hoisted(walk: Walk): Promise<void> {
  const modules = path.join(walk.root, 'node_modules', '.pnpm', 'node_modules');
  walk.binFolders.push(path.join(modules, '.bin'));
  for (const [name, kind] of await named(modules))
    await expectHoisted(walk, path.join(modules, name), name, kind);
}

async function expectHoisted(walk: Walk, place: string, name: string, kind: EntryKind): Promise<void> {
  const folder = kind === 'link' ? await realOf(place) : undefined;
  const key = folder === undefined ? undefined : walk.keys.get(folder);
  // Of what is left over from another installation.
  if (kind === 'link' && folder === undefined) return;
  const node = key === undefined ? undefined : walk.tree.nodes.get(key);
  const isNamed = key !== undefined && (node?.name === name || walk.names.get(key)?.has(name) === true);
  const isLocal = folder !== undefined && walk.locals.has(folder);
  if (!isLocal && !isNamed) extra(walk, place, undefined);
}

function namesOf({ links }: PnpmLayout): ReadonlyMap<NodeKey, ReadonlySet<string>> {
  const names = new Map<NodeKey, Set<string>>();
  for (const list of links.values()) {
    for (const [name, key] of list) {
      const known = names.get(key);
      if (known === undefined) names.set(key, new Set([name]));
      else known.add(name);
    }
  }
  return names;
}

/** Folder of a workspace, or of another folder that is linked. */
function localFolder({ root, tree }: Walk, key: NodeKey): string | undefined {
  if (key === '') return root;
  if (key.startsWith('workspace:')) return path.resolve(root, key.slice('workspace:'.length));
  const node = tree.nodes.get(key);
  if (key.startsWith('link:') && node?.source.kind === 'directory')
    return path.resolve(root, node.source.path);
  return undefined;
}

/** Entries with the names that packages can have; `@scope/name` is one. */
async function named(modules: string): Promise<readonly (readonly [string, EntryKind])[]> {
  const found: (readonly [string, EntryKind])[] = [];
  for (const [name, kind] of await entriesOf(modules)) {
    if (name.startsWith('.')) continue;
    if (!name.startsWith('@') || kind !== 'folder') found.push([name, kind]);
    else
      for (const [inner, of] of await entriesOf(path.join(modules, name)))
        found.push([`${name}/${inner}`, of]);
  }
  return found;
}

/** The node_modules folder that a package lies in. */
function modulesOf(folder: string): string {
  const parent = path.dirname(folder);
  return path.basename(parent).startsWith('@') ? path.dirname(parent) : parent;
}

function nameOf(folder: string): string {
  return path.relative(modulesOf(folder), folder).split(path.sep).join('/');
}

async function wrongLink(walk: Walk, place: string, key: NodeKey): Promise<void> {
  wrong(walk, place, key, `a link to ${await linkText(place)}`);
}

function wrong(walk: Walk, place: string, key: NodeKey, actual: string): void {
  const node: PackageNode | undefined = walk.tree.nodes.get(key);
  const expected = walk.folders.has(key)
    ? `a link to ${shown(walk, walk.folders.get(key)!)}`
    : `a link to ${key}`;
  walk.wrong.push(
    misplaced({ code: 'disk-link-swapped', args: { path: shown(walk, place), expected, actual } }, node),
  );
}

function extra(walk: Walk, place: string, node: PackageNode | undefined): void {
  walk.wrong.push(misplaced({ code: 'disk-package-extra', args: { path: shown(walk, place) } }, node));
}

function shown({ root }: Walk, place: string): string {
  return path.relative(root, place).split(path.sep).join('/');
}
