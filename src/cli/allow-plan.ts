/**
 * What an allow list of install scripts should say: exactly the versions that passed, each by name and version. npm's
 * `allowScripts` and pnpm's `allowBuilds` have the same form: `name`, `name@1.2.3` or `name@1.2.3 || 1.2.4`, true or false.
 * What each package manager makes of an entry was measured with npm 12, pnpm 10 and pnpm 12, see docs/scripts.md.
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
  | 'answered'
  /** Another entry forbids it: pnpm 10 does not heed that one, and would run it all the same. */
  | 'forbidden';

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
  /** Every package manager reads it in this way. */
  readonly isPlain: boolean;
}

const NAME = /^(?:@[a-z0-9~!'()_.-]+\/)?[a-z0-9~!'()_-][a-z0-9~!'()_.-]*$/i;

export function planAllowList(current: ReadonlyMap<string, unknown>, standings: Standings): AllowPlan {
  const entries = new Map<string, unknown>();
  const removed: { entry: string; why: RemovalReason }[] = [];
  const left: string[] = [];
  const denies = new Specs();
  const allows = new Specs();
  for (const [entry, value] of current) {
    const spec = specOf(entry);
    const why = spec === undefined ? undefined : reasonToRemove(spec, value, standings);
    if (why !== undefined) {
      removed.push({ entry, why });
      continue;
    }
    entries.set(entry, value);
    if (spec === undefined) left.push(entry);
    else if (value === false) denies.add(spec);
  }
  for (const [entry, value] of entries) {
    const spec = value === true ? specOf(entry) : undefined;
    if (spec === undefined) continue;
    if (isForbidden(spec, denies)) {
      entries.delete(entry);
      removed.push({ entry, why: 'forbidden' });
    } else if (spec.isPlain) allows.add(spec);
  }
  const denied: string[] = [];
  const added: string[] = [];
  for (const [name, versions] of standings) {
    for (const [version, standing] of versions) {
      if (standing !== 'passed' || !NAME.test(name) || valid(version) !== version) continue;
      if (denies.cover(name, version)) denied.push(`${name}@${version}`);
      else if (!allows.cover(name, version)) added.push(`${name}@${version}`);
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

/** Whether any of what an entry allows is forbidden: pnpm 10 would run that as well. */
function isForbidden({ name, versions }: Spec, denies: Specs): boolean {
  if (versions === undefined) return denies.about(name).length > 0;
  return versions.some((version) => denies.cover(name, version));
}

/** Entries by name: a list may be as long as the lockfile. */
class Specs {
  readonly #byName = new Map<string, Spec[]>();
  readonly #patterns: Spec[] = [];

  add(spec: Spec): void {
    const same = spec.name.includes('*') ? this.#patterns : this.#byName.get(spec.name);
    if (same === undefined) this.#byName.set(spec.name, [spec]);
    else same.push(spec);
  }

  about(name: string): readonly Spec[] {
    const patterns = this.#patterns.filter((spec) => matchesName(spec.name, name));
    return [...(this.#byName.get(name) ?? []), ...patterns];
  }

  cover(name: string, version: string): boolean {
    return this.about(name).some(({ versions }) => versions?.includes(version) ?? true);
  }
}

/**
 * A `*` stands for any run of characters. No package manager reads it so here; whoever has forbidden `left*` by hand meant
 * it, and what is meant to be forbidden is not added. Linear: the pieces are looked for from left to right.
 */
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

/**
 * Undefined for what is no name with exact versions: a URL, a path, a range, a tag. As lenient as the most lenient package
 * manager: with pnpm `left@v1.2.3`, `left@1.2.3+build` and `left@1.2.3(peer@2.0.0)` let 1.2.3 run.
 */
function specOf(entry: string): Spec | undefined {
  const split = entry.indexOf('@', 1);
  const name = split < 0 ? entry : entry.slice(0, split);
  if (!NAME.test(name.replaceAll('*', 'x'))) return undefined;
  if (split < 0) return { name, versions: undefined, isPlain: true };
  const text = entry.slice(split + 1).trim();
  if (text === '' || text === '*') return { name, versions: undefined, isPlain: true };
  const parts = text
    .replace(/\(.*$/s, '')
    .split('||')
    .map((part) => part.trim());
  const versions = parts.map((part) => valid(part));
  if (!versions.every((version) => version !== null)) return undefined;
  const isPlain = !text.includes('(') && parts.every((part, index) => part === versions[index]);
  return { name, versions, isPlain };
}
