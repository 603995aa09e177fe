import type { RegistryTrust } from '../trust/types.ts';

/** The nearest layer that names a URL says all about it. @param layers  nearest first */
export function mergeRegistries(
  layers: readonly { readonly registries: readonly RegistryTrust[] }[],
): readonly RegistryTrust[] {
  const registries = new Map<string, RegistryTrust>();
  for (const registry of layers.flatMap((layer) => layer.registries)) {
    if (!registries.has(registry.url)) registries.set(registry.url, registry);
  }
  return [...registries.values()];
}
