import { isObject, type JsonObject, type JsonValue } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { malformed } from './failure.ts';
import { way } from './graph.ts';
import { isPackageName, isRelativePath, packageName, quoted } from './identity.ts';
import { type Place, placeOf } from './npm-place.ts';
import type { PackageNode } from './types.ts';

export type Specs = Readonly<Record<string, string>>;

/** One entry of `packages` in a package-lock.json, every field of its right type. */
export interface NpmEntry {
  readonly location: string;
  /** Its name has been checked, but for links. Undefined for the project, a workspace or another folder. */
  readonly place: Place | undefined;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
  readonly link: boolean;
  /** Bits of `way`. */
  readonly flags: number;
  readonly hasInstallScript: boolean;
  readonly platform: PackageNode['platform'];
  /** Without those that are optional as well: so npm reads them. */
  readonly dependencies: Specs;
  readonly devDependencies: Specs;
  readonly optionalDependencies: Specs;
  readonly peerDependencies: Specs;
  /** Peers that may be missing. */
  readonly optionalPeers: ReadonlySet<string>;
  /** Names inside its own tarball. */
  readonly bundled: readonly string[];
  readonly declaresWorkspaces: boolean;
}

type Fields = { -readonly [Field in keyof NpmEntry]: NpmEntry[Field] };

/** Most entries have nothing in most fields: they share it. */
export const noSpecs: Specs = Object.freeze({});
export const noNames: readonly string[] = Object.freeze([]);
const noPeers: ReadonlySet<string> = new Set();

/** Dependencies in all: 10,000 real packages have 40,000. */
const dependenciesMax = 2_000_000;

/**
 * The entries, the project first whether it is listed or not.
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function readEntries(file: string, packages: JsonObject): readonly NpmEntry[] {
  const locations = Object.keys(packages);
  if (locations.length > limits.packagesMax)
    throw malformed(file, `${locations.length} packages, more than ${limits.packagesMax}`);
  const reader = new EntryReader(file);
  const project = Object.hasOwn(packages, '') ? packages[''] : {};
  const entries = [reader.read('', project)];
  for (const location of locations)
    if (location !== '') entries.push(reader.read(location, packages[location]));
  return entries;
}

class EntryReader {
  readonly #file: string;
  /** Names found possible so far: the same few thousand come up again and again. */
  readonly #names = new Set<string>();
  #dependencies = 0;

  constructor(file: string) {
    this.#file = file;
  }

  read(location: string, value: JsonValue | undefined): NpmEntry {
    if (!isRelativePath(location))
      throw malformed(this.#file, `${quoted(location)} is no place inside a project`);
    if (!isObject(value)) throw malformed(this.#file, `${quoted(location)} is not an object`);
    const entry: Fields = {
      location,
      place: placeOf(location),
      name: undefined,
      version: undefined,
      resolved: undefined,
      integrity: undefined,
      link: false,
      flags: 0,
      hasInstallScript: false,
      platform: undefined,
      dependencies: noSpecs,
      devDependencies: noSpecs,
      optionalDependencies: noSpecs,
      peerDependencies: noSpecs,
      optionalPeers: noPeers,
      bundled: noNames,
      declaresWorkspaces: false,
    };
    let bundle: JsonValue | undefined;
    for (const key of Object.keys(value)) {
      const found = value[key];
      // As everywhere in a lockfile, null counts as absent.
      if (found === undefined || found === null) continue;
      if (key === 'bundleDependencies') bundle = found;
      else this.#readField(entry, key, found);
    }
    if (bundle !== undefined)
      entry.bundled =
        typeof bundle !== 'boolean'
          ? this.#list(location, 'bundleDependencies', bundle)
          : bundle
            ? Object.keys(entry.dependencies)
            : noNames;
    if (entry.place !== undefined && !entry.link) this.#checkName(location, entry.place.name);
    if (entry.optionalDependencies !== noSpecs && entry.dependencies !== noSpecs)
      entry.dependencies = without(entry.dependencies, entry.optionalDependencies);
    return entry;
  }

  #readField(entry: Fields, key: string, found: JsonValue): void {
    const { location } = entry;
    switch (key) {
      case 'name':
      case 'version':
      case 'integrity':
        entry[key] = this.#text(location, key, found);
        break;
      case 'resolved':
        // npm 5 and 6 wrote `"resolved": false` for what lies inside another tarball.
        if (found !== false) entry.resolved = this.#text(location, key, found);
        break;
      case 'link':
      case 'hasInstallScript':
        entry[key] = this.#flag(location, key, found);
        break;
      case 'dev':
      case 'optional':
      case 'devOptional':
      case 'peer':
        if (this.#flag(location, key, found)) entry.flags |= way[key];
        break;
      case 'os':
      case 'cpu':
      case 'libc': {
        const list = this.#list(location, key, found);
        if (list.length > 0)
          entry.platform = { ...(entry.platform ?? { os: [], cpu: [], libc: [] }), [key]: list };
        break;
      }
      case 'dependencies':
      case 'devDependencies':
      case 'optionalDependencies':
      case 'peerDependencies':
        entry[key] = this.#specs(location, key, found);
        break;
      case 'peerDependenciesMeta': {
        if (!isObject(found)) throw this.#wrong(location, key, 'an object');
        const optional = Object.keys(found).filter((name) => isOptional(found[name]));
        if (optional.length > 0) entry.optionalPeers = new Set(optional);
        break;
      }
      case 'workspaces':
        entry.declaresWorkspaces = true;
        break;
      default:
    }
  }

  #checkName(location: string, name: string): void {
    if (this.#names.has(name)) return;
    packageName(this.#file, location, name);
    this.#names.add(name);
  }

  #text(location: string, key: string, found: JsonValue): string | undefined {
    if (typeof found !== 'string') throw this.#wrong(location, key, 'a string');
    return found === '' ? undefined : found;
  }

  #flag(location: string, key: string, found: JsonValue): boolean {
    if (typeof found !== 'boolean') throw this.#wrong(location, key, 'true or false');
    return found;
  }

  #list(location: string, key: string, found: JsonValue): readonly string[] {
    const items = typeof found === 'string' ? [found] : found;
    if (!isStrings(items)) throw this.#wrong(location, key, 'a list of strings');
    return items === found ? [...items] : items;
  }

  #specs(location: string, key: string, found: JsonValue): Specs {
    if (!isObject(found)) throw this.#wrong(location, key, 'an object');
    for (const name of Object.keys(found)) {
      if (!this.#names.has(name)) {
        if (!isPackageName(name))
          throw malformed(
            this.#file,
            `"${key}" of ${quoted(location)} has the impossible name ${quoted(name)}`,
          );
        this.#names.add(name);
      }
      if (typeof found[name] !== 'string')
        throw malformed(this.#file, `"${key}" of ${quoted(location)}: ${quoted(name)} is not a string`);
      if (++this.#dependencies > dependenciesMax)
        throw malformed(this.#file, `more than ${dependenciesMax} dependencies`);
    }
    return found as Specs;
  }

  #wrong(location: string, key: string, expected: string): Error {
    return malformed(this.#file, `"${key}" of ${quoted(location)} is not ${expected}`);
  }
}

function isOptional(about: JsonValue | undefined): boolean {
  return isObject(about) && Object.hasOwn(about, 'optional') && about.optional === true;
}

function isStrings(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function without(specs: Specs, others: Specs): Specs {
  const names = Object.keys(specs);
  if (!names.some((name) => Object.hasOwn(others, name))) return specs;
  return Object.fromEntries(
    names.filter((name) => !Object.hasOwn(others, name)).map((name) => [name, specs[name]!]),
  );
}
