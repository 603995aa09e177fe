/** What `check` leaves for a CI system: files in its formats, lines for its log, a summary for its page. */
import { appendFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import { workflowCommand } from '../core/workflow-command.ts';
import { rootOf } from '../policy/find.ts';
import { githubCommands } from '../report/github.ts';
import { gitlabReport } from '../report/gitlab.ts';
import { jobSummary, SUMMARY_BYTES_MAX } from '../report/job-summary.ts';
import { lockfileName } from '../report/remarks.ts';
import { sarifReport } from '../report/sarif.ts';
import type { Report } from '../report/types.ts';
import { writeReport } from '../report/write.ts';
import type { WorkArgs } from './args.ts';

type Environment = Readonly<Record<string, string | undefined>>;
type Wanted = Pick<WorkArgs, 'sarif' | 'gitlab' | 'github'>;

/**
 * Writes the files that were asked for, and the job summary.
 * @returns workflow commands for standard output; empty without `--github`
 * @throws {VerifyDepsError} `report-unwritable`
 */
export async function leaveForCi(
  report: Report,
  wanted: Wanted,
  env: Environment,
  exitCode: number,
): Promise<string> {
  if (wanted.sarif === undefined && wanted.gitlab === undefined && !wanted.github) return '';
  const root = await sourceRoot(path.dirname(report.tree.lockfile.path), env);
  if (wanted.sarif !== undefined) await writeReport(wanted.sarif, sarifReport(report, { root, exitCode }));
  if (wanted.gitlab !== undefined) await writeReport(wanted.gitlab, gitlabReport(report, root));
  if (!wanted.github) return '';
  await summarize(report, root, env);
  return githubCommands(report, root);
}

/** Why there is no report, as an annotation. */
export function failureCommand(error: unknown): string {
  const text =
    error instanceof VerifyDepsError
      ? [error.message, ...(error.hint === undefined ? [] : [error.hint])].map((line) =>
          printable(line, 1000),
        )
      : ['this is a bug in verify-deps; nothing is said about your packages'];
  return `${workflowCommand('error', { title: 'verify-deps could not do its work' }, text.join('\n'))}\n`;
}

/** The folder from which a CI system counts paths: its checkout, else the repository, else that of the lockfile. */
async function sourceRoot(folder: string, env: Environment): Promise<string> {
  for (const checkout of [env.GITHUB_WORKSPACE, env.CI_PROJECT_DIR]) {
    if (checkout === undefined || !path.isAbsolute(checkout)) continue;
    // One of the two may be written with a link, such as /tmp on macOS.
    if (isWithin(checkout, folder)) return checkout;
    const real = await realpath(checkout).catch(() => undefined);
    if (real !== undefined && isWithin(real, folder)) return real;
  }
  const root = await rootOf(folder);
  const isRepository = await stat(path.join(root, '.git')).then(
    () => true,
    () => false,
  );
  return isRepository ? root : folder;
}

function isWithin(root: string, folder: string): boolean {
  const relative = path.relative(root, folder);
  return !relative.startsWith('..') && !path.isAbsolute(relative);
}

/** Appended: other commands of the step may have written there as well. */
async function summarize(report: Report, root: string, env: Environment): Promise<void> {
  const file = env.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const used = await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
  const text = jobSummary(report, { file: lockfileName(report, root), bytesMax: SUMMARY_BYTES_MAX - used });
  try {
    await appendFile(file, text);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError(
      'report-unwritable',
      `cannot write the job summary ${printable(file)}: ${code}`,
      {
        hint: 'GITHUB_STEP_SUMMARY names it; outside of GitHub Actions leave that variable out',
        cause: error,
      },
    );
  }
}
