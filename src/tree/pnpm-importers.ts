import path from 'node:path';
import { malformed, unsupported } from './failure.ts';
import { isPackageName, isRelativePath, quoted } from './identity.ts';
import { type FieldReader, field, isMap, type YamlObject } from './yaml.ts';

/** A dependency as an importer or a snapshot lists it. */
export interface Reference {
  /** Name it is installed under. */
  readonly name: string;
  /** Version, dependency path, URL or `link:`. */
  readonly ref: string;
  readonly dev: boolean;
  readonly optional: boolean;
  /** Installed by pnpm for itself, in a place of its own. */
  readonly own?: true;
}

const groups: Readonly<Record<string, Pick<Reference, 'dev' | 'optional' | 'own'>>> = {
  dependencies: { dev: false, optional: false },
  devDependencies: { dev: true, optional: false },
  optionalDependencies: { dev: false, optional: true },
  // pnpm installs these for itself, and loads code from them.
  configDependencies: { dev: false, optional: false, own: true },
  packageManagerDependencies: { dev: false, optional: false, own: true },
};
const notInstalled = new Set([
  'skippedOptionalDependencies',
  'transitivePeerDependencies',
  'peerDependencies',
]);

/** The projects of the lockfile by path; `` is the root. A lockfile 6.x of one project has no `importers`. */
export function importersOf(
  file: string,
  document: YamlObject,
  read: FieldReader,
): ReadonlyMap<string, readonly Reference[]> {
  const importers = new Map<string, readonly Reference[]>();
  if (field(document, 'importers') === undefined) {
    importers.set('', referencesOf(file, '.', document, read));
    return importers;
  }
  for (const [key, value] of Object.entries(read.map(document, 'importers', '.'))) {
    const at = key === '.' ? '' : key;
    if (key === '' || !isRelativePath(at))
      throw malformed(file, `importer ${quoted(key)} is no place of a project`);
    if (value !== null && !isMap(value)) throw malformed(file, `importer ${quoted(key)} is not a mapping`);
    importers.set(at, value === null ? [] : referencesOf(file, key, value, read));
  }
  return importers;
}

/** All dependencies of an importer or snapshot. @throws {VerifyDepsError} for a kind of dependency nobody knows */
export function referencesOf(
  file: string,
  where: string,
  value: YamlObject,
  read: FieldReader,
): readonly Reference[] {
  const references: Reference[] = [];
  for (const key of Object.keys(value)) {
    const group = Object.hasOwn(groups, key) ? groups[key] : undefined;
    if (group === undefined) {
      if (!/Dependencies$/.test(key) || notInstalled.has(key)) continue;
      if (['patchedDependencies', 'bundledDependencies', 'ignoredOptionalDependencies'].includes(key))
        continue;
      throw unsupported(
        file,
        `${quoted(where)} has ${quoted(key)}, which is not read`,
        'use a version of verify-deps that reads lockfiles of this version of pnpm',
      );
    }
    for (const [name, about] of Object.entries(read.map(value, key, where))) {
      const ref = isMap(about) ? field(about, 'version') : about;
      if (!isPackageName(name) && !isPath(name, ref))
        throw malformed(file, `${quoted(key)} of ${quoted(where)} has the impossible name ${quoted(name)}`);
      if (typeof ref !== 'string' || ref === '')
        throw malformed(file, `${quoted(key)} of ${quoted(where)}: ${quoted(name)} has no version`);
      references.push({ name, ref, ...group });
    }
  }
  return references;
}

function isPath(name: string, ref: unknown): boolean {
  return (
    typeof ref === 'string' &&
    ref.startsWith('link:') &&
    !/[\u0000-\u001f\u007f/\\%]/.test(name) &&
    name !== ''
  );
}

/**
 * What a `link:` stands for: a project of the workspace (or a folder it publishes from), or another folder.
 * @param from  path of the importer that has the link; the root's for a snapshot
 */
export function linkTarget(
  from: string,
  ref: string,
  workspaces: ReadonlySet<string>,
): { readonly kind: 'workspace' | 'directory'; readonly path: string } {
  const to = ref.slice('link:'.length);
  if (path.posix.isAbsolute(to)) return { kind: 'directory', path: to };
  const target = path.posix.join(from, to).replace(/\/$/, '');
  for (let at = target; at !== '.' && at !== '' && !at.endsWith('..'); at = path.posix.dirname(at))
    if (workspaces.has(at)) return { kind: 'workspace', path: at };
  return target === '.' ? { kind: 'workspace', path: '' } : { kind: 'directory', path: target };
}
