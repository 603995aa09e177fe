/** Answers that are no: what a client of a registry understands, with words that a person understands. */
import type { ServerResponse } from 'node:http';
import { printable } from '../../core/text.ts';
import { TransportError } from '../../registry/transport.ts';

/** Ends a request with a status other than 200. */
export class Refusal extends Error {
  readonly status: number;
  /** Seconds after which to come back. */
  readonly retryAfter: number | undefined;
  /** Where one line is not enough. */
  readonly hint: string;
  constructor(
    status: number,
    line: string,
    more: { readonly retryAfter?: number; readonly hint?: string } = {},
  ) {
    super(line);
    this.name = 'Refusal';
    this.status = status;
    this.retryAfter = more.retryAfter;
    this.hint = more.hint ?? '';
  }
}

const REASON_CHARS_MAX = 400;

/**
 * What managers show differs: some the reason phrase of the status line, some `error` or `message` of the JSON, npm also the
 * header `npm-notice`. So all of them say it.
 */
export function sendRefusal(response: ServerResponse, refusal: Refusal): number {
  const line = ascii(`verify-deps: ${refusal.message}`);
  const text = refusal.hint === '' ? line : `${line}; ${ascii(refusal.hint)}`;
  const body = Buffer.from(`${JSON.stringify({ error: text, reason: text, message: text })}\n`);
  response.writeHead(refusal.status, line, {
    'content-type': 'application/json',
    'content-length': body.length,
    'cache-control': 'no-store',
    'npm-notice': line,
    ...(refusal.retryAfter === undefined ? {} : { 'retry-after': String(refusal.retryAfter) }),
  });
  response.end(body);
  return body.length;
}

/** A status line and a header take no more than this. */
function ascii(text: string): string {
  return printable(text, REASON_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?');
}

/** What a registry's fault is for the client: 5xx, which every client tries again. */
export function refusalOf(error: unknown, registry: string): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof TransportError)) throw error;
  const who = URL.canParse(registry) ? new URL(registry).host : 'the registry';
  if (error.kind === 'too-large') return new Refusal(403, `what ${who} sent is too large: ${error.reason}`);
  const slow = /within \d+ s$/.test(error.reason);
  return new Refusal(slow ? 504 : 502, `${who} cannot be asked: ${error.reason}`);
}

/** A registry's own no. What may pass is passed on; what may come right is to be tried again. */
export function refusalOfStatus(
  status: number,
  registry: string,
  what: string,
  retryAfter?: string,
): Refusal {
  const who = URL.canParse(registry) ? new URL(registry).host : 'the registry';
  if (status === 404 || status === 410) return new Refusal(404, `${who} does not have ${what}`);
  if (status === 401 || status === 403) {
    return new Refusal(status, `${who} refused ${what} (status ${status})`, {
      hint: "it was asked with the credentials of npm's configuration",
    });
  }
  if (status === 429) {
    const seconds = /^\d{1,4}$/.test(retryAfter ?? '') ? Number(retryAfter) : 1;
    return new Refusal(429, `${who} asks for patience`, { retryAfter: seconds });
  }
  if (status >= 500) return new Refusal(502, `${who} cannot answer for ${what} (status ${status})`);
  return new Refusal(502, `${who} answered ${what} with status ${status}`);
}
