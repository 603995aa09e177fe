/**
 * Asks a registry and gives it every fair chance: as many requests at once as help, redirects, retries with back-off and
 * `Retry-After`. A host that keeps failing is not asked again, so that a thousand packages do not each wait for it.
 */
import { setMaxListeners } from 'node:events';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { Connection } from './agents.ts';
import { createConcurrency } from './concurrency.ts';
import { createConnections } from './connections.ts';
import { exchange } from './exchange.ts';
import type { NpmOptions } from './npmrc.ts';
import { createPace } from './pace.ts';
import type { Exchange, Sink, UnderWay } from './receiver.ts';
import { asTransportError, type Failure, type Head, TransportError } from './transport.ts';
import { createWaiting, type Waiting } from './waiting.ts';

export type Reply =
  | { readonly status: number; readonly body: Uint8Array }
  | { readonly status: undefined; readonly failure: Failure; readonly reason: string };

export interface GetOptions {
  readonly bytesMax: number;
  readonly accept: string;
  /** https through all redirects (http only where it starts and stays on the loopback), and no credentials. */
  readonly strict?: boolean;
  /** Called for each attempt; what it makes takes the body of an answer with status 200. */
  readonly sink?: () => Sink;
}

export interface Requests {
  /** GET. Never throws, except when the run is aborted. */
  get(url: string, options: GetOptions): Promise<Reply>;
  /** Runs something that makes one request of its own within the same bound on concurrency. */
  readonly limit: <T>(task: () => Promise<T>) => Promise<T>;
  /** For pacote. */
  connect(url: URL): Promise<Connection>;
  readonly signal: AbortSignal;
  readonly stats: { requests: number; bytes: number };
  /** What everybody who asks waits for now. */
  waiting(): Waiting | undefined;
  close(): void;
}

export interface RequestSettings {
  /** The most requests at a time. */
  readonly concurrency: number;
  /** Shortest and longest wait before another attempt. */
  readonly backoffMs: { readonly min: number; readonly max: number };
  readonly clock?: Clock;
}

const REDIRECTS_MAX = 5;
const HEAD_MS_MAX = 60_000;
const TRANSFER_MS_MAX = 300_000;
const RETRY_AFTER_MS_MAX = 60_000;
const FAILURES_IN_A_ROW_MAX = 8;
/** After that a host that failed is asked again: a gate can be open for days. */
const FAILING_MS = 60_000;
/** How often one request lets itself be put off by 429. */
const PATIENCE = 12;
/**
 * Attempts after the first at a host that answers others meanwhile. npm's two are too few for a thousand questions: with a
 * failure in twenty, one of them would fail three times in a row every few runs.
 */
const RETRIES_WHILE_ANSWERING = 5;
const BACKOFF_WHILE_ANSWERING_MS = 2_000;

export function createRequests(npm: NpmOptions, settings: RequestSettings, signal?: AbortSignal): Requests {
  const own = new AbortController();
  const closed = new TransportError('unreachable', 'closed', false);
  setMaxListeners(0, own.signal);
  const underWay: UnderWay = new Set();
  // One listener on the caller's signal, however many requests wait.
  const forward = (): void => {
    own.abort(signal?.reason);
    for (const receiver of underWay) receiver.abandon(own.signal.reason);
  };
  if (signal?.aborted) forward();
  else signal?.addEventListener('abort', forward, { once: true });

  const headMs = Math.min(npm.timeoutMs, HEAD_MS_MAX);
  const connections = createConnections(npm, { maxSockets: settings.concurrency, idleMs: headMs });
  const concurrency = createConcurrency({ max: settings.concurrency });
  const stats = { requests: 0, bytes: 0 };
  const clock = settings.clock ?? systemClock;
  /** By host; the reason of the latest, which is what there is to say about those that are not tried any more. */
  const failing = new Map<
    string,
    { readonly count: number; readonly reply: Reply; readonly since: number }
  >();
  const failed = (host: string, reply: Reply): Reply => {
    failing.set(host, { count: (failing.get(host)?.count ?? 0) + 1, reply, since: clock() });
    return reply;
  };
  /** Answers of each host so far. */
  const answers = new Map<string, number>();
  const pace = createPace(own.signal, undefined, clock);
  const waiting = createWaiting(pace, underWay, clock);

  const once = async (start: URL, options: GetOptions): Promise<Exchange> => {
    let url = start;
    let { transport, authorization } = await connections.route(url);
    if (options.strict === true) authorization = undefined;
    for (let hop = 0; ; hop++) {
      own.signal.throwIfAborted();
      stats.requests++;
      const answer = await exchange(
        transport,
        { url, accept: options.accept, userAgent: npm.userAgent, authorization },
        { bytesMax: options.bytesMax, headMs, transferMs: TRANSFER_MS_MAX, sink: options.sink?.() },
        underWay,
      );
      stats.bytes += answer.received;
      if (!isRedirect(answer.status)) return answer;
      if (hop === REDIRECTS_MAX) throw new TransportError('invalid', 'too many redirects', false);
      const next = redirectOf(url, answer.head.location);
      if (options.strict === true && !isStrict(next, start))
        throw new TransportError('invalid', 'redirect away from https', false);
      // Credentials stay with the host they are for, and are never sent in the clear after TLS.
      if (next.host !== url.host || next.protocol !== url.protocol) {
        authorization = undefined;
        transport = (await connections.route(next)).transport;
      }
      url = next;
    }
  };

  const attempt = async (url: URL, options: GetOptions): Promise<Exchange | TransportError> => {
    let outcome: Exchange | TransportError;
    try {
      outcome = await once(url, options);
    } catch (error) {
      own.signal.throwIfAborted();
      outcome = asTransportError(error);
    }
    concurrency.answered(outcome instanceof TransportError ? outcome.retryable : isTransient(outcome.status));
    return outcome;
  };

  const replyTo = async (text: string, options: GetOptions): Promise<Reply> => {
    own.signal.throwIfAborted();
    const url = new URL(text);
    const { host } = url;
    const known = failing.get(host);
    if (known !== undefined && known.count >= FAILURES_IN_A_ROW_MAX) {
      // A clock that is set back must not make a day of it.
      if (Math.abs(clock() - known.since) < FAILING_MS) return known.reply;
      failing.delete(host);
    }
    const before = answers.get(host) ?? 0;
    let patience = PATIENCE;
    for (let tries = 0; ; tries++) {
      await pace.turn(host);
      // Trust and policies are what all packages wait for.
      const outcome = await concurrency.run(() => attempt(url, options), options.strict);
      const answering = (answers.get(host) ?? 0) > before && npm.retries > 0;
      const last = tries >= (answering ? Math.max(npm.retries, RETRIES_WHILE_ANSWERING) : npm.retries);
      const backoffMs = backoff(settings, tries, answering);
      if (outcome instanceof TransportError) {
        if (outcome.retryable && !last) {
          await waiting.pause(host, outcome.reason, backoffMs, own.signal);
          continue;
        }
        const reply = { status: undefined, failure: outcome.kind, reason: outcome.reason } as const;
        return outcome.kind === 'unreachable' ? failed(host, reply) : reply;
      }
      const { status, body, head } = outcome;
      const asked = retryAfter(head);
      // Too fast is not broken: as long as the host says when, this takes none of the attempts.
      const isBearable = status === 429 && patience-- > 0 && (asked ?? 0) <= RETRY_AFTER_MS_MAX;
      const complaint = isBearable && pace.slowDown(host, asked ?? backoffMs);
      if (complaint !== false) {
        // A few in a hundred are too little for the share of failures to tell, and each is a pause for all.
        if (complaint === 'once more') concurrency.tooMany();
        tries--;
        continue;
      }
      if (isTransient(status)) {
        const waitMs = asked ?? backoffMs;
        if (!last && waitMs <= RETRY_AFTER_MS_MAX) {
          await waiting.pause(host, `status ${status}`, waitMs, own.signal);
          continue;
        }
        return failed(host, { status, body });
      }
      failing.delete(host);
      answers.set(host, (answers.get(host) ?? 0) + 1);
      pace.answered(host);
      return { status, body };
    }
  };

  return {
    limit: concurrency.run,
    connect: (url) => connections.agentFor(url),
    signal: own.signal,
    stats,
    waiting: () => waiting.now(),
    async get(text, options) {
      try {
        return await replyTo(text, options);
      } catch (error) {
        if (error !== closed) throw error;
        return { status: undefined, failure: closed.kind, reason: closed.reason };
      }
    },
    close() {
      signal?.removeEventListener('abort', forward);
      // Who waits to ask again need not wait any longer.
      own.abort(closed);
      for (const receiver of underWay) receiver.abandon(closed);
      connections.close();
    },
  };
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

function isStrict(next: URL, start: URL): boolean {
  if (next.protocol === 'https:') return true;
  return start.protocol === 'http:' && LOOPBACK.includes(start.hostname) && LOOPBACK.includes(next.hostname);
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** The statuses npm tries again. */
function isTransient(status: number): boolean {
  return status === 408 || status === 420 || status === 429 || status >= 500;
}

function backoff(settings: RequestSettings, tries: number, answering: boolean): number {
  const ms = Math.min(settings.backoffMs.min * 4 ** tries, settings.backoffMs.max);
  return answering ? Math.min(ms, BACKOFF_WHILE_ANSWERING_MS) : ms;
}

/** RFC 9110 section 10.2.3: seconds, or a date, which is compared with the server's own clock. Milliseconds. */
function retryAfter(head: Head): number | undefined {
  const text = head.retryAfter;
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(head.date ?? '');
  return Number.isNaN(wait) ? undefined : Math.max(wait, 0);
}

export function redirectOf(from: URL, location: string | undefined): URL {
  if (location === undefined || location.length > limits.urlCharsMax || !URL.canParse(location, from.href)) {
    throw new TransportError('invalid', 'redirect to nowhere', false);
  }
  const to = new URL(location, from);
  if (!/^https?:$/.test(to.protocol))
    throw new TransportError('invalid', 'redirect to another protocol', false);
  to.username = '';
  to.password = '';
  return to;
}
