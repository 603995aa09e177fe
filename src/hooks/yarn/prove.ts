/**
 * The gate in front of yarn's fetchers: an archive is handed on only if it was made from a tarball that the policy lets
 * through. Either the tarball arrives in this process and is judged before yarn unpacks it, or the ledger knows from
 * which one the archive in the cache was made, or that one is loaded again and yarn compares the two.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { printable } from '../../core/text.ts';
import type { Offer } from '../../gate.ts';
import type { Ledger } from './ledger.ts';
import { type Origin, originOf } from './origin.ts';
import type { Fetcher, FetchOptions, FetchResult, Locator, Project, YarnCore, YarnPaths } from './types.ts';
import { type Watch, watched, watchedCache } from './watch.ts';

/** What decides for one project. */
export interface Judge {
  /** Throws for what is blocked, and where nothing could be decided. */
  judge(offer: Offer): Promise<void>;
  readonly ledger: Ledger;
}

export interface ProveOptions {
  readonly yarn: Pick<YarnCore, 'structUtils'> & YarnPaths;
  readonly judgeOf: (project: Project) => Promise<Judge>;
  /** Makes the error for an archive that nobody can vouch for. */
  readonly refuse: (why: string) => Error;
}

/** sha512 of the tarball; undefined for what has none and was let through. */
type Proof = string | undefined;

interface Proven {
  readonly proof: Proof;
  readonly result: FetchResult;
}

export interface Prover {
  /** Puts the gate in front of a fetcher. */
  gated(inner: Fetcher): Fetcher;
  /** The package went through the gate in this process. */
  isProven(project: Project, locator: Locator): boolean;
}

export function createProver(options: ProveOptions): Prover {
  const { structUtils } = options.yarn;
  const pending = new Map<string, Promise<Proof>>();
  const proven = new Set<string>();
  const keyOf = ({ cwd }: Project, { locatorHash }: Locator): string => JSON.stringify([cwd, locatorHash]);

  const fetchGated = async (inner: Fetcher, locator: Locator, how: FetchOptions): Promise<FetchResult> => {
    const origin = originOf(locator, options.yarn);
    if (origin.kind === 'own' || isMocked(locator, how)) return inner.fetch(locator, how);
    const key = keyOf(how.project, locator);
    const known = pending.get(key);
    if (known !== undefined) {
      await known;
      return inner.fetch(locator, how);
    }
    const first = prove(inner, locator, origin, how);
    pending.set(
      key,
      first.then(({ proof }) => proof),
    );
    // Whoever comes later gets the same answer; nobody may come.
    pending.get(key)!.catch(() => undefined);
    const { result } = await first;
    proven.add(key);
    return result;
  };

  const prove = async (
    inner: Fetcher,
    locator: Locator,
    origin: Exclude<Origin, { kind: 'own' }>,
    how: FetchOptions,
  ): Promise<Proven> => {
    const judge = await options.judgeOf(how.project);
    if (origin.kind === 'foreign') {
      const version = versionOf(how.project, locator);
      const name = structUtils.stringifyIdent(locator);
      await judge.judge({ name, version, integrity: undefined, source: origin.source });
      const watch: Watch = { loaded: false, tarball: undefined, judge: async () => undefined };
      return { proof: undefined, result: await watched(watch, () => inner.fetch(locator, how)) };
    }
    const source = origin.kind === 'patched' ? await proofOfSource(origin.of, how) : undefined;
    if (origin.kind === 'patched' && source === undefined) {
      const { kind } = originOf(origin.of, options.yarn);
      if (kind === 'registry' || kind === 'patched') throw options.refuse('what is patched was not proven');
      return { proof: undefined, result: await inner.fetch(locator, how) };
    }
    const judgeTarball = async (tarball: string): Promise<void> => {
      if (origin.kind === 'registry') await judge.judge({ ...origin, integrity: tarball });
      else if (tarball !== source) throw options.refuse('the archive was made from another tarball');
    };
    const name = structUtils.stringifyLocator(locator);
    const cached = await attempt(inner, locator, how, judgeTarball, false);
    const archive = await digestAt(cached);
    if (!cached.watch.loaded) {
      const tarball = await judge.ledger.tarballOf(name, archive);
      if (tarball !== undefined && (source === undefined || source === tarball)) {
        await judgeTarball(tarball);
        return { proof: tarball, result: cached.result };
      }
    }
    if (!cached.watch.loaded) cached.result.releaseFs?.();
    const loaded = cached.watch.loaded ? cached : await attempt(inner, locator, how, judgeTarball, true);
    const tarball = source ?? loaded.watch.tarball;
    if (tarball === undefined || !loaded.watch.loaded) {
      throw options.refuse('nobody saw from which tarball the archive in the cache was made');
    }
    if (loaded !== cached) {
      if ((await digestAt(loaded)) !== archive)
        throw options.refuse('the archive in the cache changed meanwhile');
    }
    await judge.ledger.note(name, archive, tarball);
    return { proof: tarball, result: loaded.result };
  };

  const digestAt = async ({ path }: Attempt): Promise<string> => {
    try {
      return await digestOf(options.yarn.npath.fromPortablePath(path));
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'no reason given';
      throw options.refuse(`an archive of the cache cannot be read: ${printable(String(code))}`);
    }
  };

  const proofOfSource = async (source: Locator, how: FetchOptions): Promise<Proof> => {
    const { releaseFs } = await how.fetcher.fetch(source, how);
    releaseFs?.();
    return pending.get(keyOf(how.project, source));
  };

  return {
    gated: (inner) => ({
      supports: (locator, how) => inner.supports(locator, how),
      getLocalPath: (locator, how) => inner.getLocalPath(locator, how),
      fetch: (locator, how) => fetchGated(inner, locator, how),
    }),
    isProven(project, locator) {
      const real = structUtils.isVirtualLocator(locator) ? structUtils.devirtualizeLocator(locator) : locator;
      return originOf(real, options.yarn).kind === 'own' || proven.has(keyOf(project, real));
    },
  };
}

interface Attempt {
  readonly watch: Watch;
  readonly result: FetchResult;
  /** Of the archive; portable. */
  readonly path: string;
}

async function attempt(
  inner: Fetcher,
  locator: Locator,
  how: FetchOptions,
  judge: Watch['judge'],
  compare: boolean,
): Promise<Attempt> {
  const watch: Watch = { loaded: false, tarball: undefined, judge };
  const cache = watchedCache(how.cache, watch, compare);
  const cacheOptions = { ...how.cacheOptions, skipIntegrityCheck: false };
  const result = await watched(watch, () => inner.fetch(locator, { ...how, cache, cacheOptions }));
  return { watch, result, path: result.packageFs.getRealPath() };
}

/** Yarn puts an empty package in the place of one for another platform; nothing of that one is unpacked. */
function isMocked({ locatorHash }: Locator, { cache, cacheOptions }: FetchOptions): boolean {
  return cacheOptions?.mockedPackages?.has(locatorHash) === true && !cache.check;
}

/** Of what is fetched without a version; while yarn still resolves, nobody knows it. */
function versionOf({ storedPackages, originalPackages }: Project, { locatorHash }: Locator): string {
  return (storedPackages.get(locatorHash) ?? originalPackages.get(locatorHash))?.version ?? '0.0.0';
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
