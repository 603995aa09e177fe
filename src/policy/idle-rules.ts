/**
 * Rules that decide nothing: whoever wrote them believes in a demand that is never made. Only those of files that can be
 * changed here are looked at, as a preset or a policy from elsewhere is written for many.
 */
import type { PackageNode } from '../tree/types.ts';
import { demandsOf } from './convert-rules.ts';
import { asked, unmetAnywhere, unmetAt } from './criteria.ts';
import { includes, outranks } from './overlap.ts';
import { rulesNaming } from './rule-index.ts';
import type { Policy, Position, Rule } from './types.ts';

export interface IdleRule {
  readonly rule: string;
  readonly at: Position;
  /** Who decides instead, of one of its demands at least; undefined if it matches no package. */
  readonly by: { readonly rule: string; readonly at: Position } | undefined;
}

/** Each is held against each. */
const NAMES_MAX = 4000;

/** Rules of which every demand is another rule's to decide, whatever the package. In the order of the policy. */
export function overruledRules({ rules, files }: Policy): readonly IdleRule[] {
  if (rules.reduce((sum, { match }) => sum + match.name.length, 0) > NAMES_MAX) return [];
  return rules.flatMap((rule, index) => {
    if (!isLocal(rule)) return [];
    const decides = (other: Rule, place: number, pattern: string): boolean =>
      outranks(other, rule, pattern, files) || (place < index && isCopy(other, rule));
    let by: Rule | undefined;
    for (const pattern of rule.match.name) {
      const others = rules.filter(
        (other, place) =>
          other !== rule && includes(other, rule.match, pattern) && decides(other, place, pattern),
      );
      for (const demand of demandsOf(rule).keys()) {
        const decider = others.find((other) => demandsOf(other).has(demand));
        if (decider === undefined) return [];
        by ??= decider;
      }
    }
    return by === undefined ? [] : [{ rule: rule.id, at: rule.at, by: { rule: by.id, at: by.at } }];
  });
}

/** Of the same file: nothing decides between the two, so that they have to say the same, and the first is named. */
function isCopy(first: Rule, second: Rule): boolean {
  return first.at.file === second.at.file && JSON.stringify(first.match) === JSON.stringify(second.match);
}

/**
 * Rules that mean none of these packages. Which registry answers, and what it says of install scripts, is not known here
 * and taken to be as the rule has it. Policies above the lockfile are for other projects too, and left out.
 * @param nodes  of the whole tree
 */
export function unmatchedRules(policy: Policy, nodes: Iterable<PackageNode>): readonly IdleRule[] {
  const open = new Map(
    policy.rules
      .filter((rule) => isLocal(rule) && !rule.at.file.startsWith('../'))
      .map((rule) => [
        rule,
        { ...rule, match: { ...rule.match, registry: undefined, installScript: undefined } },
      ]),
  );
  for (const node of nodes) {
    const item = asked(node.version, false, undefined);
    for (const { rule } of rulesNaming(policy, node.name)) {
      const known = open.get(rule);
      if (known === undefined || unmetAnywhere(known, item) !== undefined) continue;
      if (unmetAt(known, node, item) === undefined) open.delete(rule);
    }
  }
  return [...open.keys()].map(({ id, at }) => ({ rule: id, at, by: undefined }));
}

function isLocal({ at }: Rule): boolean {
  return !/^(?:preset:|npm:|https?:\/\/)/.test(at.file);
}
