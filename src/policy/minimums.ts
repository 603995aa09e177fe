/** Demands that are a matter of degree: how much (`minimum`), and what it is worth (`require`). */
import type { Layer } from './convert.ts';
import type { Decided } from './levels.ts';
import { placeOf, refusal } from './refuse.ts';
import type { BuilderLevel, MinimumName, Minimums, Placed, Policy, RequirementName, Rule } from './types.ts';

/** How much is demanded, and what it is worth where there is less. */
export interface AtLeast<T> {
  readonly minimum: T;
  readonly by: Decided;
}

export type DecidedMinimums = { readonly [K in MinimumName]: AtLeast<Minimums[K]> };
type Levels = Readonly<Record<RequirementName, Decided>>;

const NAMES = ['releaseAge', 'buildLevel'] as const satisfies readonly MinimumName[];

/** @param ruleFor  the rule that decides how much is demanded here, if one does */
export function minimumsBy(
  policy: Policy,
  levels: Levels,
  ruleFor: (name: MinimumName) => Rule | undefined,
): DecidedMinimums {
  const of = <K extends MinimumName>(name: K): AtLeast<Minimums[K]> => {
    const placed: Placed<Minimums[K]> | undefined = ruleFor(name)?.minimum[name];
    return { minimum: (placed ?? policy.minimum[name]).value, by: levels[name] };
  };
  return { releaseAge: of('releaseAge'), buildLevel: of('buildLevel') };
}

/** What is demanded where no rule applies. */
export function minimumsOf(policy: Policy, levels: Levels): DecidedMinimums {
  return minimumsBy(policy, levels, () => undefined);
}

/** Many places of a tree demand the same; said once, by the first of them. */
export function withoutDoubles(all: readonly DecidedMinimums[]): readonly DecidedMinimums[] {
  const seen = new Map<string, DecidedMinimums>();
  for (const minimums of all) {
    const key = NAMES.map((name) => `${minimums[name].minimum} ${minimums[name].by.level}`).join(' ');
    if (!seen.has(key)) seen.set(key, minimums);
  }
  return [...seen.values()];
}

export function demandsSomething({ minimum, by }: AtLeast<number>): boolean {
  return by.level !== 'off' && minimum > 0;
}

/** Of the same pattern the nearest layer decides. @param layers  nearest first */
export function mergeBuilders(layers: readonly Layer[]): readonly BuilderLevel[] {
  const byPattern = new Map<string, BuilderLevel>();
  for (const builder of layers.flatMap(({ builders }) => builders)) {
    if (!byPattern.has(builder.pattern)) byPattern.set(builder.pattern, builder);
  }
  return [...byPattern.values()];
}

/**
 * A minimum that nothing makes a demand would protect nobody, and whoever wrote it would not know. Not meant: a preset's,
 * and one that a nearer file has switched off.
 * @param layers  nearest first
 * @throws {VerifyDepsError} `policy-conflict`
 */
export function refuseIdleMinimums(layers: readonly Layer[]): void {
  for (const name of NAMES) {
    const rules = layers.flatMap((layer) => layer.rules);
    if (rules.some(({ require }) => require[name] !== undefined && require[name].value !== 'off')) continue;
    const deciding = layers.findIndex(({ require }) => require[name] !== undefined);
    const level = layers[deciding]?.require[name];
    if (level === undefined || level.value !== 'off') continue;
    for (const layer of layers.slice(0, deciding)) {
      const owners = [layer, ...layer.rules.filter(({ require }) => require[name] === undefined)];
      const idle = owners.map(({ minimum }) => minimum[name]).find((placed) => placed && placed.value > 0);
      if (idle === undefined || layer.file.startsWith('preset:')) continue;
      throw refusal(
        'policy-conflict',
        idle.at,
        `minimum.${name} does nothing while require.${name} is off (${placeOf(level.at)})`,
        `set require.${name} to error or warn`,
      );
    }
  }
}
