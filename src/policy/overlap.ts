/**
 * Which rules can meet, and which of two decides where they do, without a package at hand. Judged for one name pattern of a
 * rule at a time; what is not plainly so is taken not to be so.
 */
import { compare, specificityOf } from './candidates.ts';
import { matchName } from './patterns.ts';
import type { Rule, RuleMatch } from './types.ts';

/** Of patterns that are exact or end in `*`: what `value` matches, `pattern` matches. The bare prefix itself is not meant. */
export function covers(pattern: string, value: string): boolean {
  if (pattern === value) return true;
  return pattern.endsWith('*') && value.length >= pattern.length && value.startsWith(pattern.slice(0, -1));
}

/** The two may be about the same package in the same place. Versions are not looked at. */
export function mayMeet(rule: Rule, match: RuleMatch, pattern: string): boolean {
  const { name, dependency, source, registry, direct, installScript } = rule.match;
  return (
    name.some((own) => meets(own, pattern)) &&
    shares(dependency, match.dependency) &&
    shares(source, match.source) &&
    shares(registry, match.registry) &&
    agrees(direct, match.direct) &&
    agrees(installScript, match.installScript)
  );
}

/** Whatever `match` means under this pattern, `rule` means as well. */
export function includes(rule: Rule, match: RuleMatch, pattern: string): boolean {
  const { name, version, dependency, source, registry, direct, installScript } = rule.match;
  return (
    name.some((own) => covers(own, pattern)) &&
    // Ranges are compared as they are written.
    (version === undefined || version === match.version) &&
    within(match.dependency, dependency) &&
    within(match.source, source) &&
    within(match.registry, registry) &&
    (direct === undefined || direct === match.direct) &&
    (installScript === undefined || installScript === match.installScript)
  );
}

/**
 * Wherever both mean a package under this pattern, `first` is asked before `second`.
 * @param files  nearest first: what decides between rules that are else equally specific
 */
export function outranks(first: Rule, second: Rule, pattern: string, files: readonly string[]): boolean {
  const lower = specificityOf(first, least(first.match.name, pattern), files);
  const upper = specificityOf(second, most(second.match.name, pattern), files);
  return compare(lower, upper) > 0;
}

/** Of several names the best that matches counts: one that covers the pattern always does. */
function least(names: readonly string[], pattern: string): number {
  const covering = names.filter((own) => covers(own, pattern)).map(rankOf);
  if (covering.length > 0) return Math.max(...covering);
  return Math.min(...names.filter((own) => meets(own, pattern)).map(rankOf));
}

function most(names: readonly string[], pattern: string): number {
  return Math.max(...names.filter((own) => meets(own, pattern)).map(rankOf));
}

/** What `matchName` says of every name that the pattern matches. */
function rankOf(pattern: string): number {
  return matchName(pattern, pattern.endsWith('*') ? `${pattern}x` : pattern) ?? -1;
}

function meets(a: string, b: string): boolean {
  return covers(a, b) || covers(b, a);
}

function shares(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((value) => b.includes(value));
}

function within(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return b === undefined || a?.every((value) => b.includes(value)) === true;
}

function agrees(a: boolean | undefined, b: boolean | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}
