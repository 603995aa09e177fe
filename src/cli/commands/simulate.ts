import path from 'node:path';
import { loadPolicies } from '../../connect.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { simulate as simulateHistory } from '../../simulate.ts';
import { findLockfile } from '../../tree/find.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { lockfileHistory } from '../lockfile-history.ts';
import type { SimulateArgs } from '../simulate-args.ts';
import { type SimulatedCommit, type Simulation, simulationJson, simulationText } from '../simulate-text.ts';

/**
 * `verify-deps simulate --policy NEW [--since REF]`: what another policy would have stopped. Changes nothing; exit code 3
 * where something could not be asked, or no lockfile could be read, so that the answer is not known.
 * @throws {VerifyDepsError} `git-failed`, and what loading policies and the trust root throws
 */
export async function simulate(args: SimulateArgs, work: WorkArgs, context: Context): Promise<number> {
  const lockfile = await findLockfile(work.cwd, work.lockfile);
  const folder = path.dirname(lockfile.path);
  const options = runOptions(work, context);
  const [current, candidate] = await loadPolicies(folder, [{}, args.policy], options);
  const { env, signal } = context;
  const history = await lockfileHistory(lockfile, args.since, { cwd: folder, env, signal });
  if (history.revisions.length === 0) {
    throw new VerifyDepsError('git-failed', `no commit changed ${path.basename(lockfile.path)}`, {
      hint:
        args.since === undefined
          ? 'commit the lockfile first'
          : 'name an older revision with --since, or leave it out',
    });
  }
  const read = history.revisions.filter((revision) => 'tree' in revision);
  const [first] = history.revisions;
  const results = await simulateHistory(
    read.map(({ commit, tree }) => ({ time: commit.time, tree })),
    history.seed && { time: first!.commit.time, tree: history.seed },
    { ...options, current: current!, candidate: candidate!, folder },
  );
  const judged = new Map(read.map(({ commit }, index) => [commit.id, results[index]!]));
  const commits = history.revisions.map((revision): SimulatedCommit => {
    const { commit } = revision;
    return 'tree' in revision
      ? { commit, result: judged.get(commit.id)! }
      : { commit, problem: revision.problem };
  });
  const simulation: Simulation = {
    lockfile: lockfile.path,
    current: current!,
    candidate: candidate!,
    commits,
    history,
  };
  context.ui.stop();
  await context.output.write(
    work.format === 'json' ? simulationJson(simulation) : simulationText(simulation, context.style),
  );
  // Where no lockfile could be read, there is no answer either.
  const open = results.length === 0 || results.some(({ undecided }) => undecided > 0);
  return open ? exitCodes.undecided : exitCodes.passed;
}
