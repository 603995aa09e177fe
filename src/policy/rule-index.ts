/** Rules by what they name, so that hundreds of rules cost a package no more than the few that can mean it. */
import { matchName } from './patterns.ts';
import type { Policy, Rule } from './types.ts';

/** A rule that names a package, with the specificity of its best pattern (`matchName`). */
export interface Named {
  readonly rule: Rule;
  readonly rank: number;
}

interface Index {
  readonly exact: ReadonlyMap<string, readonly number[]>;
  readonly byPrefix: ReadonlyMap<string, readonly number[]>;
  /** Lengths of all prefixes, each once. */
  readonly lengths: readonly number[];
  /** Places of the rules that name every package, and what `rulesNaming` says where no other does. */
  readonly all: readonly number[];
  readonly allNamed: readonly Named[];
}

const indexes = new WeakMap<Policy, Index>();

/** Rules of the policy that name the package, in the order of the policy. */
export function rulesNaming(policy: Policy, name: string): readonly Named[] {
  const { exact, byPrefix, lengths, all, allNamed } = indexOf(policy);
  let own = exact.get(name) ?? NONE;
  for (const length of lengths) {
    if (length >= name.length || !ENDS.has(name[length - 1])) continue;
    const more = byPrefix.get(name.slice(0, length));
    if (more !== undefined) own = own.concat(more);
  }
  if (own.length === 0) return allNamed;
  return [...new Set([...own, ...all])].sort((a, b) => a - b).map((at) => namedAt(policy, at, name));
}

const NONE: readonly number[] = [];
/** What a prefix ends in (`nameProblem`): no other place of a name needs to be looked up. */
const ENDS: ReadonlySet<string | undefined> = new Set(['/', '.', '_', '-']);

function namedAt({ rules }: Policy, at: number, name: string): Named {
  const rule = rules[at]!;
  return { rule, rank: rankOf(rule, name) };
}

/** Specificity of the best of the patterns of a rule; -1 if none matches. */
export function rankOf({ match }: Rule, name: string): number {
  let best = -1;
  for (const pattern of match.name) best = Math.max(best, matchName(pattern, name) ?? -1);
  return best;
}

function indexOf(policy: Policy): Index {
  const known = indexes.get(policy);
  if (known !== undefined) return known;
  const exact = new Map<string, number[]>();
  const byPrefix = new Map<string, number[]>();
  const all: number[] = [];
  for (const [at, { match }] of policy.rules.entries()) {
    for (const pattern of new Set(match.name)) {
      if (pattern === '*') all.push(at);
      else if (pattern.endsWith('*')) put(byPrefix, pattern.slice(0, -1), at);
      else put(exact, pattern, at);
    }
  }
  const lengths = [...new Set([...byPrefix.keys()].map((prefix) => prefix.length))];
  // Of a name that no other pattern matches, `*` is the best one.
  const allNamed = all.map((at) => ({ rule: policy.rules[at]!, rank: 0 }));
  const index = { exact, byPrefix, lengths, all, allNamed };
  indexes.set(policy, index);
  return index;
}

function put(map: Map<string, number[]>, key: string, at: number): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [at]);
  else list.push(at);
}
