import { createHash } from 'node:crypto';
import type { Layer } from './convert.ts';
import { refuseIdleGoal } from './convert-coverage.ts';
import type { SourceName } from './file-types.ts';
import { filesBoundBy, refuseWeakened } from './locked.ts';
import { mergeRegistries } from './merge-registries.ts';
import { mergeBuilders, refuseIdleMinimums } from './minimums.ts';
import type { Level, Placed, Policy, RequirementName, SourceLevels } from './types.ts';

const REQUIREMENTS: readonly RequirementName[] = [
  'integrity',
  'registrySignature',
  'publishAttestation',
  'provenance',
  'announced',
  'inclusionProof',
  'signedTime',
  'declaredRepository',
  'baseline',
  'resolved',
  'releaseAge',
  'buildLevel',
  'versionTag',
  'manifest',
  'installed',
  'unreachable',
  'uncovered',
];
const SOURCES: readonly SourceName[] = ['git', 'remote', 'file', 'directory', 'workspace', 'bundled'];

/**
 * Folds layers into one policy. Single values: the nearest layer that sets one wins. Rules and exemptions add up.
 * Registries: the nearest layer that names a URL says all about it.
 * @param layers  nearest first; the last one sets every value
 * @throws {VerifyDepsError} `policy-conflict` for a minimum that would do nothing, `policy-locked` for a layer that weakens
 *   what one of them has locked
 */
export function mergeLayers(layers: readonly Layer[]): Policy {
  refuseIdleMinimums(layers);
  refuseIdleGoal(layers);
  const policy = fold(layers);
  refuseWeakened(layers, policy, fold);
  return policy;
}

function fold(layers: readonly Layer[]): Policy {
  const registries = new Map(mergeRegistries(layers).map((registry) => [registry.url, registry]));
  const level = (kind: SourceName, reach: 'direct' | 'transitive'): Placed<Level> =>
    nearestOf(layers, (layer) => layer.sources[kind]?.[reach]);
  return {
    mode: nearestOf(layers, ({ mode }) => mode),
    places: {
      practices: layers.find(({ practices }) => practices !== undefined)?.places.practices,
      registries: new Map(layers.toReversed().flatMap(({ places }) => [...places.registries])),
    },
    practices: layers.find(({ practices }) => practices !== undefined)?.practices ?? 'none',
    defaults: record(REQUIREMENTS, (name) => nearestOf(layers, ({ require }) => require[name])),
    minimum: {
      releaseAge: nearestOf(layers, ({ minimum }) => minimum.releaseAge),
      buildLevel: nearestOf(layers, ({ minimum }) => minimum.buildLevel),
    },
    builders: mergeBuilders(layers),
    coverage: {
      level: nearestOf(layers, ({ coverage }) => coverage.level),
      goal: nearestOf(layers, ({ coverage }) => coverage.goal),
    },
    rules: layers.flatMap(({ rules }) => rules),
    bound: filesBoundBy(layers, 'require'),
    sources: record(SOURCES, (kind) => ({
      direct: level(kind, 'direct'),
      transitive: level(kind, 'transitive'),
      ...allowed(layers, kind),
    })),
    registries: [...registries.values()],
    scopes: layers.flatMap((layer) =>
      layer.scopes.filter(({ registry: url }) => layer.registries.includes(registries.get(url)!)),
    ),
    exemptions: layers.flatMap(({ exemptions }) => exemptions),
    files: layers.map(({ file }) => file),
    digest: digestOf(layers),
  };
}

/** The nearest layer that sets a kind's allowed places sets all of them. */
function allowed(layers: readonly Layer[], kind: SourceName): Pick<SourceLevels, 'allow'> {
  const allow = layers.find(({ sources }) => sources[kind]?.allow !== undefined)?.sources[kind]?.allow;
  return allow === undefined || allow.length === 0 ? {} : { allow };
}

function nearestOf<T>(layers: readonly Layer[], pick: (layer: Layer) => T | undefined): T {
  for (const layer of layers) {
    const value = pick(layer);
    if (value !== undefined) return value;
  }
  throw new Error('invariant: the preset recommended sets every value');
}

function record<K extends string, V>(keys: readonly K[], value: (key: K) => V): Readonly<Record<K, V>> {
  return Object.fromEntries(keys.map((key) => [key, value(key)])) as Record<K, V>;
}

/** sha256 over name, length and bytes of each file, in the order in which they count. */
function digestOf(layers: readonly Layer[]): string {
  const hash = createHash('sha256');
  for (const { file, bytes } of layers) hash.update(`${file}\0${bytes.length}\0`).update(bytes);
  return hash.digest('hex');
}
