import { createHash } from 'node:crypto';
import type { RegistryTrust } from '../trust/types.ts';
import type { Layer } from './convert.ts';
import type { SourceName } from './schema.ts';
import type { Level, Placed, Policy, RequirementName } from './types.ts';

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
  'unreachable',
];
const SOURCES: readonly SourceName[] = ['git', 'remote', 'file', 'directory', 'workspace', 'bundled'];

/**
 * Folds layers into one policy. Single values: the nearest layer that sets one wins. Rules and exemptions add up.
 * Registries: the nearest layer that names a URL says all about it.
 * @param layers  nearest first; the last one sets every value
 */
export function mergeLayers(layers: readonly Layer[]): Policy {
  const registries = new Map<string, RegistryTrust>();
  for (const registry of layers.flatMap((layer) => layer.registries)) {
    if (!registries.has(registry.url)) registries.set(registry.url, registry);
  }
  const level = (kind: SourceName, reach: 'direct' | 'transitive'): Placed<Level> =>
    nearestOf(layers, (layer) => layer.sources[kind]?.[reach]);
  return {
    mode: nearestOf(layers, ({ mode }) => mode),
    defaults: record(REQUIREMENTS, (name) => nearestOf(layers, ({ require }) => require[name])),
    rules: layers.flatMap(({ rules }) => rules),
    sources: record(SOURCES, (kind) => ({
      direct: level(kind, 'direct'),
      transitive: level(kind, 'transitive'),
    })),
    registries: [...registries.values()],
    exemptions: layers.flatMap(({ exemptions }) => exemptions),
    files: layers.map(({ file }) => file),
    digest: digestOf(layers),
  };
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
