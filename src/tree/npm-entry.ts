import { isObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { malformed } from './failure.ts';
import type { Flags } from './graph.ts';
import { isPackageName, isRelativePath, quoted } from './identity.ts';
import type { PackageNode } from './types.ts';

type Specs = Readonly<Record<string, string>>;

/** One entry of `packages` in a package-lock.json, every field of its right type. */
export interface NpmEntry {
  readonly location: string;
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly resolved: string | undefined;
  readonly integrity: string | undefined;
  readonly link: boolean;
  readonly flags: Flags;
  readonly hasInstallScript: boolean;
  readonly platform: PackageNode['platform'];
  readonly dependencies: Specs;
  readonly devDependencies: Specs;
  readonly optionalDependencies: Specs;
  readonly peerDependencies: Specs;
  readonly optionalPeers: readonly string[];
  /** Names inside its own tarball. */
  readonly bundled: readonly string[];
  readonly declaresWorkspaces: boolean;
}

/** @throws {VerifyDepsError} `lockfile-malformed` */
export function readEntries(file: string, packages: JsonObject): ReadonlyMap<string, NpmEntry> {
  const locations = Object.keys(packages);
  if (locations.length > limits.packagesMax)
    throw malformed(file, `${locations.length} packages, more than ${limits.packagesMax}`);
  const entries = new Map<string, NpmEntry>();
  for (const location of locations) {
    if (!isRelativePath(location)) throw malformed(file, `${quoted(location)} is no place inside a project`);
    const value = packages[location];
    if (!isObject(value)) throw malformed(file, `${quoted(location)} is not an object`);
    entries.set(location, readEntry(file, location, value));
  }
  return entries;
}

function readEntry(file: string, location: string, value: JsonObject): NpmEntry {
  const wrong = (key: string, expected: string): Error =>
    malformed(file, `"${key}" of ${quoted(location)} is not ${expected}`);
  const text = (key: string): string | undefined => {
    const found = member(value, key);
    if (found === undefined || typeof found === 'string') return found === '' ? undefined : found;
    // npm 5 and 6 wrote `"resolved": false` for what lies inside another tarball.
    if (key === 'resolved' && found === false) return undefined;
    throw wrong(key, 'a string');
  };
  const flag = (key: string): boolean => {
    const found = member(value, key);
    if (found !== undefined && typeof found !== 'boolean') throw wrong(key, 'true or false');
    return found === true;
  };
  const list = (key: string): readonly string[] => {
    const found = member(value, key);
    const items = typeof found === 'string' ? [found] : (found ?? []);
    if (!isStrings(items)) throw wrong(key, 'a list of strings');
    return items;
  };
  const specs = (key: string): Specs => {
    const found = member(value, key);
    if (found === undefined) return {};
    if (!isObject(found)) throw wrong(key, 'an object');
    for (const [name, spec] of Object.entries(found)) {
      if (!isPackageName(name))
        throw malformed(file, `"${key}" of ${quoted(location)} has the impossible name ${quoted(name)}`);
      if (typeof spec !== 'string')
        throw malformed(file, `"${key}" of ${quoted(location)}: ${quoted(name)} is not a string`);
    }
    return found as Specs;
  };
  const dependencies = specs('dependencies');
  const bundle = member(value, 'bundleDependencies');
  const [os, cpu, libc] = [list('os'), list('cpu'), list('libc')];
  const meta = member(value, 'peerDependenciesMeta') ?? {};
  if (!isObject(meta)) throw wrong('peerDependenciesMeta', 'an object');
  return {
    location,
    name: text('name'),
    version: text('version'),
    resolved: text('resolved'),
    integrity: text('integrity'),
    link: flag('link'),
    flags: {
      dev: flag('dev'),
      optional: flag('optional'),
      devOptional: flag('devOptional'),
      peer: flag('peer'),
    },
    hasInstallScript: flag('hasInstallScript'),
    platform: os.length + cpu.length + libc.length === 0 ? undefined : { os, cpu, libc },
    dependencies,
    devDependencies: specs('devDependencies'),
    optionalDependencies: specs('optionalDependencies'),
    peerDependencies: specs('peerDependencies'),
    optionalPeers: Object.entries(meta).flatMap(([name, about]) =>
      isObject(about) && member(about, 'optional') === true ? [name] : [],
    ),
    bundled:
      typeof bundle === 'boolean' ? (bundle ? Object.keys(dependencies) : []) : list('bundleDependencies'),
    declaresWorkspaces: member(value, 'workspaces') !== undefined,
  };
}

function isStrings(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** What of an entry decides how dependencies resolve, in the words of the lockfile. */
export function forResolution(entry: NpmEntry): object {
  if (entry.link) return { link: true, resolved: entry.resolved ?? '' };
  return {
    ...(entry.location === '' ? { name: 'project' } : {}),
    dependencies: entry.dependencies,
    // npm follows them for the project and its workspaces only.
    ...(isInstalled(entry.location) ? {} : { devDependencies: entry.devDependencies }),
    optionalDependencies: entry.optionalDependencies,
    peerDependencies: entry.peerDependencies,
    // Without one, Arborist finds a value for a dependency named `constructor` in Object.prototype, and fails.
    acceptDependencies: Object.create(null),
    peerDependenciesMeta: Object.fromEntries(entry.optionalPeers.map((name) => [name, { optional: true }])),
  };
}

const installed = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)$/;

/** True for a location in a node_modules folder, false for the project, a workspace or another folder. */
export function isInstalled(location: string): boolean {
  return installed.test(location);
}

/** The name it is installed under: `@scope/name` of `node_modules/a/node_modules/@scope/name`. */
export function installName(location: string): string | undefined {
  return installed.exec(location)?.[1];
}

/** The location of the package whose node_modules folder it lies in. */
export function parentLocation(location: string): string {
  return location.replace(installed, '');
}
