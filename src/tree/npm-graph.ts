import { type JsonObject, member } from '../core/json.ts';
import { malformed } from './failure.ts';
import { type Entry, type Graph, workspaceKey } from './graph.ts';
import { isPackageName, localVersion, packageName, packageVersion, quoted } from './identity.ts';
import { parseIntegrity } from './integrity.ts';
import { type Overrides, overridesOf } from './manifest.ts';
import { askingOf } from './npm-asked.ts';
import { bundledWithin } from './npm-bundle.ts';
import { type NpmEntry, noNames, noSpecs, type Specs } from './npm-entry.ts';
import { type Listing, nestingOf } from './npm-nesting.ts';
import { nameFolder } from './npm-place.ts';
import { askingProject } from './npm-project.ts';
import { type Asked, sourceOf } from './npm-source.ts';
import type { Layout, LockfileClaims, Source } from './types.ts';

export interface NpmParts {
  readonly file: string;
  readonly version: number;
  readonly listing: Listing;
  readonly lines: ReadonlyMap<string, number>;
  readonly manifest: JsonObject | undefined;
}

/** @throws {VerifyDepsError} `lockfile-malformed` */
export async function graphOf({ file, version, lines, manifest, ...parts }: NpmParts): Promise<Graph> {
  const project = askingProject(parts.listing.entries[0]!, manifest);
  const listing = { ...parts.listing, entries: [project, ...parts.listing.entries.slice(1)] };
  const { entries, links } = listing;
  const workspaces = workspacesOf(listing);
  const fold = nameFolder();
  const asking = await askingOf(listing, nestingOf(file, listing, fold), fold, workspaces);
  const bundles = bundledWithin(listing, asking.edges);
  const overrides = overridesOf(manifest);
  const ofProject = new Set(workspaces);

  const nodes: Entry[] = [];
  for (let n = 1; n < links; n++) {
    const entry = entries[n]!;
    const { location, place, resolved, integrity } = entry;
    const asked = asking.asked(n);
    const within = bundles.get(n);
    const isWorkspace = place === undefined && ofProject.has(n);
    let source: Source;
    if (isWorkspace) source = { kind: 'workspace', path: location };
    else if (place === undefined) source = { kind: 'directory', path: location };
    // An entry that pins bytes is judged by its pin, whatever package it claims to lie in.
    else if (within !== undefined && resolved === undefined && integrity === undefined)
      source = { kind: 'bundled', within };
    else source = sourceOf(file, location, place.name, resolved, asked, overrides.specs, asking.readerFor(n));
    if (place === undefined && location.startsWith('workspace:'))
      throw malformed(file, `${quoted(location)} is no place inside a project`);
    const names = namesOf(file, entry, source, asked, overrides);
    nodes.push({
      key: isWorkspace ? workspaceKey(location) : location,
      name: names.name,
      alias: names.alias,
      version: names.version,
      source,
      integrity: parseIntegrity(integrity),
      hasInstallScript: entry.hasInstallScript,
      platform: entry.platform,
      patch: undefined,
      line: lines.get(location),
      claims: source.kind === 'registry' ? claimsOf(entry, version) : undefined,
      flags: place === undefined ? undefined : entry.flags,
      nesting: place?.within === '' ? 2 : location.split('node_modules/').length,
    });
  }
  const name = project.name ?? (manifest === undefined ? undefined : member(manifest, 'name'));
  return {
    version: String(version),
    project: typeof name === 'string' ? name : undefined,
    entries: nodes,
    edges: asking.edges,
    workspaces,
    layout: layoutOf(listing),
  };
}

function layoutOf({ entries, links, numbers, targets }: Listing): Layout {
  const [places, folders] = [new Map<string, string | undefined>(), ['']];
  for (const [location, n] of numbers) {
    if (entries[n]!.place !== undefined)
      places.set(location, n < links ? undefined : entries[targets[n - links]!]!.location);
    else if (n !== 0) folders.push(location);
  }
  return { kind: 'npm', places, folders };
}

const nothingClaimed: LockfileClaims = {
  kind: 'npm',
  dependencies: noNames,
  optionalDependencies: noNames,
  peerDependencies: noNames,
  bundled: noNames,
  tellsScripts: false,
};
const noDependencies: LockfileClaims = { ...nothingClaimed, tellsScripts: true };

/** Version 1 has one list for all kinds of dependencies and no word about scripts: made from it, nothing is claimed. */
function claimsOf(entry: NpmEntry, version: number): LockfileClaims {
  if (version === 1) return nothingClaimed;
  const { dependencies, optionalDependencies, peerDependencies, bundled } = entry;
  return dependencies === noSpecs &&
    optionalDependencies === noSpecs &&
    peerDependencies === noSpecs &&
    bundled === noNames
    ? noDependencies
    : {
        kind: 'npm',
        dependencies: rangesOf(dependencies),
        optionalDependencies: rangesOf(optionalDependencies),
        peerDependencies: rangesOf(peerDependencies),
        bundled,
        tellsScripts: true,
      };
}

function rangesOf(specs: Specs): readonly string[] {
  // Copied: a list that has grown keeps room for more.
  return specs === noSpecs ? noNames : Object.entries(specs).flat().slice();
}

/** The folders of the project that npm installs for: linked, inside the project, and not asked for by path. */
function workspacesOf({ entries, links, targets }: Listing): readonly number[] {
  const { declaresWorkspaces, dependencies, devDependencies, optionalDependencies } = entries[0]!;
  if (!declaresWorkspaces) return [];
  const byPath = new Set<number>();
  for (const [i, target] of targets.entries()) {
    const name = entries[links + i]!.place?.name ?? '';
    const asking = [dependencies, devDependencies, optionalDependencies].find((specs) =>
      Object.hasOwn(specs, name),
    );
    if (asking !== undefined && /^(?:file|link):/.test(asking[name]!)) byPath.add(target);
  }
  const workspaces: number[] = [];
  for (let n = 1; n < links; n++) {
    const { location, place } = entries[n]!;
    if (place === undefined && !location.startsWith('..') && !byPath.has(n)) workspaces.push(n);
  }
  return workspaces;
}

/**
 * The name on the registry is the one it is installed under, unless somebody asked for another by an alias. An entry that
 * merely calls itself something else is an attempt to pass genuine bytes of one package off as another.
 */
function namesOf(
  file: string,
  { location, place, name, version }: NpmEntry,
  source: Source,
  asked: Asked,
  overrides: Overrides,
): Pick<Entry, 'name' | 'alias' | 'version'> {
  if (place === undefined) {
    const usable = name !== undefined && isPackageName(name) ? name : location;
    return { name: usable, alias: undefined, version: localVersion(version) };
  }
  const installed = place.name;
  if (source.kind !== 'registry') {
    const own = name === undefined ? installed : packageName(file, location, name);
    return { name: own, alias: own === installed ? undefined : installed, version: localVersion(version) };
  }
  const isAlias =
    name !== undefined &&
    name !== installed &&
    (asked.specs.some((spec) => spec.aliased === name) || overrides.aliased.has(name));
  return {
    name: isAlias ? packageName(file, location, name) : installed,
    alias: isAlias ? installed : undefined,
    version: packageVersion(file, location, version),
  };
}
