import path from 'node:path';
import compare from 'semver/functions/compare.js';
import valid from 'semver/functions/valid.js';
import { VerifyDepsError } from '../core/errors.ts';
import { readFileBounded } from '../core/files.ts';
import { limits } from '../core/limits.ts';
import { npmPurl } from '../core/purl.ts';
import type { Subject } from '../evidence/types.ts';
import { baselineKey, recordedFor, releaseLine } from '../policy/baseline.ts';
import { readLock } from '../report/lock-read.ts';
import type { LockReport } from '../report/lock-types.ts';
import type { EarlierRelease } from '../report/note.ts';
import { commitsOf, fileAt, type GitOptions } from './git.ts';

/** Commits of the report that are looked at. */
const COMMITS_MAX = 50;

/**
 * The newest release of the same line of which a report has provenance: in the report that lies here, then in those of
 * the repository's history, newest first. Where none names a release, what the baseline recorded of the line. Of a line
 * that has none, a prerelease is held to the releases and a release to the prereleases, as in the baseline.
 * @param file  of the report
 * @throws {VerifyDepsError} `report-unreadable` for the report that lies here
 */
export async function earlierRelease(
  subject: Subject,
  file: string,
  options: GitOptions,
): Promise<EarlierRelease | undefined> {
  const read = await readFileBounded(file, limits.reportBytesMax);
  const here = read.status === 'read' ? readLock(read.bytes, file) : undefined;
  const known = here && releaseIn(here, subject);
  if (known !== undefined) return known;
  let line = here && lineIn(here, subject);
  for await (const report of pastReports(file, options)) {
    const found = releaseIn(report, subject);
    if (found !== undefined) return found;
    line ??= lineIn(report, subject);
  }
  return line;
}

/** Newest first. A project without git, or a report that was never committed, has none. */
async function* pastReports(file: string, options: GitOptions): AsyncGenerator<LockReport> {
  const name = path.basename(file);
  for (const { id } of await orNone(commitsOf([name], { max: COMMITS_MAX }, options), [])) {
    options.signal?.throwIfAborted();
    const bytes = await orNone(fileAt(id, name, options, limits.reportBytesMax), undefined);
    if (bytes === undefined) continue;
    // Of another version, or committed with conflict markers.
    const report = await orNone(
      Promise.resolve(bytes).then((content) => readLock(content, name)),
      undefined,
    );
    if (report !== undefined) yield report;
  }
}

async function orNone<T>(work: Promise<T>, none: T): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VerifyDepsError) return none;
    throw error;
  }
}

function releaseIn(report: LockReport, subject: Subject): EarlierRelease | undefined {
  const { name, version } = subject;
  return (
    newestIn(report, subject, (other) => baselineKey(name, other) === baselineKey(name, version)) ??
    newestIn(report, subject, (other) => releaseLine(other) === releaseLine(version))
  );
}

function newestIn(
  { packages }: LockReport,
  subject: Subject,
  isOfLine: (version: string) => boolean,
): EarlierRelease | undefined {
  const prefix = npmPurl(subject.name, '');
  let found: EarlierRelease | undefined;
  for (const [key, { provenance }] of packages) {
    if (provenance === undefined || !key.startsWith(prefix)) continue;
    const version = key.slice(prefix.length).split('#', 1)[0]!;
    if (valid(version) === null || version === subject.version || !isOfLine(version)) continue;
    if (found?.version !== undefined && compare(found.version, version) > 0) continue;
    const { repository, workflow, commit, logIndex } = provenance;
    found = { version, repository, workflow, commit, logIndex };
  }
  return found;
}

function lineIn({ baseline }: LockReport, { name, version }: Subject): EarlierRelease | undefined {
  const recorded = recordedFor(baseline, name, version).provenance;
  if (recorded === undefined) return undefined;
  const { sourceRepository, workflow } = recorded;
  return {
    version: undefined,
    repository: sourceRepository,
    workflow,
    commit: undefined,
    logIndex: undefined,
  };
}
