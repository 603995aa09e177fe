/**
 * Which rule decides about a package. For each demand it is the most specific rule that makes it: an exact name before a
 * prefix, a longer prefix before a shorter one, `*` last; then a rule with a version range; then the one with more
 * criteria; then the one in the nearer file. Defaults come after all rules.
 *
 * A package can stand in several places of a tree. Each place is judged by itself, and the strictest outcome counts for
 * the package: it is the same bytes everywhere.
 */
import type { Subject } from '../evidence/types.ts';
import { contradiction, demandsOf, pinText } from './convert-rules.ts';
import { type Asked, asked, placesOf, unmetAnywhere, unmetAt } from './criteria.ts';
import { type Decided, decided, strictest } from './levels.ts';
import {
  type DecidedMinimums,
  demandsSomething,
  minimumsBy,
  minimumsOf,
  withoutDoubles,
} from './minimums.ts';
import { rulesNaming } from './rule-index.ts';
import type { IdentityPin, Policy, Position, RequirementName, Rule } from './types.ts';

export interface DecidedPin {
  readonly pin: IdentityPin;
  readonly rule: string;
  readonly at: Position;
}

export interface Demands {
  readonly levels: Readonly<Record<RequirementName, Decided>>;
  /** One for each place where it stands: all of them must hold, each is worth its own. */
  readonly minimums: readonly DecidedMinimums[];
  /** All of them must hold. */
  readonly pins: readonly DecidedPin[];
  /** None of their values may be borne. */
  readonly denies: readonly DecidedPin[];
  /**
   * The strictest demand for a registry signature or provenance by a rule that names the package (not by `*` alone):
   * whoever makes it means a package from a registry.
   */
  readonly named: Decided | undefined;
}

/** A rule that means the package, at some of its places at least. */
export interface Candidate {
  readonly rule: Rule;
  /** Of this rule at this rank, within its policy. */
  readonly id: string;
  /** Compared from the front, greater first. */
  readonly specificity: readonly number[];
  readonly named: boolean;
}

/**
 * @param declaresScript  the registry says that the package runs a script when it is installed
 * @param registry        base URL of the registry that answers for it
 * @throws {VerifyDepsError} `policy-conflict` when two equally specific rules make different demands
 */
export function demandsOn(
  subject: Subject,
  declaresScript: boolean,
  policy: Policy,
  registry?: string,
): Demands {
  const item = asked(subject.version, declaresScript, registry);
  const candidates = candidatesFor(subject.name, item, policy);
  if (candidates.length === 0) {
    const levels = defaultsOf(policy);
    return { levels, minimums: [minimumsOf(policy, levels)], pins: [], denies: [], named: undefined };
  }
  const places = placesOf(subject.nodes).map((node) =>
    candidates.filter(({ rule }) => unmetAt(rule, node, item) === undefined),
  );
  const { demands } = memoOf(policy);
  const key = places.map((here) => here.map(({ id }) => id).join(' ')).join('|');
  const known = demands.get(key);
  if (known !== undefined) return known;
  const found = places.map((here) => demandsAt(here, policy)).reduce(combine);
  demands.set(key, found);
  return found;
}

/** Most packages of a tree are met by the same few rules, which demand the same of all of them. */
interface Memo {
  readonly candidates: Map<Rule, Map<number, Candidate>>;
  /** By the candidates of each place. */
  readonly demands: Map<string, Demands>;
}

const memos = new WeakMap<Policy, Memo>();

function memoOf(policy: Policy): Memo {
  const known = memos.get(policy);
  if (known !== undefined) return known;
  const memo = { candidates: new Map(), demands: new Map() };
  memos.set(policy, memo);
  return memo;
}

/** Rules that mean the package, most specific first. */
export function candidatesFor(name: string, item: Asked, policy: Policy): readonly Candidate[] {
  return rulesNaming(policy, name)
    .filter(({ rule }) => unmetAnywhere(rule, item) === undefined)
    .map(({ rule, rank }) => candidateOf(rule, rank, policy))
    .sort((a, b) => compare(b.specificity, a.specificity));
}

/** @param rank  of its name pattern, `matchName` */
export function candidateOf(rule: Rule, rank: number, policy: Policy): Candidate {
  const { candidates } = memoOf(policy);
  const byRank = candidates.get(rule) ?? new Map<number, Candidate>();
  const known = byRank.get(rank);
  if (known !== undefined) return known;
  const { version, dependency, direct, source, registry, installScript } = rule.match;
  const criteria = [dependency, direct, source, registry, installScript].filter(
    (value) => value !== undefined,
  ).length;
  const layer = -policy.files.indexOf(rule.at.file);
  const specificity = [rank, version === undefined ? 0 : 1, criteria, layer];
  const candidate = { rule, id: `${policy.rules.indexOf(rule)}:${rank}`, specificity, named: rank > 0 };
  byRank.set(rank, candidate);
  candidates.set(rule, byRank);
  return candidate;
}

function demandsAt(candidates: readonly Candidate[], policy: Policy): Demands {
  const levels = { ...defaultsOf(policy) };
  let named: Decided | undefined;
  for (const requirement of Object.keys(levels) as RequirementName[]) {
    const first = decider(candidates, requirement);
    const placed = first?.rule.require[requirement];
    if (first === undefined || placed === undefined) continue;
    const level = decided(placed, first.rule.id, true);
    levels[requirement] = level;
    const binds = requirement === 'provenance' || requirement === 'registrySignature';
    if (binds && first.named) named = named === undefined ? level : strictest(named, level);
  }
  const minimums = minimumsBy(policy, levels, (name) => decider(candidates, `minimum.${name}`)?.rule);
  // A build level is demanded of something that a registry has provenance for, just as provenance is.
  const leveled = [decider(candidates, 'buildLevel'), decider(candidates, 'minimum.buildLevel')];
  if (leveled.some((candidate) => candidate?.named === true) && demandsSomething(minimums.buildLevel)) {
    named = named === undefined ? levels.buildLevel : strictest(named, levels.buildLevel);
  }
  const pins = pinBy(candidates, 'identity');
  return { levels, minimums: [minimums], pins, denies: pinBy(candidates, 'deny'), named };
}

function pinBy(candidates: readonly Candidate[], demand: 'identity' | 'deny'): readonly DecidedPin[] {
  const first = decider(candidates, demand);
  const placed = first?.rule[demand];
  return first === undefined || placed === undefined
    ? []
    : [{ pin: placed.value, rule: first.rule.id, at: placed.at }];
}

/** The first candidate that makes a demand; no equally specific one may make it differently. */
export function decider(candidates: readonly Candidate[], demand: string): Candidate | undefined {
  let first: Candidate | undefined;
  for (const candidate of candidates) {
    const value = demandsOf(candidate.rule).get(demand);
    if (value === undefined) continue;
    if (first === undefined) {
      first = candidate;
      continue;
    }
    if (compare(first.specificity, candidate.specificity) !== 0) break;
    if (demandsOf(first.rule).get(demand) !== value) throw contradiction(demand, first.rule, candidate.rule);
  }
  return first;
}

function combine(a: Demands, b: Demands): Demands {
  const levels = { ...a.levels };
  for (const name of Object.keys(levels) as RequirementName[])
    levels[name] = strictest(a.levels[name], b.levels[name]);
  const pins = union(a.pins, b.pins);
  const denies = union(a.denies, b.denies);
  const named = a.named && b.named ? strictest(a.named, b.named) : (a.named ?? b.named);
  const minimums = withoutDoubles([...a.minimums, ...b.minimums]);
  return { levels, minimums, pins, denies, named };
}

function union(a: readonly DecidedPin[], b: readonly DecidedPin[]): readonly DecidedPin[] {
  const all = [...a];
  for (const pin of b) {
    if (!all.some((other) => other.pin === pin.pin || pinText(other.pin) === pinText(pin.pin))) all.push(pin);
  }
  return all;
}

const defaultsByPolicy = new WeakMap<Policy, Demands['levels']>();

function defaultsOf(policy: Policy): Demands['levels'] {
  const known = defaultsByPolicy.get(policy);
  if (known !== undefined) return known;
  const names = Object.keys(policy.defaults) as RequirementName[];
  const levels = Object.fromEntries(
    names.map((name) => [name, decided(policy.defaults[name], `require.${name}`)]),
  ) as Demands['levels'];
  defaultsByPolicy.set(policy, levels);
  return levels;
}

export function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
