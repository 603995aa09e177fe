import path from 'node:path';
import { loadPolicies } from '../../connect.ts';
import { systemClock } from '../../core/clock.ts';
import { VerifyDepsError } from '../../core/errors.ts';
import { readCases, runCases } from '../../policy/cases.ts';
import { exists, findPolicy, readPolicyFile, rootOf } from '../../policy/find.ts';
import { overruledRules, unmatchedRules } from '../../policy/idle-rules.ts';
import { shownValues } from '../../policy/show.ts';
import type { Policy } from '../../policy/types.ts';
import { loadNpmrc } from '../../registry/npmrc.ts';
import { type FoundLockfile, findLockfile } from '../../tree/find.ts';
import { loadTree } from '../../tree/load.ts';
import type { WorkArgs } from '../args.ts';
import { type Context, runOptions } from '../context.ts';
import { exitCodes } from '../exit.ts';
import type { PolicyAction } from '../policy-args.ts';
import {
  casesJson,
  casesText,
  checkJson,
  checkText,
  overruledText,
  shownJson,
  shownText,
  unmatchedText,
} from '../policy-text.ts';

/** Cases, beside the policy. */
const CASES_NAME = 'verify-deps.test.yaml';

/**
 * `verify-deps policy show|check|test`.
 * @throws {VerifyDepsError} what loading the policy throws
 */
export async function policy(action: PolicyAction, work: WorkArgs, context: Context): Promise<number> {
  const lockfile = await lockfileOf(work);
  // That of the lockfile, as in a run.
  const folder = lockfile === undefined ? work.cwd : path.dirname(lockfile.path);
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
    const warnings = [
      ...overruledRules(loaded!).map(overruledText),
      ...(await unmatched(loaded!, lockfile, work)),
    ];
    await say(json ? checkJson(loaded!, warnings) : checkText(loaded!, warnings));
    return exitCodes.passed;
  }
  const npm = await loadNpmrc({ cwd: folder, env: context.env, registry: work.registry });
  const found = action.file ?? casesBeside(file ?? (await findPolicy(folder, await rootOf(folder))), folder);
  if (!(await exists(found))) {
    throw new VerifyDepsError('policy-unreadable', `${nameOf(found, work.cwd)} does not exist`, {
      hint: 'write cases into it (docs/policy.md), or name their file: verify-deps policy test FILE',
    });
  }
  const cases = readCases(await readPolicyFile(found), nameOf(found, work.cwd));
  const results = runCases(cases, loaded!, systemClock(), npm.registry);
  await say(json ? casesJson(results) : casesText(results));
  return results.every(({ holds }) => holds) ? exitCodes.passed : exitCodes.failed;
}

/** A repository that holds nothing but a policy has none. */
async function lockfileOf(work: WorkArgs): Promise<FoundLockfile | undefined> {
  try {
    return await findLockfile(work.cwd, work.lockfile);
  } catch (error) {
    const none = error instanceof VerifyDepsError && error.code === 'lockfile-absent';
    if (!none || work.lockfile !== undefined) throw error;
    return undefined;
  }
}

/** What is wrong with a lockfile is no fault of the policy, and said as a warning. */
async function unmatched(
  loaded: Policy,
  lockfile: FoundLockfile | undefined,
  work: WorkArgs,
): Promise<readonly string[]> {
  if (lockfile === undefined) return [];
  try {
    const tree = await loadTree(lockfile, { omit: new Set(), workspaces: [] });
    const name = nameOf(lockfile.path, work.cwd);
    return unmatchedRules(loaded, tree.nodes.values()).map((idle) => unmatchedText(idle, name));
  } catch (error) {
    if (!(error instanceof VerifyDepsError)) throw error;
    return [`rules are not held against the lockfile: ${error.message}`];
  }
}

function casesBeside(policyFile: string | undefined, folder: string): string {
  return path.join(policyFile === undefined ? folder : path.dirname(policyFile), CASES_NAME);
}

function nameOf(file: string, cwd: string): string {
  return path.relative(cwd, file).split(path.sep).join('/') || file;
}
