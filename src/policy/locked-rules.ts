/**
 * Rules beside those of a policy that has locked something. Which of two rules decides is a matter of how specific they
 * are, so a rule of somebody else can undo a default or a rule wherever both match. Whether they can is judged on the
 * safe side: two rules that are not plainly about different packages may meet.
 */

import { RANK } from './levels.ts';
import type { Lock } from './locked.ts';
import { quoted } from './refuse.ts';
import type { IdentityPin, MinimumName, Placed, RequirementName, Rule, RuleMatch } from './types.ts';

export function refuseWeakerRules(lock: Lock, part: 'require' | 'minimum' | 'rules'): void {
  for (const rule of lock.others.flatMap(({ rules }) => rules)) {
    // Of the same packages exactly, the locked rule says what holds, not the default.
    const same = lock.own.rules.filter(({ match }) => JSON.stringify(match) === JSON.stringify(rule.match));
    const meets = lock.own.rules.filter(({ match }) => mayMeet(match, rule.match));
    if (part !== 'minimum') refuseLevels(lock, part, rule, same, meets);
    if (part !== 'require') refuseMinimums(lock, part, rule, same, meets);
    if (part === 'rules') refusePins(lock, rule, meets);
  }
}

function refuseLevels(
  { own, refuse }: Lock,
  part: 'require' | 'rules',
  rule: Rule,
  same: readonly Rule[],
  meets: readonly Rule[],
): void {
  for (const [name, here] of Object.entries(rule.require) as [RequirementName, Placed<keyof typeof RANK>][]) {
    const floor =
      part === 'rules'
        ? meets.map(({ require }) => require[name])
        : [same.find(({ require }) => require[name] !== undefined)?.require[name] ?? own.defaults[name]];
    const there = floor.find((placed) => placed !== undefined && RANK[here.value] < RANK[placed.value]);
    if (there !== undefined)
      refuse(
        `rule ${quoted(rule.id)}: require.${name}: ${here.value} weakens ${there.value}`,
        here.at,
        there.at,
      );
  }
}

function refuseMinimums(
  { own, refuse }: Lock,
  part: 'minimum' | 'rules',
  rule: Rule,
  same: readonly Rule[],
  meets: readonly Rule[],
): void {
  for (const [name, here] of Object.entries(rule.minimum) as [MinimumName, Placed<number>][]) {
    const floor: readonly (Placed<number> | undefined)[] =
      part === 'rules'
        ? meets.map(({ minimum }) => minimum[name])
        : [same.find(({ minimum }) => minimum[name] !== undefined)?.minimum[name] ?? own.minimum[name]];
    const there = floor.find((placed) => placed !== undefined && here.value < placed.value);
    if (there !== undefined)
      refuse(`rule ${quoted(rule.id)}: minimum.${name} is lower than that`, here.at, there.at);
  }
}

function refusePins({ refuse }: Lock, { id, identity, deny }: Rule, meets: readonly Rule[]): void {
  for (const locked of meets) {
    if (
      identity !== undefined &&
      locked.identity !== undefined &&
      !isWithin(identity.value, locked.identity.value)
    )
      refuse(`rule ${quoted(id)}: identity allows more than that`, identity.at, locked.identity.at);
    if (deny !== undefined && locked.deny !== undefined && !deniesAll(deny.value, locked.deny.value))
      refuse(`rule ${quoted(id)}: deny leaves out some of that`, deny.at, locked.deny.at);
  }
}

type Field = keyof IdentityPin;

/** Every identity that `pin` allows is one that `locked` allows. */
function isWithin(pin: IdentityPin, locked: IdentityPin): boolean {
  return (Object.entries(locked) as [Field, readonly string[]][]).every(
    ([field, patterns]) =>
      pin[field]?.every((value) => patterns.some((pattern) => covers(pattern, value))) ?? false,
  );
}

/** Everything that `locked` denies, `deny` denies as well. */
function deniesAll(deny: IdentityPin, locked: IdentityPin): boolean {
  return (Object.entries(locked) as [Field, readonly string[]][]).every(([field, values]) =>
    values.every((value) => deny[field]?.some((pattern) => covers(pattern, value)) ?? false),
  );
}

/** Of patterns that are exact or end in `*`: what `value` matches, `pattern` matches. */
function covers(pattern: string, value: string): boolean {
  return pattern === value || (pattern.endsWith('*') && value.startsWith(pattern.slice(0, -1)));
}

function mayMeet(a: RuleMatch, b: RuleMatch): boolean {
  return (
    a.name.some((one) => b.name.some((other) => covers(one, other) || covers(other, one))) &&
    shares(a.dependency, b.dependency) &&
    shares(a.source, b.source) &&
    shares(a.registry, b.registry)
  );
}

function shares(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a === undefined || b === undefined || a.some((value) => b.includes(value));
}
