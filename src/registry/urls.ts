/** Addresses of a registry. Names and versions come out of lockfiles, so nothing of them may change the path. */
import { limits } from '../core/limits.ts';
import type { NpmOptions } from './npmrc.ts';
import type { PackageRef } from './types.ts';

/** As npm's own `pickRegistry`: the scope's registry, else the one of npm's `scope` setting, else the default. */
export function pickRegistry(name: string, npm: NpmOptions): string {
  const slash = name.indexOf('/');
  const scope = name.startsWith('@') && slash > 0 ? name.slice(0, slash) : undefined;
  const scoped = scope === undefined ? undefined : npm.scopes.get(scope);
  return scoped ?? (npm.scope === undefined ? undefined : npm.scopes.get(npm.scope)) ?? npm.registry;
}

/** A name or version that could mean another path is no package of any registry. */
export function isAskable(ref: PackageRef): boolean {
  const segments = ref.name.startsWith('@') ? ref.name.slice(1).split('/') : [ref.name];
  return (
    segments.length <= 2 &&
    (segments.length === 2) === ref.name.startsWith('@') &&
    ref.name.length <= limits.packageNameCharsMax &&
    ref.version.length <= limits.versionCharsMax &&
    [...segments, ref.version].every(
      (segment) => /^[^\s/\\]+$/.test(segment) && !/^\.{1,2}$/.test(segment),
    ) &&
    isWellFormed(ref.name + ref.version)
  );
}

/** `@scope%2fname`, as npm writes it. */
export function escapeName(name: string): string {
  if (!name.startsWith('@')) return encodeURIComponent(name);
  const slash = name.indexOf('/');
  return `@${encodeURIComponent(name.slice(1, slash))}%2f${encodeURIComponent(name.slice(slash + 1))}`;
}

export function packumentUrl(registry: string, name: string): string {
  return `${registry}${escapeName(name)}`;
}

export function manifestUrl(registry: string, ref: PackageRef): string {
  return `${registry}${escapeName(ref.name)}/${encodeURIComponent(ref.version)}`;
}

export function attestationsUrl(registry: string, ref: PackageRef): string {
  return `${registry}-/npm/v1/attestations/${escapeName(ref.name)}@${encodeURIComponent(ref.version)}`;
}

export function keysUrl(registry: string): string {
  return `${registry}-/npm/v1/keys`;
}

/** encodeURIComponent throws on half a surrogate pair. */
function isWellFormed(text: string): boolean {
  return !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text);
}
