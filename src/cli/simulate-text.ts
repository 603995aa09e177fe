/** What `simulate` found out, for people and for programs. */
import { printable } from '../core/text.ts';
import type { Policy } from '../policy/types.ts';
import { escapeUnseen, type JsonOut } from '../report/json-text.ts';
import { plural } from '../report/layout.ts';
import type { Style } from '../report/style.ts';
import type { Simulated } from '../simulate.ts';
import type { Commit } from './git.ts';
import type { LockfileHistory } from './lockfile-history.ts';

export type SimulatedCommit =
  | { readonly commit: Commit; readonly result: Simulated }
  | { readonly commit: Commit; readonly problem: string };

export interface Simulation {
  readonly lockfile: string;
  readonly current: Policy;
  readonly candidate: Policy;
  /** Oldest first. */
  readonly commits: readonly SimulatedCommit[];
  readonly history: Pick<LockfileHistory, 'more' | 'shallow'>;
}

/** Version of the form; raised when a member changes its meaning or goes. */
const JSON_VERSION = 1;
const NAMED_MAX = 10;

/** Newest commit first, as git shows them. */
export function simulationText({ current, candidate, commits, history }: Simulation, style: Style): string {
  const blocks = [...commits].reverse().map((entry) => {
    const { commit } = entry;
    const head = `${style.bold(commit.id.slice(0, 10))}  ${dayOf(commit.time)}  ${commit.subject}`;
    return [head, ...('result' in entry ? resultLines(entry.result, style) : [problemLine(entry.problem)])];
  });
  const results = commits.flatMap((entry) => ('result' in entry ? [entry.result] : []));
  const stopping = results.filter(({ stopped }) => stopped.some(({ isNew }) => isNew)).length;
  const unread = commits.length - results.length;
  const open = results.reduce((sum, { undecided }) => sum + undecided, 0);
  const sums = [
    results.length === 0
      ? `${plural(commits.length, 'commit')} changed the lockfile, and none could be judged: nothing is known.`
      : `${plural(commits.length, 'commit')} changed the lockfile; ${filesOf(candidate)} instead of ${filesOf(current)} would have stopped ${stopping}.`,
    unread === 0 || results.length === 0 ? '' : `${plural(unread, 'commit')} could not be judged: see above.`,
    open === 0 ? '' : 'Some packages could not be asked about: the answer is not complete.',
    history.more
      ? 'There are older commits that were not looked at: --since REF reaches further back, to 200.'
      : '',
    history.shallow ? 'This clone is shallow: older commits are not here.' : '',
    'Evidence is what can be had today; ages and exemptions are judged as of each commit.',
  ];
  return `${blocks.map((lines) => lines.join('\n')).join('\n')}\n\n${sums.filter((line) => line !== '').join('\n')}\n`;
}

function resultLines({ packages, stopped, failingAnyway, undecided }: Simulated, style: Style): string[] {
  const fresh = stopped.filter(({ isNew }) => isNew);
  const old = stopped.length - fresh.length;
  const sums = [
    fresh.length === 0
      ? style.good('passes as before')
      : style.bad(`stops ${plural(fresh.length, 'package')}`),
    old === 0 ? '' : `${plural(old, 'package')} stopped earlier`,
    failingAnyway === 0 ? '' : `${failingAnyway} failing under both`,
    undecided === 0 ? '' : style.open(`${undecided} undecided`),
    `of ${packages}`,
  ];
  const names = fresh.slice(0, NAMED_MAX).map(({ name, version, codes }) => {
    return `    ${printable(`${name}@${version}`)}  ${codes.join(', ')}`;
  });
  const more = fresh.length - names.length;
  return [
    `  ${sums.filter((part) => part !== '').join(', ')}`,
    ...names,
    ...(more > 0 ? [`    and ${plural(more, 'other', 'others')}: see --json`] : []),
  ];
}

function problemLine(problem: string): string {
  return `  not judged: ${problem}`;
}

function filesOf({ files }: Policy): string {
  return printable(files[0] ?? 'no policy');
}

function dayOf(time: number): string {
  return isoOf(time)?.slice(0, 10) ?? 'no date';
}

function isoOf(time: number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

/** @returns text with a final line feed */
export function simulationJson({ lockfile, current, candidate, commits, history }: Simulation): string {
  const policy = ({ files, digest }: Policy): JsonOut => ({ files, digest });
  const document: JsonOut = {
    version: JSON_VERSION,
    lockfile,
    current: policy(current),
    candidate: policy(candidate),
    more: history.more,
    shallow: history.shallow,
    commits: commits.map((entry) => {
      const { id, time, subject } = entry.commit;
      const about = { commit: id, time: isoOf(time), subject };
      if ('problem' in entry) return { ...about, problem: entry.problem };
      const { packages, stopped, failingAnyway, undecided } = entry.result;
      return { ...about, packages, failingAnyway, undecided, stopped: stopped.map((one) => ({ ...one })) };
    }),
  };
  return `${escapeUnseen(JSON.stringify(document, undefined, 2))}\n`;
}
