import { expect, test } from 'vitest';
import { keep, runShare } from './run.ts';

const SHARES = 2;
/** Of both processes together. */
const MUTATIONS: number = Number(process.env.VERIFY_DEPS_DIFFERENTIAL_MUTATIONS ?? 24_000);

/** Vitest runs each file in a process of its own. */
export function testShare(share: number): void {
  test('never more lenient, and stricter for known reasons only', async () => {
    const counts = await runShare(share, SHARES, Math.ceil(MUTATIONS / SHARES), true);
    keep(counts, share);
    expect(counts.failures).toEqual([]);
  });
}
