import type { Edges } from './graph.ts';
import type { Listing } from './npm-nesting.ts';

/**
 * Which entries lie inside the tarball of another one, by npm's own rule and not by the `inBundle` mark, which npm
 * ignores: listed in the `bundleDependencies` of the package they are nested in, or needed from inside that bundle and
 * nested in the same package. What the project itself bundles is downloaded like everything else.
 * @returns  number of the entry -> location of the package whose tarball it is in
 */
export function bundledWithin({ entries, numbers }: Listing, edges: Edges): ReadonlyMap<number, string> {
  const within = new Map<number, string>();
  const bundlers: number[] = [];
  for (const [n, { bundled, place }] of entries.entries())
    if (bundled.length > 0 && place !== undefined) bundlers.push(n);
  if (bundlers.length === 0) return within;

  const nested = new Map<string, number[]>();
  for (const [n, { place }] of entries.entries()) if (place !== undefined) append(nested, place.within, n);
  const needs = new Map<number, number[]>();
  for (let i = 0; i < edges.from.length; i++) append(needs, edges.from[i]!, edges.to[i]!);

  // Outer packages first: a bundle inside a bundle lies in the outer tarball.
  const location = (n: number): string => entries[n]!.location;
  for (const bundler of bundlers.sort((a, b) => location(a).length - location(b).length)) {
    if (within.has(bundler)) continue;
    const at = location(bundler);
    const queue = entries[bundler]!.bundled.map((name) => numbers.get(`${at}/node_modules/${name}`));
    while (queue.length > 0) {
      const n = queue.pop();
      if (n === undefined || within.has(n)) continue;
      within.set(n, at);
      for (const child of nested.get(location(n)) ?? []) queue.push(child);
      for (const need of needs.get(n) ?? []) if (entries[need]!.place?.within === at) queue.push(need);
    }
  }
  return within;
}

function append<K>(lists: Map<K, number[]>, key: K, n: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [n]);
  else list.push(n);
}
