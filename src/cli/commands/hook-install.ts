import { distFolder } from '../../hooks/install/dist-folder.ts';
import { installGates } from '../../hooks/install/install.ts';
import { pluginsIn } from '../../hooks/install/plugin-file.ts';
import type { WorkArgs } from '../args.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../exit.ts';
import type { HookInstallArgs } from '../hook-install-args.ts';
import { installText } from '../hook-install-text.ts';

/**
 * `verify-deps hook install`: the gates that this project can have.
 * @throws {VerifyDepsError} `setup-malformed`, `setup-unwritable`
 */
export async function hookInstall(args: HookInstallArgs, work: WorkArgs, context: Context): Promise<number> {
  const plugins = pluginsIn(distFolder);
  const installed = await installGates({ ...args, folder: work.cwd, env: context.env, plugins });
  context.ui.stop();
  if (work.detail !== 'quiet') {
    await context.output.write(installText(installed, args.dryRun, context.style));
  }
  return exitCodes.passed;
}
