import { setTimeout as sleep } from 'node:timers/promises';
import type { Status } from '../core/check.ts';
import { collectEvidence, type EvidenceContext } from './collect.ts';
import type { Evidence, Subject } from './types.ts';

/**
 * Packages worked on at once. Requests are bounded by the registry client; this bounds what is held in memory, and keeps
 * the thread pool fed while answers are on their way.
 */
const IN_FLIGHT = 64;
/**
 * Further packages that are asked about where trust is long in coming: its half a dozen answers come from afar then, one after
 * the other, and so do theirs. No more, as a hostile registry can make each manifest that waits as large as it may be.
 */
const AHEAD = 64;
const AHEAD_AFTER_MS = 100;
/** Full packuments that may be asked for to find out whether a registry leaves signatures out of every answer. */
const PROBES = 3;

export interface CollectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each subject. */
  readonly onDone?: () => void;
  /** Called before each subject that is asked about once more, with how many were and how many may have to be. */
  readonly onAgain?: (done: number, total: number) => void;
}

/**
 * Evidence for every subject, in the order given.
 * @throws what `signal` was aborted with, or why there is no trust
 */
export async function collectAll(
  subjects: readonly Subject[],
  context: EvidenceContext,
  options: CollectOptions = {},
): Promise<readonly Evidence[]> {
  const evidence = new Array<Evidence>(subjects.length);
  let trust: 'awaited' | 'there' | 'none' = context.trust instanceof Promise ? 'awaited' : 'there';
  const trusted = Promise.resolve(context.trust).then(
    () => {
      trust = 'there';
    },
    (error: unknown) => {
      trust = 'none';
      throw error;
    },
  );
  const work = async (index: number): Promise<void> => {
    options.signal?.throwIfAborted();
    if (trust === 'none') return;
    evidence[index] = await collectEvidence(subjects[index]!, context);
    options.onDone?.();
  };
  const lanes = createLanes(subjects.length, work);
  const ahead = async (): Promise<void> => {
    await Promise.race([trusted, sleep(AHEAD_AFTER_MS, undefined, { ref: false })]);
    await lanes(AHEAD, () => trust === 'awaited');
  };
  // Without trust there is no evidence, however long a registry would keep us waiting for the rest.
  await Promise.all([trusted, lanes(IN_FLIGHT), ahead()]);
  await askAgain(evidence, context, options);
  await askPackuments(evidence, context, options);
  return evidence;
}

/**
 * A proof that is wrong may have been wrong on one bad day only, and kept since. Where it came out of the store, the
 * registry gets asked once more before anything is held against it; without an answer, what is there stands.
 */
async function askAgain(
  evidence: Evidence[],
  context: EvidenceContext,
  { signal, onAgain }: CollectOptions,
): Promise<void> {
  const wrong = [...evidence.keys()].filter((index) => checksOf(evidence[index]!).includes('invalid'));
  let done = 0;
  await inParallel(wrong.length, async (at) => {
    signal?.throwIfAborted();
    const { subject } = evidence[wrong[at]!]!;
    if (subject.source.kind === 'registry' && context.client.forget(subject)) {
      onAgain?.(done, wrong.length);
      const found = await collectEvidence(subject, context);
      if (!checksOf(found).includes('unreachable')) evidence[wrong[at]!] = found;
    }
    done++;
  });
}

function checksOf({ integrity, registrySignature, publish, provenance, other }: Evidence): readonly Status[] {
  const rest = other.map(({ check }) => check.status);
  return [integrity.status, registrySignature.status, publish.status, provenance.status, ...rest];
}

/**
 * Some registries leave signatures out of `/NAME/VERSION` but have them in the full packument. That is asked for where it
 * can make a difference: for each unsigned package of a registry that signs others, and for a few of one that seems to
 * sign none; those few decide about the rest.
 */
async function askPackuments(
  evidence: Evidence[],
  context: EvidenceContext,
  { signal, onAgain }: CollectOptions,
): Promise<void> {
  const trust = await context.trust;
  for (const [registry, indexes] of unsignedByRegistry(evidence)) {
    if ((await trust.registryKeys(registry)) === undefined) continue;
    let done = 0;
    const again = async (index: number): Promise<void> => {
      signal?.throwIfAborted();
      onAgain?.(done++, indexes.length);
      const found = await collectEvidence(evidence[index]!.subject, context, 'packument');
      // Without a packument, or without a signature in it, what the version manifest established stands.
      if (found.registrySignature.status !== 'absent' && found.registrySignature.status !== 'unreachable') {
        evidence[index] = found;
      }
    };
    let rest = indexes;
    if (!evidence.some((item) => item.registry === registry && item.registrySignature.status !== 'absent')) {
      const probes = indexes.slice(0, PROBES);
      await inParallel(probes.length, (at) => again(probes[at]!));
      if (probes.every((index) => isUnsigned(evidence[index]!))) continue;
      rest = indexes.slice(PROBES);
    }
    await inParallel(rest.length, (at) => again(rest[at]!));
  }
}

function unsignedByRegistry(evidence: readonly Evidence[]): ReadonlyMap<string, readonly number[]> {
  const groups = new Map<string, number[]>();
  for (const [index, item] of evidence.entries()) {
    if (item.registry === undefined || !isUnsigned(item)) continue;
    const group = groups.get(item.registry);
    if (group) group.push(index);
    else groups.set(item.registry, [index]);
  }
  return groups;
}

function isUnsigned({ registrySignature }: Evidence): boolean {
  return registrySignature.status === 'absent' && registrySignature.code === 'signature-absent';
}

async function inParallel(count: number, work: (index: number) => Promise<void>): Promise<void> {
  await createLanes(count, work)(IN_FLIGHT);
}

/** Works on so many at a time as long as `goesOn`; who asks for more lanes gets them beside those that there are. */
function createLanes(
  count: number,
  work: (index: number) => Promise<void>,
): (lanes: number, goesOn?: () => boolean) => Promise<void> {
  let next = 0;
  return async (lanes, goesOn = () => true) => {
    const lane = async (): Promise<void> => {
      while (next < count && goesOn()) await work(next++);
    };
    await Promise.all(Array.from({ length: Math.min(lanes, count) }, lane));
  };
}
