/**
 * The environment in which a package manager asks the proxy and nobody else, with caches that hold nothing yet: measured on
 * each of them, since each listens to other variables (pnpm 11 and 12 ignore `npm_config_*`, yarn 4 wants a list of hosts that
 * it may ask without TLS).
 */
import path from 'node:path';
import type { NpmOptions } from '../../registry/npmrc.ts';
import type { Command } from './command.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentOptions {
  /** Of the proxy, with trailing slash. */
  readonly url: string;
  readonly caches: string;
  readonly npm: NpmOptions;
  readonly command: Command;
  /** Name of a file that yarn 4 reads instead of `.yarnrc.yml`. */
  readonly yarnSettings: string | undefined;
}

/** Settings that would win over ours, in whatever case they are written. */
const REPLACED =
  /^(?:npm_config_(?:@.*:)?registry|npm_config_(?:cache|cache_dir|store_dir|replace_registry_host|userconfig_registry)|pnpm_config_(?:registry|cache_dir|store_dir)|yarn_(?:registry|npm_registry_server|cache_folder|global_folder|enable_global_cache|enable_mirror|unsafe_http_whitelist|yarn_offline_mirror|offline_mirror)|bun_config_registry|bun_install_cache_dir|deno_dir|no_proxy|npm_config_noproxy|pnpm_config_noproxy)$/i;

export function environmentFor(outer: Environment, options: EnvironmentOptions): Environment {
  const { url, npm, command, yarnSettings } = options;
  const origin = url.replace(/\/$/, '');
  const cache = (name: string): string => path.join(options.caches, name);
  const kept = Object.fromEntries(Object.entries(outer).filter(([name]) => !REPLACED.test(name)));
  // npm 12 warns of settings that it does not know, and these two are pnpm's.
  const forPnpm = command.manager === 'pnpm' || command.manager === undefined;
  const noProxy = noProxyOf(outer, npm);
  return {
    ...kept,
    npm_config_registry: url,
    npm_config_replace_registry_host: 'always',
    npm_config_cache: cache('npm'),
    npm_config_noproxy: noProxy,
    ...Object.fromEntries([...npm.scopes.keys()].map((scope) => [`npm_config_${scope}:registry`, url])),
    ...(forPnpm ? { npm_config_store_dir: cache('pnpm'), npm_config_cache_dir: cache('pnpm-meta') } : {}),
    pnpm_config_registry: url,
    pnpm_config_store_dir: cache('pnpm'),
    pnpm_config_cache_dir: cache('pnpm-meta'),
    pnpm_config_noproxy: noProxy,
    YARN_REGISTRY: url,
    YARN_CACHE_FOLDER: cache('yarn'),
    YARN_NPM_REGISTRY_SERVER: origin,
    YARN_UNSAFE_HTTP_WHITELIST: new URL(url).hostname,
    YARN_GLOBAL_FOLDER: cache('berry'),
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    YARN_ENABLE_MIRROR: 'false',
    // yarn 4 asks the proxies of the environment for everything, NO_PROXY or not.
    YARN_HTTP_PROXY: '',
    YARN_HTTPS_PROXY: '',
    ...(yarnSettings === undefined ? {} : { YARN_RC_FILENAME: yarnSettings }),
    BUN_CONFIG_REGISTRY: url,
    BUN_INSTALL_CACHE_DIR: cache('bun'),
    DENO_DIR: cache('deno'),
    NO_PROXY: noProxy,
    no_proxy: noProxy,
  };
}

/** Nobody's proxy knows the way to this machine's own loopback. */
function noProxyOf(outer: Environment, npm: NpmOptions): string {
  const configured = npm.flat.noProxy;
  const told = [outer.NO_PROXY, outer.no_proxy, ...(Array.isArray(configured) ? configured : [configured])]
    .flatMap((list) => (typeof list === 'string' ? list.split(',') : []))
    .map((host) => host.trim())
    .filter((host) => host !== '');
  return [...new Set([...told, '127.0.0.1', 'localhost'])].join(',');
}

/** pnpm 11 and 12 take the registry of a scope from no variable, and all of them know one for packages of JSR. */
export function wordsFor(
  words: readonly string[],
  { url, npm, command }: EnvironmentOptions,
): readonly string[] {
  if (command.manager !== 'pnpm') return words;
  const scopes = [...new Set([...npm.scopes.keys(), '@jsr'])].map(
    (scope) => `--config.${scope}:registry=${url}`,
  );
  return [...words.slice(0, command.programWords), ...scopes, ...words.slice(command.programWords)];
}
