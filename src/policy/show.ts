/** The policy in force, value by value, each with the place that set it. */
import { durationText } from './convert-minimum.ts';
import type { IdentityPin, Placed, Policy, Position, Rule, RuleMatch } from './types.ts';

export interface ShownValue {
  /** Path as it would be written: `require.provenance`, `rules[0].require.provenance`. */
  readonly key: string;
  readonly value: string;
  /** Undefined where no file says it. */
  readonly at: Position | undefined;
}

export function shownValues(policy: Policy): readonly ShownValue[] {
  const { mode, practices, defaults, minimum, coverage, places } = policy;
  return [
    shown('mode', mode),
    { key: 'practices', value: practices, at: places.practices },
    ...Object.entries(defaults).map(([name, level]) => shown(`require.${name}`, level)),
    shown('require.coverage', coverage.level),
    { key: 'minimum.releaseAge', value: durationText(minimum.releaseAge.value), at: minimum.releaseAge.at },
    shown('minimum.buildLevel', minimum.buildLevel),
    shown('minimum.coverage', coverage.goal),
    ...policy.builders.map(({ pattern, level, at }) => ({
      key: `builders[${pattern}]`,
      value: String(level),
      at,
    })),
    ...policy.rules.flatMap(ruleValues),
    ...Object.entries(policy.sources).flatMap(([kind, { direct, transitive, allow = [] }]) => [
      shown(`sources.${kind}.direct`, direct),
      shown(`sources.${kind}.transitive`, transitive),
      ...allow.map((place) => shown(`sources.${kind}.allow`, place)),
    ]),
    ...policy.registries.map(({ url, keys, mirrorOf, pinned }, index) => ({
      key: `registries[${index}]`,
      value: [url, `keys ${keys}`, mirrorOf && `of ${mirrorOf}`, ...pinned.map(({ keyid }) => keyid)]
        .filter((part) => part !== undefined && part !== '')
        .join(', '),
      at: places.registries.get(url),
    })),
    ...policy.scopes.map(({ scope, registry, at }) => ({ key: `scopes[${scope}]`, value: registry, at })),
    ...policy.exemptions.map(({ name, version, integrity, codes, expires, owner, at }, index) => ({
      key: `exemptions[${index}]`,
      value: [
        version === undefined ? name : `${name}@${version}`,
        integrity,
        codes?.join(' ') ?? 'all but what is wrong',
        `until ${new Date(expires).toISOString().slice(0, 10)}`,
        owner,
      ]
        .filter((part) => part !== undefined)
        .join(', '),
      at,
    })),
  ];
}

function ruleValues({ id, at, match, require, minimum, identity, deny }: Rule, index: number): ShownValue[] {
  const key = `rules[${index}]`;
  const pins = (name: 'identity' | 'deny', pin: Placed<IdentityPin> | undefined): ShownValue[] => {
    if (pin === undefined) return [];
    const fields = Object.entries(pin.value) as [string, readonly string[]][];
    if (fields.length === 0) return [{ key: `${key}.${name}`, value: 'off', at: pin.at }];
    return fields.map(([field, values]) => ({
      key: `${key}.${name}.${field}`,
      value: values.join(', '),
      at: pin.at,
    }));
  };
  return [
    { key, value: `${id}: ${matchText(match)}`, at },
    ...Object.entries(require).map(([name, level]) => shown(`${key}.require.${name}`, level)),
    ...Object.entries(minimum).map(([name, { value, at: here }]) => ({
      key: `${key}.minimum.${name}`,
      value: name === 'releaseAge' ? durationText(value) : String(value),
      at: here,
    })),
    ...pins('identity', identity),
    ...pins('deny', deny),
  ];
}

function matchText({
  name,
  version,
  dependency,
  direct,
  source,
  registry,
  installScript,
}: RuleMatch): string {
  return [
    name.join(', '),
    version && `version ${version}`,
    dependency && `dependency ${dependency.join(', ')}`,
    direct !== undefined && (direct ? 'direct' : 'transitive'),
    source && `source ${source.join(', ')}`,
    registry && `registry ${registry.join(', ')}`,
    installScript !== undefined && (installScript ? 'with install scripts' : 'without install scripts'),
  ]
    .filter((part) => typeof part === 'string' && part !== '')
    .join('; ');
}

function shown(key: string, { value, at }: Placed<string | number>): ShownValue {
  return { key, value: String(value), at };
}
