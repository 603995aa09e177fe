/** Runs a range of cases of one parser in this process, and keeps count. */
import { inputOf } from './input.mjs';
import { Finding, makeJudge } from './judge.mjs';
import { load } from './targets/index.mjs';

/** A case that takes longer, and computes for longer when it is run twice more, is a finding. */
export const BOUND_MS = 1000;

/**
 * @param range  `{ parser, seed, from, to, until, skip }`: `until` a time (performance.now) to stop at, `skip` numbers to leave out
 * @param watch  `started(number)` before each case, `found(number, input, finding)`, `pause(next, counts)` now and then
 * @returns      the counts, and the number of the next case
 */
export async function runCases(
  { parser, seed, from, to, until = Infinity, boundMs = BOUND_MS, skip = [] },
  watch,
) {
  const target = await load(parser);
  const judge = await makeJudge();
  const counts = { runs: 0, slowest: 0, slowestCase: -1, outcomes: {} };
  let number = from;
  let paused = performance.now();
  for (; number < to; number++) {
    if (skip.includes(number)) continue;
    watch.started(number);
    let input = Buffer.alloc(0);
    let outcome = 'found';
    let start = performance.now();
    try {
      input = inputOf(target, seed, number);
      start = performance.now();
      outcome = await judge(target, input);
    } catch (error) {
      watch.found(number, input, error instanceof Finding ? error : new Finding('harness', error));
    }
    const now = performance.now();
    counts.runs++;
    counts.outcomes[outcome] = (counts.outcomes[outcome] ?? 0) + 1;
    if (now - start > counts.slowest) {
      const best =
        now - start > boundMs
          ? await fastest(
              () => judge(target, input),
              () => watch.started(number),
            )
          : now - start;
      if (best > boundMs)
        watch.found(number, input, new Finding('slow', new Error(`${Math.round(best)} ms`)));
      if (best > counts.slowest) {
        counts.slowest = best;
        counts.slowestCase = number;
      }
    }
    if (now - paused > 500) {
      paused = now;
      await watch.pause(number + 1, counts);
      if (now > until) {
        number++;
        break;
      }
    }
  }
  await watch.pause(number, counts);
  return { next: number, counts };
}

/** The machine may have been busy with something else: what counts is the time that the process itself computes. */
async function fastest(judge, started) {
  let best = Infinity;
  for (let again = 0; again < 2; again++) {
    started();
    const before = process.cpuUsage();
    await judge().catch(() => undefined);
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}
