/** Rules as a file writes them, checked for what the schema cannot say. */
import Range from 'semver/classes/range.js';
import type { VerifyDepsError } from '../core/errors.ts';
import { toMinimum } from './convert-minimum.ts';
import { registryUrl } from './convert-registries.ts';
import type { OneOrMore, PinFile, RuleFile } from './file-types.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { nameProblem } from './patterns.ts';
import { placeOf, quoted, refusal } from './refuse.ts';
import { entries, list } from './short-forms.ts';
import type { IdentityPin, Level, Placed, Position, RequirementName, Rule, RuleMatch } from './types.ts';

/** @throws {VerifyDepsError} `policy-malformed` */
export function toRule(rule: RuleFile, path: Path, parsed: ParsedPolicy): Rule {
  const at = parsed.at(path);
  const matchPath = [...path, 'match'];
  const match = typeof rule.match === 'string' ? { name: rule.match } : rule.match;
  const namesPath = typeof rule.match === 'string' ? matchPath : [...matchPath, 'name'];
  const require = toRequires(rule.require, [...path, 'require'], parsed);
  const minimum = toMinimum(rule.minimum, [...path, 'minimum'], parsed);
  const identityPath = [...path, 'identity'];
  const pin = rule.identity === undefined ? undefined : toPin(rule.identity, identityPath, parsed);
  if (pin !== undefined && Object.keys(pin).length === 0) {
    throw refusal('policy-malformed', parsed.at(identityPath), 'identity names nothing');
  }
  const deny = toDeny(rule.deny, [...path, 'deny'], parsed);
  const levelsOrDegrees = Object.keys(require).length + Object.keys(minimum).length;
  if (levelsOrDegrees === 0 && pin === undefined && deny === undefined) {
    throw refusal('policy-malformed', at, 'a rule needs require, minimum, identity or deny');
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
    registry: toMatchedRegistries(match.registry, [...matchPath, 'registry'], parsed),
    installScript: match.installScript,
  };
  const identity = pin === undefined ? undefined : { value: pin, at: parsed.at(identityPath) };
  return { id: rule.name ?? `rules[${path[1]}]`, at, match: result, require, minimum, identity, deny };
}

function checkRange(range: string, at: Position): void {
  try {
    new Range(range, { includePrerelease: true });
  } catch {
    throw refusal('policy-malformed', at, `${quoted(range)} is not a range of versions`);
  }
}

function toMatchedRegistries(
  registries: OneOrMore | undefined,
  path: Path,
  parsed: ParsedPolicy,
): readonly string[] | undefined {
  if (registries === undefined) return undefined;
  return entries(registries, path).map(([url, place]) => registryUrl(url, parsed.at(place)));
}

/** `off` is a deny that denies nothing: it takes the place of a less specific one. */
function toDeny(deny: RuleFile['deny'], path: Path, parsed: ParsedPolicy): Rule['deny'] {
  if (deny === undefined) return undefined;
  const at = parsed.at(path);
  if (deny === 'off') return { value: {}, at };
  const value = toPin(deny, path, parsed);
  if (Object.keys(value).length === 0) {
    throw refusal('policy-malformed', at, 'deny names nothing', "write deny: 'off' to deny nothing");
  }
  return { value, at };
}

function toPin(identity: PinFile, path: Path, parsed: ParsedPolicy): IdentityPin {
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
  if (field === 'repositoryId' || field === 'ownerId') {
    return /^[1-9]\d{0,19}$/.test(value)
      ? undefined
      : `is not a number such as "41881900", exact and in quotes`;
  }
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
  // A number for each set of criteria: lists of them can be long, and each is held against every name.
  const numbers = new Map<string, number>();
  for (const rule of rules) {
    const { name: names, version, dependency, direct, source, registry, installScript } = rule.match;
    const sorted = [dependency, source, registry].map((values) =>
      values === undefined ? null : [...values].sort(),
    );
    const criteria = JSON.stringify([version ?? null, ...sorted, direct ?? null, installScript ?? null]);
    const number = numbers.get(criteria) ?? numbers.size;
    numbers.set(criteria, number);
    for (const name of names) {
      for (const [demand, value] of demandsOf(rule)) {
        const key = `${number} ${name} ${demand}`;
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
  for (const [name, placed] of Object.entries(rule.minimum))
    demands.set(`minimum.${name}`, `${placed.value}`);
  if (rule.identity !== undefined) demands.set('identity', pinText(rule.identity.value));
  if (rule.deny !== undefined) demands.set('deny', pinText(rule.deny.value));
  demandsByRule.set(rule, demands);
  return demands;
}

const textsOfPins = new WeakMap<IdentityPin, string>();

/** A pin in a form that compares equal exactly if it is the same pin. */
export function pinText(pin: IdentityPin): string {
  const known = textsOfPins.get(pin) ?? textOfPin(pin);
  textsOfPins.set(pin, known);
  return known;
}

function textOfPin(pin: IdentityPin): string {
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
