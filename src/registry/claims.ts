/**
 * What a package.json says about how a package is installed, in one form for every place where it is written: registries,
 * publishing tools and package managers spell the same facts in several ways.
 */
import path from 'node:path';
import { isObject, type JsonObject, type JsonValue, member } from '../core/json.ts';

export const INSTALL_SCRIPTS = ['preinstall', 'install', 'postinstall'] as const;
export type InstallScript = (typeof INSTALL_SCRIPTS)[number];

/** Name to range, alias or place. */
export type Specs = ReadonlyMap<string, string>;

export interface ManifestClaims {
  /** Without those that are optional as well. */
  readonly dependencies: Specs;
  readonly optionalDependencies: Specs;
  readonly peerDependencies: Specs;
  /** Peers that may be missing, whether or not they have a range. */
  readonly optionalPeers: readonly string[];
  /** Sorted. */
  readonly bundled: readonly string[];
  /** Command to path. */
  readonly bin: ReadonlyMap<string, string>;
  /** Folder of which each file is a command, where that is said instead. */
  readonly binFolder: string | undefined;
  readonly scripts: ReadonlyMap<InstallScript, string>;
  /** `false` tells npm that a binding.gyp is not to be built. */
  readonly gypfile: boolean | undefined;
}

const ENTRIES_MAX = 5_000;

export function claimsOf(manifest: JsonObject): ManifestClaims {
  const optionalDependencies = specsOf(member(manifest, 'optionalDependencies'));
  const all = specsOf(member(manifest, 'dependencies'));
  const dependencies = new Map([...all].filter(([name]) => !optionalDependencies.has(name)));
  const meta = member(manifest, 'peerDependenciesMeta');
  const gypfile = member(manifest, 'gypfile');
  const folder = member(objectOr(member(manifest, 'directories')), 'bin');
  const bin = binOf(member(manifest, 'bin'), textOr(member(manifest, 'name')));
  return {
    dependencies,
    optionalDependencies,
    peerDependencies: specsOf(member(manifest, 'peerDependencies')),
    optionalPeers: Object.keys(objectOr(meta)).slice(0, ENTRIES_MAX),
    bundled: bundledOf(manifest, [...all.keys(), ...optionalDependencies.keys()]),
    bin,
    binFolder: bin.size === 0 && typeof folder === 'string' ? insidePath(folder) : undefined,
    scripts: scriptsOf(objectOr(member(manifest, 'scripts'))),
    gypfile: typeof gypfile === 'boolean' ? gypfile : undefined,
  };
}

/** Command to path, with the files of a folder of commands. @param files  paths in the tarball */
export function commandsOf(claims: ManifestClaims, files: Iterable<string>): ReadonlyMap<string, string> {
  if (claims.binFolder === undefined) return claims.bin;
  const commands = new Map<string, string>();
  const folder = `${claims.binFolder}/`;
  for (const file of files) {
    if (file.startsWith(folder)) commands.set(file.slice(file.lastIndexOf('/') + 1), file);
  }
  return commands;
}

function specsOf(value: JsonValue | undefined): Specs {
  const specs = new Map<string, string>();
  // The oldest packages list names, or one name, and take any version.
  const listed = typeof value === 'string' ? value.split(/,?\s+/) : Array.isArray(value) ? value : undefined;
  if (listed !== undefined) {
    for (const item of listed.slice(0, ENTRIES_MAX)) {
      const [name, ...spec] = typeof item === 'string' ? item.trim().split(/[:@\s=<>~^]/) : [''];
      if (name !== undefined && name !== '') specs.set(name, normalSpec(spec.join('')));
    }
    return specs;
  }
  for (const [name, spec] of Object.entries(objectOr(value)).slice(0, ENTRIES_MAX)) {
    if (typeof spec === 'string') specs.set(name.trim(), normalSpec(spec));
  }
  return specs;
}

const GITHUB =
  /^(?:(?:git\+)?(?:https?|ssh|git):\/\/(?:[^@/]*@)?github\.com[/:]|git@github\.com:|github:)?([\w.-]+\/[\w.-]+?)(?:\.git)?(#.*)?$/;

/** One spelling for a repository on GitHub, which npm writes in its own; everything else as it is. */
export function normalSpec(text: string): string {
  const spec = text.trim();
  const [, repository, ref = ''] = spec.startsWith('.') ? [] : (GITHUB.exec(spec) ?? []);
  if (repository !== undefined) return `github:${repository}${ref}`;
  return spec === '' ? '*' : spec;
}

function bundledOf(manifest: JsonObject, all: readonly string[]): readonly string[] {
  const value = member(manifest, 'bundleDependencies') ?? member(manifest, 'bundledDependencies');
  if (value === true) return [...new Set(all)].sort();
  const names = Array.isArray(value) ? value : isObject(value) ? Object.keys(value) : [value];
  const texts = names.filter((name): name is string => typeof name === 'string' && name.trim() !== '');
  return [...new Set(texts.slice(0, ENTRIES_MAX).map((name) => name.trim()))].sort();
}

function binOf(value: JsonValue | undefined, name: string | undefined): ReadonlyMap<string, string> {
  const bin = new Map<string, string>();
  const add = (command: string, file: JsonValue | undefined): void => {
    // As npm does it: the last segment of the name, and a place inside the package, whatever stands there.
    const key = path.posix.basename(command.replace(/[\\:]/g, '/'));
    const place = typeof file === 'string' ? insidePath(file) : '';
    if (key !== '' && key !== '.' && place !== '') bin.set(key, place);
  };
  if (typeof value === 'string') {
    if (name !== undefined) add(name, value);
  } else if (Array.isArray(value)) {
    for (const item of value.slice(0, ENTRIES_MAX)) if (typeof item === 'string') add(item, item);
  } else {
    for (const [command, file] of Object.entries(objectOr(value)).slice(0, ENTRIES_MAX)) add(command, file);
  }
  return bin;
}

/** `./bin/../cli.js` is `cli.js`; what leads out of the package is brought back into it, as npm does. */
function insidePath(text: string): string {
  return path.posix.join('/', text.trim().replace(/\\/g, '/')).slice(1).replace(/\/$/, '');
}

function scriptsOf(scripts: JsonObject): ReadonlyMap<InstallScript, string> {
  const found = new Map<InstallScript, string>();
  for (const name of INSTALL_SCRIPTS) {
    const text = textOr(member(scripts, name));
    if (text !== undefined) found.set(name, text);
  }
  return found;
}

function textOr(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function objectOr(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}
