/**
 * Registries, tokens and the way through a proxy as pnpm knows them, in the words of npm, which this tool reads: pnpm has
 * settings of its own for them, and newer ones pass over npm's variables.
 */
import { isMembers, type Members, membersOf, textOf } from './types.ts';

type Env = Readonly<Record<string, string | undefined>>;
/** URLs by scope (`@acme`), and `default`. */
export type Registries = Readonly<Record<string, string>>;

/** Of `updateConfig` or `preResolution`; pnpm 10 and pnpm 11 and 12 name it differently. */
export function registriesOf(of: Members): Registries {
  const known = ['registriesByScope', 'registries'].flatMap((key) => membersOf(of, key));
  const urls = known.filter(
    (entry): entry is [string, string] => isHttp(entry[1]) && /^(?:default|@[^/:\s]+)$/.test(entry[0]),
  );
  return Object.fromEntries(urls);
}

/** Tokens, certificates and proxies, by the names that npm has for them. Only `updateConfig` is told. */
export function accessOf(config: Members): Readonly<Record<string, string>> {
  const access: Record<string, string> = {};
  const tokens = [...membersOf(config, 'rawConfig'), ...membersOf(config, 'authConfig')];
  for (const [key, value] of tokens)
    if (key.startsWith('//') && typeof value === 'string') access[key] = value;
  const named = {
    https_proxy: 'httpsProxy',
    proxy: 'httpProxy',
    noproxy: 'noProxy',
    cert: 'cert',
    key: 'key',
  };
  for (const [name, key] of Object.entries(named)) {
    const value = textOf(config, key);
    if (value !== undefined) access[name] = value;
  }
  const { ca, strictSsl } = config;
  const authorities = (Array.isArray(ca) ? ca : [ca]).filter((pem) => typeof pem === 'string' && pem !== '');
  if (authorities.length > 0) access.ca = authorities.join('\n\n');
  if (typeof strictSsl === 'boolean') access.strict_ssl = String(strictSsl);
  return access;
}

/** The environment, with these in place of what npm's variables say. */
export function npmEnv(env: Env, registries: Registries, access: Readonly<Record<string, string>>): Env {
  const settings = Object.entries({
    ...access,
    ...Object.fromEntries(
      Object.entries(registries).map(([scope, url]) => [
        scope === 'default' ? 'registry' : `${scope}:registry`,
        url,
      ]),
    ),
  }).map(([key, value]) => [`npm_config_${key}`, value] as const);
  const replaced = new Set(settings.map(([name]) => name.toLowerCase()));
  const kept = Object.entries(env).filter(([name]) => !replaced.has(name.toLowerCase()));
  return Object.fromEntries([...kept, ...settings]);
}

function isHttp(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** Ranges of a catalog by `catalog:NAME`, for whoever follows such a range. */
export function catalogsOf(config: Members): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    membersOf(config, 'catalogs').map(([name, ranges]) => [
      name,
      Object.fromEntries(
        Object.entries(isMembers(ranges) ? ranges : {}).filter(
          (entry): entry is [string, string] => typeof entry[1] === 'string',
        ),
      ),
    ]),
  );
}
