/**
 * Requests whose answer is handed on as it comes: for whoever stands between a registry and a package manager. Connections,
 * proxies, CAs and credentials are npm's own; every wait is bounded; nothing is tried again but what a connection that was
 * kept too long could not even ask.
 */
import { setMaxListeners } from 'node:events';
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Agents } from './agents.ts';
import { findCredentials } from './credentials.ts';
import { decode } from './decoding.ts';
import { createLimiter } from './limiter.ts';
import type { NpmOptions } from './npmrc.ts';
import { redirectOf } from './requests.ts';
import { asTransportError, overLimit, TransportError, timeout } from './transport.ts';

export interface StreamRequest {
  readonly method: 'GET' | 'POST';
  /** Besides `authorization` and `user-agent`, which are npm's. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Breaks it off, with its reason. */
  readonly signal: AbortSignal;
  /** It has its place among the requests under way. */
  readonly onStart?: () => void;
  /** At the head of the answer; undefined where none came. */
  readonly onHead?: (status: number | undefined) => void;
}

export interface StreamAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As it is on the wire. Throws a {@link TransportError} where it breaks off, is too slow or too large. */
  body(bytesMax: number): AsyncIterable<Uint8Array>;
  /** All of it, decoded. */
  whole(bytesMax: number): Promise<Uint8Array>;
  /** It is not wanted (any more). */
  discard(): void;
}

export interface Streams {
  /**
   * Takes a place among the requests under way until `use` is done with the answer.
   * @throws {TransportError} if there is no answer; the reason of the signal
   */
  open<T>(url: string, request: StreamRequest, use: (answer: StreamAnswer) => Promise<T>): Promise<T>;
  readonly stats: { readonly requests: number; readonly bytes: number; readonly failures: number };
  close(): void;
}

export interface StreamSettings {
  readonly concurrency: number;
  readonly headMs: number;
  readonly idleMs: number;
  readonly transferMs: number;
}

const REDIRECTS_MAX = 5;
const RETRIES = 1;

export function createStreams(npm: NpmOptions, settings: StreamSettings): Streams {
  const closed = new AbortController();
  setMaxListeners(0, closed.signal);
  const limit = createLimiter(Math.min(settings.concurrency, npm.maxSockets ?? Number.POSITIVE_INFINITY));
  const stats = { requests: 0, bytes: 0, failures: 0 };
  let agents: Promise<Agents> | undefined;
  const connected = async (url: URL): Promise<ReturnType<Agents['connect']>> => {
    agents ??= Promise.all([import('./agents.ts'), findCredentials(npm)]).then(
      ([{ createAgents }, credentials]) =>
        // Later than the timers below, which have the better words.
        createAgents(npm, credentials, {
          maxSockets: settings.concurrency,
          idleMs: settings.idleMs + 1_000,
        }),
    );
    return (await agents).connect(url, 'own');
  };

  const answered = async (start: URL, request: StreamRequest, signal: AbortSignal): Promise<StreamAnswer> => {
    let url = start;
    let { agent, authorization } = await connected(url);
    for (let hop = 0; ; hop++) {
      signal.throwIfAborted();
      stats.requests++;
      const headers = {
        ...request.headers,
        'user-agent': npm.userAgent,
        ...(authorization === undefined ? {} : { authorization }),
      };
      const response = await headOf(url, { agent, headers, request, signal, headMs: settings.headMs });
      const status = response.statusCode ?? 0;
      if (![301, 302, 303, 307, 308].includes(status)) return answerOf(response, settings, stats, signal);
      response.destroy();
      if (hop === REDIRECTS_MAX) throw new TransportError('invalid', 'too many redirects', false);
      if (request.method !== 'GET')
        throw new TransportError('invalid', 'redirect of a request with a body', false);
      const next = redirectOf(url, response.headers.location);
      // Credentials stay with the host they are for, and are never sent in the clear after TLS.
      if (next.host !== url.host || next.protocol !== url.protocol) {
        authorization = undefined;
        agent = (await connected(next)).agent;
      }
      url = next;
    }
  };

  return {
    stats,
    async open(text, request, use) {
      const url = new URL(text);
      const signal = AbortSignal.any([request.signal, closed.signal]);
      return limit(async () => {
        request.onStart?.();
        for (let attempt = 0; ; attempt++) {
          let answer: StreamAnswer;
          try {
            answer = await answered(url, request, signal);
          } catch (error) {
            signal.throwIfAborted();
            const failure = asTransportError(error);
            // A kept connection that the other end has closed fails at once, and a new one does not.
            if (failure.reason === 'connection reset' && attempt < RETRIES && request.method === 'GET')
              continue;
            stats.failures++;
            request.onHead?.(undefined);
            throw failure;
          }
          request.onHead?.(answer.status);
          if (answer.status >= 500) stats.failures++;
          try {
            return await use(answer);
          } catch (error) {
            signal.throwIfAborted();
            if (error instanceof TransportError) stats.failures++;
            throw error;
          } finally {
            answer.discard();
          }
        }
      });
    },
    close() {
      closed.abort(new TransportError('unreachable', 'closed', false));
      void agents?.then((loaded) => loaded.close());
    },
  };
}

interface Asked {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly request: StreamRequest;
  readonly signal: AbortSignal;
  readonly headMs: number;
}

function headOf(url: URL, { agent, headers, request, signal, headMs }: Asked): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = (url.protocol === 'https:' ? https : http).request(url, {
      agent,
      method: request.method,
      headers: {
        ...headers,
        ...(request.body === undefined ? {} : { 'content-length': String(request.body.length) }),
      },
    });
    const timer = setTimeout(() => fail(timeout('no answer', headMs)), headMs);
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    const fail = (error: unknown): void => {
      settle();
      asked.destroy();
      reject(error);
    };
    const abort = (): void => fail(signal.reason);
    signal.addEventListener('abort', abort);
    asked.on('error', fail);
    asked.once('response', (response) => {
      settle();
      // Whoever reads it hears of it there.
      response.on('error', () => undefined);
      resolve(response);
    });
    asked.end(request.body);
  });
}

function answerOf(
  response: IncomingMessage,
  settings: StreamSettings,
  stats: { bytes: number },
  signal: AbortSignal,
): StreamAnswer {
  async function* body(bytesMax: number): AsyncGenerator<Uint8Array, void, undefined> {
    if (Number(response.headers['content-length']) > bytesMax) throw overLimit(bytesMax);
    let received = 0;
    let idle: NodeJS.Timeout | undefined;
    const stop = (error: unknown): void => void response.destroy(error as Error);
    const abort = (): void => stop(signal.reason);
    const total = setTimeout(
      () => stop(timeout('transfer not done', settings.transferMs)),
      settings.transferMs,
    );
    const wait = (): void => {
      clearTimeout(idle);
      idle = setTimeout(() => stop(timeout('nothing more', settings.idleMs)), settings.idleMs);
    };
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    wait();
    try {
      for await (const chunk of response as AsyncIterable<Uint8Array>) {
        received += chunk.length;
        stats.bytes += chunk.length;
        if (received > bytesMax) throw overLimit(bytesMax);
        // Whoever takes it may be slow; that is not the registry's fault.
        clearTimeout(idle);
        yield chunk;
        wait();
      }
      if (!response.complete) throw new TransportError('unreachable', 'answer broke off', true);
    } catch (error) {
      signal.throwIfAborted();
      throw asTransportError(error);
    } finally {
      clearTimeout(idle);
      clearTimeout(total);
      signal.removeEventListener('abort', abort);
    }
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body,
    async whole(bytesMax) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body(bytesMax)) chunks.push(chunk);
      const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
      return decode(raw, response.headers['content-encoding'], bytesMax);
    },
    discard() {
      if (!response.complete || !response.readableEnded) response.destroy();
    },
  };
}
