import { type NpmEntry, noSpecs, type Specs } from './npm-entry.ts';
import type { Listing, Nesting } from './npm-nesting.ts';

export type EdgeType = 'prod' | 'dev' | 'optional' | 'peer' | 'peerOptional';

/** Called for each dependency that is found, with the numbers of who asks and of what is found. */
export type EdgeVisitor = (from: number, to: number, type: EdgeType, name: string, spec: string) => void;

/**
 * Resolves the dependencies among the entries of a lockfile as npm does: by name, in the node_modules folder of the package
 * that asks, then outwards. Whether what is found satisfies the range decides nothing; nor do overrides, which change
 * ranges. Of a name that is listed in several ways the last of these counts: as peer, optional peer, production, optional,
 * development dependency. Development dependencies count in the project and in folders outside of node_modules.
 * @param fold  the `nameFolder` of the nesting
 */
export function resolveEdges(
  { entries, links, targets }: Listing,
  { outer, inner, apart }: Nesting,
  fold: (name: string) => string,
  visit: EdgeVisitor,
): void {
  const asked = new Dependencies(fold);
  for (let from = 0; from < links; from++) {
    if (apart[from] === 1) continue;
    asked.read(entries[from]!);
    for (let i = 0; i < asked.count; i++) {
      const name = asked.names[i];
      if (name === undefined) continue;
      const folded = asked.folded[i]!;
      for (let at = from; at >= 0; at = outer[at]!) {
        const found = inner[at]?.get(folded);
        if (found === undefined) continue;
        visit(from, found < links ? found : targets[found - links]!, asked.types[i]!, name, asked.specs[i]!);
        break;
      }
    }
  }
}

/** What one package asks for, in the order in which npm comes to it; used for one after the other. */
class Dependencies {
  count = 0;
  readonly names: (string | undefined)[] = [];
  readonly folded: string[] = [];
  readonly specs: string[] = [];
  readonly types: EdgeType[] = [];
  /** Where a name stands, counted from the first package on: what stands before `#start` is of another one. */
  readonly #places = new Map<string, number>();
  #start = 0;
  readonly #fold: (name: string) => string;

  constructor(fold: (name: string) => string) {
    this.#fold = fold;
  }

  read(entry: NpmEntry): void {
    const { peerDependencies, optionalPeers } = entry;
    this.#start += this.count;
    this.count = 0;
    if (peerDependencies !== noSpecs) {
      this.#add(peerDependencies, 'peer', optionalPeers, false);
      if (optionalPeers.size > 0) this.#add(peerDependencies, 'peerOptional', optionalPeers, true);
    }
    if (entry.dependencies !== noSpecs) this.#add(entry.dependencies, 'prod');
    if (entry.optionalDependencies !== noSpecs) this.#add(entry.optionalDependencies, 'optional');
    if (entry.place === undefined && entry.devDependencies !== noSpecs)
      this.#add(entry.devDependencies, 'dev');
  }

  /** @param some  if given, only names that are (or are not) among these */
  #add(specs: Specs, type: EdgeType, some?: ReadonlySet<string>, among?: boolean): void {
    for (const name of Object.keys(specs)) {
      if (some !== undefined && some.has(name) !== among) continue;
      const folded = this.#fold(name);
      const former = this.#places.get(folded);
      if (former !== undefined && former >= this.#start) this.names[former - this.#start] = undefined;
      this.#places.set(folded, this.#start + this.count);
      this.names[this.count] = name;
      this.folded[this.count] = folded;
      this.specs[this.count] = specs[name]!;
      this.types[this.count] = type;
      this.count++;
    }
  }
}
