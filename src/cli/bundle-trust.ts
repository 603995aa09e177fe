import { systemClock } from '../core/clock.ts';
import type { TrustRoot } from '../sigstore/types.ts';
import { readTrustRootFile } from '../trust/pinned.ts';
import type { RegistryTrust, TrustOrigin } from '../trust/types.ts';
import type { WorkArgs } from './args.ts';
import type { Context } from './context.ts';

export interface LoadedTrust {
  readonly root: TrustRoot;
  readonly origin: TrustOrigin;
}

/**
 * The trust root alone. Where it comes from a file, nothing that knows of networks is loaded.
 * @throws {VerifyDepsError} what `loadTrust` throws
 */
export async function loadTrustRoot(
  work: WorkArgs,
  offline: boolean,
  context: Context,
): Promise<LoadedTrust> {
  if (work.trustRoot !== undefined) return readTrustRootFile(work.trustRoot);
  context.ui.update({ phase: 'trust', done: 0, total: 0 });
  const [{ loadTrust }, { createRegistryClient }, { loadNpmrc }, { cacheFolder }] = await Promise.all([
    import('../trust/load.ts'),
    import('../registry/client.ts'),
    import('../registry/npmrc.ts'),
    import('../registry/cache-folder.ts'),
  ]);
  // For its proxy and certificate authorities; no registry is asked.
  const npm = await loadNpmrc({ cwd: work.cwd, env: context.env, registry: undefined });
  const client = createRegistryClient({ npm, store: undefined, signal: context.signal });
  const none = (url: string): RegistryTrust => ({ url, keys: 'none', mirrorOf: undefined, pinned: [] });
  try {
    return await loadTrust(
      {
        trustRootFile: undefined,
        tufMirror: work.tufMirror,
        tufRootFile: work.tufRoot,
        registryKeysFile: undefined,
        // Their keys would be fetched along with the root, and no bundle needs them here.
        registries: [...new Set([client.defaultRegistry, client.registryFor('a')])].map(none),
        cacheDir: work.cacheDir ?? cacheFolder(context.env),
        offline,
      },
      client,
      systemClock,
    );
  } finally {
    await client.close();
  }
}
