import path from 'node:path';
import { limits } from '../core/limits.ts';
import { malformed, unsupported } from './failure.ts';
import { type Edges, type Entry, type Graph, projectKey, way, workspaceKey } from './graph.ts';
import { isVersion, localVersion, manifestName, packageName, packageVersion, quoted } from './identity.ts';
import { linesOfPackages } from './lines.ts';
import { readManifest } from './manifest.ts';
import { importersOf, linkTarget, type Reference, referencesOf } from './pnpm-importers.ts';
import { directoryEntry, workspaceEntry } from './pnpm-local.ts';
import { candidates6, candidates9, type DepPath, parsePath6, parsePath9, splitSuffix } from './pnpm-path.ts';
import { originsOf } from './pnpm-source.ts';
import type { NodeKey } from './types.ts';
import { field, fieldReader, isMap, parseYaml, type YamlObject } from './yaml.ts';

/** What differs between the formats 6.x and 9.0. */
interface Format {
  readonly parse: (base: string) => DepPath | undefined;
  readonly candidates: (name: string, ref: string) => readonly string[];
  /** Where the dependencies of a package stand. */
  readonly snapshots: 'packages' | 'snapshots';
}

const formats: Readonly<Record<string, Format>> = {
  '9.0': { parse: parsePath9, candidates: candidates9, snapshots: 'snapshots' },
  '6.0': { parse: parsePath6, candidates: candidates6, snapshots: 'packages' },
  '6.1': { parse: parsePath6, candidates: candidates6, snapshots: 'packages' },
};

interface Needed {
  readonly from: NodeKey;
  readonly to: NodeKey;
  readonly ways: number;
}

/** The graph while it is put together; two documents end up in one. */
interface Draft {
  readonly file: string;
  readonly lines: ReadonlyMap<string, number>;
  readonly workspaces: ReadonlySet<string>;
  readonly entries: Map<NodeKey, Entry>;
  /** Text of the resolution of each entry: two documents must agree. */
  readonly resolutions: Map<NodeKey, string>;
  /** Nodes of each dependency path: one, or one for each variant. */
  readonly keys: Map<string, readonly NodeKey[]>;
  readonly edges: Needed[];
  /** Names each node is installed under. */
  readonly names: Map<NodeKey, Set<string>>;
  readonly links: Map<NodeKey, Map<string, NodeKey>>;
  readonly own: Map<string, NodeKey>;
}

/**
 * Reads pnpm-lock.yaml, lockfile versions 9.0, 6.0 and 6.1, of one document or two (what pnpm installs for itself, then
 * the project). Each snapshot is a node: a package with several sets of peers is several nodes and one subject.
 * Kinds come from the walk: pnpm resolves peers like ordinary dependencies, so nothing is `peer` here.
 * @throws {VerifyDepsError} `lockfile-malformed`, `lockfile-unsupported`
 */
export async function readPnpm(file: string, text: string): Promise<Graph> {
  const documents = parseYaml(file, text);
  const versions = documents.map((document) => versionOf(file, document));
  const read = fieldReader(file);
  const importers = documents.map((document) => importersOf(file, document, read));
  const workspaces = new Set(importers.flatMap((of) => [...of.keys()]).filter((at) => at !== ''));
  const draft: Draft = {
    file,
    lines: linesOfPackages(text),
    workspaces,
    entries: new Map(),
    resolutions: new Map(),
    keys: new Map(),
    edges: [],
    names: new Map(),
    links: new Map(),
    own: new Map(),
  };
  const folder = path.dirname(file);
  for (const at of workspaces) {
    draft.entries.set(workspaceKey(at), await workspaceEntry(folder, at));
    draft.edges.push({ from: projectKey, to: workspaceKey(at), ways: 0 });
  }
  for (const [index, document] of documents.entries()) {
    const format = formats[versions[index]!]!;
    const paths = addPackages(draft, document, format);
    for (const [at, references] of importers[index]!)
      addEdges(draft, format, paths, at === '' ? projectKey : workspaceKey(at), at, references);
    for (const [key, references] of paths)
      for (const node of draft.keys.get(key)!) addEdges(draft, format, paths, node, '', references);
  }
  const manifest = await readManifest(folder);
  const numbers = new Map<NodeKey, number>([[projectKey, 0]]);
  for (const key of draft.entries.keys()) numbers.set(key, numbers.size);
  return {
    version: versions.at(-1)!,
    project: manifestName(manifest),
    entries: [...draft.entries].map(([key, entry]) => withAlias(entry, draft.names.get(key))),
    edges: edgesOf(draft.edges, numbers),
    workspaces: [...workspaces].map((at) => numbers.get(workspaceKey(at))!),
    layout: { kind: 'pnpm', links: draft.links, own: draft.own },
  };
}

function edgesOf(needed: readonly Needed[], numbers: ReadonlyMap<NodeKey, number>): Edges {
  return {
    from: needed.map(({ from }) => numbers.get(from)!),
    to: needed.map(({ to }) => numbers.get(to)!),
    ways: needed.map(({ ways }) => ways),
  };
}

function versionOf(file: string, document: YamlObject): string {
  const version = field(document, 'lockfileVersion');
  if (version === undefined) throw malformed(file, 'no lockfileVersion');
  if (typeof version !== 'string' || !/^\d{1,4}(?:\.\d{1,4})?$/.test(version))
    throw malformed(file, 'lockfileVersion is not a version');
  if (Object.hasOwn(formats, version)) return version;
  throw unsupported(
    file,
    `lockfileVersion ${version} is not read; versions 6.0, 6.1 and 9.0 are`,
    Number(version) < 9
      ? 'let pnpm 9 or later write it again with: pnpm install --lockfile-only'
      : 'use a version of verify-deps that reads lockfiles of this version of pnpm',
  );
}

/** Adds a node for each package of the document. @returns the dependencies of each dependency path */
function addPackages(
  draft: Draft,
  document: YamlObject,
  format: Format,
): ReadonlyMap<string, readonly Reference[]> {
  const { file } = draft;
  const read = fieldReader(file);
  const packages = read.map(document, 'packages', '.');
  const snapshots = read.map(document, format.snapshots, '.');
  const patches = patchesOf(document);
  const references = new Map<string, readonly Reference[]>();
  const used = new Set<string>();
  const add = (key: string, base: string, suffix: string): void => {
    const about = Object.hasOwn(packages, base) ? packages[base] : undefined;
    if (!isMap(about)) throw malformed(file, `${quoted(key)} is a snapshot of no entry in "packages"`);
    used.add(base);
    const snapshot = Object.hasOwn(snapshots, key) ? (snapshots[key] ?? {}) : {};
    if (!isMap(snapshot)) throw malformed(file, `${quoted(key)} is not a mapping`);
    const needs = referencesOf(file, key, snapshot, read);
    const names = isExtended(document) ? undefined : needs.map(({ name }) => name);
    addEntries(draft, format, key, base, suffix, about, patches, names);
    references.set(key, needs);
  };
  for (const key of Object.keys(snapshots)) {
    const { base, suffix } = splitSuffix(key);
    add(key, format.snapshots === 'packages' ? key : base, suffix);
  }
  // No snapshot: pnpm would not install it, but the lockfile lists it.
  for (const key of Object.keys(packages)) if (!used.has(key)) add(key, key, '');
  return references;
}

/** The project adds dependencies to packages, by `packageExtensions` or by code of its own. */
function isExtended(document: YamlObject): boolean {
  return ['packageExtensionsChecksum', 'pnpmfileChecksum'].some((key) => field(document, key) !== undefined);
}

function addEntries(
  draft: Draft,
  format: Format,
  key: string,
  base: string,
  suffix: string,
  about: YamlObject,
  patches: ReadonlyMap<string, string>,
  names: readonly string[] | undefined,
): void {
  const { file } = draft;
  const read = fieldReader(file);
  const parsed = format.parse(splitSuffix(base).base);
  const name = parsed?.name ?? read.text(about, 'name', key);
  if (name === undefined) throw malformed(file, `${quoted(key)} has no name`);
  packageName(file, key, name);
  const ref = parsed?.ref ?? base;
  const resolution = read.map(about, 'resolution', key);
  const given = read.text(about, 'version', key);
  if (isVersion(ref) && given !== undefined && given !== ref)
    throw malformed(file, `${quoted(key)} gives its version as ${quoted(given)}`);
  const patch = /^\(patch_hash=([^()]+)\)/.exec(suffix)?.[1];
  const listed = {
    os: read.list(about, 'os', key),
    cpu: read.list(about, 'cpu', key),
    libc: read.list(about, 'libc', key),
  };
  const limited = listed.os.length + listed.cpu.length + listed.libc.length > 0 ? listed : undefined;

  const keys: NodeKey[] = [];
  const origins = originsOf(file, key, ref, resolution, read, draft.workspaces);
  const text = JSON.stringify(resolution);
  for (const { source, integrity, variant, platform } of origins) {
    const node = variant === undefined ? key : `${key}#${variant}`;
    keys.push(node);
    const known = draft.resolutions.get(node);
    if (known !== undefined && known !== text)
      throw malformed(file, `${quoted(key)} stands for two different packages in the two documents`);
    if (draft.entries.size >= limits.packagesMax)
      throw malformed(file, `more than ${limits.packagesMax} packages`);
    draft.resolutions.set(node, text);
    const version = source.kind === 'registry' ? packageVersion(file, key, ref) : localVersion(given ?? ref);
    draft.entries.set(node, {
      key: node,
      name,
      alias: undefined,
      version,
      source,
      integrity,
      hasInstallScript: read.flag(about, 'requiresBuild', key),
      platform: platform ?? limited,
      patch: patch ?? patches.get(`${name}@${version}`),
      line: draft.lines.get(base),
      flags: undefined,
      nesting: 2,
      ...(source.kind === 'registry' && names !== undefined ? { claims: { kind: 'pnpm', names } } : {}),
    });
  }
  draft.keys.set(key, keys);
}

/** Digest (or path) of each patch by the `name@version` it is for. One for a name or a range shows in the snapshots. */
function patchesOf(document: YamlObject): ReadonlyMap<string, string> {
  const patches = new Map<string, string>();
  const listed = field(document, 'patchedDependencies');
  if (!isMap(listed)) return patches;
  for (const [key, value] of Object.entries(listed)) {
    const patch = isMap(value) ? (field(value, 'hash') ?? field(value, 'path')) : value;
    if (typeof patch === 'string') patches.set(key, patch);
  }
  return patches;
}

function addEdges(
  draft: Draft,
  format: Format,
  paths: ReadonlyMap<string, unknown>,
  from: NodeKey,
  at: string,
  references: readonly Reference[],
): void {
  for (const { name, ref, dev, optional, own } of references) {
    for (const to of targetsOf(draft, format, paths, from, at, name, ref)) {
      if (own) draft.own.set(name, to);
      else draft.links.set(from, (draft.links.get(from) ?? new Map<string, NodeKey>()).set(name, to));
      if (to === projectKey) continue;
      draft.edges.push({ from, to, ways: (dev ? way.dev : 0) | (optional ? way.optional : 0) });
      const names = draft.names.get(to);
      if (names === undefined) draft.names.set(to, new Set([name]));
      else names.add(name);
    }
  }
}

function targetsOf(
  draft: Draft,
  format: Format,
  paths: ReadonlyMap<string, unknown>,
  from: NodeKey,
  at: string,
  name: string,
  ref: string,
): readonly NodeKey[] {
  if (ref.startsWith('link:')) {
    const target = linkTarget(at, ref, draft.workspaces);
    if (target.kind === 'workspace') return [target.path === '' ? projectKey : workspaceKey(target.path)];
    const key = `link:${target.path}`;
    if (!draft.entries.has(key)) draft.entries.set(key, directoryEntry(key, name, target.path));
    return [key];
  }
  const path = format.candidates(name, ref).find((candidate) => paths.has(candidate));
  if (path === undefined)
    throw malformed(
      draft.file,
      `${quoted(from === '' ? '.' : from)} needs ${quoted(`${name}: ${ref}`)}, which the lockfile does not list`,
    );
  return draft.keys.get(path)!;
}

function withAlias(entry: Entry, names: ReadonlySet<string> | undefined): Entry {
  if (names === undefined || names.has(entry.name) || entry.source.kind === 'workspace') return entry;
  return { ...entry, alias: [...names].sort()[0] };
}
