/** Numbers that whoever comes and goes has counted: what is gone still counts. */
import type { ProxyStats } from '../proxy/types.ts';

export interface Counts {
  readonly proxy: ProxyStats;
  readonly evidence: { readonly requests: number; readonly bytes: number; readonly fromStore: number };
}

export interface Sums {
  /** @param read  asked at each reading until `leave` is called */
  enter(read: () => Counts): { leave(): void };
  readonly all: Counts;
}

const NOTHING: Counts = {
  proxy: {
    requests: 0,
    active: 0,
    upstreamRequests: 0,
    upstreamBytes: 0,
    upstreamFailures: 0,
    tarballs: 0,
    blocked: 0,
    spoolBytes: 0,
  },
  evidence: { requests: 0, bytes: 0, fromStore: 0 },
};

export function createSums(): Sums {
  const present = new Set<() => Counts>();
  let past = NOTHING;
  return {
    enter(read) {
      present.add(read);
      return {
        leave() {
          if (!present.delete(read)) return;
          const last = read();
          // What it was in the middle of is over.
          past = added(past, { ...last, proxy: { ...last.proxy, active: 0, spoolBytes: 0 } });
        },
      };
    },
    get all() {
      return [...present].map((read) => read()).reduce(added, past);
    },
  };
}

function added(a: Counts, b: Counts): Counts {
  return { proxy: addedUp(a.proxy, b.proxy), evidence: addedUp(a.evidence, b.evidence) };
}

function addedUp<T extends object>(a: T, b: T): T {
  const amounts = b as Readonly<Record<string, number>>;
  const entries = Object.entries(a as Readonly<Record<string, number>>);
  return Object.fromEntries(entries.map(([key, amount]) => [key, amount + (amounts[key] ?? 0)])) as T;
}
