/** Entry of the plugin for pnpm: a pnpmfile. */
import { argv, cwd, env, stderr } from 'node:process';
import { createHooks } from './pnpm/plugin.ts';
import type { Hooks } from './pnpm/types.ts';

// pnpm 12 is no Node.js program and runs pnpmfiles in workers, which have no script.
export const hooks: Hooks = createHooks({
  argv: argv.length > 1 ? argv : undefined,
  cwd: cwd(),
  env,
  say: (text) => stderr.write(text),
});
