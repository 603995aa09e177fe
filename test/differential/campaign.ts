/** Holds our verdicts against the reference's, and counts. */
import type { VerifiedBundle } from '../../src/sigstore/types.ts';
import type { Base } from './base.ts';
import { type Gap, gaps } from './gaps.ts';
import { allowanceFor } from './lenient.ts';
import { mutate } from './mutate.ts';
import type { Mutation } from './mutation.ts';
import { type OurVerdict, ourVerdict } from './ours.ts';
import { type ReferenceVerdict, referenceVerdict } from './reference.ts';
import { reasonFor } from './stricter.ts';

export interface Counts {
  /** Bundles as they came. */
  bundles: number;
  /** Of these, the ones that are verified. */
  sound: number;
  mutations: number;
  sameAccept: number;
  sameRefuse: number;
  /** By what ours refuses. */
  readonly stricter: Record<string, number>;
  /** By what the reference refuses, harmlessly. */
  readonly lenient: Record<string, number>;
  /** By the name of a bundle: which gap of the reference had to be closed. */
  readonly gaps: Record<string, string>;
  /** What must not be: one line each. */
  readonly failures: string[];
}

export const noCounts = (): Counts => ({
  bundles: 0,
  sound: 0,
  mutations: 0,
  sameAccept: 0,
  sameRefuse: 0,
  stricter: {},
  lenient: {},
  gaps: {},
  failures: [],
});

/** A bundle with which there is something to compare, and the gap that it falls into. */
export interface Subject {
  readonly base: Base;
  readonly gap: Gap | undefined;
  /** What ours establishes of it; undefined if it is refused. */
  readonly facts: VerifiedBundle | undefined;
}

const AS_IT_CAME: Mutation = { kind: 'as it came', detail: '', text: '' };

/** Compares the bundle itself. */
export async function admit(counts: Counts, base: Base): Promise<Subject> {
  counts.bundles++;
  const ours = await ourVerdict(base, base.text);
  const theirs = referenceVerdict(base, base.text);
  const facts = 'verified' in ours ? ours.verified : undefined;
  if (facts) counts.sound++;
  const gap =
    facts && 'refused' in theirs
      ? gaps.find((candidate) => 'verified' in referenceVerdict(base, base.text, candidate))
      : undefined;
  if (gap) counts.gaps[base.name] = gap.what;
  const subject = { base, gap, facts };
  judge(counts, subject, AS_IT_CAME, ours, gap ? referenceVerdict(base, base.text, gap) : theirs);
  return subject;
}

/** Compares the mutation that belongs to the seed, if there is one. */
export async function probe(
  counts: Counts,
  subject: Subject,
  others: readonly Base[],
  seed: number,
): Promise<void> {
  const { base, gap } = subject;
  const mutation = mutate(base, others, seed);
  if (!mutation) return;
  counts.mutations++;
  const ours = await ourVerdict(base, mutation.text);
  const theirs = referenceVerdict(base, mutation.text, gap);
  judge(counts, subject, { ...mutation, detail: `${mutation.detail}, seed ${seed}` }, ours, theirs);
}

function judge(
  counts: Counts,
  { base, facts: before }: Subject,
  mutation: Mutation,
  ours: OurVerdict,
  theirs: ReferenceVerdict,
): void {
  const fail = (what: string): void => {
    counts.failures.push(`${base.name}: ${mutation.kind} (${mutation.detail}): ${what}`);
  };
  if ('refused' in ours && 'refused' in theirs) counts.sameRefuse++;
  else if ('verified' in ours && 'verified' in theirs) {
    counts.sameAccept++;
    const difference = differentSigner(ours.verified, theirs.verified);
    if (difference) fail(difference);
  } else if ('refused' in ours) {
    const reason = reasonFor(ours.refused, mutation);
    if (reason) add(counts.stricter, reason.what);
    else
      fail(
        `refused by us with "${ours.refused}", verified by the reference, and no row of stricter.ts says why`,
      );
  } else if ('refused' in theirs) {
    const { refused } = theirs;
    const allowance = before && allowanceFor({ base, mutation, refused, before, after: ours.verified });
    if (allowance) add(counts.lenient, allowance.what);
    else fail(`MORE LENIENT: verified by us, refused by the reference: ${refused}`);
  }
}

const add = (record: Record<string, number>, key: string): void => {
  record[key] = (record[key] ?? 0) + 1;
};

/** Both verified it: then they must have found the same signer. */
function differentSigner(
  { signer }: VerifiedBundle,
  theirs: { readonly name: string | undefined; readonly issuer: string | undefined },
): string | undefined {
  if (signer.kind === 'key') return undefined;
  const ours = { name: signer.subjectAlternativeName, issuer: signer.claims.issuer };
  // The reference reads no names but URIs and mail addresses.
  if (theirs.name !== undefined && theirs.name !== ours.name)
    return `signed by ${ours.name} or ${theirs.name}?`;
  return theirs.issuer === ours.issuer ? undefined : `issuer ${ours.issuer} or ${theirs.issuer}?`;
}
