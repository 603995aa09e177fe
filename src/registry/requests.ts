/**
 * Asks a registry and gives it every fair chance: bounded concurrency, redirects, retries with back-off and
 * `Retry-After`. A host that keeps failing is not asked again, so that a thousand packages do not each wait for it.
 */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { limits } from '../core/limits.ts';
import type { Agents, Connection, Purpose } from './agents.ts';
import { createLimiter } from './limiter.ts';
import type { NpmOptions } from './npmrc.ts';
import { createPace } from './pace.ts';
import { asTransportError, type Exchange, exchange, type Failure, TransportError } from './transport.ts';

export type Reply =
  | { readonly status: number; readonly body: Uint8Array }
  | { readonly status: undefined; readonly failure: Failure; readonly reason: string };

export interface GetOptions {
  readonly bytesMax: number;
  readonly accept: string;
  /** https through all redirects (http only where it starts and stays on the loopback), and no credentials. */
  readonly strict?: boolean;
}

export interface Requests {
  /** GET. Never throws, except when the run is aborted. */
  get(url: string, options: GetOptions): Promise<Reply>;
  /** Runs something that makes one request of its own within the same bound on concurrency. */
  readonly limit: <T>(task: () => Promise<T>) => Promise<T>;
  connect(url: URL, purpose: Purpose): Promise<Connection>;
  readonly signal: AbortSignal;
  readonly stats: { requests: number; bytes: number };
  close(): void;
}

export interface RequestSettings {
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

export function createRequests(npm: NpmOptions, settings: RequestSettings, signal?: AbortSignal): Requests {
  // One listener on the caller's signal, however many requests wait.
  const own = new AbortController();
  setMaxListeners(0, own.signal);
  const forward = (): void => own.abort(signal?.reason);
  if (signal?.aborted) forward();
  else signal?.addEventListener('abort', forward, { once: true });

  let agents: Promise<Agents> | undefined;
  /** npm's agent takes a tenth of a second to load, and a run that finds everything in the store needs none. */
  const connect = async (url: URL, purpose: Purpose): Promise<Connection> => {
    agents ??= import('./agents.ts').then(({ createAgents }) =>
      createAgents(npm, {
        maxSockets: settings.concurrency,
        idleMs: Math.min(npm.timeoutMs, HEAD_MS_MAX),
      }),
    );
    return (await agents).connect(url, purpose);
  };
  const limit = createLimiter(settings.concurrency);
  const stats = { requests: 0, bytes: 0 };
  /** By host; the reason of the latest, which is what there is to say about those that are not tried any more. */
  const clock = settings.clock ?? systemClock;
  const failing = new Map<
    string,
    { readonly count: number; readonly reply: Reply; readonly since: number }
  >();
  const failed = (host: string, reply: Reply): Reply => {
    failing.set(host, { count: (failing.get(host)?.count ?? 0) + 1, reply, since: clock() });
    return reply;
  };
  const pace = createPace(own.signal);

  const once = async (start: URL, options: GetOptions): Promise<Exchange> => {
    let url = start;
    let { agent, authorization } = await connect(url, 'own');
    if (options.strict === true) authorization = undefined;
    for (let hop = 0; ; hop++) {
      own.signal.throwIfAborted();
      stats.requests++;
      const answer = await exchange(url, {
        agent,
        headers: {
          accept: options.accept,
          'user-agent': npm.userAgent,
          ...(authorization === undefined ? {} : { authorization }),
        },
        bytesMax: options.bytesMax,
        headMs: Math.min(npm.timeoutMs, HEAD_MS_MAX),
        transferMs: TRANSFER_MS_MAX,
        signal: own.signal,
      });
      stats.bytes += answer.received;
      if (![301, 302, 303, 307, 308].includes(answer.status)) return answer;
      if (hop === REDIRECTS_MAX) throw new TransportError('invalid', 'too many redirects', false);
      const next = redirectOf(url, answer.headers.location);
      if (options.strict === true && !isStrict(next, start))
        throw new TransportError('invalid', 'redirect away from https', false);
      // Credentials stay with the host they are for, and are never sent in the clear after TLS.
      if (next.host !== url.host || next.protocol !== url.protocol) {
        authorization = undefined;
        agent = (await connect(next, 'own')).agent;
      }
      url = next;
    }
  };

  return {
    limit,
    connect,
    signal: own.signal,
    stats,
    async get(text, options) {
      own.signal.throwIfAborted();
      const url = new URL(text);
      const known = failing.get(url.host);
      if (known !== undefined && known.count >= FAILURES_IN_A_ROW_MAX) {
        if (clock() - known.since < FAILING_MS) return known.reply;
        failing.delete(url.host);
      }
      let patience = PATIENCE;
      for (let attempt = 0; ; attempt++) {
        await pace.turn(url.host);
        const outcome = await limit(() => attemptOnce(() => once(url, options), own.signal));
        const last = attempt >= npm.retries;
        if (outcome instanceof TransportError) {
          if (outcome.retryable && !last) {
            await pause(backoff(settings, attempt), own.signal);
            continue;
          }
          const reply = { status: undefined, failure: outcome.kind, reason: outcome.reason } as const;
          return outcome.kind === 'unreachable' ? failed(url.host, reply) : reply;
        }
        const asked = retryAfter(outcome);
        // Too fast is not broken: as long as the host says when, this takes none of the attempts.
        if (outcome.status === 429 && patience-- > 0 && (asked ?? 0) <= RETRY_AFTER_MS_MAX) {
          pace.slowDown(url.host, asked ?? backoff(settings, attempt));
          attempt--;
          continue;
        }
        if (isTransient(outcome.status)) {
          const wait = asked ?? backoff(settings, attempt);
          if (!last && wait <= RETRY_AFTER_MS_MAX) {
            await pause(wait, own.signal);
            continue;
          }
          return failed(url.host, { status: outcome.status, body: outcome.body });
        }
        failing.delete(url.host);
        pace.answered(url.host);
        return { status: outcome.status, body: outcome.body };
      }
    },
    close() {
      signal?.removeEventListener('abort', forward);
      void agents?.then((loaded) => loaded.close());
    },
  };
}

const LOOPBACK: readonly string[] = ['127.0.0.1', '[::1]', 'localhost'];

function isStrict(next: URL, start: URL): boolean {
  if (next.protocol === 'https:') return true;
  return start.protocol === 'http:' && LOOPBACK.includes(start.hostname) && LOOPBACK.includes(next.hostname);
}

async function attemptOnce(
  attempt: () => Promise<Exchange>,
  signal: AbortSignal,
): Promise<Exchange | TransportError> {
  try {
    return await attempt();
  } catch (error) {
    signal.throwIfAborted();
    return asTransportError(error);
  }
}

/** Rejects with the signal's reason, as everything else here does, not with the timer's own error. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}

/** The statuses npm tries again. */
function isTransient(status: number): boolean {
  return status === 408 || status === 420 || status === 429 || status >= 500;
}

function backoff(settings: RequestSettings, attempt: number): number {
  return Math.min(settings.backoffMs.min * 4 ** attempt, settings.backoffMs.max);
}

/** RFC 9110 section 10.2.3: seconds, or a date, which is compared with the server's own clock. Milliseconds. */
function retryAfter(answer: Exchange): number | undefined {
  const text = answer.headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(answer.headers.date ?? '');
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
