import { VerifyDepsError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { type NpmInstalled, npmInstall } from '../../hooks/npm/install.ts';
import { stoppedLines } from '../../hooks/stopped.ts';
import type { Report } from '../../report/types.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf, exitCodes, failureOf } from '../exit.ts';

/** `verify-deps ci` and `verify-deps install`: npm installs what it has planned, if all of it passes, or nothing. */
export async function install(
  command: 'ci' | 'install',
  args: readonly string[],
  work: WorkArgs,
  context: Context,
): Promise<number> {
  const installed = await npmInstall({ command, args, options: runOptions(work, context) });
  context.ui.stop();
  if (installed.report !== undefined) context.timing?.count(installed.report.verdicts);
  const { exitCode, text } = outcomeOf(installed, command, work);
  if (text !== '') await context.say(text);
  return exitCode;
}

const NOTHING = 'nothing was installed';

interface Said {
  readonly exitCode: number;
  readonly text: string;
}

/** npm's own exit code counts unless something was stopped: with an optional package npm would not mind. */
function outcomeOf(installed: NpmInstalled, command: 'ci' | 'install', work: WorkArgs): Said {
  const { code, failure, patched, plans, refused, report, reportFile, stopped, unlocked } = installed;
  if (failure !== undefined) {
    const said = failureOf(failure);
    const after = code === 0 ? 'npm has installed what was verified; the report is missing' : NOTHING;
    return { exitCode: said.exitCode, text: `${said.text}  ${after}\n` };
  }
  if (stopped && report !== undefined) {
    const after = code === 0 ? 'npm has installed the rest' : NOTHING;
    const exitCode = exitCodeOf(report.outcome);
    return {
      exitCode: exitCode === exitCodes.passed ? exitCodes.failed : exitCode,
      text: `${stoppedLines(report, after).join('\n')}\n`,
    };
  }
  if (refused !== undefined || !patched) return unusable(refused);
  if (command === 'ci' && unlocked !== undefined && plans === 0) return withoutLockfile(unlocked);
  if (code !== 0 || report === undefined || work.detail === 'quiet') return { exitCode: code, text: '' };
  return { exitCode: code, text: passedText(report, reportFile) };
}

function unusable(refused: NpmInstalled['refused']): Said {
  const global = refused?.what === 'global';
  const error = new VerifyDepsError(
    'npm-unusable',
    refused === undefined ? 'this npm ended before it could be gated' : printable(refused.why, 300),
    {
      hint: global
        ? 'nothing was installed; use verify-deps run -- npm install --global'
        : 'nothing was installed that was not verified; use verify-deps run -- npm, or report it: npm bugs verify-deps',
    },
  );
  const { exitCode, text } = failureOf(error);
  return { exitCode, text };
}

function withoutLockfile(folder: string): Said {
  return failureOf(
    new VerifyDepsError('lockfile-absent', `no lockfile in ${printable(folder)} that npm can read`, {
      hint: 'nothing was installed; verify-deps install makes one',
    }),
  );
}

function passedText(report: Report, file: NpmInstalled['reportFile']): string {
  const { packages, withProvenance } = report.counts;
  const count = (n: number): string => n.toLocaleString('en');
  const remarks = report.verdicts.filter(({ findings }) =>
    findings.some(({ severity }) => severity === 'error' || severity === 'warn'),
  ).length;
  return [
    `verify-deps: ${count(packages)} ${packages === 1 ? 'package' : 'packages'} verified`,
    `${count(withProvenance)} with provenance`,
    ...(remarks === 0 ? [] : [`findings about ${count(remarks)}, which verify-deps shows`]),
    ...(file?.outcome === 'written' ? [`${printable(file.path)} is written`] : []),
  ]
    .join('; ')
    .concat('\n');
}
