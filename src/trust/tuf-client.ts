/**
 * One pass of the TUF client workflow (The Update Framework Specification 1.0.33, section 5) with tuf-js, always from the
 * anchor: over what the mirror serves (`refresh`), or over what an earlier pass downloaded (`replay`).
 */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { TargetFile, Updater } from 'tuf-js';
import { VerifyDepsError } from '../core/errors.ts';
import { isAbort, reasonOf } from './failure.ts';
import { examine, expectDigests, expectLength } from './tuf-examine.ts';
import { collectMetadata, expectRoom, makeWorkFolder } from './tuf-folder.ts';
import { TufRefusal } from './tuf-refusal.ts';
import { expectWholeSearch, type SearchedRole } from './tuf-search.ts';
import {
  type Download,
  makeSource,
  type TufRepository,
  type TufSource,
  TufUnreachableError,
} from './tuf-source.ts';
import type { TufState } from './tuf-state.ts';

/**
 * Sigstore's repository has come to root version 15 in five years, and is anchored in one of the latest. Its targets
 * delegate to a handful of roles.
 */
const CONFIG = {
  maxRootRotations: 64,
  maxDelegations: 16,
  rootMaxLength: 262_144,
  timestampMaxLength: 16_384,
  snapshotMaxLength: 1_048_576,
  targetsMaxLength: 2_097_152,
} as const;
/** Everything a pass downloads is some hundred kilobytes. */
const PATIENCE_MS = 120_000;

export interface WantedTarget {
  readonly name: string;
  readonly bytesMax: number;
}

export interface TufPass {
  /** Downloaded earlier; protects a refresh from rollback, and is all that a replay has. */
  readonly state: TufState | undefined;
  /** What expiry is judged by, milliseconds since 1970. */
  readonly now: number;
  /** Absent in a replay: nothing is asked of anybody. */
  readonly download: Download | undefined;
  readonly wanted: readonly WantedTarget[];
  /** For all downloads together. */
  readonly patienceMs?: number;
}

export interface TufResult {
  readonly state: TufState;
  readonly versions: { readonly root: number; readonly timestamp: number };
  /** When the first of the metadata in use expires, milliseconds since 1970. */
  readonly expires: number;
  /** Verified contents by name; undefined where the repository has no such target. */
  readonly targets: ReadonlyMap<string, Uint8Array | undefined>;
}

/**
 * @throws {TufRefusal} if what was handed out does not hold, {TufUnreachableError} if something could not be had and
 *   everything that could does hold, {VerifyDepsError} `trust-root-unreadable` if there is no room to work in
 */
export async function runTuf(repository: TufRepository, pass: TufPass): Promise<TufResult> {
  // 404 and 403 for the next root end the chain, but only as an instance of this class, which the package does not export.
  const [{ Updater }, { DownloadHTTPError }, folder] = await Promise.all([
    import('tuf-js'),
    import('tuf-js/dist/error.js'),
    makeWorkFolder(repository.anchor, pass.state),
  ]);
  const source = makeSource(
    repository,
    { state: pass.state, download: pass.download, patienceMs: pass.patienceMs ?? PATIENCE_MS },
    (status) => new DownloadHTTPError('not found', status),
  );
  try {
    const updater = new Updater({
      metadataDir: folder,
      metadataBaseUrl: repository.mirror,
      targetDir: path.join(folder, 'targets'),
      targetBaseUrl: `${repository.mirror}/targets`,
      fetcher: source.fetcher(folder),
      config: CONFIG,
    });
    const trusted = trustedSet(updater);
    trusted.referenceTime = new Date(pass.now);
    await updater.refresh();
    const targets = new Map<string, Uint8Array | undefined>();
    for (const { name, bytesMax } of pass.wanted) {
      const info = await updater.getTargetInfo(name);
      if (info === undefined) expectWholeSearch(trusted.trustedSet, name, CONFIG.maxDelegations);
      targets.set(
        name,
        info && (await contentOf(updater, source, info, bytesMax, pass.state?.targets.get(name))),
      );
    }
    const { root, timestamp } = trusted;
    // The form of all of it was checked when it was handed over, dates included.
    const expires = Math.min(
      ...Object.values(trusted.trustedSet).map(({ signed }) => Date.parse(signed.expires)),
    );
    return {
      state: {
        fetched: pass.download === undefined ? (pass.state?.fetched ?? 0) : pass.now,
        roots: source.roots,
        metadata: await collectMetadata(folder),
        targets: withTargets(pass.state, targets),
      },
      versions: { root: root.signed.version, timestamp: timestamp?.signed.version ?? 0 },
      expires,
      targets,
    };
  } catch (error) {
    throw await reasonFor(error, source, repository, pass, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** tuf-js wraps what the fetcher throws, and what it throws itself, into errors that tell nothing but their text. */
async function reasonFor(
  error: unknown,
  source: TufSource,
  { anchor }: TufRepository,
  { state, now }: TufPass,
  folder: string,
): Promise<unknown> {
  const failure = source.failure();
  if (error instanceof VerifyDepsError || isAbort(failure)) return failure ?? error;
  const missing = failure instanceof TufUnreachableError;
  if (!missing) await expectRoom(folder);
  const broken = examine({ anchor, state, served: source.served, now, refused: !missing });
  if (broken !== undefined) return broken;
  if (failure !== undefined) return failure;
  return error instanceof TufRefusal
    ? error
    : new TufRefusal('unexplained', 'its metadata', 'what the tuf client takes', reasonOf(error), error);
}

type Role = SearchedRole & { readonly signed: { readonly version: number; readonly expires: string } };

/** The part of tuf-js's TrustedMetadataStore that is used here. */
interface TrustedSet {
  referenceTime: Date;
  readonly root: Role;
  readonly timestamp: Role | undefined;
  readonly trustedSet: Readonly<Record<string, Role>>;
}

/**
 * tuf-js takes the time once, from the system, and has no option for it. The version is pinned; should a later one keep it
 * elsewhere, this fails before anything is trusted.
 */
function trustedSet(updater: Updater): TrustedSet {
  const set = (updater as unknown as { readonly trustedSet?: Partial<TrustedSet> }).trustedSet;
  if (!(set?.referenceTime instanceof Date) || set.root === undefined || set.trustedSet === undefined)
    throw new VerifyDepsError('trust-root-unreadable', 'this version of tuf-js is not the one expected', {
      hint: 'install verify-deps with the dependencies it names',
    });
  return set as TrustedSet;
}

/** What was kept counts only if it has the digest that the signed metadata asks for now. */
async function contentOf(
  updater: Updater,
  source: TufSource,
  info: TargetFile,
  bytesMax: number,
  kept: Uint8Array | undefined,
): Promise<Uint8Array> {
  const target = `target ${info.path}`;
  if (info.length > bytesMax)
    throw new TufRefusal('limit', target, `at most ${bytesMax} bytes`, `${info.length}`);
  const hashes = new Map(Object.entries(info.hashes));
  // An empty list of digests would be met by any bytes of the right length.
  if (!hashes.has('sha256') && !hashes.has('sha512'))
    throw new TufRefusal(
      'malformed',
      target,
      'a sha256 or sha512 digest',
      [...hashes.keys()].join() || 'none',
    );
  if (kept !== undefined && kept.length === info.length) {
    try {
      await info.verify(Readable.from([kept]));
      return kept;
    } catch {
      // Another version of the target: get the one that is asked for.
    }
  }
  try {
    const bytes = await readFile(await updater.downloadTarget(info));
    await info.verify(Readable.from([bytes]));
    return bytes;
  } catch (error) {
    const came = source.failure() === undefined ? source.lastTarget() : undefined;
    if (came === undefined) throw error;
    expectLength(target, came, info.length, 'the metadata');
    expectDigests(target, came, hashes, 'the metadata');
    throw error;
  }
}

function withTargets(
  state: TufState | undefined,
  targets: ReadonlyMap<string, Uint8Array | undefined>,
): ReadonlyMap<string, Uint8Array> {
  const kept = new Map(state?.targets);
  for (const [name, content] of targets) if (content !== undefined) kept.set(name, content);
  return kept;
}
