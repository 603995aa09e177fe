import { type Edges, way } from './graph.ts';
import { type EdgeType, resolveEdges } from './npm-edges.ts';
import type { Listing, Nesting } from './npm-nesting.ts';
import type { Asked } from './npm-source.ts';
import {
  aliasedName,
  downloadTester,
  isPlainSpec,
  type Spec,
  type SpecReader,
  specReader,
} from './npm-spec.ts';

/** How the entries of a lockfile depend on one another, and what each is asked for by. */
export interface Asking {
  /** The project's own edges to itself are left out. */
  readonly edges: Edges;
  asked(n: number): Asked;
  /** For the place that an entry is taken from; undefined where that is a plain download. */
  readerFor(n: number): SpecReader | undefined;
}

const waysOfType: Readonly<Record<EdgeType, number>> = {
  prod: 0,
  dev: way.dev,
  optional: way.optional,
  peer: way.peer,
  peerOptional: way.peer | way.optional,
};
const plainly: Asked = { any: true, specs: [] };
const unasked: Asked = { any: false, specs: [] };

/**
 * @param fold        the `nameFolder` of the nesting
 * @param workspaces  what the project has without asking for it
 */
export async function askingOf(
  listing: Listing,
  nesting: Nesting,
  fold: (name: string) => string,
  workspaces: readonly number[],
): Promise<Asking> {
  const { entries, links } = listing;
  const from: number[] = [];
  const to: number[] = [];
  const ways: number[] = [];
  for (const n of workspaces) {
    from.push(0);
    to.push(n);
    ways.push(0);
  }
  const any = new Uint8Array(links);
  const plain = new Map<string, boolean>();
  const special: { readonly to: number; readonly name: string; readonly text: string }[] = [];
  resolveEdges(listing, nesting, fold, (asking, found, type, name, text) => {
    any[found] = 1;
    let isPlain = plain.get(text);
    if (isPlain === undefined) {
      isPlain = isPlainSpec(text);
      plain.set(text, isPlain);
    }
    if (!isPlain) special.push({ to: found, name, text });
    if (found === 0) return;
    from.push(asking);
    to.push(found);
    ways.push(waysOfType[type]);
  });

  const isDownload = downloadTester();
  const isStrange = (n: number): boolean => {
    const { place, resolved } = entries[n]!;
    return place !== undefined && resolved !== undefined && !isDownload(place.name, resolved);
  };
  const strange = new Set<number>();
  for (let n = 1; n < links; n++) if (isStrange(n)) strange.add(n);
  const aliases = special.map(({ name, text }) => aliasedName(name, text));
  const read = strange.size > 0 || aliases.includes(undefined) ? await specReader() : undefined;
  const specs = new Map<number, Asked & { readonly specs: Spec[] }>();
  for (const [i, { to: found, name, text }] of special.entries()) {
    const aliased = aliases[i];
    const spec: Spec = aliased === undefined ? read!(name, text) : { type: 'registry', aliased, text };
    const asked = specs.get(found);
    if (asked === undefined) specs.set(found, { any: true, specs: [spec] });
    else asked.specs.push(spec);
  }
  return {
    edges: { from, to, ways },
    asked: (n) => specs.get(n) ?? (any[n] === 1 ? plainly : unasked),
    readerFor: (n) => (strange.has(n) ? read : undefined),
  };
}
