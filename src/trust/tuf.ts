/**
 * Sigstore's trust root through TUF: which metadata a run relies on, and how old it may be.
 *
 * 1. What the cache holds is used without asking anybody if it verifies from the anchor on, has not expired, and the mirror
 *    last answered less than an hour ago. (Sigstore signs its timestamp anew every few days; npm asks at each install.)
 * 2. Otherwise the mirror is asked. What it serves has to verify: expired, rolled back or wrongly signed metadata ends the
 *    run, whatever the cache holds. So does what it serves before it falls silent.
 * 3. If the mirror cannot be asked, or hands nothing out, the last good metadata of the cache counts, even when it has
 *    expired, and after that what ships with this tool. The origin then says so.
 */
import type { Clock } from '../core/clock.ts';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { reasonOf, statusOf } from './failure.ts';
import type { Seed } from './seed.ts';
import { day } from './time.ts';
import { runTuf, type TufResult, type WantedTarget } from './tuf-client.ts';
import { anchorVersion, type Offer, type OfferedState, takeOffers } from './tuf-offer.ts';
import { hintOf, TufRefusal } from './tuf-refusal.ts';
import { isLater, LONG_AGO, lacking, replay, TRUST_ROOT_TARGET } from './tuf-replay.ts';
import { type Download, type TufRepository, TufUnreachableError } from './tuf-source.ts';
import { readState, stateFile, type TufState, writeState } from './tuf-state.ts';
import type { TrustOrigin } from './types.ts';

const REFRESH_MS = 3_600_000;
export interface TufOptions extends TufRepository {
  /** What to fall back on; only for the repository it ships for. */
  readonly seed: Seed | undefined;
  readonly cacheDir: string;
  readonly offline: boolean;
  readonly download: Download;
  readonly clock: Clock;
  /** Targets that are likely to be asked for, to get them in one go. */
  readonly wanted: readonly WantedTarget[];
  /** For all downloads of one refresh together. */
  readonly patienceMs?: number;
  /** Of evidence files: what counts beside the cache where the mirror is not or cannot be asked. */
  readonly offered?: readonly OfferedState[] | undefined;
}

/** Targets of a TUF repository, every one verified. */
export interface TufTargets {
  readonly origin: TrustOrigin;
  /** When the first of the metadata in use expires, milliseconds since 1970; undefined if that is not known. */
  readonly expires: number | undefined;
  /**
   * @returns undefined if the repository has no such target
   * @throws {VerifyDepsError} `trust-root-unreachable` or `trust-root-invalid`
   */
  target(wanted: WantedTarget): Promise<Uint8Array | undefined>;
  /** What all of it was verified from: the anchor among the roots, and of the targets those that were asked for. */
  held?(): Omit<TufState, 'fetched'>;
}

/** @throws {VerifyDepsError} `trust-root-unreachable`, `trust-root-invalid` or `trust-root-unreadable` */
export async function openTuf(options: TufOptions): Promise<TufTargets> {
  const { clock, offline, download, seed } = options;
  const wanted = [TRUST_ROOT_TARGET, ...options.wanted];
  const file = stateFile(options.cacheDir, options.mirror);
  const now = clock();
  const cached = await readState(file);

  if (cached && cached.fetched <= now && now - cached.fetched < REFRESH_MS) {
    const replayed = await replay(options, cached, now, wanted);
    if (!(replayed instanceof Error)) return targetsOf(options, file, replayed, now, 'cache', undefined);
  }
  // Expired or not: all of it is signed, the way from the anchor on, or it is not used at all.
  const replayed = cached && (await replay(options, cached, LONG_AGO, [TRUST_ROOT_TARGET]));
  const last = replayed instanceof Error ? undefined : replayed;

  let reason = 'offline';
  let status: number | undefined;
  if (!offline) {
    try {
      const result = await refresh(options, last?.state, now, download, wanted);
      await keep(options, file, cached, result);
      return targetsOf(options, file, result, now, 'tuf', undefined);
    } catch (error) {
      if (!(error instanceof TufUnreachableError)) throw error;
      reason = reasonOf(error);
      status = statusOf(error.cause);
    }
  }
  const { best, refused } = await takeOffers(options, last && { result: last, kind: 'cache' });
  if (best) return targetsOf(options, file, best.result, LONG_AGO, best.kind, staleness(best, reason, now));
  if (seed) return shippedTargets(seed, [reason, ...refused].join('; '));
  const mirror = printable(options.mirror);
  const asked = offline
    ? `tuf mirror ${mirror} is not asked, as this run is offline`
    : `tuf mirror ${mirror} cannot be asked: ${reason}`;
  const inCache =
    replayed instanceof Error
      ? `what the cache has of it cannot be used: ${reasonOf(replayed)}`
      : 'the cache has nothing of it that can be used';
  throw new VerifyDepsError('trust-root-unreachable', [asked, inCache, ...refused].join('; '), {
    hint:
      status === 404
        ? 'check that timestamp.json is served below the url of the mirror, or give --trust-root FILE'
        : 'run once with a connection to the mirror, or give --trust-root FILE',
  });
}

function staleness({ result, kind, from }: Offer, reason: string, now: number): string {
  const where = kind === 'cache' ? 'the cache' : `evidence file ${printable(from ?? '')}`;
  const used = kind === 'cache' ? '' : `; used the metadata in ${where}`;
  const expired = result.expires <= now ? `; the metadata in ${where} expired on ${day(result.expires)}` : '';
  return `${reason}${expired || used}`;
}

/** @throws {TufUnreachableError}, {VerifyDepsError} `trust-root-invalid` */
async function refresh(
  options: TufOptions,
  state: TufState | undefined,
  now: number,
  download: Download,
  wanted: readonly WantedTarget[],
): Promise<TufResult> {
  const { patienceMs, mirror, cacheDir, seed } = options;
  try {
    const bound = patienceMs === undefined ? {} : { patienceMs };
    const result = await runTuf(options, { state, now, download, wanted, ...bound });
    const lack = lacking(result, wanted);
    if (lack === undefined) return result;
    throw lack;
  } catch (error) {
    if (!(error instanceof TufRefusal)) throw error;
    throw new VerifyDepsError(
      'trust-root-invalid',
      `tuf mirror ${printable(mirror)} serves metadata that does not hold: ${error.message}`,
      {
        hint: hintOf(error, { ownAnchor: seed === undefined, cacheFile: stateFile(cacheDir, mirror) }),
        cause: error,
      },
    );
  }
}

/**
 * Writes the state, unless another process has got further meanwhile: after that, a mirror that goes back to what this one
 * has seen would not be noticed any more.
 */
async function keep(
  options: TufOptions,
  file: string,
  before: TufState | undefined,
  { state, versions }: TufResult,
): Promise<void> {
  const there = await readState(file);
  if (there !== undefined && there.fetched !== before?.fetched) {
    const other = await replay(options, there, LONG_AGO, [TRUST_ROOT_TARGET]);
    if (!(other instanceof Error) && isLater(other.versions, versions)) return;
  }
  await writeState(file, state);
}

function targetsOf(
  options: TufOptions,
  file: string,
  opened: TufResult,
  now: number,
  kind: 'tuf' | 'cache' | 'evidence',
  stale: string | undefined,
): TufTargets {
  const { fetched } = opened.state;
  const known = new Map(opened.targets);
  const asked = new Set(known.keys());
  let state = opened.state;

  const look = async (wanted: WantedTarget): Promise<Uint8Array | undefined> => {
    asked.add(wanted.name);
    if (known.has(wanted.name)) return known.get(wanted.name);
    const inCache = await replay(options, state, now, [wanted]);
    if (!(inCache instanceof Error)) return inCache.targets.get(wanted.name);
    const unreachable = (why: string) =>
      new VerifyDepsError(
        'trust-root-unreachable',
        `target ${printable(wanted.name)} of tuf mirror ${printable(options.mirror)} cannot be had: ${why}`,
        { hint: 'run once with a connection to the mirror' },
      );
    if (options.offline || stale !== undefined) throw unreachable(stale ?? 'offline');
    try {
      const result = await refresh(options, state, options.clock(), options.download, [wanted]);
      await keep(options, file, state, result);
      state = result.state;
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
      // Whatever a file says: nobody fetched it after it had expired.
      asOf: fetched <= options.clock() ? Math.min(fetched, opened.expires) : undefined,
      stale,
    },
    expires: opened.expires,
    held: () => heldOf(options.anchor, state, asked),
    target(wanted) {
      const found = turn.then(() => look(wanted));
      turn = found.catch(() => undefined);
      return found;
    },
  };
}

function heldOf(
  anchor: Uint8Array,
  { roots, metadata, targets }: TufState,
  asked: ReadonlySet<string>,
): Omit<TufState, 'fetched'> {
  return {
    // Whoever reads it may have an older anchor.
    roots: new Map([[anchorVersion(anchor), anchor], ...roots]),
    metadata,
    targets: new Map([...targets].filter(([name]) => asked.has(name))),
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
    expires: seed.expires,
    target: async ({ name }) => seed.target(name),
  };
}

function withoutCredentials(url: string): string {
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
