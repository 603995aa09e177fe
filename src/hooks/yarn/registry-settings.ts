/** Registries, tokens and the way through a proxy as yarn knows them, in the words of npm, which this tool reads. */
import type { Configuration } from './types.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface RegistrySettings {
  /** Undefined where yarn has its own default: npm's configuration then counts. */
  readonly registry: string | undefined;
  readonly env: Env;
}

/** @param toNative  turns a path of yarn into one of this system */
export function registrySettings(
  configuration: Configuration,
  env: Env,
  toNative: (path: string) => string,
): RegistrySettings {
  const settings: Record<string, string> = {};
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) settings[`npm_config_${name}`] = value;
  };
  const authenticate = (registry: string, of: Settings): void => {
    const at = nerfed(registry);
    if (at === undefined) return;
    set(`${at}:_authToken`, text(of('npmAuthToken')));
    const ident = text(of('npmAuthIdent'));
    set(`${at}:_auth`, ident?.includes(':') ? Buffer.from(ident, 'utf8').toString('base64') : ident);
  };
  const top: Settings = (key) => setting(configuration, key);
  const registry = isSet(configuration, 'npmRegistryServer')
    ? withSlash(text(top('npmRegistryServer')))
    : undefined;
  if (registry !== undefined) authenticate(registry, top);
  for (const [url, of] of maps(top('npmRegistries'))) authenticate(url, of);
  for (const [scope, of] of maps(top('npmScopes'))) {
    const own = withSlash(text(of('npmRegistryServer')));
    if (own !== undefined) set(`@${scope}:registry`, own);
    const where = own ?? registry;
    if (where !== undefined) authenticate(where, of);
  }
  set('proxy', text(top('httpProxy')));
  set('https_proxy', text(top('httpsProxy')));
  const authorities = text(top('httpsCaFilePath'));
  set('cafile', authorities === undefined ? undefined : toNative(authorities));
  return { registry, env: { ...env, ...settings } };
}

type Settings = (key: string) => unknown;

function setting(configuration: Configuration, key: string): unknown {
  try {
    return configuration.get(key);
  } catch {
    // Not a setting of this yarn.
    return undefined;
  }
}

function isSet({ sources }: Configuration, key: string): boolean {
  const source = sources.get(key);
  return source !== undefined && source !== '<default>';
}

function maps(value: unknown): readonly (readonly [string, Settings])[] {
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([key, of]): readonly (readonly [string, Settings])[] =>
    typeof key === 'string' && of instanceof Map ? [[key, (name) => of.get(name)]] : [],
  );
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function withSlash(url: string | undefined): string | undefined {
  return url === undefined || url.endsWith('/') ? url : `${url}/`;
}

/** `//host/path/`, under which npm keeps credentials; yarn writes registries with and without their protocol. */
function nerfed(registry: string): string | undefined {
  const url = registry.startsWith('//') ? `https:${registry}` : registry;
  if (!URL.canParse(url)) return undefined;
  const { host, pathname } = new URL(url);
  return `//${host}${pathname.endsWith('/') ? pathname : `${pathname}/`}`;
}
