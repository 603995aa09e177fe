/**
 * What a version is held to, claim by claim, and how it differs. Made of the parts by which `baseline-judge.ts` judges, so
 * that it cannot tell another story.
 */
import type { Evidence } from '../evidence/types.ts';
import { baselineKey, recordedFor, releaseLine } from './baseline.ts';
import { type Change, changesBetween, whoChange } from './baseline-changes.ts';
import { comparable, RECORDED, recordOf } from './baseline-record.ts';
import { normalizeRepository } from './repository.ts';
import type { Baseline, RecordedProvenance } from './types.ts';

type Claim = keyof RecordedProvenance;

export interface HeldClaim {
  readonly claim: Claim;
  /** What was recorded; undefined where nothing was, so that this version is free in it. */
  readonly recorded: string | undefined;
  /** What this version's certificate says. */
  readonly now: string | undefined;
  /** `not-compared`: one side does not say, or it may differ between a release and a prerelease. */
  readonly comparison: 'same' | 'differs' | 'not-compared';
}

/** What one version is held to. */
export interface HeldTo {
  /** Release line, such as `2` or `0.4`. */
  readonly line: string;
  /** `none`: there is no baseline yet. `unknown`: there is one, and the line is not in it. */
  readonly record: 'own' | 'sibling' | 'without-provenance' | 'unknown' | 'none';
  /** Why a change was accepted by hand, if the record is one. */
  readonly accepted: string | undefined;
  /** This version has verified provenance that could be compared. */
  readonly compared: boolean;
  /** Empty where nothing is recorded. */
  readonly claims: readonly HeldClaim[];
  /** What differs, as it is judged. */
  readonly changes: readonly Change[];
}

/** Claims about who built it; the others are about how. */
const WHO: ReadonlySet<Claim> = new Set<Claim>(['sourceRepository', 'repositoryId', 'ownerId', 'issuer']);

/** @returns undefined for what does not come from a registry, of which nothing is recorded */
export function heldToOf({ subject, provenance }: Evidence, baseline: Baseline): HeldTo | undefined {
  if (subject.source.kind !== 'registry') return undefined;
  const { name, version } = subject;
  const line = releaseLine(version);
  const held = recordedFor(baseline, name, version);
  const own = baseline.get(baselineKey(name, version));
  const before = held.provenance;
  const now = provenance.status === 'verified' ? recordOf(provenance.value.claims) : undefined;
  const compared = before !== undefined && now !== undefined;
  const shared = { line, accepted: own?.accepted?.reason, compared };
  if (before === undefined) {
    const record = !held.begun ? 'none' : own === undefined ? 'unknown' : 'without-provenance';
    return { ...shared, record, claims: [], changes: [] };
  }
  const isOwn = held.reach === 'all';
  const fields = (['sourceRepository', ...RECORDED] as const).filter(
    (claim) => before[claim] !== undefined || now?.[claim] !== undefined,
  );
  return {
    ...shared,
    record: isOwn ? 'own' : 'sibling',
    claims: fields.map((claim) => ({
      claim,
      recorded: before[claim],
      now: now?.[claim],
      comparison:
        now === undefined || !(isOwn || WHO.has(claim)) ? 'not-compared' : compare(before, now, claim),
    })),
    changes: now === undefined ? [] : changesOf(before, now, isOwn, line),
  };
}

function compare(before: RecordedProvenance, now: RecordedProvenance, claim: Claim): HeldClaim['comparison'] {
  const [from, to] = [before, now].map((record) => {
    const value = comparable(record, claim);
    // As `whoChange` has it: another spelling is no other repository.
    return claim === 'sourceRepository' && value !== undefined
      ? (normalizeRepository(value) ?? value)
      : value;
  });
  if (from === undefined || to === undefined) return 'not-compared';
  return from === to ? 'same' : 'differs';
}

function changesOf(
  before: RecordedProvenance,
  now: RecordedProvenance,
  isOwn: boolean,
  line: string,
): readonly Change[] {
  if (isOwn) return changesBetween(before, now, line);
  const who = whoChange(before, now);
  return who === undefined ? [] : [who];
}
