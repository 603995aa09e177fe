import type { ResolvedEdge } from './arborist.ts';
import { isInstalled, type NpmEntry, parentLocation } from './npm-entry.ts';

/**
 * Which entries lie inside the tarball of another one, by npm's own rule and not by the `inBundle` mark, which npm
 * ignores: listed in the `bundleDependencies` of the package they are nested in, or needed from inside that bundle and
 * nested in the same package. What the project itself bundles is downloaded like everything else.
 * @returns  location of the entry -> location of the package whose tarball it is in
 */
export function bundledWithin(
  entries: ReadonlyMap<string, NpmEntry>,
  edges: readonly ResolvedEdge[],
): ReadonlyMap<string, string> {
  const within = new Map<string, string>();
  const bundlers = [...entries.values()].filter(
    (entry) => entry.bundled.length > 0 && isInstalled(entry.location),
  );
  if (bundlers.length === 0) return within;

  const nested = new Map<string, string[]>();
  for (const location of entries.keys()) {
    if (!isInstalled(location)) continue;
    const parent = parentLocation(location);
    const list = nested.get(parent);
    if (list === undefined) nested.set(parent, [location]);
    else list.push(location);
  }
  const needs = new Map<string, string[]>();
  for (const { from, to } of edges) {
    const list = needs.get(from);
    if (list === undefined) needs.set(from, [to]);
    else list.push(to);
  }

  // Outer packages first: a bundle inside a bundle lies in the outer tarball.
  for (const bundler of bundlers.toSorted((a, b) => a.location.length - b.location.length)) {
    if (within.has(bundler.location)) continue;
    const queue = bundler.bundled.map((name) => `${bundler.location}/node_modules/${name}`);
    for (let location = queue.pop(); location !== undefined; location = queue.pop()) {
      if (!entries.has(location) || within.has(location)) continue;
      within.set(location, bundler.location);
      for (const child of nested.get(location) ?? []) queue.push(child);
      for (const need of needs.get(location) ?? [])
        if (isInstalled(need) && parentLocation(need) === bundler.location) queue.push(need);
    }
  }
  return within;
}
