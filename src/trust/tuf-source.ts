import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Fetcher } from 'tuf-js';
import { ProofError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { isAbort, reasonOf, statusOf } from './failure.ts';
import type { TufState } from './tuf-state.ts';

export interface TufRepository {
  /** URL without trailing slash. */
  readonly mirror: string;
  /** Root metadata that is trusted as it stands. */
  readonly anchor: Uint8Array;
}

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
  /** Root metadata handed to tuf-js so far, by version. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  /** What a download failed with, if one did. */
  failure(): Error | undefined;
}

/**
 * @param notFound  makes the error by which tuf-js knows that there is no later root
 */
export function makeSource(
  { mirror }: TufRepository,
  state: TufState | undefined,
  download: Download | undefined,
  notFound: (status: number) => Error,
): TufSource {
  const roots = new Map<number, Uint8Array>();
  let failure: Error | undefined;

  const ask = async (url: string, bytesMax: number, root: boolean): Promise<Uint8Array> => {
    if (download === undefined) {
      failure = new TufUnreachableError(`${url} has not been downloaded yet`);
      throw failure;
    }
    let bytes: Uint8Array;
    try {
      // Not `bytesMax`: more than the signed metadata allows is an answer, and a wrong one, not the lack of one.
      bytes = await download(url, limits.tufMetadataBytesMax);
    } catch (error) {
      if (isAbort(error)) {
        failure = error as Error;
        throw error;
      }
      const status = statusOf(error);
      if (root && (status === 404 || status === 403)) throw notFound(status);
      failure = new TufUnreachableError(reasonOf(error), error);
      throw failure;
    }
    if (bytes.length > bytesMax)
      throw new ProofError('limit-exceeded', { what: url, max: bytesMax, unit: 'bytes' });
    return bytes;
  };

  const get = async (url: string, bytesMax: number): Promise<Buffer> => {
    const version = rootVersion(url, mirror);
    // A replay meets the timestamp it holds as the mirror's, too: the workflow ends only with one from there.
    const known =
      version !== undefined
        ? state?.roots.get(version)
        : download === undefined && url === `${mirror}/timestamp.json`
          ? state?.metadata.get('timestamp.json')
          : undefined;
    if (known === undefined && version !== undefined && download === undefined) throw notFound(404);
    const bytes = known ?? (await ask(url, bytesMax, version !== undefined));
    if (version !== undefined) roots.set(version, bytes);
    return Buffer.from(bytes);
  };

  return {
    roots,
    failure: () => failure,
    fetcher: (folder) => ({
      downloadBytes: get,
      async downloadFile(url, bytesMax, handler) {
        const file = path.join(folder, 'targets', '.download');
        await writeFile(file, await get(url, bytesMax));
        return handler(file);
      },
    }),
  };
}

function rootVersion(url: string, mirror: string): number | undefined {
  if (!url.startsWith(`${mirror}/`)) return undefined;
  const match = /^(\d{1,9})\.root\.json$/.exec(url.slice(mirror.length + 1));
  return match ? Number(match[1]) : undefined;
}
