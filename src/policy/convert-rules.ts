/** Rules as a file writes them, checked for what the schema cannot say. */
import Range from 'semver/classes/range.js';
import type { VerifyDepsError } from '../core/errors.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { nameProblem } from './patterns.ts';
import { placeOf, quoted, refusal } from './refuse.ts';
import type { OneOrMore, RuleFile } from './schema.ts';
import { entries, list } from './short-forms.ts';
import type { IdentityPin, Level, Placed, Position, RequirementName, Rule, RuleMatch } from './types.ts';

/** @throws {VerifyDepsError} `policy-malformed` */
export function toRule(rule: RuleFile, path: Path, parsed: ParsedPolicy): Rule {
  const at = parsed.at(path);
  const matchPath = [...path, 'match'];
  const match = typeof rule.match === 'string' ? { name: rule.match } : rule.match;
  const namesPath = typeof rule.match === 'string' ? matchPath : [...matchPath, 'name'];
  const require = toRequires(rule.require, [...path, 'require'], parsed);
  const identityPath = [...path, 'identity'];
  const pin = rule.identity === undefined ? undefined : toPin(rule.identity, identityPath, parsed);
  if (pin !== undefined && Object.keys(pin).length === 0) {
    throw refusal('policy-malformed', parsed.at(identityPath), 'identity names nothing');
  }
  if (Object.keys(require).length === 0 && pin === undefined) {
    throw refusal('policy-malformed', at, 'a rule needs require or identity');
  }
  for (const [name, value] of entries(match.name, namesPath)) {
    const problem = nameProblem(name);
    if (problem !== undefined)
      throw refusal('policy-malformed', parsed.at(value), `${quoted(name)} ${problem}`);
  }
  if (match.version !== undefined) checkRange(match.version, parsed.at([...matchPath, 'version']));
  const result: RuleMatch = {
    name: match.name === undefined ? ['*'] : list(match.name),
    version: match.version,
    dependency: match.dependency === undefined ? undefined : list(match.dependency),
    direct: match.direct,
    source: match.source === undefined ? undefined : list(match.source),
    installScript: match.installScript,
  };
  const identity = pin === undefined ? undefined : { value: pin, at: parsed.at(identityPath) };
  return { id: rule.name ?? `rules[${path[1]}]`, at, match: result, require, identity };
}

function checkRange(range: string, at: Position): void {
  try {
    new Range(range, { includePrerelease: true });
  } catch {
    throw refusal('policy-malformed', at, `${quoted(range)} is not a range of versions`);
  }
}

function toPin(identity: NonNullable<RuleFile['identity']>, path: Path, parsed: ParsedPolicy): IdentityPin {
  const pin: Record<string, readonly string[]> = {};
  for (const [field, values] of Object.entries(identity) as [keyof IdentityPin, OneOrMore | undefined][]) {
    if (values === undefined) continue;
    for (const [value, place] of entries(values, [...path, field])) {
      const problem = pinProblem(field, value);
      if (problem !== undefined)
        throw refusal('policy-malformed', parsed.at(place), `${quoted(value)} ${problem}`);
    }
    pin[field] = list(values);
  }
  return pin;
}

function pinProblem(field: keyof IdentityPin, value: string): string | undefined {
  const star = value.indexOf('*');
  if (star >= 0 && star !== value.length - 1) return 'may have one * only, at its end';
  const isUrl = field === 'repository' || field === 'owner' || field === 'issuer' || field === 'builder';
  if (isUrl && !/^https:\/\/[^/*]+/.test(value)) {
    return field === 'owner'
      ? 'must be a URL, as the same name can be had elsewhere: https://github.com/acme'
      : 'must be a URL that starts with https://';
  }
  if (isUrl && star >= 0 && !/^https:\/\/[^/*]+\/[^/*]+\/[^*]*\*$/.test(value)) {
    return 'must have host, owner and a slash before the *, or strangers match too: https://github.com/acme/*';
  }
  return undefined;
}

/**
 * Two rules of one file that match the very same packages must not demand different things of them.
 * @throws {VerifyDepsError} `policy-conflict`
 */
export function refuseContradictions(rules: readonly Rule[]): void {
  const seen = new Map<string, Rule>();
  for (const rule of rules) {
    for (const name of rule.match.name) {
      const { version, dependency, direct, source, installScript } = rule.match;
      const sorted = [dependency, source].map((values) => (values === undefined ? null : [...values].sort()));
      const what = JSON.stringify([name, version ?? null, ...sorted, direct ?? null, installScript ?? null]);
      for (const [demand, value] of demandsOf(rule)) {
        const key = `${what} ${demand}`;
        const earlier = seen.get(key);
        const other = earlier === undefined ? undefined : demandsOf(earlier).get(demand);
        if (earlier !== undefined && other !== value) throw contradiction(demand, earlier, rule);
        seen.set(key, rule);
      }
    }
  }
}

const demandsByRule = new WeakMap<Rule, ReadonlyMap<string, string>>();

/** Every demand of a rule in a form that compares equal exactly if it is the same demand. */
export function demandsOf(rule: Rule): ReadonlyMap<string, string> {
  const known = demandsByRule.get(rule);
  if (known !== undefined) return known;
  const demands = new Map<string, string>();
  for (const [name, placed] of Object.entries(rule.require)) demands.set(name, placed.value);
  if (rule.identity !== undefined) demands.set('identity', pinText(rule.identity.value));
  demandsByRule.set(rule, demands);
  return demands;
}

/** A pin in a form that compares equal exactly if it is the same pin. */
export function pinText(pin: IdentityPin): string {
  const fields = Object.entries(pin).map(([field, values]) => [field, [...values].sort()] as const);
  return JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The error for two rules between which nothing decides. */
export function contradiction(demand: string, a: Rule, b: Rule): VerifyDepsError {
  const first = `${quoted(a.id)} (${placeOf(a.at)})`;
  return refusal(
    'policy-conflict',
    b.at,
    `rules ${first} and ${quoted(b.id)} are equally specific and set ${demand} differently`,
    'merge the two rules, or make the match of one of them more specific',
  );
}

export function toRequires(require: RuleFile['require'], path: Path, parsed: ParsedPolicy): Rule['require'] {
  const result: Partial<Record<RequirementName, Placed<Level>>> = {};
  for (const [name, value] of Object.entries(require ?? {}) as [RequirementName, Level | undefined][]) {
    if (value !== undefined) result[name] = { value, at: parsed.at([...path, name]) };
  }
  return result;
}
