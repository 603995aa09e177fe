/** Where the time of a run went. Nothing of it enters a verdict or the report. */
import type { Progress } from '../connect.ts';
import { readyAt, sinceStart } from '../core/clock.ts';
import type { Verdict } from '../policy/types.ts';
import type { JsonOut } from '../report/json-text.ts';

/** `node`: until Node.js was ready. `loading`: until the work began. */
export type TimedPhase = 'node' | 'loading' | Progress['phase'];

export interface TimingFacts {
  /** Since the process began, in whole milliseconds; the phases sum up to it. */
  readonly totalMs: number;
  /** In the order in which they first began; one that came again has its times added up. */
  readonly phases: readonly { readonly phase: TimedPhase; readonly ms: number }[];
  /** Of this process with all its threads. */
  readonly cpuMs: { readonly user: number; readonly system: number };
  readonly peakMemoryBytes: number;
  readonly requests: number;
  /** Received. */
  readonly bytes: number;
  /** Answers that the evidence store had. */
  readonly fromStore: number;
  /** Packages signed by their registry, and attestations, that were verified; undefined where nobody counted. */
  readonly verified: { readonly registrySignatures: number; readonly attestations: number } | undefined;
}

export interface Timing {
  update(progress: Progress): void;
  /** Counts what was verified. */
  count(verdicts: readonly Verdict[]): void;
  /** Up to now, for whoever prints them. */
  tell(): TimingFacts;
  /** They have been printed. */
  readonly told: boolean;
}

/** What a process says of itself. */
export interface Meter {
  /** Milliseconds since the process began. */
  readonly stopwatch: () => number;
  readonly readyAt: () => number;
  /** Microseconds, and kilobytes of memory at most. */
  readonly usage: () => {
    readonly userCPUTime: number;
    readonly systemCPUTime: number;
    readonly maxRSS: number;
  };
}

const processMeter: Meter = { stopwatch: sinceStart, readyAt, usage: () => process.resourceUsage() };

export function createTiming(meter: Meter = processMeter): Timing {
  const begun: { readonly phase: TimedPhase; readonly at: number }[] = [
    { phase: 'node', at: 0 },
    { phase: 'loading', at: meter.readyAt() },
  ];
  let current: TimedPhase = 'loading';
  // A run may be made twice, each with a client of its own.
  const asked = new Set<NonNullable<Progress['asked']>>();
  let verified: TimingFacts['verified'];
  let told = false;

  const facts = (): TimingFacts => {
    const totalMs = Math.round(meter.stopwatch());
    const times = new Map<TimedPhase, number>();
    for (const [index, { phase, at }] of begun.entries()) {
      const end = begun[index + 1]?.at ?? totalMs;
      // Between rounded moments, so that the sum is that of the whole.
      times.set(phase, (times.get(phase) ?? 0) + Math.round(end) - Math.round(at));
    }
    const { userCPUTime, systemCPUTime, maxRSS } = meter.usage();
    const sum = { requests: 0, bytes: 0, fromStore: 0 };
    for (const { stats } of asked) {
      sum.requests += stats.requests;
      sum.bytes += stats.bytes;
      sum.fromStore += stats.fromStore;
    }
    return {
      totalMs,
      phases: [...times].map(([phase, ms]) => ({ phase, ms })),
      cpuMs: { user: Math.round(userCPUTime / 1_000), system: Math.round(systemCPUTime / 1_000) },
      peakMemoryBytes: maxRSS * 1_024,
      ...sum,
      verified,
    };
  };

  return {
    update(progress) {
      if (progress.asked !== undefined) asked.add(progress.asked);
      if (progress.phase === current) return;
      current = progress.phase;
      begun.push({ phase: current, at: meter.stopwatch() });
    },
    count(verdicts) {
      let registrySignatures = 0;
      let attestations = 0;
      for (const { evidence } of verdicts) {
        if (evidence.registrySignature.status === 'verified') registrySignatures++;
        const checks = [evidence.publish, evidence.provenance, ...evidence.other.map(({ check }) => check)];
        attestations += checks.filter(({ status }) => status === 'verified').length;
      }
      verified = { registrySignatures, attestations };
    },
    tell() {
      told = true;
      return facts();
    },
    get told() {
      return told;
    },
  };
}

/** The member `timing` of `--json`, where it was asked for: without it, the same result is the same text. */
export function timingMember(timing: Timing | undefined): { readonly timing?: JsonOut } {
  if (timing === undefined) return {};
  const facts = timing.tell();
  return {
    timing: {
      ...facts,
      phases: facts.phases.map((phase) => ({ ...phase })),
      cpuMs: { ...facts.cpuMs },
      verified: facts.verified && { ...facts.verified },
    },
  };
}
