/** What is there already, gone through again: from the anchor on, without asking anybody. */
import { limits } from '../core/limits.ts';
import { runTuf, type TufResult, type WantedTarget } from './tuf-client.ts';
import { TufRefusal } from './tuf-refusal.ts';
import { type TufRepository, TufUnreachableError } from './tuf-source.ts';
import type { TufState } from './tuf-state.ts';

export const TRUST_ROOT_TARGET: WantedTarget = {
  name: 'trusted_root.json',
  bytesMax: limits.trustRootBytesMax,
};
/** Before anything expires. */
export const LONG_AGO = 0;

/** The reason if it does not verify, has expired or is not all there. */
export async function replay(
  repository: TufRepository,
  state: TufState,
  now: number,
  wanted: readonly WantedTarget[],
): Promise<TufResult | TufRefusal | TufUnreachableError> {
  try {
    const result = await runTuf(repository, { state, now, download: undefined, wanted });
    return lacking(result, wanted) ?? result;
  } catch (error) {
    if (error instanceof TufRefusal || error instanceof TufUnreachableError) return error;
    throw error;
  }
}

/** A repository may lack a target, but not the trust root. */
export function lacking(result: TufResult, wanted: readonly WantedTarget[]): TufRefusal | undefined {
  return !wanted.includes(TRUST_ROOT_TARGET) || result.targets.get(TRUST_ROOT_TARGET.name) !== undefined
    ? undefined
    : new TufRefusal('absent', 'targets.json', `a target ${TRUST_ROOT_TARGET.name}`, 'none');
}

export function isLater(a: TufResult['versions'], b: TufResult['versions']): boolean {
  return a.root > b.root || (a.root === b.root && a.timestamp > b.timestamp);
}
