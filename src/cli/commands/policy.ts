import path from 'node:path';
import { loadPolicies } from '../../connect.ts';
import { systemClock } from '../../core/clock.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { readCases, runCases } from '../../policy/cases.ts';
import { findPolicy, readPolicyFile, rootOf } from '../../policy/find.ts';
import { shownValues } from '../../policy/show.ts';
import { loadNpmrc } from '../../registry/npmrc.ts';
import { findLockfile } from '../../tree/find.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import type { PolicyAction } from '../policy-args.ts';
import { casesJson, casesText, checkJson, checkText, shownJson, shownText } from '../policy-text.ts';

/** Cases, beside the policy. */
const CASES_NAME = 'verify-deps.test.yaml';

/**
 * `verify-deps policy show|check|test`.
 * @throws {VerifyDepsError} what loading the policy throws
 */
export async function policy(action: PolicyAction, work: WorkArgs, context: Context): Promise<number> {
  const folder = await folderOf(work);
  const options = runOptions(work, context);
  const file = work.policy === undefined ? undefined : path.resolve(work.cwd, work.policy);
  const [loaded] = await loadPolicies(folder, [file === undefined ? {} : { file }], options);
  const json = work.format === 'json';
  const say = async (text: string): Promise<void> => {
    context.ui.stop();
    await context.output.write(text);
  };
  if (action.kind === 'show') {
    const values = shownValues(loaded!);
    await say(json ? shownJson(loaded!, values) : shownText(values));
    return exitCodes.passed;
  }
  if (action.kind === 'check') {
    await say(json ? checkJson(loaded!) : checkText(loaded!));
    return exitCodes.passed;
  }
  const npm = await loadNpmrc({ cwd: folder, env: context.env, registry: work.registry });
  const found = action.file ?? casesBeside(file ?? (await findPolicy(folder, await rootOf(folder))), folder);
  const cases = readCases(await readPolicyFile(found), nameOf(found, work.cwd));
  const results = runCases(cases, loaded!, systemClock(), npm.registry);
  await say(json ? casesJson(results) : casesText(results));
  return results.every(({ holds }) => holds) ? exitCodes.passed : exitCodes.failed;
}

/** That of the lockfile, as in a run; a repository that holds nothing but a policy has none. */
async function folderOf(work: WorkArgs): Promise<string> {
  try {
    return path.dirname((await findLockfile(work.cwd, work.lockfile)).path);
  } catch (error) {
    const none = error instanceof VerifyDepsError && error.code === 'lockfile-absent';
    if (!none || work.lockfile !== undefined) throw error;
    return work.cwd;
  }
}

function casesBeside(policyFile: string | undefined, folder: string): string {
  return path.join(policyFile === undefined ? folder : path.dirname(policyFile), CASES_NAME);
}

function nameOf(file: string, cwd: string): string {
  return path.relative(cwd, file).split(path.sep).join('/') || file;
}
