import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { isObject, type JsonObject, member, parseJsonText } from '../core/json.ts';
import { type ResolvedEdge, resolveEdges } from './arborist.ts';
import { malformed, reading, unsupported } from './failure.ts';
import { type Edge, type Entry, type Graph, projectKey, workspaceKey } from './graph.ts';
import {
  isPackageName,
  isRelativePath,
  localVersion,
  packageName,
  packageVersion,
  quoted,
} from './identity.ts';
import { parseIntegrity } from './integrity.ts';
import { linesOfKeys } from './lines.ts';
import { type Overrides, overridesOf, readManifest } from './manifest.ts';
import { bundledWithin } from './npm-bundle.ts';
import {
  forResolution,
  installName,
  isInstalled,
  type NpmEntry,
  parentLocation,
  readEntries,
} from './npm-entry.ts';
import { type Spec, sourceOf, specReader } from './npm-source.ts';
import { packagesOfVersion1 } from './npm-v1.ts';
import type { Layout, LockfileClaims, NodeKey, Source } from './types.ts';

/**
 * Reads package-lock.json and npm-shrinkwrap.json, versions 1 to 3. The nodes are the entries of the file, each of them;
 * npm's Arborist says how they depend on one another. package.json files, node_modules and the network play no part,
 * but for the root package.json, which alone knows the direct dependencies of version 1 and the overrides.
 * @param file  absolute path, for messages and for the package.json beside it
 * @throws {VerifyDepsError} `lockfile-malformed`, `lockfile-unsupported`
 */
export async function readNpm(file: string, text: string): Promise<Graph> {
  const lockfile = reading(file, () => parseJsonText(text, 'lockfile'));
  if (!isObject(lockfile)) throw malformed(file, 'not a JSON object');
  const version = versionOf(file, lockfile);
  const manifest = await readManifest(path.dirname(file));
  const packages =
    version === 1
      ? await resolving(file, () => packagesOfVersion1(file, lockfile, manifest))
      : member(lockfile, 'packages');
  if (!isObject(packages)) throw malformed(file, `lockfileVersion ${version} without an object "packages"`);

  const entries = installable(readEntries(file, packages));
  const targets = linkTargets(file, entries);
  boundFolders(file, entries);
  const edges = await resolving(file, () =>
    resolveEdges(
      Object.fromEntries([...entries].map(([location, entry]) => [location, forResolution(entry)])),
    ),
  );
  const lines = version === 1 ? new Map<string, number>() : linesOfKeys(text, '"packages"', entries.keys());
  return graphOf({ file, version, entries, targets, edges, lines, manifest });
}

/**
 * Without those of optional packages that npm could not find when it wrote the lockfile: it keeps their place, with no
 * version, URL or digest, and installs nothing for it.
 */
function installable(entries: ReadonlyMap<string, NpmEntry>): ReadonlyMap<string, NpmEntry> {
  const isPlace = ({ location, link, version, resolved, integrity, flags }: NpmEntry): boolean =>
    isInstalled(location) &&
    !link &&
    (version ?? resolved ?? integrity) === undefined &&
    (flags.optional || flags.devOptional);
  return new Map([...entries].filter(([, entry]) => !isPlace(entry)));
}

/** Every field has been checked by now; should Arborist still stumble, it is over the lockfile. */
async function resolving<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof VerifyDepsError) throw error;
    throw malformed(file, `npm cannot make a tree of it: ${error instanceof Error ? error.message : error}`);
  }
}

function versionOf(file: string, lockfile: JsonObject): number {
  const version = member(lockfile, 'lockfileVersion');
  if (version === undefined) throw malformed(file, 'no lockfileVersion: not a lockfile of npm 5 or later');
  if (version === 1 || version === 2 || version === 3) return version;
  if (typeof version !== 'number' || !Number.isInteger(version))
    throw malformed(file, `lockfileVersion is ${JSON.stringify(version).slice(0, 40)}, not a whole number`);
  throw unsupported(
    file,
    `lockfileVersion ${version} is not read; versions 1, 2 and 3 are`,
    'let npm write it again with: npm install --package-lock-only --lockfile-version 3',
  );
}

/** Arborist compares every folder outside of node_modules with every other: 5,000 take seconds, 200,000 hours. */
const foldersMax = 5000;

function boundFolders(file: string, entries: ReadonlyMap<string, NpmEntry>): void {
  let folders = 0;
  for (const location of entries.keys()) {
    const parent = isInstalled(location) ? parentLocation(location) : undefined;
    if (parent === undefined || (parent !== '' && !entries.has(parent))) folders++;
  }
  if (folders > foldersMax)
    throw malformed(file, `${folders} folders outside of node_modules, more than ${foldersMax}`);
}

/** Location of each link -> location of the folder it stands for. */
function linkTargets(file: string, entries: ReadonlyMap<string, NpmEntry>): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  for (const { location, link, resolved } of entries.values()) {
    if (!link) continue;
    const target = resolved === undefined || resolved === '.' ? '' : resolved.replace(/^\.\//, '');
    if (!isRelativePath(target))
      throw malformed(file, `${quoted(location)} links to an impossible place: ${quoted(target)}`);
    const entry = entries.get(target);
    if (target !== '' && entry === undefined)
      throw malformed(
        file,
        `${quoted(location)} links to ${quoted(target)}, which the lockfile does not list`,
      );
    if (entry?.link === true) throw malformed(file, `${quoted(location)} links to another link`);
    targets.set(location, target);
  }
  return targets;
}

interface Parts {
  readonly file: string;
  readonly version: number;
  readonly entries: ReadonlyMap<string, NpmEntry>;
  readonly targets: ReadonlyMap<string, string>;
  readonly edges: readonly ResolvedEdge[];
  readonly lines: ReadonlyMap<string, number>;
  readonly manifest: JsonObject | undefined;
}

function graphOf(parts: Parts): Graph {
  const { file, entries, edges, lines, manifest } = parts;
  const root = entries.get('');
  const workspaces = workspaceLocations(parts);
  const keyOf = (location: string): NodeKey => (workspaces.has(location) ? workspaceKey(location) : location);
  const specsOf = specsByTarget(edges);
  const bundles = bundledWithin(entries, edges);
  const overrides = overridesOf(manifest);

  const nodes = new Map<NodeKey, Entry>();
  for (const entry of entries.values()) {
    const { location } = entry;
    if (location === '' || entry.link) continue;
    const specs = specsOf.get(location) ?? [];
    const bundler = bundles.get(location);
    const source: Source = workspaces.has(location)
      ? { kind: 'workspace', path: location }
      : !isInstalled(location)
        ? { kind: 'directory', path: location }
        : // An entry that pins bytes is judged by its pin, whatever package it claims to lie in.
          bundler !== undefined && entry.resolved === undefined && entry.integrity === undefined
          ? { kind: 'bundled', within: bundler }
          : sourceOf(file, location, installName(location)!, entry.resolved, specs, overrides.specs);
    nodes.set(keyOf(location), {
      key: keyOf(location),
      ...namesOf(file, entry, source, specs, overrides),
      source,
      integrity: parseIntegrity(entry.integrity),
      hasInstallScript: entry.hasInstallScript,
      platform: entry.platform,
      patch: undefined,
      line: lines.get(location),
      flags: isInstalled(location) ? entry.flags : undefined,
      nesting: location.split('node_modules/').length,
      ...(source.kind === 'registry' ? { claims: claimsOf(entry, parts.version) } : {}),
    });
  }
  const name = root?.name ?? manifest?.name;
  return {
    version: String(parts.version),
    project: typeof name === 'string' ? name : undefined,
    entries: nodes,
    edges: [
      ...[...workspaces].map((location) => plainEdge(projectKey, keyOf(location))),
      ...edges.filter((edge) => edge.to !== '').map((edge) => graphEdge(edge, keyOf)),
    ],
    workspaces: [...workspaces].map(keyOf),
    layout: layoutOf(parts),
  };
}

function layoutOf({ entries, targets }: Parts): Layout {
  const [places, folders] = [new Map<string, string | undefined>(), ['']];
  for (const location of entries.keys()) {
    if (isInstalled(location)) places.set(location, targets.get(location));
    else if (location !== '') folders.push(location);
  }
  return { kind: 'npm', places, folders };
}

/** Version 1 has one list for all kinds of dependencies and no word about scripts: made from it, nothing is claimed. */
function claimsOf(entry: NpmEntry, version: number): LockfileClaims {
  const { dependencies, optionalDependencies, peerDependencies, bundled } = entry;
  const none = { kind: 'npm', dependencies: {}, optionalDependencies: {}, peerDependencies: {} } as const;
  return version === 1
    ? { ...none, bundled: [], tellsScripts: false }
    : { kind: 'npm', dependencies, optionalDependencies, peerDependencies, bundled, tellsScripts: true };
}

/** The folders of the project that npm installs for: linked, inside the project, and not asked for by path. */
function workspaceLocations({ entries, targets }: Parts): ReadonlySet<string> {
  const root = entries.get('');
  if (root === undefined || !root.declaresWorkspaces) return new Set();
  const byPath = new Set<string>();
  for (const [location, target] of targets) {
    const name = installName(location) ?? '';
    const spec = root.dependencies[name] ?? root.devDependencies[name] ?? root.optionalDependencies[name];
    if (spec !== undefined && /^(?:file|link):/.test(spec)) byPath.add(target);
  }
  return new Set(
    [...entries.keys()].filter(
      (location) =>
        location !== '' && !location.startsWith('..') && !isInstalled(location) && !byPath.has(location),
    ),
  );
}

function specsByTarget(edges: readonly ResolvedEdge[]): ReadonlyMap<string, readonly Spec[]> {
  const read = specReader();
  const specs = new Map<string, Spec[]>();
  for (const edge of edges) {
    const list = specs.get(edge.to);
    const spec = read(edge.name, edge.spec);
    if (list === undefined) specs.set(edge.to, [spec]);
    else list.push(spec);
  }
  return specs;
}

/**
 * The name on the registry is the one it is installed under, unless somebody asked for another by an alias. An entry that
 * merely calls itself something else is an attempt to pass genuine bytes of one package off as another.
 */
function namesOf(
  file: string,
  entry: NpmEntry,
  source: Source,
  specs: readonly Spec[],
  overrides: Overrides,
): Pick<Entry, 'name' | 'alias' | 'version'> {
  const { location, name, version } = entry;
  const installed = installName(location);
  if (installed === undefined) {
    const usable = name !== undefined && isPackageName(name) ? name : location;
    return { name: usable, alias: undefined, version: localVersion(version) };
  }
  packageName(file, location, installed);
  if (source.kind !== 'registry') {
    const own = name === undefined ? installed : packageName(file, location, name);
    return { name: own, alias: own === installed ? undefined : installed, version: localVersion(version) };
  }
  const asked =
    name === undefined || name === installed
      ? undefined
      : (specs.some((spec) => spec.aliased === name) || overrides.aliased.has(name)) && name;
  return {
    name: asked ? packageName(file, location, asked) : installed,
    alias: asked ? installed : undefined,
    version: packageVersion(file, location, version),
  };
}

function graphEdge(edge: ResolvedEdge, keyOf: (location: string) => NodeKey): Edge {
  const { type } = edge;
  return {
    from: keyOf(edge.from),
    to: keyOf(edge.to),
    dev: type === 'dev',
    optional: type === 'optional' || type === 'peerOptional',
    peer: type === 'peer' || type === 'peerOptional',
  };
}

function plainEdge(from: NodeKey, to: NodeKey): Edge {
  return { from, to, dev: false, optional: false, peer: false };
}
