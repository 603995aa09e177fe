/**
 * Which rule decides about a package. For each demand it is the most specific rule that makes it: an exact name before a
 * prefix, a longer prefix before a shorter one, `*` last; then a rule with a version range; then the one with more
 * criteria; then the one in the nearer file. Defaults come after all rules.
 *
 * A package can stand in several places of a tree. Each place is judged by itself, and the strictest outcome counts for
 * the package: it is the same bytes everywhere.
 */
import Range from 'semver/classes/range.js';
import type { Subject } from '../evidence/types.ts';
import type { PackageNode } from '../tree/types.ts';
import { contradiction, demandsOf, pinText } from './convert-rules.ts';
import { type Decided, decided, strictest } from './levels.ts';
import { matchName } from './patterns.ts';
import type { IdentityPin, Policy, Position, RequirementName, Rule } from './types.ts';

export interface DecidedPin {
  readonly pin: IdentityPin;
  readonly rule: string;
  readonly at: Position;
}

export interface Demands {
  readonly levels: Readonly<Record<RequirementName, Decided>>;
  /** All of them must hold. */
  readonly pins: readonly DecidedPin[];
  /**
   * The strictest demand for a registry signature or provenance by a rule that names the package (not by `*` alone):
   * whoever makes it means a package from a registry.
   */
  readonly named: Decided | undefined;
}

interface Candidate {
  readonly rule: Rule;
  /** Compared from the front, greater first. */
  readonly specificity: readonly number[];
  readonly named: boolean;
}

/**
 * @param declaresScript  the registry says that the package runs a script when it is installed
 * @throws {VerifyDepsError} `policy-conflict` when two equally specific rules make different demands
 */
export function demandsOn(subject: Subject, declaresScript: boolean, policy: Policy): Demands {
  const candidates: Candidate[] = [];
  for (const rule of policy.rules) {
    const rank = rankOf(rule.match.name, subject.name);
    if (rank < 0) continue;
    const candidate = candidateOf(rule, rank, subject, policy);
    if (candidate !== undefined) candidates.push(candidate);
  }
  candidates.sort((a, b) => compare(b.specificity, a.specificity));
  if (candidates.length === 0) return { levels: defaultsOf(policy), pins: [], named: undefined };
  const profiles = new Map<string, PackageNode>();
  for (const node of subject.nodes) {
    const { dependency, depth, source, hasInstallScript } = node;
    profiles.set(`${dependency} ${depth <= 1} ${source.kind} ${hasInstallScript}`, node);
  }
  const places = [...profiles.values()].map((node) => {
    const here = candidates.filter(({ rule }) => appliesAt(rule, node, declaresScript));
    return demandsAt(here, policy);
  });
  return places.reduce(combine);
}

/** Specificity of the best of several patterns; -1 if none matches. */
function rankOf(patterns: readonly string[], name: string): number {
  let best = -1;
  for (const pattern of patterns) best = Math.max(best, matchName(pattern, name) ?? -1);
  return best;
}

function candidateOf(rule: Rule, rank: number, subject: Subject, policy: Policy): Candidate | undefined {
  const { version, dependency, direct, source, installScript } = rule.match;
  if (version !== undefined && !inRange(rule, version, subject.version)) return undefined;
  const criteria = [dependency, direct, source, installScript].filter((value) => value !== undefined).length;
  const layer = -policy.files.indexOf(rule.at.file);
  return { rule, specificity: [rank, version === undefined ? 0 : 1, criteria, layer], named: rank > 0 };
}

const ranges = new WeakMap<Rule, Range>();

/** A version that is not semver lies in no range. Prereleases count: a demand on `^2` also holds for 2.1.0-beta.1. */
function inRange(rule: Rule, text: string, version: string): boolean {
  let range = ranges.get(rule);
  if (range === undefined) {
    range = new Range(text, { includePrerelease: true });
    ranges.set(rule, range);
  }
  return range.test(version);
}

function appliesAt({ match }: Rule, node: PackageNode, declaresScript: boolean): boolean {
  const hasScript = node.hasInstallScript || declaresScript;
  return (
    (match.dependency?.includes(node.dependency) ?? true) &&
    (match.direct === undefined || match.direct === node.depth <= 1) &&
    (match.source?.includes(node.source.kind) ?? true) &&
    (match.installScript === undefined || match.installScript === hasScript)
  );
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
  const pinning = decider(candidates, 'identity');
  const identity = pinning?.rule.identity;
  const pins =
    pinning === undefined || identity === undefined
      ? []
      : [{ pin: identity.value, rule: pinning.rule.id, at: identity.at }];
  return { levels, pins, named };
}

/** The first candidate that makes a demand; no equally specific one may make it differently. */
function decider(candidates: readonly Candidate[], demand: string): Candidate | undefined {
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
  const pins = [...a.pins];
  for (const pin of b.pins) {
    if (!pins.some((other) => pinText(other.pin) === pinText(pin.pin))) pins.push(pin);
  }
  const named = a.named && b.named ? strictest(a.named, b.named) : (a.named ?? b.named);
  return { levels, pins, named };
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

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return 0;
}
