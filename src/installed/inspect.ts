/** What lies in node_modules, held against the tarballs that the lockfile pins. */
import path from 'node:path';
import type { Note } from '../core/check.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { confusionOf } from '../evidence/collect.ts';
import { isList, openTarball } from '../evidence/tarball.ts';
import type { Evidence } from '../evidence/types.ts';
import { createLimiter } from '../registry/limiter.ts';
import type { RegistryClient } from '../registry/types.ts';
import type { DependencyTree, PackageNode } from '../tree/types.ts';
import { checkCommands } from './commands.ts';
import { comparePackage } from './compare.ts';
import { kindAt, realOf, reasonOf } from './disk.ts';
import { contentOf, type PackageContent } from './expected.ts';
import type { Found, Place } from './layout.ts';
import { writableBits } from './modes.ts';
import { npmLayout } from './npm-layout.ts';
import { checkRecord } from './npm-record.ts';
import { pnpmLayout } from './pnpm-layout.ts';

/** Packages at a time: each has its tarball in memory. */
const AT_ONCE = 4;

export interface InstalledOptions {
  readonly client: RegistryClient;
  readonly signal?: AbortSignal | undefined;
  readonly onDone?: () => void;
}

export interface Installed {
  /** The same packages, with what was found out about each. */
  readonly evidence: readonly Evidence[];
  /** About node_modules as a whole. */
  readonly notes: readonly Note[];
}

interface Work {
  readonly root: string;
  readonly manager: 'npm' | 'pnpm';
  readonly found: Found;
  readonly writable: number;
  readonly byNode: ReadonlyMap<PackageNode, readonly Place[]>;
  readonly notesByNode: ReadonlyMap<PackageNode, readonly Note[]>;
  readonly binFolders: Set<string>;
  readonly commands: Map<string, Set<string>>;
  readonly unlisted: string[];
}

/**
 * @throws {VerifyDepsError} `installed-absent`, `installed-unsupported`; what `signal` was aborted with
 */
export async function inspectInstalled(
  evidence: readonly Evidence[],
  tree: DependencyTree,
  options: InstalledOptions,
): Promise<Installed> {
  const root = path.dirname(tree.lockfile.path);
  const modules = path.join(root, 'node_modules');
  const found = await layoutOf(root, tree);
  const work: Work = {
    root,
    manager: tree.lockfile.kind,
    found,
    writable: await writableBits(modules),
    byNode: grouped(found.places.map((place) => [place.node, place] as const)),
    notesByNode: grouped(
      found.misplaced.flatMap(({ node, note }) => (node === undefined ? [] : [[node, note] as const])),
    ),
    binFolders: new Set(found.binFolders),
    commands: new Map(),
    unlisted: [],
  };
  for (const folder of found.unread) await rememberUnlisted(work, folder);
  const limit = createLimiter(AT_ONCE);
  const inspected = await Promise.all(
    evidence.map((item) =>
      limit(async () => {
        options.signal?.throwIfAborted();
        const result = await inspect(item, work, options.client);
        options.onDone?.();
        return result;
      }),
    ),
  );
  const commands = await checkCommands(root, [...work.binFolders].sort(), {
    byFile: work.commands,
    unlisted: work.unlisted,
    searchable: await searchable(root, found),
  });
  const { layout } = tree;
  return {
    evidence: inspected,
    notes: [
      ...found.misplaced.filter(({ node }) => node === undefined).map(({ note }) => note),
      ...(layout?.kind === 'npm' ? await checkRecord(root, tree, layout) : []),
      ...commands,
    ],
  };
}

async function layoutOf(root: string, tree: DependencyTree): Promise<Found> {
  const { layout } = tree;
  const modules = path.join(root, 'node_modules');
  const isUnpacked = [...tree.nodes.values()].some(({ source }) => source.kind !== 'workspace');
  if (layout === undefined || (isUnpacked && (await kindAt(modules)) === undefined)) {
    throw new VerifyDepsError('installed-absent', `${printable(modules)}: nothing is installed there`, {
      hint: 'install first, or leave --installed out: the lockfile alone is verified without it',
    });
  }
  return layout.kind === 'npm' ? npmLayout(root, tree, layout) : pnpmLayout(root, tree, layout);
}

async function searchable(root: string, { stores }: Found): Promise<readonly string[]> {
  return [root, (await realOf(root)) ?? root]
    .map((folder) => path.join(folder, 'node_modules'))
    .concat(stores);
}

/** Everything about one package: its tarball once, each place where it lies. */
async function inspect(item: Evidence, work: Work, client: RegistryClient): Promise<Evidence> {
  const { subject } = item;
  const places = subject.nodes.flatMap((node) => work.byNode.get(node) ?? []);
  const misplaced = subject.nodes.flatMap((node) => work.notesByNode.get(node) ?? []);
  const isOwn = subject.source.kind === 'workspace' || subject.source.kind === 'directory';
  if (isOwn || subject.source.kind === 'bundled') {
    for (const node of subject.nodes) await rememberUnlisted(work, localPlace(work.root, node));
    return withDisk(item, misplaced);
  }
  if (places.length === 0) return withDisk(item, misplaced);
  if (subject.source.kind !== 'registry') {
    for (const { folder } of places) await rememberUnlisted(work, folder);
    return withDisk(item, [...misplaced, uncovered(subject.source.kind)]);
  }
  const opened = await openTarball(subject, client, true);
  const manifest = await client.manifest(subject);
  const isSame =
    manifest.status === 'found' &&
    manifest.value.name === subject.name &&
    manifest.value.version === subject.version;
  const known: Evidence = {
    ...item,
    tarball: opened.check,
    ...(isSame ? confusionOf(subject, manifest.value, opened) : {}),
  };
  if (!isList(opened.list)) {
    for (const { folder } of places) await rememberUnlisted(work, folder);
    return withDisk(known, [...misplaced, uncovered('no tarball that can be read')]);
  }
  const content = contentOf(opened.list, work.manager);
  const notes: Note[] = [...misplaced];
  for (const place of places) {
    await rememberCommands(work, place, content);
    notes.push(...(await compared(place, content, work)));
  }
  return withDisk(known, notes);
}

async function compared(place: Place, content: PackageContent, work: Work): Promise<readonly Note[]> {
  const { node, folder, isElsewhere } = place;
  try {
    return await comparePackage(
      folder,
      {
        files: content.files,
        bins: new Set(content.commands.values()),
        builds: content.builds || node.hasInstallScript,
        patched: node.patch !== undefined,
      },
      {
        root: work.root,
        isElsewhere,
        writable: work.writable,
        onBinFolder: (bin) => work.binFolders.add(bin),
      },
    );
  } catch (error) {
    return [
      { code: 'disk-unreadable', args: { path: path.relative(work.root, folder), reason: reasonOf(error) } },
    ];
  }
}

async function rememberCommands(work: Work, { folder }: Place, content: PackageContent): Promise<void> {
  for (const [name, file] of content.commands) {
    const real = await realOf(path.join(folder, file));
    if (real === undefined) continue;
    const names = work.commands.get(real);
    if (names === undefined) work.commands.set(real, new Set([name]));
    else names.add(name);
  }
}

async function rememberUnlisted(work: Work, folder: string): Promise<void> {
  const real = await realOf(folder);
  if (real !== undefined) work.unlisted.push(real);
}

function localPlace(root: string, { source, key }: PackageNode): string {
  return path.resolve(root, source.kind === 'workspace' || source.kind === 'directory' ? source.path : key);
}

function uncovered(kind: string): Note {
  return { code: 'disk-uncovered', args: { kind } };
}

function withDisk(item: Evidence, disk: readonly Note[]): Evidence {
  return disk.length === 0 ? item : { ...item, disk };
}

function grouped<K, V>(pairs: readonly (readonly [K, V])[]): ReadonlyMap<K, readonly V[]> {
  const groups = new Map<K, V[]>();
  for (const [key, value] of pairs) {
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [value]);
    else list.push(value);
  }
  return groups;
}
