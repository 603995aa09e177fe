/**
 * Rules beside those of a policy that has locked something. Which of two rules decides is a matter of how specific they
 * are, so a rule of somebody else can undo a default or a rule wherever it decides instead. It is held against whatever
 * decides there in the locked policy by itself: rules that may be about the same packages, unless they are asked before
 * it anyway, or would never decide there because another rule of theirs always does. Whatever is not plain (`overlap.ts`)
 * counts against it.
 */

import { RANK } from './levels.ts';
import type { Lock } from './locked.ts';
import { covers, includes, mayMeet, outranks } from './overlap.ts';
import { quoted, refusal } from './refuse.ts';
import type { IdentityPin, Level, MinimumName, Placed, RequirementName, Rule } from './types.ts';

type Part = 'require' | 'minimum' | 'rules';

/** Names held against names. 500 rules of five names each beside as many that are locked take a third of it. */
const STEPS_MAX = 20_000_000;

/** @throws {VerifyDepsError} `policy-locked`; `policy-malformed` for more rules than can be held against one another */
export function refuseWeakerRules(lock: Lock, part: Part): void {
  const { rules } = lock.own;
  const names = (list: readonly Rule[]): number =>
    list.reduce((sum, { match }) => sum + match.name.length, 0);
  const ownNames = names(rules);
  let steps = 0;
  for (const rule of lock.rivals) {
    for (const pattern of rule.match.name) {
      const met = rules.filter((own) => own !== rule && mayMeet(own, rule.match, pattern));
      const always = met.filter((own) => includes(own, rule.match, pattern));
      steps += ownNames + names(met) * (1 + always.length);
      if (steps > STEPS_MAX) {
        throw refusal(
          'policy-malformed',
          rule.at,
          'too many rules to hold them against those that are locked',
        );
      }
      const here = { lock, rule, pattern, met, always };
      if (part !== 'minimum') refuseLevels(here, part);
      if (part !== 'require') refuseMinimums(here, part);
      if (part === 'rules') refusePins(here);
    }
  }
}

/** A rule of somebody else under one of its names, and the locked policy's rules that may be about the same packages. */
interface Meeting {
  readonly lock: Lock;
  readonly rule: Rule;
  readonly pattern: string;
  readonly met: readonly Rule[];
  /** Of those, the ones that are about all of them. */
  readonly always: readonly Rule[];
}

/**
 * What the locked policy by itself says where this rule decides.
 * @param pick  what a rule demands
 * @returns     demands of its rules, and whether its default may be what counts
 */
function decidingIn<T>(
  { lock, rule, pattern, ...meeting }: Meeting,
  pick: (rule: Rule) => T | undefined,
): { readonly demands: readonly T[]; readonly byDefault: boolean } {
  const { own, files } = lock;
  const met = meeting.met.filter((other) => pick(other) !== undefined);
  const always = meeting.always.filter((other) => pick(other) !== undefined);
  if (always.some((other) => outranks(other, rule, pattern, files))) return { demands: [], byDefault: false };
  const deciding = met.filter(
    (other) =>
      !outranks(other, rule, pattern, files) &&
      !always.some((stronger) => outranks(stronger, other, pattern, own.files)),
  );
  return {
    demands: deciding.flatMap((other) => pick(other) ?? []),
    // One of its own, in another order, makes the demand itself.
    byDefault: always.length === 0 && !own.rules.includes(rule),
  };
}

function refuseLevels(here: Meeting, part: 'require' | 'rules'): void {
  const { lock, rule } = here;
  for (const [name, level] of Object.entries(rule.require) as [RequirementName, Placed<Level>][]) {
    const floor = floorOf(
      here,
      part,
      lock.own.defaults[name],
      ({ value }) => RANK[value],
      ({ require }) => require[name],
    );
    const there = floor.find((placed) => RANK[level.value] < RANK[placed.value]);
    if (there === undefined) continue;
    lock.refuse(
      `rule ${quoted(rule.id)}: require.${name}: ${level.value} weakens ${there.value}`,
      level.at,
      there.at,
    );
  }
}

function refuseMinimums(here: Meeting, part: 'minimum' | 'rules'): void {
  const { lock, rule } = here;
  for (const [name, degree] of Object.entries(rule.minimum) as [MinimumName, Placed<number>][]) {
    const theirs: Placed<number> = lock.own.minimum[name];
    const floor = floorOf(
      here,
      part,
      theirs,
      ({ value }) => value,
      ({ minimum }): Placed<number> | undefined => minimum[name],
    );
    const there = floor.find((placed) => degree.value < placed.value);
    if (there !== undefined)
      lock.refuse(`rule ${quoted(rule.id)}: minimum.${name} is lower than that`, degree.at, there.at);
  }
}

/** Locked rules hold as they are; a locked default holds everyone to itself, and to no more where a rule asks for more. */
function floorOf<T extends Placed<unknown>>(
  here: Meeting,
  part: Part,
  byDefault: T,
  rank: (placed: T) => number,
  pick: (rule: Rule) => T | undefined,
): readonly T[] {
  const found = decidingIn(here, pick);
  if (part === 'rules') return found.demands;
  const capped = found.demands.map((placed) => (rank(placed) < rank(byDefault) ? placed : byDefault));
  return found.byDefault ? [...capped, byDefault] : capped;
}

function refusePins(here: Meeting): void {
  const { lock, rule } = here;
  const { identity, deny } = rule;
  if (identity !== undefined) {
    const { demands } = decidingIn(here, (other) => other.identity);
    const wider = demands.find(({ value }) => !isWithin(identity.value, value));
    if (wider !== undefined)
      lock.refuse(`rule ${quoted(rule.id)}: identity allows more than that`, identity.at, wider.at);
  }
  if (deny !== undefined) {
    const { demands } = decidingIn(here, (other) => other.deny);
    const dropped = demands.find(({ value }) => !deniesAll(deny.value, value));
    if (dropped !== undefined)
      lock.refuse(`rule ${quoted(rule.id)}: deny leaves out some of that`, deny.at, dropped.at);
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
