/**
 * Which rule decides about a package. For each demand it is the most specific rule that makes it: an exact name before a
 * prefix, a longer prefix before a shorter one, `*` last; then a rule with a version range; then the one with more
 * criteria; then the one in the nearer file. Defaults come after all rules.
 *
 * A package can stand in several places of a tree. Each place is judged by itself, and the strictest outcome counts for
 * the package: it is the same bytes everywhere.
 */
import type { Subject } from '../evidence/types.ts';
import type { PackageNode } from '../tree/types.ts';
import { type Candidate, candidatesFor, candidatesNaming, compare } from './candidates.ts';
import { contradiction, demandsOf, pinText } from './convert-rules.ts';
import { type Asked, asked, kindsOfPlace, placesOf, unmetAnywhere, unmetAt } from './criteria.ts';
import { type Decided, decided, strictest } from './levels.ts';
import {
  type DecidedMinimums,
  demandsSomething,
  minimumsBy,
  minimumsOf,
  withoutDoubles,
} from './minimums.ts';
import type { IdentityPin, Policy, Position, RequirementName } from './types.ts';

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
  let step = rootOf(policy);
  for (const candidate of candidatesNaming(policy, subject.name)) {
    if (unmetAnywhere(candidate.rule, item) === undefined) step = next(step, candidate);
  }
  for (const kind of kindsOfPlace(subject.nodes, declaresScript)) step = next(step, kind);
  step.demands ??= demandsIn(
    placesOf(subject.nodes),
    candidatesFor(subject.name, item, policy),
    item,
    policy,
  );
  return step.demands;
}

/**
 * Most packages of a tree are met by the same few rules in the same kinds of places, and the same is demanded of them. A
 * path of rules, then of kinds of places, leads to it.
 */
interface Step {
  readonly next: Map<Candidate | number, Step>;
  demands: Demands | undefined;
}

const roots = new WeakMap<Policy, Step>();

function rootOf(policy: Policy): Step {
  let root = roots.get(policy);
  if (root === undefined) {
    root = { next: new Map(), demands: undefined };
    roots.set(policy, root);
  }
  return root;
}

function next(from: Step, by: Candidate | number): Step {
  let step = from.next.get(by);
  if (step === undefined) {
    step = { next: new Map(), demands: undefined };
    from.next.set(by, step);
  }
  return step;
}

function demandsIn(
  places: readonly PackageNode[],
  candidates: readonly Candidate[],
  item: Asked,
  policy: Policy,
): Demands {
  if (candidates.length === 0) {
    const levels = defaultsOf(policy);
    return { levels, minimums: [minimumsOf(policy, levels)], pins: [], denies: [], named: undefined };
  }
  return places
    .map((node) => candidates.filter(({ rule }) => unmetAt(rule, node, item) === undefined))
    .map((here) => demandsAt(here, policy))
    .reduce(combine);
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
