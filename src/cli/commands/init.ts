import path from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { writeFileAtomic } from '../../core/files.ts';
import { printable } from '../../core/text.ts';
import { findPolicy, rootOf } from '../../policy/find.ts';
import { proposalText } from '../../policy/proposal-text.ts';
import { expiryOf, propose } from '../../policy/propose.ts';
import { humanReport } from '../../report/human.ts';
import type { Report } from '../../report/types.ts';
import { isOpen, run } from '../../run.ts';
import { findLockfile } from '../../tree/find.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { ownAddress } from '../git.ts';
import type { InitArgs } from '../init-args.ts';
import { initText } from '../init-text.ts';
import { usage } from '../usage.ts';

/** Name of the policy that is written, beside the lockfile. */
export const POLICY_NAME = 'verify-deps.yaml';

/**
 * `verify-deps init`: a policy under which today's tree passes and tomorrow's surprises do not, and the first report.
 * What is wrong, or worse than an earlier report recorded, is not exempted: it is listed, and the exit code is 1.
 * @throws {VerifyDepsError} `policy-exists`, `usage` without an owner, and what `run()` throws
 */
export async function init(args: InitArgs, work: WorkArgs, context: Context): Promise<number> {
  const options = runOptions(work, context);
  const lockfile = await findLockfile(work.cwd, work.lockfile);
  const folder = path.dirname(lockfile.path);
  const target = path.join(folder, POLICY_NAME);
  await refuseExisting(folder, target, args.force);
  const { env, signal } = context;
  const owner = args.owner ?? (await ownAddress({ cwd: folder, env, signal }));
  if (owner === undefined) {
    throw usage(
      'nobody to answer for exemptions: git knows no user.email',
      'say who: verify-deps init --owner web-team@acme.example',
    );
  }
  const { report } = await run({ ...options, lockfile: lockfile.path, preset: args.preset, report: 'none' });
  if (isOpen(report)) {
    context.ui.stop();
    const { style, columns } = context;
    await context.output.write(
      `${humanReport(report, { style, columns, now: systemClock() })}\nnothing was written: run it again when everything can be asked\n`,
    );
    return exitCodes.undecided;
  }
  const now = systemClock();
  const proposal = propose(report.verdicts, namesOf(report));
  const today = new Date(now).toISOString().slice(0, 10);
  const details = { preset: args.preset, owner, expires: expiryOf(now), today };
  await write(target, proposalText(proposal, details));
  const settled = await run({ ...options, lockfile: lockfile.path, policy: target });
  context.ui.stop();
  await context.output.write(
    initText({ proposal, details, result: settled, target, cwd: work.cwd }, context.style),
  );
  return exitCodeOf(settled.report.outcome);
}

/** Nothing that somebody has written is lost, and no second policy comes to stand beside another. */
async function refuseExisting(folder: string, target: string, force: boolean): Promise<void> {
  const found = await findPolicy(folder, await rootOf(folder));
  if (found === undefined) return;
  const shown = printable(found);
  if (path.dirname(found) === folder && found !== target) {
    throw new VerifyDepsError('policy-exists', `there is a policy already: ${shown}`, {
      hint: `edit it, or take it away first: two policies in one folder contradict each other`,
    });
  }
  if (force) return;
  throw new VerifyDepsError('policy-exists', `there is a policy already: ${shown}`, {
    hint:
      found === target
        ? 'edit it, or replace it with --force'
        : `edit it, or write one for this folder alone with --force`,
  });
}

/** Names under which the project publishes, if it does. */
function namesOf({ tree }: Report): readonly string[] {
  const workspaces = [...tree.nodes.values()].filter(({ source }) => source.kind === 'workspace');
  return [...(tree.project === undefined ? [] : [tree.project]), ...workspaces.map(({ name }) => name)];
}

async function write(target: string, text: string): Promise<void> {
  try {
    await writeFileAtomic(target, Buffer.from(text), { flush: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw new VerifyDepsError('policy-unwritable', `cannot write the policy ${printable(target)}: ${code}`, {
      hint: 'check the folder of the lockfile',
      cause: error,
    });
  }
}
