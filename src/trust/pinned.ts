import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { printable } from '../core/text.ts';
import { parseTrustRoot } from '../sigstore/trust-root.ts';
import type { TrustRoot } from '../sigstore/types.ts';
import { reasonOf } from './failure.ts';
import { parseKeysTarget } from './registry-keys.ts';
import type { RegistryKey, TrustOrigin } from './types.ts';

/**
 * A trusted_root.json that the user vouches for, as of a private Sigstore. Nobody signs for its age, so nothing is said
 * about it.
 * @throws {VerifyDepsError} `trust-root-unreadable`
 */
export async function readTrustRootFile(
  file: string,
): Promise<{ readonly root: TrustRoot; readonly origin: TrustOrigin }> {
  const bytes = await readPinnedFile(file, limits.trustRootBytesMax, 'trust root');
  const root = parsePinned(() => parseTrustRoot(bytes), file, 'trust root');
  return {
    root,
    origin: { kind: 'file', from: file, metadata: undefined, asOf: undefined, stale: undefined },
  };
}

/**
 * A keys.json in the form of the TUF target, for registries that no TUF repository knows.
 * @throws {VerifyDepsError} `trust-root-unreadable`, also if no key in it can be used
 */
export async function readRegistryKeysFile(file: string): Promise<readonly RegistryKey[]> {
  const bytes = await readPinnedFile(file, limits.keysBytesMax, 'registry keys');
  const keys = parsePinned(() => parseKeysTarget(bytes, 'keys.json'), file, 'registry keys');
  if (keys.length > 0) return keys;
  throw new VerifyDepsError(
    'trust-root-unreadable',
    `registry keys in ${printable(file)} hold no key this version can use`,
    { hint: 'list keys of the form npm:signatures or npm:attestations, ECDSA P-256' },
  );
}

/**
 * @param what  what the file is to be, for the error
 * @throws {VerifyDepsError} `trust-root-unreadable`
 */
export async function readPinnedFile(file: string, bytesMax: number, what: string): Promise<Uint8Array> {
  const unreadable = (why: string, cause?: unknown) =>
    new VerifyDepsError('trust-root-unreadable', `${what} file ${printable(file)} cannot be read: ${why}`, {
      hint: 'give the path of a readable file',
      cause,
    });
  let read: Awaited<ReturnType<typeof readFileBounded>>;
  try {
    read = await readFileBounded(file, bytesMax);
  } catch (error) {
    throw unreadable(reasonOf(error), error);
  }
  if (read.status === 'absent') throw unreadable('there is no such file');
  if (read.status === 'too-large')
    throw unreadable(`expected at most ${bytesMax} bytes but got ${read.bytes}`);
  return read.bytes;
}

function parsePinned<T>(parse: () => T, file: string, what: string): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
    throw new VerifyDepsError(
      'trust-root-unreadable',
      `${what} in ${printable(file)} cannot be used: ${reasonOf(error)}`,
      { hint: 'compare it with the file its publisher hands out', cause: error },
    );
  }
}
