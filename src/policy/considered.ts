/**
 * Which rules were considered for a package, in the order in which they are asked, and why each did or did not decide. Made
 * of the parts by which `match.ts` decides, so that it cannot tell another story.
 */
import { normalRegistry } from '../core/registry-url.ts';
import type { Evidence } from '../evidence/types.ts';
import type { PackageNode } from '../tree/types.ts';
import { type Candidate, candidatesFor, candidatesNaming, compare } from './candidates.ts';
import { demandsOf } from './convert-rules.ts';
import { type Asked, asked, isDirect, placesOf, unmetAnywhere, unmetAt } from './criteria.ts';
import { decider } from './match.ts';
import { rankOf } from './rule-index.ts';
import type { Criterion, Policy, Position, Rule } from './types.ts';

/** Why a rule is not about a package. */
export interface Unmet {
  readonly criterion: Criterion;
  /** What the rule asks for, as its `match` says it. */
  readonly expected: readonly string[];
  /** What the package has; of several places each value once. */
  readonly actual: readonly string[];
}

/** A demand of a rule that another rule decides instead. */
export interface Overruled {
  /** `provenance`, `minimum.buildLevel`, `identity`, `deny`. */
  readonly demand: string;
  readonly by: { readonly rule: string; readonly at: Position };
  /** The other is no more specific, and says the same. */
  readonly same: boolean;
}

export interface ConsideredRule {
  readonly rule: string;
  readonly at: Position;
  /** Undefined if the rule is about the package, in one place at least. */
  readonly unmet: Unmet | undefined;
  /** It does not apply in every kind of place where the package stands; why not in the others. */
  readonly elsewhere: Unmet | undefined;
  /** Demands that it decides, in one place at least. */
  readonly decides: readonly string[];
  /** Demands that it decides nowhere, one for each rule that does. */
  readonly overruled: readonly Overruled[];
}

/**
 * @returns rules that name the package, most specific first, then those of other names in the order of the policy
 * @throws  {VerifyDepsError} `policy-conflict`, as `judge` does
 */
export function consideredRules(evidence: Evidence, policy: Policy): readonly ConsideredRule[] {
  const { subject, declared, registry } = evidence;
  const item = asked(subject.version, declared?.hasInstallScript === true, registry);
  const candidates = candidatesFor(subject.name, item, policy);
  const places = placesOf(subject.nodes);
  const here = places.map((node) => candidates.filter(({ rule }) => unmetAt(rule, node, item) === undefined));
  const about = (candidate: Candidate): ConsideredRule => {
    const { rule } = candidate;
    const criterion = unmetAnywhere(rule, item);
    if (criterion !== undefined) return not(rule, unmet(rule, criterion, evidence, item, places));
    const others = places.filter((node) => unmetAt(rule, node, item) !== undefined);
    const elsewhere = unmetThere(rule, evidence, item, others);
    if (others.length === places.length) return not(rule, elsewhere);
    const applied = here.filter((list) => list.some((other) => other.rule === rule));
    return { rule: rule.id, at: rule.at, unmet: undefined, elsewhere, ...demandsBy(candidate, applied) };
  };
  const named = candidatesNaming(policy, subject.name);
  const unnamed = policy.rules.filter((rule) => rankOf(rule, subject.name) < 0);
  return [
    ...named.map(about),
    ...unnamed.map((rule) => not(rule, unmet(rule, 'name', evidence, item, places))),
  ];
}

function not(rule: Rule, reason: Unmet | undefined): ConsideredRule {
  return { rule: rule.id, at: rule.at, unmet: reason, elsewhere: undefined, decides: [], overruled: [] };
}

/** One criterion of several: the first that the first of these places does not meet. */
function unmetThere(
  rule: Rule,
  evidence: Evidence,
  item: Asked,
  others: readonly PackageNode[],
): Unmet | undefined {
  const [criterion] = others.map((node) => unmetAt(rule, node, item));
  if (criterion === undefined) return undefined;
  const alike = others.filter((node) => unmetAt(rule, node, item) === criterion);
  return unmet(rule, criterion, evidence, item, alike);
}

/** @param applied  for each kind of place where the rule applies, all rules that do */
function demandsBy(
  { rule, specificity }: Candidate,
  applied: readonly (readonly Candidate[])[],
): Pick<ConsideredRule, 'decides' | 'overruled'> {
  const decides: string[] = [];
  const overruled: Overruled[] = [];
  for (const demand of demandsOf(rule).keys()) {
    const deciders = new Set(applied.flatMap((list) => decider(list, demand) ?? []));
    if ([...deciders].some((by) => by.rule === rule)) {
      decides.push(demand);
      continue;
    }
    for (const other of deciders) {
      const by = { rule: other.rule.id, at: other.rule.at };
      overruled.push({ demand, by, same: compare(other.specificity, specificity) === 0 });
    }
  }
  return { decides, overruled };
}

function unmet(
  { match }: Rule,
  criterion: Criterion,
  { subject, registry }: Evidence,
  { declaresScript }: Asked,
  places: readonly PackageNode[],
): Unmet {
  const value = match[criterion];
  const expected = typeof value === 'object' ? value : [`${value}`];
  const fromPlaces = (of: (node: PackageNode) => string): readonly string[] => [...new Set(places.map(of))];
  const actual: Readonly<Record<Criterion, () => readonly string[]>> = {
    name: () => [subject.name],
    version: () => [subject.version],
    // As rules are compared with it: without credentials.
    registry: () => (registry === undefined ? [] : [normalRegistry(registry) ?? registry]),
    dependency: () => fromPlaces(({ dependency }) => dependency),
    direct: () => fromPlaces((node) => `${isDirect(node)}`),
    source: () => fromPlaces(({ source }) => source.kind),
    installScript: () => fromPlaces(({ hasInstallScript }) => `${hasInstallScript || declaresScript}`),
  };
  return { criterion, expected, actual: actual[criterion]() };
}
