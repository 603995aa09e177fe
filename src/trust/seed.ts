import { decodeBase64 } from '../core/base64.ts';
import { ProofError, VerifyDepsError } from '../core/errors.ts';
import { asObject, asString, isObject, type JsonObject, member, parseJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import { readSeedFile } from './seed-file.ts';

const DAY_MS = 86_400_000;

/** What ships with this tool (through `@sigstore/tuf`): the anchor of Sigstore's TUF repository and targets of its day. */
export interface Seed {
  /** URL of the mirror, without trailing slash. */
  readonly mirror: string;
  /** Signed root metadata: the anchor. */
  readonly root: Uint8Array;
  readonly rootVersion: number;
  /** Milliseconds since 1970, from the anchor. */
  readonly expires: number | undefined;
  /** When the anchor was made, milliseconds since 1970, if it says how long it was meant to live. */
  readonly made: number | undefined;
  /** Content of a target, or undefined if it does not ship. */
  target(name: string): Uint8Array | undefined;
}

export async function readSeed(): Promise<Seed> {
  const bytes = await readSeedFile();
  const seeds = asObject(parseJson(bytes, 'seeds.json', limits.trustRootBytesMax), 'seeds.json');
  const [mirror, value] = Object.entries(seeds)[0] ?? [];
  if (mirror === undefined) throw new Error('seeds.json holds no seed');
  const seed = asObject(value, 'seeds.json');
  const root = decodeBase64(asString(member(seed, 'root.json'), 'seeds.json: root.json'), 'root.json');
  const targets = asObject(member(seed, 'targets'), 'seeds.json: targets');
  return {
    mirror,
    root,
    ...aboutRoot(root),
    target(name) {
      const text = member(targets, encodeURIComponent(name));
      return text === undefined ? undefined : decodeBase64(asString(text, name), name);
    },
  };
}

/**
 * Version and age of root metadata. Its maker states the time between signing and expiry; that is as near as one gets to
 * the day of signing, which TUF metadata does not hold.
 */
function aboutRoot(root: Uint8Array): Pick<Seed, 'rootVersion' | 'expires' | 'made'> {
  const signed: JsonObject = rootOf(root);
  const version = member(signed, 'version');
  const expires = Date.parse(String(member(signed, 'expires')));
  const days = member(signed, 'x-tuf-on-ci-expiry-period');
  const known = !Number.isNaN(expires);
  return {
    rootVersion: typeof version === 'number' ? version : 0,
    expires: known ? expires : undefined,
    made: known && typeof days === 'number' && days > 0 && days < 3650 ? expires - days * DAY_MS : undefined,
  };
}

function rootOf(root: Uint8Array): JsonObject {
  const document = asObject(parseJson(root, 'root.json', limits.tufMetadataBytesMax), 'root.json');
  const signed = member(document, 'signed');
  return isObject(signed) ? signed : {};
}

/**
 * Checks that bytes have the form of root metadata, so that a mistaken `--tuf-root` is told as such rather than as an
 * attack. Whether it is signed is for the client to find out.
 * @throws {VerifyDepsError} `trust-root-unreadable`
 */
export function expectRootForm(root: Uint8Array, file: string): void {
  try {
    if (member(rootOf(root), '_type') === 'root') return;
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
  }
  throw new VerifyDepsError('trust-root-unreadable', `${file} is not the root metadata of a tuf repository`, {
    hint: 'give the root.json that the operator of the repository hands out, whole',
  });
}
