/**
 * One GET, one answer: what a transport (`direct.ts`, `through-agent.ts`) and the receiver of an answer (`receiver.ts`)
 * have to do with each other, and the few words that say why there is no answer.
 */
export type Failure = 'unreachable' | 'invalid' | 'too-large';

/** Why there is no answer: `reason` is a few printable words of ours. */
export class TransportError extends Error {
  readonly kind: Failure;
  readonly reason: string;
  readonly retryable: boolean;
  constructor(kind: Failure, reason: string, retryable: boolean) {
    super(reason);
    this.name = 'TransportError';
    this.kind = kind;
    this.reason = reason;
    this.retryable = retryable;
  }
}

/** What of the head of an answer anybody reads. Header values as sent, not trimmed of what they claim. */
export interface Head {
  readonly status: number;
  /** `content-length`, undefined where the length is not told. */
  readonly length: number | undefined;
  /** `content-encoding` */
  readonly encoding: string | undefined;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
  readonly date: string | undefined;
}

/** The connection that an answer comes over. */
export interface Carrier {
  /** Nothing more is wanted of this answer: ends the connection. */
  drop(): void;
  pause(): void;
  resume(): void;
}

export interface Taker {
  carrier: Carrier | undefined;
  onHead(head: Head): void;
  /** @param chunk  valid during the call only */
  onBody(chunk: Uint8Array): void;
  /** The answer is complete. */
  onEnd(): void;
  /** There will be no (more) answer. */
  onError(error: unknown): void;
}

export interface RequestHead {
  readonly url: URL;
  readonly accept: string;
  readonly userAgent: string;
  readonly authorization: string | undefined;
}

export interface Transport {
  /** @throws {TransportError} if the request cannot even be sent */
  send(request: RequestHead, taker: Taker): void;
  close(): void;
}

export function overLimit(bytesMax: number): TransportError {
  return new TransportError('too-large', `more than ${bytesMax} bytes`, false);
}

export function timeout(what: string, ms: number): TransportError {
  return new TransportError('unreachable', `${what} within ${Math.ceil(ms / 1000)} s`, true);
}

export function brokenOff(): TransportError {
  return new TransportError('unreachable', 'answer broke off', true);
}

const REASONS: Readonly<Record<string, readonly [reason: string, retryable: boolean]>> = {
  ECONNRESET: ['connection reset', true],
  EPIPE: ['connection reset', true],
  ECONNREFUSED: ['connection refused', true],
  ECONNECTIONTIMEOUT: ['connection timed out', true],
  EIDLETIMEOUT: ['connection idle for too long', true],
  ETIMEDOUT: ['connection timed out', true],
  EAI_AGAIN: ['name not resolved', true],
  ENOTFOUND: ['host not found', false],
  EHOSTUNREACH: ['host not reachable', true],
  ENETUNREACH: ['network not reachable', true],
  HPE_HEADER_OVERFLOW: ['headers too large', false],
};

/** Only the code of an error is passed on: messages of libraries may quote a URL or a header. */
export function asTransportError(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  const code = String((error as NodeJS.ErrnoException | null)?.code ?? '');
  const known = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  if (known !== undefined) return new TransportError('unreachable', known[0], known[1]);
  if (code.startsWith('HPE_')) return notHttp();
  if (/CERT|TLS|SSL|ISSUER|SIGNATURE|^EPROTO$/.test(code)) {
    return new TransportError('unreachable', `TLS: ${code}`, false);
  }
  return new TransportError(
    'unreachable',
    /^[A-Z][A-Z_0-9]{2,40}$/.test(code) ? code : 'connection failed',
    true,
  );
}

export function notHttp(): TransportError {
  return new TransportError('invalid', 'not HTTP', false);
}

export function headersTooLarge(): TransportError {
  return new TransportError('unreachable', 'headers too large', false);
}
