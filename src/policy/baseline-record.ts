/** What is recorded of verified provenance, and what several versions of one line have in common. */
import { withoutRef } from '../core/workflow-uri.ts';
import type { Provenance } from '../evidence/types.ts';
import type { RecordedProvenance, RefKind } from './types.ts';

type Field = keyof RecordedProvenance;

/** Everything that is recorded where it is known; the repository always is. */
export const RECORDED: readonly Exclude<Field, 'sourceRepository'>[] = [
  'repositoryId',
  'ownerId',
  'workflow',
  'signer',
  'refKind',
  'ref',
  'trigger',
  'runner',
  'builder',
  'issuer',
];

/** The signed claims that later versions are held to. */
export function recordOf(claims: Provenance): RecordedProvenance {
  const refKind = refKindOf(claims.ref);
  return compact({
    sourceRepository: claims.sourceRepository,
    repositoryId: claims.sourceRepositoryId,
    ownerId: claims.sourceOwnerId,
    workflow: claims.workflow,
    signer: claims.signer,
    refKind,
    ref: refKind === 'branch' ? claims.ref : undefined,
    trigger: claims.trigger,
    runner: claims.runner,
    builder: claims.builderId,
    issuer: claims.issuer,
  });
}

export function refKindOf(ref: string): RefKind {
  if (ref.startsWith('refs/tags/')) return 'tag';
  return ref.startsWith('refs/heads/') ? 'branch' : 'other';
}

/**
 * What these versions agree in: the newest's word where no other says otherwise, nothing where they differ. Where none of
 * them says anything, an earlier record keeps its word: certificates of old backports say less than those of today.
 * @param records  newest first, at least one
 */
export function commonRecord(
  records: readonly RecordedProvenance[],
  earlier: RecordedProvenance | undefined,
): RecordedProvenance {
  const [newest] = records as readonly [RecordedProvenance, ...RecordedProvenance[]];
  const common: Partial<Record<Field, string>> = { sourceRepository: newest.sourceRepository };
  for (const field of RECORDED) {
    const said = records.filter((record) => record[field] !== undefined);
    const [first] = said;
    if (first === undefined) {
      // A recorded branch says nothing about a tag.
      if (field !== 'ref' || common.refKind === 'branch') set(common, field, earlier?.[field]);
    } else if (said.every((record) => comparable(record, field) === comparable(first, field))) {
      set(common, field, first[field]);
    }
  }
  if (common.refKind !== 'branch') delete common.ref;
  return common as RecordedProvenance;
}

function set(record: Partial<Record<Field, string>>, field: Field, value: string | undefined): void {
  if (value !== undefined) record[field] = value;
}

/** A claim in the form in which two builds are compared; undefined if it was not recorded. */
export function comparable(record: RecordedProvenance, field: Field): string | undefined {
  const value = record[field];
  if (value === undefined) return undefined;
  if (field === 'builder') return builderKind(value, record.sourceRepository);
  return field === 'signer' ? pathOf(value, record.sourceRepository) : value;
}

/** GitHub's and GitLab's own runners are one builder each: which machine it was, `runner` tells. */
function builderKind(builder: string, repository: string): string {
  if (/^https:\/\/github\.com\/actions\/runner(?:\/|$)/.test(builder))
    return 'https://github.com/actions/runner';
  if (/^[^@]*\/-\/runners\/\d+$/.test(builder)) return '/-/runners';
  return pathOf(builder, repository);
}

/** Path of a workflow: its ref is another one for each version, and its repository may be renamed. */
function pathOf(uri: string, repository: string): string {
  const plain = withoutRef(uri);
  return plain.startsWith(`${repository}/`) ? plain.slice(repository.length) : plain;
}

function compact(record: { readonly [F in Field]: string | undefined }): RecordedProvenance {
  const kept = Object.entries(record).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as unknown as RecordedProvenance;
}
