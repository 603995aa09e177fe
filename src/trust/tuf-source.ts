import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Fetcher } from 'tuf-js';
import { isAbort, isTooLarge, reasonOf, statusOf } from './failure.ts';
import type { ServedMetadata } from './tuf-examine.ts';
import { isTopRole, readMetadata } from './tuf-metadata.ts';
import { TufRefusal } from './tuf-refusal.ts';
import type { TufState } from './tuf-state.ts';

export interface TufRepository {
  /** URL without trailing slash. */
  readonly mirror: string;
  /** Root metadata that is trusted as it stands. */
  readonly anchor: Uint8Array;
}

/** Throws what `isTooLarge` knows where the answer is longer than `bytesMax`. */
export type Download = (url: string, bytesMax: number) => Promise<Uint8Array>;

/** Something is missing that has to be asked for, and whoever has it cannot be asked or does not hand it out. */
export class TufUnreachableError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TufUnreachableError';
  }
}

/** Where tuf-js gets its files from: what an earlier pass downloaded, and the mirror. */
export interface TufSource {
  fetcher(folder: string): Fetcher;
  /** Metadata handed to tuf-js so far, in order. */
  readonly served: readonly ServedMetadata[];
  /** Root metadata among it, by version. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** The target that was downloaded last, as it came. */
  lastTarget(): Uint8Array | undefined;
  /** What a download failed with, if one did: {@link TufUnreachableError}, {@link TufRefusal} or the run called off. */
  failure(): Error | undefined;
}

export interface SourceOptions {
  /** Downloaded earlier. */
  readonly state: TufState | undefined;
  /** Absent in a replay: nothing is asked of anybody. */
  readonly download: Download | undefined;
  /** For everything that is downloaded, taken together; milliseconds. */
  readonly patienceMs: number;
}

/**
 * @param notFound  makes the error by which tuf-js knows that there is no later root
 */
export function makeSource(
  { mirror }: TufRepository,
  { state, download, patienceMs }: SourceOptions,
  notFound: (status: number) => Error,
): TufSource {
  const served: ServedMetadata[] = [];
  const roots = new Map<number, Uint8Array>();
  let failure: Error | undefined;
  let lastTarget: Uint8Array | undefined;
  let patience: AbortSignal | undefined;
  const failed = (error: Error): Error => {
    failure = error;
    return error;
  };

  const ask = async (url: string, bytesMax: number, name: string): Promise<Uint8Array> => {
    if (download === undefined) throw failed(new TufUnreachableError(`${url} has not been downloaded yet`));
    patience ??= AbortSignal.timeout(patienceMs);
    try {
      return await within(() => download(url, bytesMax), patience, patienceMs, url);
    } catch (error) {
      if (isAbort(error)) throw failed(error as Error);
      // More than the signed metadata allows is an answer, and a wrong one, not the lack of one.
      if (isTooLarge(error))
        throw failed(new TufRefusal('length', name, `at most ${bytesMax} bytes`, 'more'));
      const status = statusOf(error);
      if (rootVersion(url, mirror) !== undefined && (status === 404 || status === 403))
        throw notFound(status);
      throw failed(new TufUnreachableError(reasonOf(error), error));
    }
  };

  /** Metadata that tuf-js need not ask for, or does not find where it has put it itself. */
  const keptMetadata = (file: string, version: number | undefined): Uint8Array | undefined => {
    if (version !== undefined) return state?.roots.get(version);
    // A replay meets the timestamp it holds as the mirror's, too: the workflow ends only with one from there.
    return download === undefined ? state?.metadata.get(file.replace(/^\d+\./, '')) : undefined;
  };

  const metadata = async (url: string, bytesMax: number): Promise<Buffer> => {
    const file = url.slice(mirror.length + 1);
    const version = rootVersion(url, mirror);
    const kept = keptMetadata(file, version);
    if (kept === undefined && version !== undefined && download === undefined) throw notFound(404);
    const bytes = kept ?? (await ask(url, bytesMax, file));
    const role = roleOf(file);
    served.push({ file, role, bytes });
    try {
      readMetadata(bytes, file, isTopRole(role) ? role : 'targets');
    } catch (error) {
      if (error instanceof TufRefusal) failed(error);
      throw error;
    }
    if (version !== undefined) roots.set(version, bytes);
    return Buffer.from(bytes);
  };

  return {
    served,
    roots,
    lastTarget: () => lastTarget,
    failure: () => failure,
    fetcher: (folder) => ({
      downloadBytes: metadata,
      async downloadFile(url, bytesMax, handler) {
        const file = path.join(folder, 'targets', '.download');
        lastTarget = await ask(url, bytesMax, `target ${targetName(url, mirror)}`);
        await writeFile(file, lastTarget);
        return handler(file);
      },
    }),
  };
}

/** A mirror that sends a byte now and then must not hold up the run for as long as it likes. */
function within<T>(work: () => Promise<T>, patience: AbortSignal, ms: number, url: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void =>
      reject(new TufUnreachableError(`${url} has not come whole within ${Math.ceil(ms / 1000)} s`));
    if (patience.aborted) return giveUp();
    patience.addEventListener('abort', giveUp, { once: true });
    work()
      .then(resolve, reject)
      .finally(() => patience.removeEventListener('abort', giveUp));
  });
}

/** Without the digest that consistent snapshots put before the name of the file. */
function targetName(url: string, mirror: string): string {
  return url.slice(`${mirror}/targets/`.length).replace(/(^|\/)[0-9a-f]{32,128}\.([^/]+)$/, '$1$2');
}

function roleOf(file: string): string {
  const name = file.replace(/^\d+\./, '').replace(/\.json$/, '');
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function rootVersion(url: string, mirror: string): number | undefined {
  if (!url.startsWith(`${mirror}/`)) return undefined;
  const match = /^(\d{1,9})\.root\.json$/.exec(url.slice(mirror.length + 1));
  return match ? Number(match[1]) : undefined;
}
