import type { Clock } from '../core/clock.ts';
import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { normalRegistry, withoutSlashes } from '../core/registry-url.ts';
import { printable } from '../core/text.ts';
import type { RegistryClient } from '../registry/types.ts';
import { parseTrustRoot } from '../sigstore/trust-root.ts';
import type { TrustRoot } from '../sigstore/types.ts';
import { reasonOf } from './failure.ts';
import { readPinnedFile, readRegistryKeysFile, readTrustRootFile } from './pinned.ts';
import { parseKeysTarget, pinnedKeys, servedKeys } from './registry-keys.ts';
import { keysTargetName } from './registry-url.ts';
import { expectRootForm, readSeed } from './seed.ts';
import { openTuf, type TufTargets } from './tuf.ts';
import type { WantedTarget } from './tuf-client.ts';
import { examineAnchor } from './tuf-examine.ts';
import { TRUST_ROOT_TARGET } from './tuf-replay.ts';
import type { RegistryKey, RegistryKeys, RegistryTrust, Trust, TrustOptions, TrustOrigin } from './types.ts';

/**
 * Loads the trust root and stands ready to tell the keys of registries; each registry is looked up once.
 *
 * Keys of a registry: as the policy says. Where it says nothing, or `tuf`: those of `registryKeysFile` if one is given,
 * else those that the TUF repository has for this very host and path; with `trustRootFile` alone there are none.
 * @throws {VerifyDepsError} `usage`, `policy-malformed`, `policy-conflict`, `trust-root-unreadable`, `trust-root-invalid` or
 *   `trust-root-unreachable`; `registryKeys` throws the last two
 */
export async function loadTrust(options: TrustOptions, client: RegistryClient, clock: Clock): Promise<Trust> {
  if (options.trustRootFile !== undefined && (options.tufMirror ?? options.tufRootFile) !== undefined)
    throw new VerifyDepsError('usage', 'a trust root file and a tuf mirror or root exclude each other', {
      hint: 'give either --trust-root, or --tuf-mirror and --tuf-root',
    });
  const policies = policiesOf(options.registries);
  const fileKeys =
    options.registryKeysFile === undefined ? undefined : await readRegistryKeysFile(options.registryKeysFile);

  const tuf =
    options.trustRootFile === undefined
      ? await openRepository(options, client, clock, fileKeys ? [] : likelyKeys(policies, client))
      : undefined;
  const { root, origin } =
    tuf === undefined ? await readTrustRootFile(options.trustRootFile!) : await tufRoot(tuf);

  const lookUp = async (registry: string, from: readonly string[]): Promise<RegistryKeys | undefined> => {
    const policy = policies.get(registry);
    switch (policy?.trust.keys ?? 'tuf') {
      case 'none':
        return undefined;
      case 'pinned':
        return { origin: 'policy', registry, keys: policy?.pinned ?? [] };
      case 'registry':
        return askRegistry(client, registry);
      case 'mirror': {
        const origin = mirrored(policy?.trust, client);
        if (from.includes(origin) || origin === registry)
          throw new VerifyDepsError('policy-conflict', `registry ${printable(registry)} mirrors itself`, {
            hint: 'name the registry whose keys count',
          });
        return lookUp(origin, [...from, registry]);
      }
      case 'tuf':
        if (fileKeys) return { origin: 'policy', registry, keys: fileKeys };
        return tuf && tufKeys(tuf, registry);
    }
  };

  const found = new Map<string, Promise<RegistryKeys | undefined>>();
  return {
    root,
    origin,
    expires: tuf?.expires,
    tuf: tuf?.held && { mirror: publicName(tuf.mirror), held: tuf.held },
    async registryKeys(registry) {
      const normal = normalRegistry(registry);
      if (normal === undefined) return undefined;
      let keys = found.get(normal);
      if (keys === undefined) {
        keys = lookUp(normal, []);
        found.set(normal, keys);
      }
      return keys;
    },
  };
}

interface RegistryPolicy {
  readonly trust: RegistryTrust;
  readonly pinned: readonly RegistryKey[];
}

/** What the policy says by registry; pinned keys are read here, so that a slip shows whether or not they are needed. */
function policiesOf(registries: readonly RegistryTrust[]): ReadonlyMap<string, RegistryPolicy> {
  const policies = new Map<string, RegistryPolicy>();
  for (const trust of registries) {
    const url = normalRegistry(trust.url);
    const shown = printable(trust.url);
    if (url === undefined)
      throw new VerifyDepsError('policy-malformed', `registry ${shown} is not an http or https url`, {
        hint: 'write it as npm has it: https://HOST/PATH/',
      });
    if (policies.has(url))
      throw new VerifyDepsError('policy-conflict', `registry ${shown} is configured twice`, {
        hint: 'keep one entry for each registry',
      });
    try {
      policies.set(url, {
        trust,
        pinned: trust.keys === 'pinned' ? pinnedKeys(trust.pinned, `registry ${shown}`) : [],
      });
    } catch (error) {
      if (!(error instanceof ProofError)) throw error;
      throw new VerifyDepsError('policy-malformed', `pinned keys cannot be used: ${reasonOf(error)}`, {
        hint: 'copy key id and key from the operator of the registry, whole',
        cause: error,
      });
    }
  }
  return policies;
}

function mirrored(trust: RegistryTrust | undefined, client: RegistryClient): string {
  const named = trust?.mirrorOf === 'default' ? client.defaultRegistry : trust?.mirrorOf;
  const url = named === undefined ? undefined : normalRegistry(named);
  if (url !== undefined) return url;
  throw new VerifyDepsError(
    'policy-malformed',
    `registry ${printable(trust?.url ?? '')} mirrors ${printable(named ?? 'nothing')}, which is not a url`,
    { hint: "name the registry it mirrors, or 'default'" },
  );
}

/** Keys that nearly every run needs: of npm's default registry and of the one in use. Asked for together with the root. */
function likelyKeys(
  policies: ReadonlyMap<string, RegistryPolicy>,
  client: RegistryClient,
): readonly WantedTarget[] {
  const likely = new Set<string>();
  for (const url of [client.defaultRegistry, client.registryFor('a')]) {
    const registry = normalRegistry(url);
    if (registry !== undefined && (policies.get(registry)?.trust.keys ?? 'tuf') === 'tuf')
      likely.add(keysTargetName(registry));
  }
  return [...likely].map(keysTarget);
}

function keysTarget(name: string): WantedTarget {
  return { name, bytesMax: limits.keysBytesMax };
}

async function openRepository(
  options: TrustOptions,
  client: RegistryClient,
  clock: Clock,
  wanted: readonly WantedTarget[],
): Promise<TufTargets & { readonly mirror: string }> {
  const seed = await readSeed();
  const mirror = options.tufMirror === undefined ? seed.mirror : normalMirror(options.tufMirror);
  const byDefault = mirror === withoutSlashes(seed.mirror);
  if (options.tufRootFile === undefined && !byDefault)
    throw new VerifyDepsError(
      'trust-root-unreadable',
      `tuf mirror ${printable(mirror)} needs the root it is anchored in`,
      { hint: 'give its root.json with --tuf-root FILE' },
    );
  let anchor = seed.root;
  if (options.tufRootFile !== undefined) {
    anchor = await readPinnedFile(options.tufRootFile, limits.tufMetadataBytesMax, 'tuf root');
    expectRootForm(anchor, printable(options.tufRootFile));
    const refusal = examineAnchor(anchor, `tuf root file ${printable(options.tufRootFile)}`);
    if (refusal !== undefined)
      throw new VerifyDepsError('trust-root-unreadable', refusal.message, {
        hint: 'give the root.json that the operator of the repository hands out, whole',
        cause: refusal,
      });
  }
  const targets = await openTuf({
    mirror,
    anchor,
    seed: options.tufRootFile === undefined ? seed : undefined,
    cacheDir: options.cacheDir,
    offline: options.offline,
    download: (url, bytesMax) => client.download(url, bytesMax),
    clock,
    wanted,
    offered: options.offered?.(publicName(mirror)),
  });
  return { ...targets, mirror };
}

function normalMirror(url: string): string {
  if (url.length <= limits.urlCharsMax && URL.canParse(url)) {
    const { protocol, href, search, hash } = new URL(url);
    if ((protocol === 'https:' || protocol === 'http:') && search === '' && hash === '')
      return withoutSlashes(href);
  }
  throw new VerifyDepsError('usage', `tuf mirror ${printable(url)} is not an http or https url`, {
    hint: 'give the url below which timestamp.json is served',
  });
}

/** The URL of a mirror without credentials: by it, evidence files know the repository. */
function publicName(mirror: string): string {
  const url = new URL(mirror);
  url.username = '';
  url.password = '';
  return withoutSlashes(url.href);
}

async function tufRoot(tuf: TufTargets): Promise<{ readonly root: TrustRoot; readonly origin: TrustOrigin }> {
  const bytes = await tuf.target(TRUST_ROOT_TARGET);
  if (bytes === undefined) throw notUsable(TRUST_ROOT_TARGET.name, tuf.origin, 'there is none');
  return {
    root: parseTarget(TRUST_ROOT_TARGET.name, tuf.origin, () => parseTrustRoot(bytes)),
    origin: tuf.origin,
  };
}

async function tufKeys(tuf: TufTargets, registry: string): Promise<RegistryKeys | undefined> {
  const name = keysTargetName(registry);
  const bytes = await tuf.target(keysTarget(name));
  if (bytes === undefined) return undefined;
  const keys = parseTarget(name, tuf.origin, () => parseKeysTarget(bytes, name));
  return keys.length === 0 ? undefined : { origin: 'tuf', registry, keys };
}

function parseTarget<T>(name: string, origin: TrustOrigin, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ProofError) throw notUsable(name, origin, reasonOf(error), error);
    throw error;
  }
}

function notUsable(name: string, origin: TrustOrigin, why: string, cause?: unknown): VerifyDepsError {
  return new VerifyDepsError(
    'trust-root-invalid',
    `target ${printable(name)} of ${printable(origin.from)} cannot be used: ${why}`,
    { hint: 'a newer version of this tool may be able to read it', cause },
  );
}

/** Its own word about its own keys: taken only because the policy says so. */
async function askRegistry(client: RegistryClient, registry: string): Promise<RegistryKeys | undefined> {
  const answer = await client.keys(registry);
  const shown = printable(registry);
  if (answer.status === 'absent') return undefined;
  if (answer.status !== 'found')
    throw new VerifyDepsError(
      answer.status === 'unreachable' ? 'trust-root-unreachable' : 'trust-root-invalid',
      `signing keys of registry ${shown} cannot be had: ${answer.code}`,
      { hint: 'pin the keys in the policy to be independent of the registry' },
    );
  try {
    const keys = servedKeys(answer.value, `keys of ${shown}`);
    return keys.length === 0 ? undefined : { origin: 'registry', registry, keys };
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new VerifyDepsError(
      'trust-root-invalid',
      `signing keys of registry ${shown} cannot be used: ${reasonOf(error)}`,
      { hint: 'pin the keys in the policy, or tell the operator of the registry', cause: error },
    );
  }
}
