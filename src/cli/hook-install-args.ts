import { printable } from '../core/text.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

export interface HookInstallArgs {
  readonly dryRun: boolean;
  readonly gitHook: boolean;
}

/**
 * Arguments of `hook install`; undefined for `hook` itself.
 * @throws {VerifyDepsError} `usage`
 */
export function hookInstallArgs(
  values: Values,
  [word, extra]: readonly string[],
): HookInstallArgs | undefined {
  const dryRun = values.has('dry-run');
  const gitHook = values.has('git-hook');
  if (word === undefined) {
    const flag = dryRun ? '--dry-run' : gitHook ? '--git-hook' : undefined;
    if (flag === undefined) return undefined;
    throw usage(`${flag} goes with hook install only`, `verify-deps hook install ${flag}`);
  }
  if (word !== 'install') {
    throw usage(`hook does not know ${printable(word)}`, 'verify-deps hook, or verify-deps hook install');
  }
  if (extra !== undefined) {
    throw usage(
      `hook install takes no argument, but got ${printable(extra)}`,
      `another folder: verify-deps -C ${printable(extra)} hook install`,
    );
  }
  return { dryRun, gitHook };
}
