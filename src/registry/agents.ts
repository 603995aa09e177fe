/**
 * Connections as npm makes them, for tarballs, for whoever hands answers on, and for the way through proxies: npm's agent
 * knows proxies (npmrc and environment), `noproxy`, CAs, client certificates and keep-alive. One agent per origin and client
 * certificate, for the length of a run.
 */
import type { ClientRequest, Agent as HttpAgent, IncomingMessage } from 'node:http';
import npmAgent from '@npmcli/agent';
import npmProxy from '@npmcli/agent/lib/proxy.js';
import type { FindCredentials } from './credentials.ts';
import type { NpmOptions } from './npmrc.ts';
import { TransportError } from './transport.ts';

const { Agent } = npmAgent;

export interface Connection {
  readonly agent: HttpAgent;
  /** Value of the `authorization` header, where npm's configuration has credentials for this URL. */
  readonly authorization: string | undefined;
}

/** Who makes the request over the connection. */
export type Purpose = 'own' | 'pacote';

export interface Agents {
  /** @throws {TransportError} for a proxy setting in the environment that is no URL */
  connect(url: URL, purpose: Purpose): Connection;
  close(): void;
}

/** What may be read of the body of an error answer by a library that does not bound it. */
const ERROR_BODY_BYTES_MAX = 1_048_576;

/**
 * For requests that pacote makes over our connections: it reads error bodies whole and decompressed. Both are cut off
 * here, before it gets to see the answer.
 */
class GuardedAgent extends Agent {
  constructor(options: AgentOptions) {
    super(options.settings);
  }

  override addRequest(request: ClientRequest, options: object): void {
    request.prependOnceListener('response', (response: IncomingMessage) => {
      if ((response.statusCode ?? 0) < 400) return;
      delete response.headers['content-encoding'];
      let received = 0;
      response.on('data', (chunk: Uint8Array) => {
        received += chunk.length;
        if (received > ERROR_BODY_BYTES_MAX) response.destroy(new Error('error body too large'));
      });
    });
    super.addRequest(request, options);
  }
}

/**
 * For our own requests, which never leave the origin an agent was made for: without options, the base class finds out
 * by a stack trace whether it serves https, several times per request.
 */
class OriginAgent extends Agent {
  readonly #secure: boolean;
  constructor(options: AgentOptions) {
    super(options.settings);
    this.#secure = options.secure;
  }
  override isSecureEndpoint(options?: object): boolean {
    // The constructor of the base class asks before there is a field to read.
    return options === undefined && #secure in this ? this.#secure : super.isSecureEndpoint(options);
  }
}

interface AgentOptions {
  readonly secure: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

function make(purpose: Purpose, options: AgentOptions): HttpAgent {
  try {
    return purpose === 'own' ? new OriginAgent(options) : new GuardedAgent(options);
  } catch {
    throw new TransportError('unreachable', 'unknown kind of proxy in the environment', false);
  }
}

export function createAgents(
  npm: NpmOptions,
  credentials: FindCredentials,
  settings: { maxSockets: number; idleMs: number },
): Agents {
  const agents = new Map<string, HttpAgent>();
  const { flat } = npm;

  const agentOf = (url: URL, purpose: Purpose, cert: unknown, key: unknown): HttpAgent => {
    const id = `${purpose} ${url.protocol}//${url.host} ${typeof cert === 'string' ? cert : ''}`;
    const known = agents.get(id);
    if (known !== undefined) return known;
    const proxy = proxyOf(url, flat);
    const agent = make(purpose, {
      secure: url.protocol === 'https:',
      settings: {
        proxy,
        noProxy: flat.noProxy,
        ca: flat.ca,
        cert,
        key,
        localAddress: flat.localAddress,
        // As make-fetch-happen: npm's own setting wins over NODE_TLS_REJECT_UNAUTHORIZED.
        rejectUnauthorized: flat.strictSSL !== false,
        maxSockets: settings.maxSockets,
        timeout: settings.idleMs,
      },
    });
    agents.set(id, agent);
    return agent;
  };

  return {
    connect(url, purpose) {
      const { authorization, cert, key } = credentials(url);
      return { agent: agentOf(url, purpose, cert, key), authorization };
    },
    close() {
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}

/**
 * From npmrc, else from the environment, unless `noproxy` names the host.
 * @throws {TransportError} for a proxy setting in the environment that is no URL
 */
export function proxyOf(url: URL, flat: Readonly<Record<string, unknown>>): string | undefined {
  try {
    const proxy = flat.httpsProxy || flat.proxy;
    return npmProxy.getProxy(url.href, { proxy, noProxy: flat.noProxy })?.href;
  } catch {
    throw new TransportError('unreachable', 'the proxy in the environment is not a URL', false);
  }
}
