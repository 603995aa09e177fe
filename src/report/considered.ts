/** The rules that were considered for a package, for people and for programs. */
import { printable } from '../core/text.ts';
import type { ConsideredRule, Overruled, Unmet } from '../policy/considered.ts';
import { placeOf } from '../policy/refuse.ts';
import type { Position } from '../policy/types.ts';
import type { JsonOut } from './json-text.ts';
import { plural, wrap } from './layout.ts';
import type { Style } from './style.ts';

/** More rules about other names are counted, not shown; `--json` has them all. */
const OTHERS_MAX = 5;
const PATTERNS_MAX = 8;

/** @param rules  undefined where nobody asked */
export function consideredLines(
  { style, width }: { readonly style: Style; readonly width: number },
  rules: readonly ConsideredRule[] | undefined,
): readonly string[] {
  if (rules === undefined) return [];
  const head = style.bold('rules considered');
  if (rules.length === 0) return [head, '  none: the policy has no rules, so its defaults decide'];
  const others = rules.filter(({ unmet }) => unmet?.criterion === 'name');
  const hidden = others.length > OTHERS_MAX ? new Set(others) : new Set<ConsideredRule>();
  const lines = rules
    .filter((rule) => !hidden.has(rule))
    .flatMap((rule) => {
      const mark = rule.decides.length > 0 ? style.good('✔') : style.dim('·');
      const name = `${printable(rule.rule)} (${placeOf(rule.at)})`;
      return [`  ${mark} ${name}`, ...reasonsOf(rule).flatMap((text) => wrap(text, width, '      '))];
    });
  const more = hidden.size === 0 ? [] : [`  · ${plural(hidden.size, 'rule')} about other names`];
  return [
    `${head}, most specific first`,
    ...lines,
    ...more,
    '  what none of them decides, the defaults decide',
  ];
}

function reasonsOf({ unmet, elsewhere, decides, overruled }: ConsideredRule): readonly string[] {
  if (unmet !== undefined) return [`does not apply: ${unmetText(unmet)}`];
  return [
    ...(decides.length === 0 ? [] : [`decides ${decides.join(', ')}`]),
    ...byDecider(overruled).map(overruledText),
    ...(elsewhere === undefined ? [] : [`does not apply in every place: ${unmetText(elsewhere)}`]),
  ];
}

/** Several demands that the same other rule decides are told at once. */
function byDecider(overruled: readonly Overruled[]): readonly (readonly Overruled[])[] {
  const groups = new Map<string, Overruled[]>();
  for (const item of overruled) {
    const key = `${item.by.rule} ${placeOf(item.by.at)} ${item.same}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function overruledText(group: readonly Overruled[]): string {
  const { by, same } = group[0]!;
  const demands = group.map(({ demand }) => demand).join(', ');
  const other = `${printable(by.rule)} (${placeOf(by.at)})`;
  return same
    ? `demands the same ${demands} as ${other}`
    : `less specific than ${other}, which decides ${demands}`;
}

const NAMES: Readonly<Record<Exclude<Unmet['criterion'], 'direct' | 'installScript'>, string>> = {
  name: 'the name',
  version: 'the version',
  registry: 'the registry',
  dependency: 'the kind of dependency',
  source: 'the kind of source',
};

function unmetText({ criterion, expected, actual }: Unmet): string {
  const wanted = expected[0] === 'true';
  if (criterion === 'direct')
    return wanted ? 'another package brings it along' : 'the project itself depends on it';
  if (criterion === 'installScript') return wanted ? 'it has no install script' : 'it has an install script';
  const shown = expected
    .slice(0, PATTERNS_MAX)
    .map((value) => printable(value))
    .join(' or ');
  const more = expected.length > PATTERNS_MAX ? ` or ${expected.length - PATTERNS_MAX} more` : '';
  const has = actual.length === 0 ? 'none' : actual.map((value) => printable(value)).join(' and ');
  return `${NAMES[criterion]} is ${has}, the rule is about ${shown}${more}`;
}

export function consideredOut(rules: readonly ConsideredRule[] | undefined): JsonOut {
  return rules?.map(({ rule, at, unmet, elsewhere, decides, overruled }) => ({
    rule,
    ...placeOut(at),
    applies: unmet === undefined,
    decides,
    overruled: overruled.map(({ demand, by, same }) => ({
      demand,
      by: { rule: by.rule, ...placeOut(by.at) },
      same,
    })),
    unmet: unmet && { ...unmet },
    elsewhere: elsewhere && { ...elsewhere },
  }));
}

function placeOut({ file, line, column }: Position): { readonly [key: string]: JsonOut } {
  return { file, line, column };
}
