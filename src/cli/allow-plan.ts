/**
 * What an allow list of install scripts should say: exactly the versions that passed, each by name and version. npm's
 * `allowScripts` and pnpm's `allowBuilds` have the same form: `name`, `name@1.2.3` or `name@1.2.3 || 1.2.4`, true or false.
 */
import valid from 'semver/functions/valid.js';
import type { Standing } from '../report/scripts.ts';

export type RemovalReason =
  /** The policy does not hold for it, or nobody signed for it. */
  | 'fails'
  /** It allows versions that nobody has looked at yet. */
  | 'any-version'
  /** Nothing in the lockfile runs scripts under this name and version. */
  | 'not-needed'
  /** The package manager's own question, answered now. */
  | 'answered';

export interface AllowPlan {
  /** What the list says afterwards, old entries in their old order, new ones sorted. */
  readonly entries: ReadonlyMap<string, unknown>;
  readonly added: readonly string[];
  readonly removed: readonly { readonly entry: string; readonly why: RemovalReason }[];
  /** Passed, but somebody has forbidden them by hand: that stands. */
  readonly denied: readonly string[];
  /** Entries that are no plain name and version, left to whoever wrote them. */
  readonly left: readonly string[];
}

type Standings = ReadonlyMap<string, ReadonlyMap<string, Standing>>;

interface Spec {
  readonly name: string;
  /** Undefined: any. */
  readonly versions: readonly string[] | undefined;
}

const NAME = /^(?:@[a-z0-9~!'()_.-]+\/)?[a-z0-9~!'()_-][a-z0-9~!'()_.-]*$/i;

export function planAllowList(current: ReadonlyMap<string, unknown>, standings: Standings): AllowPlan {
  const entries = new Map<string, unknown>();
  const removed: { entry: string; why: RemovalReason }[] = [];
  const left: string[] = [];
  const denies: Spec[] = [];
  const allows: Spec[] = [];
  for (const [entry, value] of current) {
    const spec = specOf(entry);
    const why = spec === undefined ? undefined : reasonToRemove(spec, value, standings);
    if (why !== undefined) {
      removed.push({ entry, why });
      continue;
    }
    entries.set(entry, value);
    if (spec === undefined) left.push(entry);
    else if (value === false) denies.push(spec);
    else if (value === true) allows.push(spec);
  }
  const denied: string[] = [];
  const added: string[] = [];
  for (const [name, versions] of standings) {
    for (const [version, standing] of versions) {
      if (standing !== 'passed' || !NAME.test(name) || valid(version) !== version) continue;
      const covers = (spec: Spec): boolean => coversVersion(spec, name, version);
      if (denies.some(covers)) denied.push(`${name}@${version}`);
      else if (!allows.some(covers)) added.push(`${name}@${version}`);
    }
  }
  for (const entry of added.sort()) entries.set(entry, true);
  return { entries, added, removed, denied: denied.sort(), left };
}

function reasonToRemove(spec: Spec, value: unknown, standings: Standings): RemovalReason | undefined {
  if (value === false) return undefined;
  const known = [...(standings.get(spec.name)?.values() ?? [])];
  // Neither yes nor no: pnpm writes a question in its place.
  if (value !== true) return known.includes('passed') ? 'answered' : undefined;
  if (spec.name.includes('*')) return 'any-version';
  if (spec.versions === undefined) {
    if (known.some((standing) => standing === 'failed' || standing === 'foreign')) return 'fails';
    return known.includes('undecided') ? undefined : 'any-version';
  }
  const named = spec.versions.map((version) => standings.get(spec.name)?.get(version));
  if (named.some((standing) => standing === 'failed' || standing === 'foreign')) return 'fails';
  return named.includes(undefined) ? 'not-needed' : undefined;
}

function coversVersion(spec: Spec, name: string, version: string): boolean {
  return matchesName(spec.name, name) && (spec.versions?.includes(version) ?? true);
}

/** A `*` stands for any run of characters, as in pnpm's matcher. Linear: the pieces are looked for from left to right. */
function matchesName(pattern: string, name: string): boolean {
  const [first, ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === name;
  if (!name.startsWith(first!)) return false;
  const last = rest.pop()!;
  let at = first!.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/** Undefined for what is no name with exact versions: a URL, a path, a range, a tag. */
function specOf(entry: string): Spec | undefined {
  const split = entry.indexOf('@', 1);
  const name = split < 0 ? entry : entry.slice(0, split);
  if (!NAME.test(name.replaceAll('*', 'x'))) return undefined;
  if (split < 0) return { name, versions: undefined };
  const text = entry.slice(split + 1).trim();
  if (text === '' || text === '*') return { name, versions: undefined };
  const versions = text.split('||').map((version) => version.trim());
  return versions.every((version) => valid(version) === version) ? { name, versions } : undefined;
}
