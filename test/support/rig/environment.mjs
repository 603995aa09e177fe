import path from 'node:path';

const OUTSIDE = /^(npm_|NODE_|XDG_|VERIFY_DEPS_|GITHUB_|CI$|HOME$|USERPROFILE$)|_proxy$/i;

/** The environment of a process that knows nothing of this machine's npm, proxies or folders; `home` may be empty. */
export function isolatedEnv(home) {
  const kept = Object.entries(process.env).filter(([key]) => !OUTSIDE.test(key));
  return {
    ...Object.fromEntries(kept),
    HOME: home,
    USERPROFILE: home,
    npm_config_userconfig: path.join(home, 'npmrc'),
    npm_config_globalconfig: path.join(home, 'globalrc'),
    npm_config_cache: path.join(home, 'npm-cache'),
  };
}
