/**
 * Metadata that somebody hands over in an evidence file. It counts for what its signatures are worth, from the anchor on;
 * the file may come from anybody.
 */
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Seed } from './seed.ts';
import { day } from './time.ts';
import type { TufResult } from './tuf-client.ts';
import { readMetadata } from './tuf-metadata.ts';
import { TufRefusal } from './tuf-refusal.ts';
import { isLater, LONG_AGO, replay, TRUST_ROOT_TARGET } from './tuf-replay.ts';
import type { TufRepository } from './tuf-source.ts';
import type { TufState } from './tuf-state.ts';

export interface OfferedState {
  /** Path of the file. */
  readonly from: string;
  /** `fetched` is the file's word. */
  readonly state: TufState;
}

/** Metadata that verifies, expired or not. */
export interface Offer {
  readonly result: TufResult;
  readonly kind: 'cache' | 'evidence';
  readonly from?: string;
}

export interface OfferOptions extends TufRepository {
  readonly seed: Seed | undefined;
  readonly offered?: readonly OfferedState[] | undefined;
}

/**
 * The latest of what the cache has and of what is offered.
 * @returns why each of those that do not count does not, in words
 * @throws {VerifyDepsError} `trust-root-invalid` if one holds metadata that is wrong
 */
export async function takeOffers(
  options: OfferOptions,
  cached: Offer | undefined,
): Promise<{ readonly best: Offer | undefined; readonly refused: readonly string[] }> {
  let best = cached;
  const refused: string[] = [];
  for (const offered of options.offered ?? []) {
    const taken = await take(offered, options);
    if (typeof taken === 'string') refused.push(`evidence file ${printable(offered.from)}: ${taken}`);
    else if (best === undefined || isLater(taken.versions, best.result.versions))
      best = { result: taken, kind: 'evidence', from: offered.from };
  }
  return { best, refused };
}

async function take({ from, state }: OfferedState, options: OfferOptions): Promise<TufResult | string> {
  const anchor = anchorVersion(options.anchor);
  const newest = Math.max(0, ...state.roots.keys());
  // With other keys since, it could not be told from metadata that was tampered with.
  if (newest < anchor)
    return `its root metadata ends with version ${newest}, and the anchor here is version ${anchor}`;
  if (newest > anchor && !state.roots.has(anchor + 1))
    return `its root metadata leaves out version ${anchor + 1}, which follows on the anchor here`;
  const result = await replay(options, state, LONG_AGO, [TRUST_ROOT_TARGET]);
  if (result instanceof TufRefusal)
    throw new VerifyDepsError(
      'trust-root-invalid',
      `evidence file ${printable(from)} holds tuf metadata that does not hold: ${result.message}`,
      {
        hint: 'somebody has changed it since it was collected, or it is of another repository; collect it anew',
        cause: result,
      },
    );
  if (result instanceof Error) return 'it does not hold all of the metadata';
  const made = options.seed?.made;
  // An old trust root still has the keys that were withdrawn since.
  if (made !== undefined && result.expires < made)
    return `its metadata expired on ${day(result.expires)}, before what ships with this tool was made`;
  return result;
}

/** Of root metadata that has been looked at before. */
export function anchorVersion(anchor: Uint8Array): number {
  return readMetadata(anchor, 'root.json', 'root').version;
}
