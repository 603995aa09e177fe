/**
 * Collecting evidence for runs that ask nobody: everything that a check of this tree by this policy asks for, verified as a
 * check does it, in one file.
 */
import path from 'node:path';
import { sameBytes } from './core/bytes.ts';
import type { Check } from './core/check.ts';
import { systemClock } from './core/clock.ts';
import type { Code } from './core/codes.ts';
import { VerifyDepsError } from './core/errors.ts';
import { readFileBounded, writeFileAtomic } from './core/files.ts';
import { limits } from './core/limits.ts';
import { printable } from './core/text.ts';
import type { Evidence } from './evidence/types.ts';
import type { Verdict } from './policy/types.ts';
import { type EncodedEvidence, encodeEvidence } from './portable/encode.ts';
import { createRecorder } from './portable/recorder.ts';
import type { SharedEvidence } from './portable/shared-lines.ts';
import type { Report } from './report/types.ts';
import { type RunOptions, run } from './run.ts';
import type { Trust } from './trust/types.ts';

/** Name of the file, beside the lockfile. */
export const EVIDENCE_NAME = 'verify-deps.evidence';

export interface FetchOptions extends RunOptions {
  /** Path of the file, absolute; `verify-deps.evidence` beside the lockfile if left out. */
  readonly file?: string;
}

export interface Fetched {
  readonly report: Report;
  readonly path: string;
  /** `incomplete`: something could not be asked. What was there stands, and nothing is written. */
  readonly outcome: 'written' | 'unchanged' | 'incomplete';
  readonly head: EncodedEvidence['head'];
  /** Of the file. */
  readonly bytes: number;
  /** What could not be asked: `NAME@VERSION` and the codes, or `trust root` and why. */
  readonly missing: readonly { readonly about: string; readonly why: string }[];
  /** What no file can carry, so that it stays undecided offline: what it is, and the packages or registries. */
  readonly lacking: readonly { readonly what: Lack; readonly about: readonly string[] }[];
}

/**
 * `answers`: somebody says that there is none, which is not taken from a file. `keys`: of registries whose own word counts.
 * `times`: publish times that the policy takes from the registry alone. `unreadable`: answers in no known form.
 */
export type Lack = 'answers' | 'keys' | 'times' | 'unreadable';

/** @throws {VerifyDepsError} what `run()` throws; `evidence-unwritable` */
export async function fetchEvidence({ file, ...options }: FetchOptions): Promise<Fetched> {
  const clock = options.clock ?? systemClock;
  const recorder = createRecorder(clock);
  const { report } = await run({ ...options, report: 'none', recorder });
  const shared = { tuf: tufOf(recorder.trusts), policies: recorder.policies };
  const { head, bytes, leftOut } = encodeEvidence(recorder, shared, clock());
  const place = file ?? path.join(path.dirname(report.tree.lockfile.path), EVIDENCE_NAME);
  const missing = missingOf(report);
  const found = { report, path: place, head, bytes: bytes.length, missing, lacking: lackOf(report, leftOut) };
  if (missing.length > 0) return { ...found, outcome: 'incomplete' };
  return { ...found, outcome: await write(place, bytes) };
}

/** Of several connections each may have asked for other targets. */
function tufOf(trusts: readonly Trust[]): SharedEvidence['tuf'] {
  const all = new Map<string, ReturnType<NonNullable<Trust['tuf']>['held']>>();
  for (const { tuf } of trusts) {
    if (tuf === undefined) continue;
    const state = tuf.held();
    const before = all.get(tuf.mirror);
    all.set(tuf.mirror, { ...state, targets: new Map([...(before?.targets ?? []), ...state.targets]) });
  }
  return all;
}

function missingOf({ verdicts, trust }: Report): Fetched['missing'] {
  const missing: { about: string; why: string }[] = [];
  if (trust.origin.stale !== undefined) missing.push({ about: 'trust root', why: trust.origin.stale });
  for (const { evidence } of verdicts) {
    const codes = unanswered(evidence);
    if (codes.length > 0) missing.push({ about: labelOf(evidence), why: codes.join(', ') });
  }
  return missing;
}

function unanswered({ integrity, resolved, publish, provenance, ...rest }: Evidence): readonly Code[] {
  const { registrySignature, claimedTime, other } = rest;
  const checks: readonly (Check<unknown> | undefined)[] = [
    integrity,
    resolved,
    registrySignature,
    publish,
    provenance,
    claimedTime,
    ...other.map(({ check }) => check),
  ];
  const codes = checks.flatMap((check) => (check?.status === 'unreachable' ? [check.code] : []));
  return [...new Set(codes)];
}

function lackOf({ verdicts }: Report, unreadable: readonly string[]): Fetched['lacking'] {
  const packages = (test: (evidence: Evidence) => boolean): readonly string[] =>
    verdicts.filter(({ evidence }: Verdict) => test(evidence)).map(({ evidence }) => labelOf(evidence));
  const own = verdicts.flatMap(({ evidence: { registry, registrySignature } }) =>
    registrySignature.status === 'verified' && registrySignature.value.keyOrigin === 'registry'
      ? [registry ?? '']
      : [],
  );
  const all = [
    {
      what: 'answers',
      about: packages(({ integrity, publish }) =>
        [integrity, publish].some(
          (check) =>
            check.status === 'absent' &&
            (check.code === 'version-absent' || check.code === 'attestations-withheld'),
        ),
      ),
    },
    { what: 'keys', about: [...new Set(own)].sort() },
    {
      what: 'times',
      about: packages(
        ({ subject, claimedTime }) => subject.source.kind === 'registry' && claimedTime !== undefined,
      ),
    },
    { what: 'unreadable', about: unreadable },
  ] as const;
  return all.filter(({ about }) => about.length > 0);
}

function labelOf({ subject: { name, version } }: Evidence): string {
  return `${name}@${version}`;
}

async function write(file: string, bytes: Uint8Array): Promise<'written' | 'unchanged'> {
  try {
    const before = await readFileBounded(file, limits.evidenceFileBytesMax);
    if (before.status === 'read' && sameBytes(before.bytes, bytes)) return 'unchanged';
    await writeFileAtomic(file, bytes, { flush: true });
    return 'written';
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError(
      'evidence-unwritable',
      `cannot write the evidence file ${printable(file)}: ${code}`,
      {
        hint: 'check the folder it is to lie in, or name another place with --output',
        cause: error,
      },
    );
  }
}
