import { isObject, type JsonObject, member } from '../core/json.ts';
import { isPackageName } from './identity.ts';
import type { NpmEntry, Specs } from './npm-entry.ts';

/** What a name that stands in several of them is, as npm has it: the first of these. */
const groups = ['devDependencies', 'optionalDependencies', 'dependencies', 'peerDependencies'] as const;

/**
 * The project with what its package.json asks for: npm goes by that, and `npm ci` takes a lockfile that lists the same
 * version as another kind of dependency. Where the two disagree it is a production dependency, which no filter drops; so a
 * lockfile alone cannot make one of package.json pass for a development dependency.
 */
export function askingProject(project: NpmEntry, manifest: JsonObject | undefined): NpmEntry {
  if (manifest === undefined) return project;
  const needed: Record<string, string> = {};
  for (const group of groups) {
    const specs = member(manifest, group);
    if (!isObject(specs)) continue;
    for (const name of Object.keys(specs)) {
      const spec = specs[name];
      if (!isPackageName(name) || typeof spec !== 'string') continue;
      const listed = groupOf(project, name);
      if (listed === group || listed === 'dependencies' || groupOf(manifest, name) !== group) continue;
      if (listed !== undefined) needed[name] = project[listed][name]!;
      else if (group !== 'devDependencies') needed[name] = spec;
    }
  }
  if (Object.keys(needed).length === 0) return project;
  return {
    ...project,
    dependencies: { ...project.dependencies, ...needed },
    devDependencies: without(project.devDependencies, needed),
    optionalDependencies: without(project.optionalDependencies, needed),
  };
}

function groupOf(asking: object, name: string): (typeof groups)[number] | undefined {
  return groups.find((group) => {
    const specs = (asking as Partial<Record<string, unknown>>)[group];
    return typeof specs === 'object' && specs !== null && Object.hasOwn(specs, name);
  });
}

function without(specs: Specs, others: Specs): Specs {
  return Object.fromEntries(Object.entries(specs).filter(([name]) => !Object.hasOwn(others, name)));
}
