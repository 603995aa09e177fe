/**
 * The client of a run that asks nobody: what the store or an evidence file has, and nothing else. Whatever could reach a
 * network is not even loaded.
 */
import { type Unproven, unproven } from '../core/check.ts';
import { printable } from '../core/text.ts';
import { about } from './answers.ts';
import { DownloadError } from './download-error.ts';
import type { EntryKind } from './entry.ts';
import { readNpmCache } from './npm-cache.ts';
import { bareBase, type NpmOptions } from './npmrc.ts';
import type { EvidenceStore } from './store.ts';
import { label, notAskable, storedManifest, storedTime, widened } from './stored.ts';
import type { Answer, PackageRef, RegistryClient } from './types.ts';
import { isAskable, pickRegistry } from './urls.ts';

/** @param portable  the store is made of evidence files, which anybody can write */
export function createOfflineClient(
  npm: NpmOptions,
  store: EvidenceStore,
  portable: boolean,
): RegistryClient {
  let fromStore = 0;
  let ages: RegistryClient['ages'];

  const registryFor = (name: string): string => pickRegistry(name, npm);
  const missing = (ref: PackageRef): Unproven =>
    unproven(
      'unreachable',
      'offline-missing',
      about({ registry: registryFor(ref.name), package: label(ref) }),
    );

  const answer = <T>(ref: PackageRef, kind: EntryKind, read: (bytes: Uint8Array) => T): Answer<T> => {
    if (!isAskable(ref)) return notAskable(ref);
    const { name, version } = ref;
    const kept = store.read({ registry: registryFor(name), name, version }, kind);
    // That there was none is not known any more: there may be one since.
    if (kept?.outcome !== 'found') return missing(ref);
    try {
      const value = read(kept.bytes);
      fromStore++;
      ages = widened(ages, kept.time);
      return { status: 'found', value };
    } catch {
      return missing(ref);
    }
  };

  return {
    registryFor,
    defaultRegistry: npm.defaultRegistry,
    manifest: async (ref) => {
      const found = answer(ref, 'manifest', (bytes) => storedManifest(bytes, ref));
      if (found.status !== 'unreachable') return found;
      // Of registries that have no answer about one version, only the packument is kept.
      return answer(ref, 'whole-manifest', (bytes) => storedManifest(bytes, ref));
    },
    fullManifest: async (ref) => answer(ref, 'whole-manifest', (bytes) => storedManifest(bytes, ref)),
    publishTime: async (ref, by) =>
      by === 'registry' && portable ? missing(ref) : answer(ref, 'time', storedTime),
    attestations: async (ref) => answer(ref, 'attestations', (bytes) => bytes),
    // Nobody signs them, and whoever writes an evidence file could put in keys of his own.
    keys: async (registry) => {
      const base = URL.canParse(registry) ? bareBase(new URL(registry)) : registry;
      return unproven('unreachable', 'offline-missing', { registry: printable(base) });
    },
    tarballIntegrity: async (ref) => missing(ref),
    tarball: async (ref) => missing(ref),
    cachedTarball: (sri, bytesMax) => readNpmCache(npm.cache, sri, bytesMax),
    forget: () => false,
    download: async (url) => {
      throw new DownloadError(
        printable(`cannot download ${url}: this run is offline`, 400),
        undefined,
        'unreachable',
      );
    },
    stats: {
      requests: 0,
      bytes: 0,
      get fromStore() {
        return fromStore;
      },
    },
    get ages() {
      return ages;
    },
    close: () => store.flush(),
  };
}
