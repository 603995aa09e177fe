/**
 * Sigstore's trust root through TUF: which metadata a run relies on, and how old it may be.
 *
 * 1. What the cache holds is used without asking anybody if it verifies from the anchor on, has not expired, and the mirror
 *    last answered less than an hour ago. (Sigstore signs its timestamp anew every few days; npm asks at each install.)
 * 2. Otherwise the mirror is asked. What it serves has to verify: expired, rolled back or wrongly signed metadata ends the
 *    run, whatever the cache holds.
 * 3. If the mirror cannot be asked, or hands nothing out, the last good metadata of the cache counts, even when it has
 *    expired, and after that what ships with this tool. The origin then says so.
 */
import type { Clock } from '../core/clock.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { isAbort, reasonOf } from './failure.ts';
import type { Seed } from './seed.ts';
import { runTuf, type TufResult, type WantedTarget } from './tuf-client.ts';
import { type Download, type TufRepository, TufUnreachableError } from './tuf-source.ts';
import { readState, stateFile, type TufState, writeState } from './tuf-state.ts';
import type { TrustOrigin } from './types.ts';

const REFRESH_MS = 3_600_000;
export const TRUST_ROOT_TARGET: WantedTarget = {
  name: 'trusted_root.json',
  bytesMax: limits.trustRootBytesMax,
};
/** Before anything expires. */
const LONG_AGO = 0;

export interface TufOptions extends TufRepository {
  /** What to fall back on; only for the repository it ships for. */
  readonly seed: Seed | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly download: Download;
  readonly clock: Clock;
  /** Targets that are likely to be asked for, to get them in one go. */
  readonly wanted: readonly WantedTarget[];
}

/** Targets of a TUF repository, every one verified. */
export interface TufTargets {
  readonly origin: TrustOrigin;
  /**
   * @returns undefined if the repository has no such target
   * @throws {VerifyDepsError} `trust-root-unreachable` or `trust-root-invalid`
   */
  target(wanted: WantedTarget): Promise<Uint8Array | undefined>;
}

/** @throws {VerifyDepsError} `trust-root-unreachable`, `trust-root-invalid` or `trust-root-unreadable` */
export async function openTuf(options: TufOptions): Promise<TufTargets> {
  const { clock, offline, download, seed } = options;
  const wanted = [TRUST_ROOT_TARGET, ...options.wanted];
  const file = stateFile(options.cacheDir, options.mirror);
  const now = clock();
  const cached = await readState(file);

  if (cached && cached.fetched <= now && now - cached.fetched < REFRESH_MS) {
    const result = await replay(options, cached, now, wanted);
    if (result) return targetsOf(options, file, result, now, 'cache', undefined);
  }
  // Expired or not: all of it is signed, the way from the anchor on, or it is not used at all.
  const last = cached && (await replay(options, cached, LONG_AGO, [TRUST_ROOT_TARGET]));

  let reason = 'offline';
  if (!offline) {
    try {
      const result = await refresh(options, last?.state, now, download, wanted);
      await writeState(file, result.state);
      return targetsOf(options, file, result, now, 'tuf', undefined);
    } catch (error) {
      if (!(error instanceof TufUnreachableError)) throw error;
      reason = reasonOf(error);
    }
  }
  if (last) {
    const expired = last.expires <= now ? `; the metadata in the cache expired on ${day(last.expires)}` : '';
    return targetsOf(options, file, last, LONG_AGO, 'cache', `${reason}${expired}`);
  }
  if (seed) return shippedTargets(seed, reason);
  throw new VerifyDepsError(
    'trust-root-unreachable',
    `tuf mirror ${printable(options.mirror)} cannot be asked, and nothing of it is in the cache: ${reason}`,
    { hint: 'run once with a connection to the mirror, or give --trust-root FILE' },
  );
}

/** Goes through what the cache holds; undefined if it does not verify, has expired or is not all there. */
async function replay(
  repository: TufRepository,
  state: TufState,
  now: number,
  wanted: readonly WantedTarget[],
): Promise<TufResult | undefined> {
  try {
    const result = await runTuf(repository, { state, now, download: undefined, wanted });
    return result.targets.get(TRUST_ROOT_TARGET.name) || !wanted.includes(TRUST_ROOT_TARGET)
      ? result
      : undefined;
  } catch (error) {
    if (error instanceof VerifyDepsError) throw error;
    return undefined;
  }
}

/** @throws {TufUnreachableError}, {VerifyDepsError} `trust-root-invalid` */
async function refresh(
  repository: TufRepository,
  state: TufState | undefined,
  now: number,
  download: Download,
  wanted: readonly WantedTarget[],
): Promise<TufResult> {
  const invalid = (why: string, cause?: unknown) =>
    new VerifyDepsError(
      'trust-root-invalid',
      `tuf mirror ${printable(repository.mirror)} serves metadata that does not hold: ${why}`,
      {
        hint: 'find out what answers in its place (proxy, wrong clock, stale mirror), or give --trust-root FILE',
        cause,
      },
    );
  try {
    const result = await runTuf(repository, { state, now, download, wanted });
    if (!wanted.includes(TRUST_ROOT_TARGET) || result.targets.get(TRUST_ROOT_TARGET.name)) return result;
  } catch (error) {
    if (error instanceof VerifyDepsError || error instanceof TufUnreachableError || isAbort(error))
      throw error;
    throw invalid(reasonOf(error), error);
  }
  throw invalid(`it has no target ${TRUST_ROOT_TARGET.name}`);
}

function targetsOf(
  options: TufOptions,
  file: string,
  opened: TufResult,
  now: number,
  kind: 'tuf' | 'cache',
  stale: string | undefined,
): TufTargets {
  const { fetched } = opened.state;
  const known = new Map(opened.targets);
  let state = opened.state;

  const look = async (wanted: WantedTarget): Promise<Uint8Array | undefined> => {
    if (known.has(wanted.name)) return known.get(wanted.name);
    const inCache = await replay(options, state, now, [wanted]);
    if (inCache) return inCache.targets.get(wanted.name);
    const unreachable = (why: string) =>
      new VerifyDepsError(
        'trust-root-unreachable',
        `target ${printable(wanted.name)} of tuf mirror ${printable(options.mirror)} cannot be had: ${why}`,
        { hint: 'run once with a connection to the mirror' },
      );
    if (options.offline || stale !== undefined) throw unreachable(stale ?? 'offline');
    try {
      const result = await refresh(options, state, options.clock(), options.download, [wanted]);
      state = result.state;
      await writeState(file, state);
      return result.targets.get(wanted.name);
    } catch (error) {
      if (error instanceof TufUnreachableError) throw unreachable(reasonOf(error));
      throw error;
    }
  };

  // One after the other: each lookup builds on the state that the one before has left.
  let turn: Promise<unknown> = Promise.resolve();
  return {
    origin: {
      kind,
      from: withoutCredentials(options.mirror),
      metadata: opened.versions,
      asOf: fetched <= options.clock() ? fetched : undefined,
      stale,
    },
    target(wanted) {
      const found = turn.then(() => look(wanted));
      turn = found.catch(() => undefined);
      return found;
    },
  };
}

function shippedTargets(seed: Seed, reason: string): TufTargets {
  const expiry = seed.expires === undefined ? '' : `, which holds until ${day(seed.expires)}`;
  return {
    origin: {
      kind: 'shipped',
      from: seed.mirror,
      metadata: { root: seed.rootVersion, timestamp: undefined },
      asOf: seed.made,
      stale: `${reason}; used what ships with this tool, root version ${seed.rootVersion}${expiry}`,
    },
    target: async ({ name }) => seed.target(name),
  };
}

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
