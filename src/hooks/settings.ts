/**
 * Settings out of the environment, for what has no command line of its own: plugins, and commands that a package manager
 * starts. They say whom to believe and where to keep evidence, as the flags of the same names do; none of them makes
 * a demand of the policy milder.
 */
import type { ConnectOptions } from '../connect.ts';

type Option = 'trustRoot' | 'registryKeys' | 'tufMirror' | 'tufRoot' | 'cacheDir';

const NAMES: Readonly<Record<Option, string>> = {
  trustRoot: 'VERIFY_DEPS_TRUST_ROOT',
  registryKeys: 'VERIFY_DEPS_REGISTRY_KEYS',
  tufMirror: 'VERIFY_DEPS_TUF_MIRROR',
  tufRoot: 'VERIFY_DEPS_TUF_ROOT',
  cacheDir: 'VERIFY_DEPS_CACHE',
};

export type Settings = Pick<ConnectOptions, Option>;

/** An empty variable counts as none. */
export function settingsOf(env: Readonly<Record<string, string | undefined>>): Settings {
  const settings: { [O in Option]?: string } = {};
  for (const [option, name] of Object.entries(NAMES) as [Option, string][]) {
    const value = env[name];
    if (value !== undefined && value !== '') settings[option] = value;
  }
  return settings;
}
