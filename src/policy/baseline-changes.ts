/**
 * How two builds of one release line differ. Who built it (service, repository, owner) and how (ref, trigger, runner,
 * builder, workflow) are told apart; one cause is told once. What either side does not say is no difference.
 */
import type { Code } from '../core/codes.ts';
import { comparable } from './baseline-record.ts';
import { normalizeRepository, ownerOf } from './repository.ts';
import type { RecordedProvenance, RefKind } from './types.ts';

/** Worth the level of `baseline`, one step less, or told only: it is no step back. */
export type Gravity = 'full' | 'milder' | 'info';

export interface Change {
  readonly code: Code;
  readonly gravity: Gravity;
  readonly expected: string;
  readonly actual: string;
}

/** Events that somebody without write access to the repository can cause. */
const OPEN_TRIGGERS: ReadonlySet<string> = new Set([
  'pull_request_target',
  'issue_comment',
  'issues',
  'discussion',
  'discussion_comment',
  'fork',
  'watch',
]);
/** Machines of the service itself, made new for each build. */
const HOSTED: ReadonlySet<string> = new Set(['github-hosted', 'gitlab-hosted']);
const REF_RANK: Readonly<Record<RefKind, number>> = { other: 0, branch: 1, tag: 2 };
const DEFAULT_BRANCHES: ReadonlySet<string> = new Set(['refs/heads/main', 'refs/heads/master']);

/**
 * @param line  release line of the later build, such as `2` or `0.4`
 * @returns     everything that differs; empty if nothing does
 */
export function changesBetween(
  before: RecordedProvenance,
  after: RecordedProvenance,
  line: string,
): readonly Change[] {
  const who = whoChange(before, after);
  // On another service everything has another name: one change, not five.
  if (who?.code === 'issuer-changed') return [who];
  const how = [
    refChange(before, after, line),
    triggerChange(before, after),
    runnerChange(before, after),
    builderChange(before, after),
    workflowChange(before, after),
  ];
  return [who, ...how].filter((change) => change !== undefined);
}

/** Another service, repository or owner, or only another name of the same repository. */
export function whoChange(before: RecordedProvenance, after: RecordedProvenance): Change | undefined {
  const [issuer, nextIssuer] = [before.issuer ?? hostOf(before), after.issuer ?? hostOf(after)];
  const sameService = before.issuer === undefined || after.issuer === undefined || issuer === nextIssuer;
  if (!sameService || hostOf(before) !== hostOf(after)) {
    return change(
      'issuer-changed',
      'full',
      `${issuer} (${before.sourceRepository})`,
      `${nextIssuer} (${after.sourceRepository})`,
    );
  }
  const sameName = spelled(before) === spelled(after);
  const sameId = sameWhereSaid(before.repositoryId, after.repositoryId);
  const sameOwner = sameWhereSaid(before.ownerId, after.ownerId);
  const names = [before.sourceRepository, after.sourceRepository] as const;
  if (sameId === false && sameName) {
    return change(
      'repository-changed',
      'full',
      withId(names[0], before.repositoryId),
      withId(names[1], after.repositoryId),
    );
  }
  if (!sameName && sameId !== true) return change('repository-changed', 'full', ...names);
  // Without the numbers of both owners, another owner's name can be a transfer as well as a rename.
  const sameOwnerName = ownerOf(spelled(before)) === ownerOf(spelled(after));
  if (sameOwner === false || (sameOwner === undefined && !sameOwnerName)) {
    return change('owner-changed', 'full', withId(names[0], before.ownerId), withId(names[1], after.ownerId));
  }
  return sameName ? undefined : change('repository-renamed', 'info', ...names);
}

function refChange(before: RecordedProvenance, after: RecordedProvenance, line: string): Change | undefined {
  const [from, to] = [before.refKind, after.refKind];
  if (from === undefined || to === undefined) return undefined;
  const told = (gravity: Gravity): Change =>
    change('ref-kind-changed', gravity, refText(before), refText(after));
  if (from !== to) return told(REF_RANK[to] < REF_RANK[from] ? 'full' : 'info');
  if (before.ref === undefined || after.ref === undefined || before.ref === after.ref) return undefined;
  const usual =
    isBranchOfLine(after.ref, line) || (DEFAULT_BRANCHES.has(before.ref) && DEFAULT_BRANCHES.has(after.ref));
  return told(usual ? 'milder' : 'full');
}

/**
 * Where backports come from: a branch with the name of the line, as `7.x`, `v7`, `release/7.2` or `0.4.x`. Other folders
 * are anybody's: `snapshot/7.x` is a branch like any other.
 */
export function isBranchOfLine(ref: string, line: string): boolean {
  const name = ref.replace(/^refs\/heads\//, '').toLowerCase();
  const bare = name
    .replace(/^(?:releases?|maintenance|maint|stable|support|lts|backports?|branch(?:es)?)[-_./]?/, '')
    .replace(/^v/, '');
  if (bare === line) return true;
  return bare.startsWith(`${line}.`) && /^(?:x|\d{1,9}(?:\.x)?)$/.test(bare.slice(line.length + 1));
}

function triggerChange(
  { trigger: from }: RecordedProvenance,
  { trigger: to }: RecordedProvenance,
): Change | undefined {
  if (from === undefined || to === undefined || from === to) return undefined;
  return change('trigger-changed', OPEN_TRIGGERS.has(to) ? 'full' : 'milder', from, to);
}

function runnerChange(
  { runner: from }: RecordedProvenance,
  { runner: to }: RecordedProvenance,
): Change | undefined {
  if (from === undefined || to === undefined || from === to) return undefined;
  return change('runner-changed', HOSTED.has(to) ? 'info' : 'full', from, to);
}

function builderChange(before: RecordedProvenance, after: RecordedProvenance): Change | undefined {
  if (sameWhereSaid(comparable(before, 'builder'), comparable(after, 'builder')) !== false) return undefined;
  return change('builder-changed', 'milder', before.builder!, after.builder!);
}

/** The workflow that was started, or, with the same builder, the reusable one that signed. */
function workflowChange(before: RecordedProvenance, after: RecordedProvenance): Change | undefined {
  if (sameWhereSaid(before.workflow, after.workflow) === false) {
    return change('workflow-changed', 'milder', before.workflow!, after.workflow!);
  }
  // A reusable workflow that builds is the builder, which was told already.
  if (builderChange(before, after) !== undefined) return undefined;
  const [from, to] = [comparable(before, 'signer'), comparable(after, 'signer')];
  return sameWhereSaid(from, to) === false ? change('workflow-changed', 'milder', from!, to!) : undefined;
}

/** Undefined where one of them does not say. */
function sameWhereSaid(a: string | undefined, b: string | undefined): boolean | undefined {
  return a === undefined || b === undefined ? undefined : a === b;
}

function spelled({ sourceRepository }: RecordedProvenance): string {
  return normalizeRepository(sourceRepository) ?? sourceRepository;
}

/** `https://gitlab.com`: what has not got that form is a host of its own. */
function hostOf(record: RecordedProvenance): string {
  const repository = spelled(record);
  return /^https:\/\/[^/]+/.exec(repository)?.[0] ?? repository;
}

function withId(repository: string, id: string | undefined): string {
  return `${repository} (id ${id ?? 'unknown'})`;
}

function refText({ refKind, ref }: RecordedProvenance): string {
  if (refKind === 'tag') return 'a tag';
  return refKind === 'branch' ? (ref ?? 'a branch') : 'neither a tag nor a branch';
}

function change(code: Code, gravity: Gravity, expected: string, actual: string): Change {
  return { code, gravity, expected, actual };
}
