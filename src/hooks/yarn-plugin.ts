/** Entry of the plugin for yarn 4. Its name is in scripts/bundle/plugins.mjs: yarn reads that before there is anything else. */
import { createPlugin, type Hooks } from './yarn/plugin.ts';
import type { YarnCore, YarnPaths } from './yarn/types.ts';

/** Yarn may load the file twice, under two paths (`yarn dlx` in a project); the gate stands once. */
const STANDING = Symbol.for('verify-deps.yarn-plugin');

export function factory(load: (module: string) => unknown): { readonly hooks: Hooks } {
  const shared = globalThis as { [STANDING]?: { readonly hooks: Hooks } };
  shared[STANDING] ??= createPlugin(
    load('@yarnpkg/core') as YarnCore,
    load('@yarnpkg/fslib') as YarnPaths,
    process.env,
  );
  return shared[STANDING];
}
