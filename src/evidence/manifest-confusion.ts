/**
 * Manifest confusion: nobody makes a registry compare the manifest that it serves with the package.json inside the tarball,
 * and package managers plan by the one and install by the other. Differences that publishing tools make on purpose are
 * none here: names of fields, spellings of repositories, normalised paths, what npm adds for a binding.gyp.
 */
import clean from 'semver/functions/clean.js';
import type { Note } from '../core/check.ts';
import { isObject, member, parsePackageJson } from '../core/json.ts';
import {
  claimsOf,
  commandsOf,
  INSTALL_SCRIPTS,
  type ManifestClaims,
  type Specs,
} from '../registry/claims.ts';
import type { TarballList } from '../registry/tar-list.ts';
import type { VersionManifest } from '../registry/types.ts';

/** Of one kind of field; the rest is counted. */
const NOTES_MAX = 8;
const GYP_SCRIPT = 'node-gyp rebuild';

/** What of a registry's manifest is compared. */
export type RegistryManifest = Pick<VersionManifest, 'name' | 'version' | 'hasInstallScript' | 'claims'>;

/**
 * Each field in which the tarball's package.json says something else than the registry's manifest. `expected` is what the
 * registry says, `actual` what will be installed.
 */
export function manifestConfusion(
  tarball: Pick<TarballList, 'packageJson' | 'files'>,
  registry: RegistryManifest,
): readonly Note[] {
  const inside = tarball.packageJson === undefined ? undefined : parsePackageJson(tarball.packageJson);
  if (!isObject(inside)) return [differs('package.json', `${registry.name}@${registry.version}`, undefined)];
  const name = member(inside, 'name');
  const version = member(inside, 'version');
  const notes: Note[] = [];
  if (typeof name !== 'string' || name.trim() !== registry.name) {
    notes.push(differs('name', registry.name, typeof name === 'string' ? name : undefined));
  }
  if (typeof version !== 'string' || !isSameVersion(version, registry.version)) {
    notes.push(differs('version', registry.version, typeof version === 'string' ? version : undefined));
  }
  const { claims } = registry;
  if (claims === undefined) return notes;
  const own = claimsOf(inside);
  const optional: Pair = [claims.optionalDependencies, own.optionalDependencies];
  notes.push(
    ...scripts(own, tarball.files.has('binding.gyp'), registry),
    ...specs('dependencies', [claims.dependencies, withBundled(own, claims)], optional),
    ...specs('optionalDependencies', optional, [claims.dependencies, own.dependencies]),
    ...specs('peerDependencies', [claims.peerDependencies, own.peerDependencies]),
    ...bundled(own, claims),
    ...commands(own, claims, [...tarball.files.keys()]),
  );
  return notes;
}

function differs(field: string, expected: string | undefined, actual: string | undefined): Note {
  return {
    code: 'manifest-confusion',
    args: { field, expected: expected ?? 'nothing', actual: actual ?? 'nothing' },
  };
}

/** The registry has no `v` in front and no build metadata. */
function isSameVersion(inside: string, served: string): boolean {
  return inside.trim() === served || clean(inside, true) === (clean(served, true) ?? served);
}

/** Scripts that run when it is installed. A short manifest says of them only that there are some. */
function scripts(own: ManifestClaims, hasGyp: boolean, registry: RegistryManifest): readonly Note[] {
  const served = registry.claims!.scripts;
  const onlyTold = served.size === 0 && registry.hasInstallScript;
  const notes: Note[] = [];
  for (const script of INSTALL_SCRIPTS) {
    const [expected, actual] = [served.get(script), own.scripts.get(script)];
    if (expected === actual || onlyTold) continue;
    // npm writes this script into the manifest of a package with a binding.gyp, and runs it without it as well.
    const isImplicit = script === 'install' && expected === GYP_SCRIPT && actual === undefined && hasGyp;
    if (!isImplicit) notes.push(differs(`scripts.${script}`, expected, actual));
  }
  const builds =
    hasGyp && own.gypfile !== false && !own.scripts.has('install') && !own.scripts.has('preinstall');
  if (builds && !registry.hasInstallScript) notes.push(differs('binding.gyp', undefined, GYP_SCRIPT));
  return notes;
}

/** npm adds what is bundled and not listed as a dependency, with any range. */
function withBundled(own: ManifestClaims, served: ManifestClaims): Specs {
  const all = new Map(own.dependencies);
  for (const name of own.bundled) {
    if (!all.has(name) && served.dependencies.get(name) === '*') all.set(name, '*');
  }
  return all;
}

/** What the registry says and what the tarball does. */
type Pair = readonly [served: Specs, own: Specs];

/** @param other  the other list that npm has moved names to, and back, over the years: there they count as told */
function specs(field: string, [served, own]: Pair, other?: Pair): readonly Note[] {
  const notes: Note[] = [];
  for (const name of new Set([...served.keys(), ...own.keys()])) {
    const [expected, actual] = [served.get(name), own.get(name)];
    if (expected === actual) continue;
    const moved = other !== undefined && (expected ?? other[0].get(name)) === (actual ?? other[1].get(name));
    if (!moved) notes.push(differs(`${field}.${name}`, expected, actual));
  }
  return bounded(field, notes);
}

function bundled(own: ManifestClaims, served: ManifestClaims): readonly Note[] {
  const [expected, actual] = [served.bundled.join(', '), own.bundled.join(', ')];
  return expected === actual
    ? []
    : [differs('bundleDependencies', expected || undefined, actual || undefined)];
}

function commands(own: ManifestClaims, served: ManifestClaims, files: readonly string[]): readonly Note[] {
  // npm lists the folder when it publishes; an older registry entry still names the folder itself.
  if (own.binFolder !== undefined && served.bin.size === 0 && served.binFolder === own.binFolder) return [];
  const bin = commandsOf(own, files);
  const notes: Note[] = [];
  for (const name of new Set([...served.bin.keys(), ...bin.keys()])) {
    const [expected, actual] = [served.bin.get(name), bin.get(name)];
    if (expected !== actual) notes.push(differs(`bin.${name}`, expected, actual));
  }
  return bounded('bin', notes);
}

function bounded(field: string, notes: readonly Note[]): readonly Note[] {
  if (notes.length <= NOTES_MAX) return notes;
  const rest = notes.length - NOTES_MAX;
  return [...notes.slice(0, NOTES_MAX), { code: 'manifest-confusion', args: { field, count: rest } }];
}
