/** Whether the registry upstream has answered lately. Traffic tells; where there is none, somebody asks. */
import type { Clock } from '../../core/clock.ts';

/** Older than that, an answer says nothing about now. */
const LATELY_MS = 180_000;
/** After so long without an answer, it is asked. */
export const QUIET_MS = 60_000;

export interface UpstreamWatch {
  answered(): void;
  failed(why: string): void;
  /** Nobody has heard of it for a while, so that asking is worth it. */
  readonly isQuiet: boolean;
  /** Undefined: it has answered lately. */
  readonly trouble: string | undefined;
}

export function watchUpstream(clock: Clock): UpstreamWatch {
  let lastAnswer: number | undefined;
  let lastFailure: string | undefined;
  const since = (): number => (lastAnswer === undefined ? Number.POSITIVE_INFINITY : clock() - lastAnswer);
  return {
    answered() {
      lastAnswer = clock();
      lastFailure = undefined;
    },
    failed(why) {
      lastFailure = why;
    },
    get isQuiet() {
      return since() >= QUIET_MS;
    },
    get trouble() {
      if (since() < LATELY_MS) return undefined;
      const when = lastAnswer === undefined ? 'has not answered yet' : 'has not answered for three minutes';
      return `the registry ${when}${lastFailure === undefined ? '' : `: ${lastFailure}`}`;
    },
  };
}
