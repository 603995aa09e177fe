/**
 * What a policy has locked, held against what is in force in the end. Compared are values, not files: it makes no
 * difference whether something is weakened by who extends the policy, by a file listed beside it, or by their order.
 * Whatever is as strict or stricter is allowed.
 */

import type { Layer } from './convert.ts';
import { coverageGoal } from './coverage.ts';
import { RANK } from './levels.ts';
import { refuseWeakerRules } from './locked-rules.ts';
import { covers } from './overlap.ts';
import { placeOf, quoted, refusal } from './refuse.ts';
import type { LockedPart, Placed, Policy, Position, RequirementName, Rule } from './types.ts';

/** One lock: what it covers, and who is bound by it. */
export interface Lock {
  /** The policy that locks, with all it rests on, and nothing else. */
  readonly own: Policy;
  /** Layers that are no part of it. */
  readonly others: readonly Layer[];
  /** Rules that can decide where one of its own would by itself: of other layers, and of its own that came nearer. */
  readonly rivals: readonly Rule[];
  /** Of all layers, nearest first. */
  readonly files: readonly string[];
  readonly refuse: (what: string, here: Position, there: Position | undefined) => never;
}

/**
 * @param layers  nearest first
 * @param final   what they come to
 * @param fold    makes a policy of layers without looking at locks
 * @throws {VerifyDepsError} `policy-locked`
 */
export function refuseWeakened(
  layers: readonly Layer[],
  final: Policy,
  fold: (layers: readonly Layer[]) => Policy,
): void {
  const byFile = new Map(layers.map((layer) => [layer.file, layer]));
  // Sets every value that is set nowhere else; it need not come last.
  const base = byFile.get('preset:recommended');
  for (const layer of layers) {
    if (layer.locked.length === 0) continue;
    const below = layer.restsOn.map((file) => byFile.get(file)!);
    const own = [layer, ...below, ...(base === undefined || below.includes(base) ? [] : [base])];
    const policy = fold(own);
    const others = layers.filter((other) => !own.includes(other));
    const rivals = layers
      .filter((other) => others.includes(other) || cameNearer(other, own, layers))
      .flatMap(({ rules }) => rules);
    const { files } = final;
    for (const { value: part, at } of layer.locked) {
      const refuse: Lock['refuse'] = (what, here, there) => {
        const of = there === undefined ? '' : ` of ${placeOf(there)}`;
        throw refusal(
          'policy-locked',
          here,
          `${what}${of}, and ${placeOf(at)} locks ${part}`,
          'make it as strict as there or stricter, or ask those who keep that policy',
        );
      };
      checks[part]({ own: policy, others, rivals, files, refuse }, final);
    }
  }
}

/** Files that are no part of a policy that locks this. */
export function filesBoundBy(layers: readonly Layer[], part: LockedPart): ReadonlySet<string> {
  const locking = layers.filter(({ locked }) => locked.some(({ value }) => value === part));
  const others = ({ file, restsOn }: Layer): readonly string[] =>
    layers.map((layer) => layer.file).filter((other) => other !== file && !restsOn.includes(other));
  return new Set(locking.flatMap(others));
}

/**
 * A file that comes in by several ways counts where it is weakest, which can turn the order of the others around: what
 * extends `[a, b]` has b before a, and `[b, that]` has a before b.
 */
function cameNearer(layer: Layer, own: readonly Layer[], layers: readonly Layer[]): boolean {
  const before = own.slice(0, Math.max(0, own.indexOf(layer)));
  return before.some((other) => layers.indexOf(layer) < layers.indexOf(other));
}

const checks: Readonly<Record<LockedPart, (lock: Lock, final: Policy) => void>> = {
  mode: ({ own, refuse }, { mode }) => {
    if (own.mode.value === 'enforce' && mode.value === 'observe')
      refuse('mode: observe weakens enforce', mode.at, own.mode.at);
  },
  require: (lock, final) => {
    for (const name of Object.keys(lock.own.defaults) as RequirementName[]) {
      atLeast(lock, `require.${name}`, final.defaults[name], lock.own.defaults[name]);
    }
    atLeast(lock, 'require.coverage', final.coverage.level, lock.own.coverage.level);
    refuseWeakerRules(lock, 'require');
  },
  minimum: (lock, final) => {
    for (const name of ['releaseAge', 'buildLevel'] as const) {
      const [here, there] = [final.minimum[name], lock.own.minimum[name]];
      if (here.value < there.value) lock.refuse(`minimum.${name} is lower than that`, here.at, there.at);
    }
    refuseLowerCoverage(lock, final);
    for (const { pattern, level, at } of final.builders) {
      const known = lock.own.builders.find((builder) => builder.pattern === pattern);
      if (level > (known?.level ?? 0))
        lock.refuse(`builder ${quoted(pattern)} is worth more than by the table`, at, known?.at);
    }
    refuseWeakerRules(lock, 'minimum');
  },
  rules: (lock) => refuseWeakerRules(lock, 'rules'),
  sources: (lock, final) => {
    for (const kind of Object.keys(final.sources) as (keyof Policy['sources'])[]) {
      const [here, there] = [final.sources[kind], lock.own.sources[kind]];
      for (const reach of ['direct', 'transitive'] as const) {
        atLeast(lock, `sources.${kind}.${reach}`, here[reach], there[reach]);
      }
      const allowed = there.allow ?? [];
      const added = here.allow?.find(({ value }) => !allowed.some((place) => covers(place.value, value)));
      if (added !== undefined)
        lock.refuse(`sources.${kind} allows ${quoted(added.value)}, beyond those`, added.at, there.direct.at);
    }
  },
  registries: refuseOtherRegistries,
  exemptions: ({ others, refuse }) => {
    const [first] = others.flatMap(({ exemptions }) => exemptions);
    if (first !== undefined)
      refuse(`an exemption for ${quoted(first.name)} that is not among those`, first.at, undefined);
  },
};

function atLeast(
  lock: Lock,
  name: string,
  here: Placed<keyof typeof RANK>,
  there: Placed<keyof typeof RANK>,
): void {
  if (RANK[here.value] < RANK[there.value])
    lock.refuse(`${name}: ${here.value} weakens ${there.value}`, here.at, there.at);
}

function refuseLowerCoverage({ own, refuse }: Lock, { coverage }: Policy): void {
  const [here, there] = [coverage.goal, own.coverage.goal];
  if (here.value === there.value) return;
  const [now, locked] = [coverageGoal(here.value), coverageGoal(there.value)];
  // A share and the ratchet cannot be compared: which of them is stricter changes from run to run.
  const higher = now?.kind === 'share' && locked?.kind === 'share' && now.tenths >= locked.tenths;
  if (!higher) refuse(`minimum.coverage: ${here.value} is not at least ${there.value}`, here.at, there.at);
}

/** Whose keys count for a registry, and which registries a scope may come from. One that is not named has the trust root's. */
function refuseOtherRegistries({ own, refuse }: Lock, final: Policy): void {
  for (const registry of final.registries) {
    const there = own.registries.find(({ url }) => url === registry.url);
    const same =
      there === undefined ? registry.keys === 'tuf' : JSON.stringify(there) === JSON.stringify(registry);
    const at = final.places.registries.get(registry.url);
    if (!same && at !== undefined)
      refuse(
        `registry ${quoted(registry.url)} gets other keys than those`,
        at,
        own.places.registries.get(registry.url),
      );
  }
  for (const { scope, registry, at } of own.scopes) {
    if (final.scopes.some((pin) => pin.scope === scope && pin.registry === registry)) continue;
    refuse(`scope ${scope} is not pinned any more`, final.places.registries.get(registry) ?? at, at);
  }
  const added = final.scopes.find((pin) => {
    const pins = own.scopes.filter(({ scope }) => scope === pin.scope);
    return pins.length > 0 && !pins.some(({ registry }) => registry === pin.registry);
  });
  if (added !== undefined)
    refuse(`scope ${added.scope} may come from another registry than those`, added.at, undefined);
}
