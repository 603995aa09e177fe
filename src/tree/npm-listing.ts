import { malformed } from './failure.ts';
import { way } from './graph.ts';
import { isRelativePath, quoted } from './identity.ts';
import type { NpmEntry } from './npm-entry.ts';
import type { Listing } from './npm-nesting.ts';

/**
 * Numbers the entries, the project first and links last, and finds what the links stand for. What npm wrote down for an
 * optional package that it could not find is left out: it has no version, URL or digest, and npm installs nothing for it.
 * @param entries  the project first
 * @throws {VerifyDepsError} `lockfile-malformed`
 */
export function listingOf(file: string, entries: readonly NpmEntry[]): Listing {
  if (entries[0]?.link === true) throw malformed(file, 'the project is a link');
  const nodes = entries.filter((entry) => !entry.link && !isVacant(entry));
  const linked = entries.filter((entry) => entry.link);
  const all = linked.length === 0 ? nodes : [...nodes, ...linked];
  const numbers = new Map<string, number>();
  let node = 0;
  let link = nodes.length;
  for (const entry of entries) {
    if (entry.link) numbers.set(entry.location, link++);
    else if (entry === nodes[node]) numbers.set(entry.location, node++);
  }
  const targets = linked.map((link) => targetOf(file, link, numbers, nodes.length));
  return { entries: all, links: nodes.length, numbers, targets };
}

function isVacant({ place, version, resolved, integrity, flags }: NpmEntry): boolean {
  return (
    place !== undefined &&
    (version ?? resolved ?? integrity) === undefined &&
    (flags & (way.optional | way.devOptional)) !== 0
  );
}

function targetOf(
  file: string,
  { location, resolved }: NpmEntry,
  numbers: ReadonlyMap<string, number>,
  links: number,
): number {
  const target = resolved === undefined || resolved === '.' ? '' : resolved.replace(/^\.\//, '');
  if (!isRelativePath(target))
    throw malformed(file, `${quoted(location)} links to an impossible place: ${quoted(target)}`);
  const found = numbers.get(target);
  if (found === undefined)
    throw malformed(file, `${quoted(location)} links to ${quoted(target)}, which the lockfile does not list`);
  if (found >= links) throw malformed(file, `${quoted(location)} links to another link`);
  return found;
}
