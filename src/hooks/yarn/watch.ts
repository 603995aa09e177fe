/** Ties the bytes that arrive from the network to the package for which yarn asked. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import type { Cache, Locator, NetworkCall, NetworkRequest } from './types.ts';

/** One attempt of yarn to get at an archive. */
export interface Watch {
  /** The archive was made in this attempt, out of bytes that were loaded for it, and did not lie in a cache. */
  loaded: boolean;
  /** sha512 integrity of what arrived. */
  tarball: string | undefined;
  /** Called with each tarball before yarn unpacks it. Throws for what must not be unpacked. */
  readonly judge: (tarball: string) => Promise<void>;
}

const watching = new AsyncLocalStorage<Watch>();

export function watched<T>(watch: Watch, work: () => Promise<T>): Promise<T> {
  return watching.run(watch, work);
}

const originals = new WeakMap<Cache, Cache>();

/**
 * The cache, except that the watch learns whether something was loaded. It shares all state with the original.
 * @param compare  what is in the cache is compared with what is loaded anew, as `--check-cache` does
 */
export function watchedCache(cache: Cache, watch: Watch, compare: boolean): Cache {
  const original = originals.get(cache) ?? cache;
  const copy = Object.create(original, {
    ...(compare ? { check: { value: true } } : {}),
    fetchPackageFromCache: {
      value(
        this: Cache,
        locator: Locator,
        checksum: string | null,
        options: { readonly loader?: () => Promise<unknown> },
      ) {
        const { loader } = options;
        const noting = {
          loader: () => {
            watch.loaded = true;
            return loader!();
          },
        };
        return original.fetchPackageFromCache.call(this, locator, checksum, {
          ...options,
          ...(loader === undefined ? {} : noting),
        });
      },
    },
  }) as Cache;
  originals.set(copy, original);
  return copy;
}

/**
 * Yarn's hook around a request.
 * @param refuse  makes the error for a tarball that nobody waits for
 */
export function watchRequest(
  call: NetworkCall,
  { target, method }: NetworkRequest,
  refuse: (why: string) => Error,
): NetworkCall {
  if (method !== 'GET') return call;
  const watch = watching.getStore();
  if (watch === undefined) {
    // The place of a tarball in a registry. Yarn gets them through its fetchers, which are gated.
    if (!/\/-\/[^/]+\.tgz$/.test(new URL(String(target)).pathname)) return call;
    return () => Promise.reject(refuse('a tarball was asked for past the gate'));
  }
  return async () => {
    const response = await call();
    if (!(response.body instanceof Uint8Array)) throw refuse('the registry sent no tarball');
    const tarball = `sha512-${createHash('sha512').update(response.body).digest('base64')}`;
    if (watch.tarball !== undefined && watch.tarball !== tarball) {
      throw refuse('the registry sent two different tarballs for one version');
    }
    watch.tarball = tarball;
    await watch.judge(tarball);
    return response;
  };
}
