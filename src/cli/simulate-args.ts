import path from 'node:path';
import { type PresetName, presetNames } from '../policy/presets.ts';
import { unknownPreset } from './init-args.ts';
import type { Values } from './tokens.ts';
import { usage } from './usage.ts';

/** Which policy to try, and on how much of the past. */
export interface SimulateArgs {
  readonly policy: { readonly preset: PresetName } | { readonly file: string };
  /** A revision, as written. */
  readonly since: string | undefined;
}

/** @throws {VerifyDepsError} `usage` */
export function simulateArgs(values: Values, cwd: string): SimulateArgs {
  const policy = values.get('policy')?.[0];
  if (policy === undefined) {
    throw usage(
      'simulate needs the policy to try',
      'verify-deps simulate --policy strict, or --policy new.yaml',
    );
  }
  const preset = presetNames.find((name) => name === policy);
  // A word without a dot or a slash names a preset, and was meant to.
  if (preset === undefined && /^[\w-]+$/.test(policy))
    throw unknownPreset(policy, `a file is written ./${policy}`);
  return {
    // A file of that name is written ./strict.
    policy: preset === undefined ? { file: path.resolve(cwd, policy) } : { preset },
    since: values.get('since')?.[0],
  };
}
