/**
 * The way to a URL: directly where npm would go directly, else over npm's agent, which knows proxies of every kind. npm's
 * libraries are loaded where the configuration or the environment has something for them to do.
 */
import type { Agents, Connection } from './agents.ts';
import { type FindCredentials, findCredentials } from './credentials.ts';
import type { NpmOptions } from './npmrc.ts';
import type { Transport } from './transport.ts';

export interface Route {
  readonly transport: Transport;
  /** Value of the `authorization` header, where npm's configuration has credentials for this URL. */
  readonly authorization: string | undefined;
}

export interface Connections {
  /** @throws {TransportError} for a setting that cannot be followed */
  route(url: URL): Promise<Route>;
  /** An agent of npm's, for pacote. @throws {TransportError} */
  agentFor(url: URL): Promise<Connection>;
  close(): void;
}

export interface ConnectionSettings {
  readonly maxSockets: number;
  readonly idleMs: number;
}

const ORIGINS_MAX = 64;

export function createConnections(npm: NpmOptions, settings: ConnectionSettings): Connections {
  const { flat } = npm;
  const direct = new Map<string, Transport>();
  let credentials: Promise<FindCredentials> | undefined;
  let loaded: Promise<{ readonly module: typeof import('./agents.ts'); readonly agents: Agents }> | undefined;
  // Once: a look at the environment is slow.
  const proxied = namesProxy(flat);
  let closed = false;

  const credentialsOf = (): Promise<FindCredentials> => {
    credentials ??= findCredentials(npm);
    return credentials;
  };
  const load = (): NonNullable<typeof loaded> => {
    loaded ??= Promise.all([import('./agents.ts'), credentialsOf()]).then(([module, found]) => ({
      module,
      agents: module.createAgents(npm, found, settings),
    }));
    return loaded;
  };

  const directTo = async (url: URL, cert: unknown, key: unknown): Promise<Transport> => {
    const id = `${url.protocol}//${url.host} ${typeof cert === 'string' ? cert : ''}`;
    const known = direct.get(id);
    if (known !== undefined) return known;
    const { createDirect } = await import('./direct.ts');
    const transport =
      direct.get(id) ??
      createDirect(url, {
        ca: flat.ca,
        cert,
        key,
        localAddress: flat.localAddress,
        // As make-fetch-happen: npm's own setting wins over NODE_TLS_REJECT_UNAUTHORIZED.
        strictSSL: flat.strictSSL !== false,
        idleMs: settings.idleMs,
      });
    // Hosts that redirects lead to may be any number. One that is let go serves what is under way, and ends with it.
    for (const oldest of direct.keys()) {
      if (direct.size < ORIGINS_MAX || direct.has(id)) break;
      direct.delete(oldest);
    }
    direct.set(id, transport);
    if (closed) transport.close();
    return transport;
  };

  return {
    async route(url) {
      if (proxied) {
        const { module, agents } = await load();
        if (module.proxyOf(url, flat) !== undefined) {
          const { agent, authorization } = agents.connect(url, 'own');
          const { throughAgent } = await import('./through-agent.ts');
          return { transport: throughAgent(agent), authorization };
        }
      }
      const { authorization, cert, key } = (await credentialsOf())(url);
      return { transport: await directTo(url, cert, key), authorization };
    },
    async agentFor(url) {
      return (await load()).agents.connect(url, 'pacote');
    },
    close() {
      closed = true;
      for (const transport of direct.values()) transport.close();
      void loaded?.then(
        ({ agents }) => agents.close(),
        () => undefined,
      );
    },
  };
}

/** The names that npm's agent reads, whatever their case. */
const PROXY_VARIABLES: ReadonlySet<string> = new Set(['https_proxy', 'http_proxy', 'proxy']);

/** Whether there is any proxy at all; for which URLs it is, npm's own code decides. */
function namesProxy(flat: NpmOptions['flat']): boolean {
  if (flat.proxy || flat.httpsProxy) return true;
  return Object.entries(process.env).some(
    ([name, value]) => PROXY_VARIABLES.has(name.toLowerCase()) && value !== undefined && value !== '',
  );
}
