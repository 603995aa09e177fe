import { isObject, type JsonObject, type JsonValue, member } from '../core/json.ts';
import { malformed } from './failure.ts';
import { isPackageName, quoted } from './identity.ts';
import { convertVersion1 } from './npm-convert.ts';
import { placeOf } from './npm-place.ts';

const dependencyKeys = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
] as const;

/**
 * The `packages` of a version 1 lockfile (npm 5 and 6), which has none: npm's own conversion, after every field has been
 * checked. Version 1 does not say what the project itself depends on; its package.json does. Without one, what no other
 * package requires counts as a direct dependency.
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export async function packagesOfVersion1(
  file: string,
  lockfile: JsonObject,
  manifest: JsonObject | undefined,
): Promise<JsonObject> {
  if (member(lockfile, 'packages') !== undefined)
    throw malformed(file, 'lockfileVersion 1 has no "packages": two versions are mixed');
  const dependencies = clean(file, '', member(lockfile, 'dependencies'));
  const packages = await convertVersion1({ lockfileVersion: 1, requires: true, dependencies });
  if (Object.keys(packages).length < countEntries(dependencies))
    throw malformed(file, 'npm loses entries when it converts lockfileVersion 1');
  nameBundles(packages);
  const root = manifest === undefined ? unrequired(dependencies) : declared(manifest);
  return { ...packages, '': { name: member(lockfile, 'name') ?? null, ...root } };
}

/** Version 1 marks what is bundled; later versions list it at the package that bundles. Same rule as npm's own. */
function nameBundles(packages: JsonObject): void {
  for (const [location, entry] of Object.entries(packages)) {
    const place = placeOf(location);
    if (place === undefined || !isObject(entry) || entry.inBundle !== true) continue;
    const { name, within } = place;
    const parent = packages[within] as Record<string, JsonValue> | undefined;
    if (!isObject(parent) || parent.inBundle === true) continue;
    const needed = [parent.dependencies, parent.optionalDependencies].some(
      (specs) => isObject(specs) && Object.hasOwn(specs, name),
    );
    if (!needed) continue;
    const list = (parent.bundleDependencies ?? []) as JsonValue[];
    parent.bundleDependencies = list;
    list.push(name);
  }
}

type Clean = Record<string, JsonObject>;

function clean(file: string, within: string, value: JsonValue | undefined): Clean {
  if (value === undefined) return {};
  if (!isObject(value)) throw malformed(file, `"dependencies" of ${quoted(within)} is not an object`);
  const result: Clean = {};
  for (const [name, entry] of Object.entries(value)) {
    const path = within === '' ? name : `${within} > ${name}`;
    if (!isPackageName(name)) throw malformed(file, `${quoted(path)} has an impossible package name`);
    if (!isObject(entry)) throw malformed(file, `${quoted(path)} is not an object`);
    result[name] = cleanEntry(file, path, entry);
  }
  return result;
}

function cleanEntry(file: string, path: string, entry: JsonObject): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const key of ['version', 'resolved', 'integrity', 'from'] as const) {
    const value = member(entry, key);
    if (value === undefined || value === false) continue;
    if (typeof value !== 'string') throw malformed(file, `"${key}" of ${quoted(path)} is not a string`);
    kept[key] = value;
  }
  for (const key of ['dev', 'optional', 'bundled'] as const) {
    const value = member(entry, key);
    if (value === undefined) continue;
    if (typeof value !== 'boolean') throw malformed(file, `"${key}" of ${quoted(path)} is not true or false`);
    kept[key] = value;
  }
  const requires = member(entry, 'requires');
  if (isObject(requires)) {
    for (const [name, spec] of Object.entries(requires)) {
      if (!isPackageName(name) || typeof spec !== 'string')
        throw malformed(file, `"requires" of ${quoted(path)}: ${quoted(name)} is not a dependency`);
    }
    kept.requires = requires;
  } else if (requires !== undefined && typeof requires !== 'boolean')
    throw malformed(file, `"requires" of ${quoted(path)} is not an object`);
  const dependencies = member(entry, 'dependencies');
  if (dependencies !== undefined) kept.dependencies = clean(file, path, dependencies);
  return kept;
}

function countEntries(entries: Clean): number {
  let count = 0;
  for (const entry of Object.values(entries))
    count += 1 + countEntries((member(entry, 'dependencies') ?? {}) as Clean);
  return count;
}

function declared(manifest: JsonObject): JsonObject {
  const root: Record<string, JsonValue> = {};
  for (const key of dependencyKeys) {
    const specs = member(manifest, key);
    if (!isObject(specs)) continue;
    // The package.json is not the lockfile: what is no dependency in it is left for npm to refuse.
    root[key] = Object.fromEntries(
      Object.entries(specs).filter(([name, spec]) => isPackageName(name) && typeof spec === 'string'),
    ) as JsonObject;
  }
  return root;
}

function unrequired(dependencies: Clean): JsonObject {
  const required = new Set<string>();
  const visit = (entries: Clean): void => {
    for (const entry of Object.values(entries)) {
      const requires = member(entry, 'requires');
      if (isObject(requires)) for (const name of Object.keys(requires)) required.add(name);
      const nested = member(entry, 'dependencies');
      if (nested !== undefined) visit(nested as Clean);
    }
  };
  visit(dependencies);
  const root = { dependencies: {}, devDependencies: {}, optionalDependencies: {} } as Record<
    string,
    Record<string, string>
  >;
  for (const [name, entry] of Object.entries(dependencies)) {
    if (required.has(name)) continue;
    const key = entry.dev === true ? 'dev' : entry.optional === true ? 'optional' : undefined;
    root[key === undefined ? 'dependencies' : `${key}Dependencies`]![name] = String(entry.version ?? '*');
  }
  return root;
}
