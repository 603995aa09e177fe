/** Answers one request of a package manager: by its route, within bounds, and never with a tarball that was not judged. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { systemClock } from '../../core/clock.ts';
import { limits as inputLimits } from '../../core/limits.ts';
import { printable } from '../../core/text.ts';
import { createStreams } from '../../registry/streams.ts';
import { askThrough, quietly } from './asking.ts';
import type { Keeps } from './documents.ts';
import { createPackuments, type Document } from './packuments.ts';
import { passOn } from './pass-on.ts';
import { placesOf } from './places.ts';
import { provenOnly } from './proven-only.ts';
import { Refusal, sendRefusal } from './refusal.ts';
import { type Parsed, type Route, routeOf } from './route.ts';
import { createSpool } from './spool.ts';
import { createTarballs } from './tarballs.ts';
import type { Decision, HandlerOptions, ProxyHandler, ProxyLimits, RequestRecord } from './types.ts';

const DEFAULTS: ProxyLimits = {
  requestsMax: 512,
  upstreamMax: 64,
  memoryBytesMax: 1_048_576,
  tarballBytesMax: inputLimits.tarballBytesMax,
  spoolBytesMax: 4 * inputLimits.tarballBytesMax,
  headMs: 60_000,
  idleMs: 60_000,
  transferMs: 600_000,
  bodyBytesMax: 16_777_216,
};

const GONE = 499;

export function createHandler(options: HandlerOptions): ProxyHandler {
  const limits: ProxyLimits = { ...DEFAULTS, ...options.limits };
  const places = placesOf(options.upstream, options.registries ?? [], options.publicUrl);
  const hosts = new Set(
    [new URL(options.publicUrl).host, ...(options.hosts ?? [])].map((host) => host.toLowerCase()),
  );
  const streams = createStreams(options.upstream, { concurrency: limits.upstreamMax, ...limits });
  const ask = askThrough(streams, systemClock, options.onUpstream);
  const spool = createSpool(limits);
  const counts = { requests: 0, active: 0, tarballs: 0, blocked: 0 };
  const decided = (decision: Decision): void => {
    if (decision.outcome !== 'passed') counts.blocked++;
    quietly(() => options.onDecision?.(decision));
  };
  const choose = options.provenOnly ? provenOnly(options.gate, places) : undefined;
  const packuments = createPackuments({ ask, places, choose });
  const tarballs = createTarballs({
    gate: options.gate,
    places,
    ask,
    spool,
    bytesMax: limits.tarballBytesMax,
    lookUp: packuments.lookUp,
    decided,
  });
  const npmDefault = new URL(options.upstream.defaultRegistry).host;

  const answer = async (
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<number> => {
    const isNpm = /^npm\//.test(request.headers['user-agent'] ?? '');
    const always = isNpm && options.npmReplacesHost === true;
    const keeps: Keeps = (url) => always || (isNpm && url.host === npmDefault);
    const id = always ? 'npm-always' : isNpm ? 'npm' : 'any';
    if (route.kind === 'packument' || route.kind === 'manifest') {
      const accept = request.headers.accept ?? '';
      const held =
        route.kind === 'packument'
          ? await packuments.packument(route.name, accept, keeps, id, signal)
          : await packuments.manifest(route.name, route.wanted, keeps, id, signal);
      try {
        return await sendDocument(request, response, held.value, signal);
      } finally {
        held.release();
      }
    }
    if (route.kind === 'tarball') {
      const held = await tarballs.get(route, addressOf(request), signal);
      counts.tarballs++;
      const { bytes, read } = held.value;
      try {
        response.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': bytes });
        await pipeline(read(), response, { signal });
        return bytes;
      } finally {
        held.release();
      }
    }
    return passOn(route, request, response, { ask, places, limits, upstream: options.upstream, signal });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const since = systemClock();
    const gone = new AbortController();
    response.once('close', () => {
      // After an answer that was sent whole there is nothing to break off.
      if (!response.writableFinished) gone.abort(new Refusal(GONE, 'the client went away'));
    });
    response.setTimeout(limits.idleMs + limits.transferMs, () => response.destroy());
    const route = routeOf(request.url ?? '');
    let kind = kindOf(route);
    let bytes = 0;
    try {
      expectWelcome(request, route, hosts, counts.active > limits.requestsMax);
      bytes = await answer(route as Route, request, response, gone.signal);
    } catch (error) {
      // Nothing else is worth a word to a client that has gone, or that has been given half of an answer.
      if (gone.signal.aborted || response.headersSent || response.destroyed) response.destroy();
      else {
        const refusal = error instanceof Refusal ? error : new Refusal(500, 'a bug in verify-deps');
        if (refusal.status < 500 && refusal.status !== 404 && refusal.status !== 429 && kind !== 'tarball')
          kind = 'refused';
        request.resume();
        bytes = sendRefusal(response, refusal);
      }
    }
    const status = response.writableEnded ? response.statusCode : GONE;
    const record: RequestRecord = {
      method: printable(request.method ?? ''),
      path: printable((request.url ?? '').split('?', 1)[0]!),
      kind,
      package: packageOf(route),
      status,
      bytes,
      ms: systemClock() - since,
      userAgent: printable(request.headers['user-agent'] ?? ''),
      from: addressOf(request),
    };
    quietly(() => options.onRequest?.(record));
  };

  return {
    handle(request, response) {
      counts.requests++;
      counts.active++;
      response.on('error', () => undefined);
      void serve(request, response).finally(() => {
        counts.active--;
      });
    },
    get stats() {
      return {
        ...counts,
        upstreamRequests: streams.stats.requests,
        upstreamBytes: streams.stats.bytes,
        upstreamFailures: streams.stats.failures,
        spoolBytes: spool.bytes,
      };
    },
    originalOf: places.originalOf,
    async close() {
      streams.close();
      await spool.close();
    },
  };
}

/** @throws {Refusal} */
function expectWelcome(
  { method = '', headers, url = '' }: IncomingMessage,
  route: Parsed,
  hosts: ReadonlySet<string>,
  busy: boolean,
): void {
  // Before anything else is looked at: a page in a browser whose name was made to lead here is no client.
  if (!hosts.has((headers.host ?? '').toLowerCase()))
    throw new Refusal(421, 'this proxy is not known by that name');
  if (!url.startsWith('/')) throw new Refusal(403, 'this is a registry, and a proxy for nothing else');
  if (busy) throw new Refusal(503, 'too many requests at a time', { retryAfter: 1 });
  if (route.kind === 'malformed') throw new Refusal(400, 'no path of a registry');
  const reads = method === 'GET' || method === 'HEAD';
  if (!reads && !(method === 'POST' && route.kind === 'advisories')) {
    throw new Refusal(403, `${printable(method)} is not passed on: this proxy is for installing`, {
      hint: 'publish, log in and set tags at the registry itself',
    });
  }
  if (reads && route.kind === 'advisories') throw new Refusal(404, 'advisories are asked for with POST');
  if (route.kind === 'unknown') throw new Refusal(404, 'nothing that this proxy for installing knows');
}

async function sendDocument(
  request: IncomingMessage,
  response: ServerResponse,
  { body, contentType, etag }: Document,
  signal: AbortSignal,
): Promise<number> {
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, { etag }).end();
    return 0;
  }
  response.writeHead(200, {
    'content-type': contentType,
    'content-length': body.length,
    'cache-control': 'no-cache',
    vary: 'accept, user-agent',
    etag,
  });
  await pipeline([body], response, { signal });
  return body.length;
}

function kindOf(route: Parsed): RequestRecord['kind'] {
  const { kind } = route;
  if (kind === 'packument' || kind === 'manifest' || kind === 'tarball') return kind;
  return kind === 'unknown' || kind === 'malformed' ? 'refused' : 'passed-on';
}

function packageOf(route: Parsed): string | undefined {
  if (!('name' in route)) return undefined;
  const version = 'version' in route ? route.version : 'wanted' in route ? route.wanted : undefined;
  return version === undefined ? route.name : `${route.name}@${version}`;
}

function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? '';
}
