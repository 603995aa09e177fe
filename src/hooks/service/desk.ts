/** Who is answered, and by whom: the service itself, or the proxy. Everybody else is turned away here. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { limits as inputLimits } from '../../core/limits.ts';
import type { Access } from './access.ts';
import type { Generations } from './generations.ts';
import type { Handler } from './http-server.ts';
import type { Judging } from './judging.ts';
import type { ServiceLimits } from './limits.ts';
import { METRICS_TYPE } from './metrics.ts';
import type { ServiceMetrics } from './service-metrics.ts';

const HEALTH_PATH = '/-/verify-deps/health';
const METRICS_PATH = '/-/verify-deps/metrics';

export interface DeskOptions {
  readonly limits: ServiceLimits;
  readonly metrics: ServiceMetrics;
  /** Why the service is not well; none if it is. */
  readonly troubles: () => readonly string[];
  /** Undefined: whoever reaches it may ask. */
  readonly access: () => Access | undefined;
  /** Undefined until it has loaded. */
  readonly judging: () => Generations<Pick<Judging, 'handler' | 'close'>> | undefined;
}

export function createDesk(options: DeskOptions): Handler {
  const { limits, metrics, troubles } = options;
  const refuse = (response: ServerResponse, refusal: Refusal): void => {
    metrics.served('refused', refusal.status);
    send(response, refusal.status, { error: refusal.why }, refusal.headers);
  };
  return (request, response) => {
    const own = ownPath(request);
    // A balancer has no token, and learns nothing but whether to send clients here.
    if (own === HEALTH_PATH) {
      const found = troubles();
      const status = found.length === 0 ? 200 : 503;
      metrics.served('health', status);
      return send(response, status, { status: found.length === 0 ? 'ok' : 'failing', troubles: found });
    }
    const refusal = refusalOf(request, limits) ?? strangerOf(request, options.access());
    if (refusal !== undefined) return refuse(response, refusal);
    if (own === METRICS_PATH) {
      metrics.served('metrics', 200);
      response.writeHead(200, { 'content-type': METRICS_TYPE, 'cache-control': 'no-store' });
      response.end(metrics.text());
      return;
    }
    const judging = options.judging();
    if (judging === undefined) return refuse(response, STARTING);
    // It is meant for this service, and no registry is to see it.
    delete request.headers.authorization;
    void judging.use(
      ({ handler }) =>
        new Promise<void>((resolve) => {
          response.once('close', resolve);
          handler.handle(request, response);
        }),
    );
  };
}

interface Refusal {
  readonly status: 400 | 401 | 413 | 414 | 503;
  readonly why: string;
  readonly headers: Readonly<Record<string, string>>;
}

const STARTING: Refusal = {
  status: 503,
  why: 'verify-deps is starting',
  headers: { 'retry-after': '1' },
};
/** What a body that is not read would be taken for otherwise: the next request. */
const END = { connection: 'close' } as const;

function ownPath({ method, url = '' }: IncomingMessage): string {
  return method === 'GET' || method === 'HEAD' ? url.replace(/\?.*$/s, '') : '';
}

/** What is not looked at any further, whoever asks for it. */
function refusalOf({ url = '', headers }: IncomingMessage, limits: ServiceLimits): Refusal | undefined {
  if (url.length > inputLimits.urlCharsMax) return { status: 414, why: 'the URL is too long', headers: END };
  // `GET http://elsewhere/`: this is no proxy for the web.
  if (!url.startsWith('/'))
    return { status: 400, why: 'only paths of this registry are answered', headers: END };
  const length = Number(headers['content-length'] ?? 0);
  return length > limits.bodyBytesMax
    ? { status: 413, why: 'the body is too large', headers: END }
    : undefined;
}

function strangerOf({ headers }: IncomingMessage, access: Access | undefined): Refusal | undefined {
  if (access === undefined || access.allows(headers.authorization)) return undefined;
  return {
    status: 401,
    why: 'this proxy wants a token, which npm and pnpm take from //HOST/:_authToken in .npmrc',
    headers: { ...END, 'www-authenticate': 'Bearer realm="verify-deps"' },
  };
}

function send(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, {
    'content-type': 'application/json',
    'cache-control': 'no-store',
    'content-length': Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
}
