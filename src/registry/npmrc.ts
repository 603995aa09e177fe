/**
 * The user's npm configuration, read with npm's own library: builtin, global, user and project npmrc, `npm_config_*`,
 * and `--registry` on top. What npm would ask, and with which credentials, is what this tool asks.
 *
 * The project's npmrc belongs to the repository under test and may be hostile. As with npm itself it can name another
 * registry, proxy or CA, turn TLS checks off, and send any environment variable to a host of its choice through
 * `${NAME}`: private registries depend on exactly that. None of it makes a package verified, since every proof is
 * checked against keys that do not come from here. What npm leaves open and this module closes: a setting that names a
 * device or a giant file, and a malformed registry, which npm would silently replace by its default.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { VerifyDepsError } from '../core/errors.ts';
import { withoutSlashes } from '../core/registry-url.ts';
import { printable } from '../core/text.ts';

/** What the requests of this folder need of npm's configuration. */
export interface NpmOptions {
  /** Base URL, trailing slash, no credentials. */
  readonly registry: string;
  /** npm's default, wherever the configuration points. */
  readonly defaultRegistry: string;
  /** `@scope` to base URL. */
  readonly scopes: ReadonlyMap<string, string>;
  /** Scope whose registry serves unscoped packages too (npm's `scope` setting). */
  readonly scope: string | undefined;
  /** `authorization` for registries whose URL was written with credentials, by base URL. */
  readonly basic: ReadonlyMap<string, string>;
  readonly userAgent: string;
  /** What npm's own libraries take: `registry`, `@scope:registry`, `//host/:_authToken`, `proxy`, `ca`, … */
  readonly flat: Readonly<Record<string, unknown>>;
  /** Undefined where the user has not limited it. */
  readonly maxSockets: number | undefined;
  readonly retries: number;
  readonly timeoutMs: number;
  /** npm's cache of tarballs by digest. */
  readonly cache?: string;
}

export interface NpmrcRequest {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Like npm's `--registry`. */
  readonly registry?: string | undefined;
}

/** Keys of npm's flat options that reach a request; the rest (cache, scripts, tokens of other commands) stays behind. */
const FLAT = [
  'proxy',
  'httpsProxy',
  'noProxy',
  'ca',
  'cert',
  'key',
  'strictSSL',
  'localAddress',
  'replaceRegistryHost',
] as const;
/** Settings that must not fall back to a default in silence. */
const STRICT = new Set([
  'registry',
  'proxy',
  'https-proxy',
  'noproxy',
  'strict-ssl',
  'local-address',
  'ca',
  'cafile',
]);
const NPMRC_BYTES_MAX = 1_048_576;
const PEM_BYTES_MAX = 16_777_216;

/**
 * @throws {VerifyDepsError} `npmrc-malformed` for configuration that cannot be what the user means, `usage` for a bad
 *   `registry` of the caller
 */
export async function loadNpmrc(request: NpmrcRequest): Promise<NpmOptions> {
  if (request.registry !== undefined && parseHttp(request.registry) === undefined) {
    throw new VerifyDepsError('usage', `--registry is not an http(s) URL: ${printable(request.registry)}`);
  }
  const [{ default: Config }, { default: library }] = await Promise.all([
    import('@npmcli/config'),
    import('@npmcli/config/lib/definitions/index.js'),
  ]);
  const invalid: string[] = [];

  /** npm's reader, except that every file is looked at before it is read and bad values are collected. */
  class BoundedConfig extends Config {
    override async loadLocalPrefix(): Promise<void> {
      await super.loadLocalPrefix();
      await expectSmallFile(
        path.resolve(this.localPrefix ?? request.cwd, '.npmrc'),
        NPMRC_BYTES_MAX,
        '.npmrc',
      );
    }
    override async loadUserConfig(): Promise<void> {
      await expectSmallFile(this.data.get('cli')?.data.userconfig, NPMRC_BYTES_MAX, 'userconfig');
      await super.loadUserConfig();
    }
    override async loadGlobalConfig(): Promise<void> {
      await expectSmallFile(this.data.get('cli')?.data.globalconfig, NPMRC_BYTES_MAX, 'globalconfig');
      await super.loadGlobalConfig();
    }
    /** For children of npm: it has none here. */
    override setEnvs(): void {}
    override invalidHandler(key: string, value: unknown, _type: unknown, source: string): void {
      if (STRICT.has(key))
        invalid.push(`${key} in ${printable(source)} is not valid: ${printable(String(value))}`);
    }
  }

  const env = Object.fromEntries(
    Object.entries(request.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  const config = new BoundedConfig({
    definitions: library.definitions,
    shorthands: library.shorthands,
    flatten: library.flatten,
    nerfDarts: library.nerfDarts,
    npmPath: npmFolder(env),
    env,
    argv: [
      process.execPath,
      'npm',
      ...(request.registry === undefined ? [] : [`--registry=${request.registry}`]),
    ],
    cwd: request.cwd,
    warn: false,
  });
  try {
    await config.load();
    config.validate();
  } catch (cause) {
    throw cause instanceof VerifyDepsError ? cause : malformed(String((cause as Error).message), cause);
  }
  if (invalid[0] !== undefined) throw malformed(invalid[0]);
  await expectSmallFile(config.get('cafile'), PEM_BYTES_MAX, 'cafile');
  const flat = flatOf(config);
  return optionsOf(flat, String(library.defaults.registry), {
    userAgent: config.isDefault('user-agent') ? undefined : flat.userAgent,
    maxSockets: config.isDefault('maxsockets') ? undefined : flat.maxSockets,
  });
}

/** npm's library reads the file of certificates at this moment, and throws what the file system says. */
function flatOf(config: {
  readonly flat: Readonly<Record<string, unknown>>;
}): Readonly<Record<string, unknown>> {
  try {
    return config.flat;
  } catch (cause) {
    throw malformed(
      `cafile cannot be read: ${printable(String((cause as NodeJS.ErrnoException).code ?? cause))}`,
      cause,
    );
  }
}

/** Flat options as npm's library computes them, checked and reduced to what requests need. */
async function optionsOf(
  source: Readonly<Record<string, unknown>>,
  defaultRegistry: string,
  own: { readonly userAgent: unknown; readonly maxSockets: unknown },
): Promise<NpmOptions> {
  const flat: Record<string, unknown> = Object.create(null);
  const basic = new Map<string, string>();
  const scopes = new Map<string, string>();
  const base = (key: string, value: unknown): string => {
    const url = parseHttp(value);
    if (url === undefined)
      throw malformed(`${printable(key)} is not an http(s) URL: ${printable(String(value))}`);
    const bare = bareBase(url);
    if (url.username !== '' || url.password !== '') basic.set(bare, basicHeader(url));
    return bare;
  };
  const registry = base('registry', source.registry);
  flat.registry = registry;
  for (const key of FLAT) if (source[key] !== undefined && source[key] !== null) flat[key] = source[key];
  for (const [key, value] of Object.entries(source)) {
    if (/^@.*:registry$/i.test(key)) {
      const url = base(key, value);
      flat[key] = url;
      scopes.set(key.slice(0, -':registry'.length), url);
    } else if (key.startsWith('//')) {
      flat[key] = value;
      if (/:(?:certfile|keyfile)$/.test(key)) await expectSmallFile(value, PEM_BYTES_MAX, key);
    }
  }
  for (const key of ['proxy', 'httpsProxy']) expectProxy(key, flat[key]);
  const scope = source.scope;
  const retry = source.retry as { readonly retries?: unknown } | undefined;
  return {
    registry,
    ...(typeof source.cache === 'string' ? { cache: source.cache } : {}),
    defaultRegistry: base('default registry', defaultRegistry),
    scopes,
    scope: typeof scope === 'string' && scope !== '' ? scope : undefined,
    basic,
    userAgent: typeof own.userAgent === 'string' ? own.userAgent : `verify-deps node/${process.version}`,
    flat,
    maxSockets: typeof own.maxSockets === 'number' && own.maxSockets >= 1 ? own.maxSockets : undefined,
    retries: bounded(retry?.retries, 0, 5, 2),
    // npm reads 0 as "the default".
    timeoutMs: bounded(source.timeout || undefined, 1, 300_000, 30_000),
  };
}

/** Where npm itself lives, for its builtin npmrc: named by npm when it runs us, else beside node. */
function npmFolder(env: Readonly<Record<string, string>>): string {
  const cli = env.npm_execpath;
  if (cli !== undefined && path.isAbsolute(cli) && /^np[mx]-cli\.c?js$/.test(path.basename(cli))) {
    return path.dirname(path.dirname(cli));
  }
  const folder = path.dirname(process.execPath);
  return process.platform === 'win32'
    ? path.join(folder, 'node_modules', 'npm')
    : path.join(path.dirname(folder), 'lib', 'node_modules', 'npm');
}

/** npm reads these whole: a device never ends, a pipe never starts. What is not there is fine, as it is for npm. */
async function expectSmallFile(file: unknown, bytesMax: number, what: string): Promise<void> {
  if (typeof file !== 'string' || file === '') return;
  const info = await stat(file).catch(() => undefined);
  if (info === undefined || info.isDirectory()) return;
  if (!info.isFile()) throw malformed(`${printable(what)} is not a regular file: ${printable(file)}`);
  if (info.size > bytesMax) {
    throw malformed(`${printable(what)} is larger than ${bytesMax} bytes (${info.size}): ${printable(file)}`);
  }
}

function expectProxy(key: string, value: unknown): void {
  if (typeof value !== 'string' || value === '') return;
  const protocol = URL.canParse(value) ? new URL(value).protocol : '';
  if (!/^(?:https?|socks(?:4a?|5h?)?):$/.test(protocol)) {
    throw malformed(`${key} is not the URL of a proxy: ${printable(value)}`);
  }
}

function parseHttp(value: unknown): URL | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.hostname !== '' ? url : undefined;
}

function basicHeader(url: URL): string {
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      return text;
    }
  };
  return `Basic ${Buffer.from(`${decode(url.username)}:${decode(url.password)}`).toString('base64')}`;
}

/** Base URL with a trailing slash; credentials, query and fragment cut off. */
export function bareBase(url: URL): string {
  return `${url.protocol}//${url.host}${withoutSlashes(url.pathname)}/`;
}

function bounded(value: unknown, min: number, max: number, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(Math.max(value, min), max)
    : otherwise;
}

function malformed(message: string, cause?: unknown): VerifyDepsError {
  const line = printable(message.replace(/\s+/g, ' ').trim(), 400);
  return new VerifyDepsError('npmrc-malformed', `npm configuration: ${line}`, {
    hint: 'see `npm config ls -l` for the file that sets it, or `npm config fix` for misplaced credentials',
    ...(cause === undefined ? {} : { cause }),
  });
}
