/**
 * One pass of the TUF client workflow (The Update Framework Specification 1.0.33, section 5) with tuf-js, always from the
 * anchor: over what the mirror serves (`refresh`), or over what an earlier pass downloaded (`replay`).
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import type { TargetFile, Updater } from 'tuf-js';
import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { reasonOf } from './failure.ts';
import { type Download, makeSource, type TufRepository } from './tuf-source.ts';
import type { TufState } from './tuf-state.ts';

/** Sigstore's repository has come to root version 15 in five years, and is anchored in one of the latest. */
const CONFIG = {
  maxRootRotations: 64,
  maxDelegations: 16,
  rootMaxLength: 262_144,
  timestampMaxLength: 16_384,
  snapshotMaxLength: 1_048_576,
  targetsMaxLength: 2_097_152,
} as const;

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
 * @throws {TufUnreachableError} if something could not be had, {VerifyDepsError} `trust-root-unreadable` if there is no room to
 *   work in; anything else means that what was handed out does not verify
 */
export async function runTuf(repository: TufRepository, pass: TufPass): Promise<TufResult> {
  const { Updater } = await import('tuf-js');
  // 404 and 403 for the next root end the chain, but only as an instance of this class, which the package does not export.
  const { DownloadHTTPError } = await import('tuf-js/dist/error.js');
  const folder = await workFolder(repository, pass.state);
  const source = makeSource(
    repository,
    pass.state,
    pass.download,
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
      targets.set(name, info && (await contentOf(updater, info, bytesMax, pass.state?.targets.get(name))));
    }
    const expires = earliestExpiry(trusted.trustedSet);
    const { root, timestamp } = trusted;
    return {
      state: await collect(folder, source.roots, targets, pass),
      versions: { root: root.signed.version, timestamp: timestamp?.signed.version ?? 0 },
      expires,
      targets,
    };
  } catch (error) {
    // tuf-js wraps what the fetcher throws into errors that tell nothing but their text.
    if (source.failure()) throw source.failure();
    await expectRoom(folder);
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Role {
  readonly signed: { readonly version: number; readonly expires: string };
}

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

/** tuf-js never calls metadata expired whose date it cannot read, and compares versions of any kind. */
function earliestExpiry(roles: Readonly<Record<string, Role>>): number {
  const times = Object.entries(roles).map(([name, { signed }]) => {
    const time = Date.parse(signed.expires);
    if (Number.isNaN(time))
      throw new Error(`${name}.json: expected a date of expiry but got ${signed.expires}`);
    if (!Number.isSafeInteger(signed.version) || signed.version < 1)
      throw new Error(`${name}.json: expected a version but got ${signed.version}`);
    return time;
  });
  return Math.min(...times);
}

/** A private folder for tuf-js, which does not write atomically and believes the root it finds: the anchor, always. */
async function workFolder(repository: TufRepository, state: TufState | undefined): Promise<string> {
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-tuf-'));
    await mkdir(path.join(folder, 'targets'));
    await writeFile(path.join(folder, 'root.json'), repository.anchor);
    for (const [name, bytes] of state?.metadata ?? []) await writeFile(path.join(folder, name), bytes);
    return folder;
  } catch (error) {
    throw noRoom(error);
  }
}

/** A full disk must not look like bad metadata. */
async function expectRoom(folder: string): Promise<void> {
  try {
    await writeFile(path.join(folder, 'targets', '.room'), new Uint8Array(4096));
  } catch (error) {
    throw noRoom(error);
  }
}

function noRoom(cause: unknown): VerifyDepsError {
  return new VerifyDepsError(
    'trust-root-unreadable',
    `tuf metadata cannot be checked in the folder for temporary files: ${reasonOf(cause)}`,
    { hint: 'make room there, or set TMPDIR to another folder', cause },
  );
}

/** What was kept counts only if it has the digest that the signed metadata asks for now. */
async function contentOf(
  updater: Updater,
  info: TargetFile,
  bytesMax: number,
  kept: Uint8Array | undefined,
): Promise<Uint8Array> {
  if (info.length > bytesMax)
    throw new ProofError('limit-exceeded', { what: info.path, max: bytesMax, unit: 'bytes' });
  // An empty list of digests would be met by any bytes of the right length.
  if (!Object.keys(info.hashes).some((name) => name === 'sha256' || name === 'sha512'))
    throw new Error(`${info.path}: expected a sha256 or sha512 digest but got none`);
  if (kept !== undefined && kept.length === info.length) {
    try {
      await info.verify(Readable.from([kept]));
      return kept;
    } catch {
      // Another version of the target: get the one that is asked for.
    }
  }
  const bytes = await readFile(await updater.downloadTarget(info));
  await info.verify(Readable.from([bytes]));
  return bytes;
}

/** What to remember of a pass: what tuf-js has verified and kept, the way to its root, and the targets. */
async function collect(
  folder: string,
  roots: ReadonlyMap<number, Uint8Array>,
  targets: ReadonlyMap<string, Uint8Array | undefined>,
  { state, download, now }: TufPass,
): Promise<TufState> {
  const metadata = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const name of (await readdir(folder)).sort()) {
    if (!name.endsWith('.json') || name === 'root.json') continue;
    const content = await readFile(path.join(folder, name));
    bytes += content.length;
    if (bytes > limits.tufMetadataBytesMax)
      throw new ProofError('limit-exceeded', {
        what: 'tuf metadata',
        max: limits.tufMetadataBytesMax,
        unit: 'bytes',
      });
    metadata.set(name, content);
  }
  const kept = new Map(state?.targets);
  for (const [name, content] of targets) if (content !== undefined) kept.set(name, content);
  return { fetched: download === undefined ? (state?.fetched ?? 0) : now, roots, metadata, targets: kept };
}
