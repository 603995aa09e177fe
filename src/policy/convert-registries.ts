/** Registries as a file writes them. */
import { normalRegistry } from '../core/registry-url.ts';
import type { PinnedKey, RegistryTrust } from '../trust/types.ts';
import type { PinnedKeyFile, RegistryFile } from './file-types.ts';
import type { ParsedPolicy, Path } from './parse.ts';
import { placeOf, quoted, refusal } from './refuse.ts';
import { isRealTime, list } from './short-forms.ts';
import type { Position } from './types.ts';

/** @throws {VerifyDepsError} `policy-malformed`, `policy-conflict` */
export function toRegistries(registries: readonly RegistryFile[], parsed: ParsedPolicy): RegistryTrust[] {
  const seen = new Map<string, Position>();
  return registries.map((registry, index) => {
    const path = ['registries', index];
    const at = parsed.at(path);
    const url = registryUrl(registry.url, parsed.at([...path, 'url']));
    const earlier = seen.get(url);
    if (earlier !== undefined) {
      throw refusal(
        'policy-conflict',
        at,
        `registry ${quoted(url)} is given twice, first at ${placeOf(earlier)}`,
      );
    }
    seen.set(url, at);
    const mirrorAt = parsed.at([...path, 'mirrorOf']);
    const mirrorOf =
      registry.mirrorOf === undefined || registry.mirrorOf === 'default'
        ? registry.mirrorOf
        : registryUrl(registry.mirrorOf, mirrorAt);
    const given = registry.keys ?? (mirrorOf === undefined ? 'tuf' : 'mirror');
    const keys = typeof given === 'string' ? given : 'pinned';
    if (keys === 'mirror' && mirrorOf === undefined) {
      throw refusal('policy-malformed', at, 'keys: mirror needs mirrorOf', 'write mirrorOf: default');
    }
    if (keys !== 'mirror' && mirrorOf !== undefined) {
      throw refusal(
        'policy-malformed',
        mirrorAt,
        `mirrorOf does not go with keys: ${keys === 'pinned' ? '[…]' : keys}`,
      );
    }
    if (keys === 'registry' && url.startsWith('http:') && !isLoopback(url)) {
      throw refusal(
        'policy-malformed',
        at,
        'keys: registry over http would take keys from anyone on the way',
      );
    }
    const pinned =
      typeof given === 'string' ? [] : given.map((key, i) => toPinnedKey(key, [...path, 'keys', i], parsed));
    return { url, keys, mirrorOf, pinned };
  });
}

function toPinnedKey(key: PinnedKeyFile, path: Path, parsed: ParsedPolicy): PinnedKey {
  for (const field of ['validFrom', 'validUntil'] as const) {
    const value = key[field];
    if (value === undefined) continue;
    if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?Z)?$/.test(value) || !isRealTime(value)) {
      throw refusal(
        'policy-malformed',
        parsed.at([...path, field]),
        `${quoted(value)} is not an ISO date or time`,
      );
    }
  }
  const usage = key.usage === undefined ? (['signatures', 'attestations'] as const) : list(key.usage);
  return { keyid: key.keyid, key: key.key, usage, validFrom: key.validFrom, validUntil: key.validUntil };
}

/** @throws {VerifyDepsError} `policy-malformed` */
export function registryUrl(text: string, at: Position): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw refusal('policy-malformed', at, `${quoted(text)} is not the URL of a registry`);
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw refusal(
      'policy-malformed',
      at,
      'the URL of a registry must not carry credentials, a query or a fragment',
    );
  }
  // The one spelling in which registries are compared everywhere.
  const normal = normalRegistry(text);
  if (normal === undefined)
    throw refusal('policy-malformed', at, `${quoted(text)} is too long for the URL of a registry`);
  return normal;
}

function isLoopback(url: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
}
