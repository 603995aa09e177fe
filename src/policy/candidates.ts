/** Rules that may mean a package, in the order in which they are asked. */
import { type Asked, unmetAnywhere } from './criteria.ts';
import { rulesNaming } from './rule-index.ts';
import type { Policy, Rule } from './types.ts';

/** A rule together with how exactly it names a package: the same object for all packages it names alike. */
export interface Candidate {
  readonly rule: Rule;
  /** Compared from the front, greater first. */
  readonly specificity: readonly number[];
  /** It names the package, not by `*` alone. */
  readonly named: boolean;
}

interface Memo {
  readonly candidates: Map<Rule, Map<number, Candidate>>;
  /** Of what `rulesNaming` says about packages that no rule names: one list, sorted once. */
  readonly sorted: WeakMap<ReturnType<typeof rulesNaming>, readonly Candidate[]>;
}

const memos = new WeakMap<Policy, Memo>();

function memoOf(policy: Policy): Memo {
  let memo = memos.get(policy);
  if (memo === undefined) {
    memo = { candidates: new Map(), sorted: new WeakMap() };
    memos.set(policy, memo);
  }
  return memo;
}

/** Rules that name the package, most specific first. */
export function candidatesNaming(policy: Policy, name: string): readonly Candidate[] {
  const { sorted } = memoOf(policy);
  const naming = rulesNaming(policy, name);
  let candidates = sorted.get(naming);
  if (candidates === undefined) {
    candidates = naming
      .map(({ rule, rank }) => candidateOf(rule, rank, policy))
      .sort((a, b) => compare(b.specificity, a.specificity));
    sorted.set(naming, candidates);
  }
  return candidates;
}

/** Those of them that mean the package in some place at least. */
export function candidatesFor(name: string, item: Asked, policy: Policy): readonly Candidate[] {
  return candidatesNaming(policy, name).filter(({ rule }) => unmetAnywhere(rule, item) === undefined);
}

/** @param rank  of its name pattern, `matchName` */
export function candidateOf(rule: Rule, rank: number, policy: Policy): Candidate {
  const { candidates } = memoOf(policy);
  let byRank = candidates.get(rule);
  if (byRank === undefined) {
    byRank = new Map();
    candidates.set(rule, byRank);
  }
  let candidate = byRank.get(rank);
  if (candidate === undefined) {
    candidate = { rule, specificity: specificityOf(rule, rank, policy.files), named: rank > 0 };
    byRank.set(rank, candidate);
  }
  return candidate;
}

/** @param files  of the policy, nearest first */
export function specificityOf(
  { match, at }: Rule,
  rank: number,
  files: readonly string[],
): readonly number[] {
  const { version, dependency, direct, source, registry, installScript } = match;
  const criteria = [dependency, direct, source, registry, installScript];
  const many = criteria.filter((value) => value !== undefined).length;
  return [rank, version === undefined ? 0 : 1, many, -files.indexOf(at.file)];
}

export function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
