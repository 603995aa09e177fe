/**
 * What another policy would have stopped: lockfiles of the past, judged by the present policy and by the other one, with
 * the evidence that can be had today. Each policy remembers along the way, as if it had been in force all the time: what
 * it let pass becomes the baseline that the next lockfile is held to.
 */
import path from 'node:path';
import { connect } from './connect.ts';
import type { Code } from './core/codes.ts';
import { collectAll } from './evidence/collect-all.ts';
import { subjectsOf } from './evidence/subjects.ts';
import type { Evidence, Subject } from './evidence/types.ts';
import { nextBaseline } from './policy/baseline.ts';
import { judge } from './policy/evaluate.ts';
import { usesReleaseAge } from './policy/release-age.ts';
import type { Baseline, Policy, Verdict } from './policy/types.ts';
import { loadNpmrc } from './registry/npmrc.ts';
import type { RunOptions } from './run.ts';
import type { DependencyTree } from './tree/types.ts';

/** A lockfile of the past. */
export interface Snapshot {
  /** Milliseconds since 1970: when it was committed, which is the day that exemptions and ages are judged by. */
  readonly time: number;
  readonly tree: DependencyTree;
}

/** A package that the other policy fails and the present one does not. */
export interface Stopped {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  /** Of the errors, sorted. */
  readonly codes: readonly Code[];
  /** False where the lockfile before this one had it stopped for the same already. */
  readonly isNew: boolean;
}

export interface Simulated {
  readonly packages: number;
  readonly stopped: readonly Stopped[];
  /** Packages that both policies fail. */
  readonly failingAnyway: number;
  /** Packages about which the other policy could not decide. */
  readonly undecided: number;
}

export interface SimulateOptions extends RunOptions {
  readonly current: Policy;
  readonly candidate: Policy;
  /** Folder whose npmrc counts: that of the lockfile. */
  readonly folder: string;
}

/**
 * @param snapshots  oldest first
 * @param seed       what was there before the first of them, for the baseline alone
 * @returns one result for each snapshot, in their order
 * @throws {VerifyDepsError} when there is no trust root, or two rules of a policy contradict each other
 */
export async function simulate(
  snapshots: readonly Snapshot[],
  seed: Snapshot | undefined,
  options: SimulateOptions,
): Promise<readonly Simulated[]> {
  const { current, candidate } = options;
  const all = seed === undefined ? snapshots : [seed, ...snapshots];
  const trees = all.map(({ time, tree }) => ({ time, subjects: subjectsOf(tree) }));
  const evidence = await evidenceFor(candidate, trees, options);
  // Whose keys count is a matter of the policy too.
  const same = JSON.stringify(current.registries) === JSON.stringify(candidate.registries);
  const evidenceNow = same ? evidence : await evidenceFor(current, trees, options);

  let before: ReadonlySet<string> = new Set();
  let baselineNow: Baseline = new Map();
  let baselineThen: Baseline = new Map();
  const results: Simulated[] = [];
  for (const { time, subjects } of trees) {
    const judged = (policy: Policy, found: Found, baseline: Baseline): readonly Verdict[] =>
      subjects.map((subject) => judge({ ...found.get(keyOf(subject))!, subject }, policy, baseline, time));
    const now = judged(current, evidenceNow, baselineNow);
    const then = judged(candidate, evidence, baselineThen);
    const result = compared(now, then, before);
    before = new Set(result.stopped.keys());
    baselineNow = nextBaseline(baselineNow, now);
    baselineThen = nextBaseline(baselineThen, then);
    results.push({ ...result, stopped: [...result.stopped.values()] });
  }
  return seed === undefined ? results : results.slice(1);
}

type Compared = Omit<Simulated, 'stopped'> & { readonly stopped: ReadonlyMap<string, Stopped> };

/**
 * @param now     by the present policy
 * @param then    the same packages in the same order, by the other one
 * @param before  keys of what was stopped in the lockfile before
 */
function compared(now: readonly Verdict[], then: readonly Verdict[], before: ReadonlySet<string>): Compared {
  const stopped = new Map<string, Stopped>();
  let failingAnyway = 0;
  for (const [at, verdict] of then.entries()) {
    if (verdict.outcome !== 'failed') continue;
    if (now[at]!.outcome === 'failed') {
      failingAnyway++;
      continue;
    }
    const entry = stoppedBy(verdict);
    const key = JSON.stringify([keyOf(verdict.evidence.subject), entry.codes]);
    stopped.set(key, { ...entry, isNew: !before.has(key) });
  }
  const undecided = then.filter(({ outcome }) => outcome === 'undecided').length;
  return { packages: then.length, stopped, failingAnyway, undecided };
}

type Found = ReadonlyMap<string, Evidence>;

/** Evidence for everything that any of the trees has, each asked for once. */
async function evidenceFor(
  policy: Policy,
  trees: readonly { readonly subjects: readonly Subject[] }[],
  options: SimulateOptions,
): Promise<Found> {
  const subjects = new Map<string, Subject>();
  for (const subject of trees.flatMap((tree) => tree.subjects)) subjects.set(keyOf(subject), subject);
  const npm = await loadNpmrc({
    cwd: path.resolve(options.folder),
    env: options.env ?? process.env,
    registry: options.registry,
  });
  const { client, trust, now } = await connect({ policy, npm }, options);
  const asksAge = [options.current, options.candidate].some(usesReleaseAge);
  try {
    let done = 0;
    const total = subjects.size;
    const evidence = await collectAll(
      [...subjects.values()],
      // Places differ from commit to commit: whoever may need the publish time of one gets it.
      { client, trust, now, tarballs: false, asksReleaseTime: () => asksAge },
      {
        signal: options.signal,
        onDone: () => options.onProgress?.({ phase: 'packages', done: ++done, total, asked: client }),
      },
    );
    return new Map([...subjects.keys()].map((key, index) => [key, evidence[index]!]));
  } finally {
    await client.close();
  }
}

/** What evidence depends on: everything about a subject but the places where it stands. */
function keyOf({ purl, integrity, source }: Subject): string {
  return JSON.stringify([purl, integrity, source]);
}

function stoppedBy({ evidence: { subject }, findings }: Verdict): Omit<Stopped, 'isNew'> {
  const errors = findings.filter(({ severity }) => severity === 'error').map(({ code }) => code);
  const { purl, name, version } = subject;
  return { purl, name, version, codes: [...new Set(errors)].sort() };
}
