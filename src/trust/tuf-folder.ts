/** The folder that one pass of tuf-js works in: private, made anew for each, gone afterwards. */
import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { limits } from '../core/limits.ts';
import { reasonOf } from './failure.ts';
import { TufRefusal } from './tuf-refusal.ts';
import { isMetadataName, type TufState } from './tuf-state.ts';

/**
 * tuf-js does not write atomically, and believes the root it finds: the anchor, always.
 * @throws {VerifyDepsError} `trust-root-unreadable`
 */
export async function makeWorkFolder(anchor: Uint8Array, state: TufState | undefined): Promise<string> {
  try {
    const folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-tuf-'));
    await mkdir(path.join(folder, 'targets'));
    await writeFile(path.join(folder, 'root.json'), anchor);
    for (const [name, bytes] of state?.metadata ?? []) await writeFile(path.join(folder, name), bytes);
    return folder;
  } catch (error) {
    throw noRoom(error);
  }
}

/**
 * A full disk must not look like bad metadata.
 * @throws {VerifyDepsError} `trust-root-unreadable`
 */
export async function expectRoom(folder: string): Promise<void> {
  try {
    await writeFile(path.join(folder, 'targets', '.room'), new Uint8Array(4096));
  } catch (error) {
    throw noRoom(error);
  }
}

/**
 * What tuf-js has verified and kept, but for root metadata, of which it keeps the last only.
 * @throws {TufRefusal} `limit`
 */
export async function collectMetadata(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const metadata = new Map<string, Uint8Array>();
  let bytes = 0;
  for (const name of (await readdir(folder)).sort()) {
    if (!isMetadataName(name)) continue;
    const content = await readFile(path.join(folder, name));
    bytes += content.length;
    if (bytes > limits.tufMetadataBytesMax)
      throw new TufRefusal(
        'limit',
        'the metadata taken together',
        `at most ${limits.tufMetadataBytesMax} bytes`,
        'more',
      );
    metadata.set(name, content);
  }
  return metadata;
}

function noRoom(cause: unknown): VerifyDepsError {
  return new VerifyDepsError(
    'trust-root-unreadable',
    `tuf metadata cannot be checked in the folder for temporary files: ${reasonOf(cause)}`,
    { hint: 'make room there, or set TMPDIR to another folder', cause },
  );
}
