/**
 * One GET, one answer, everything about it bounded: bytes on the wire, bytes after decompression, the wait for the first
 * byte and the whole transfer. npm-registry-fetch is not used for this: it reads the body of an error answer without any
 * bound, does not try again when a body breaks off, and takes three times the CPU. Proxies, CAs and the pool of
 * connections are npm's own (`agents.ts`).
 */
import http, { type Agent, type IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

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

export interface Exchange {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Decoded. Empty unless the status is 200. */
  readonly body: Uint8Array;
  /** On the wire. */
  readonly received: number;
}

export interface ExchangeOptions {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytesMax: number;
  /** Wait for the head of the answer. */
  readonly headMs: number;
  readonly transferMs: number;
  readonly signal: AbortSignal;
}

/** Where only the status matters, this much of the body is read, so that the connection can be kept. */
const ERROR_BODY_BYTES_MAX = 65_536;
/** Below this, decompression on the main thread is cheaper than the way to the thread pool. */
const SYNC_BYTES_MAX = 65_536;

/** @throws {TransportError}, or the signal's reason once it is aborted */
export function exchange(url: URL, options: ExchangeOptions): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    options.signal.throwIfAborted();
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      agent: options.agent,
      headers: { ...options.headers, 'accept-encoding': 'gzip' },
    });
    let timer = setTimeout(() => fail(timeout('no answer', options.headMs)), options.headMs);
    const settle = (): void => {
      clearTimeout(timer);
      options.signal.removeEventListener('abort', abort);
    };
    const fail = (error: unknown): void => {
      settle();
      request.destroy();
      reject(error);
    };
    const abort = (): void => fail(options.signal.reason);
    options.signal.addEventListener('abort', abort);

    request.on('error', (error) => fail(asTransportError(error)));
    request.on('response', (response) => {
      response.on('error', (error) => fail(asTransportError(error)));
      clearTimeout(timer);
      timer = setTimeout(() => fail(timeout('transfer not done', options.transferMs)), options.transferMs);
      const status = response.statusCode ?? 0;
      const { headers } = response;
      const bytesMax = status === 200 ? options.bytesMax : Math.min(options.bytesMax, ERROR_BODY_BYTES_MAX);
      const chunks: Uint8Array[] = [];
      let received = 0;
      const tooLarge = (): void => {
        if (status === 200) {
          fail(overLimit(bytesMax));
          return;
        }
        settle();
        request.destroy();
        resolve({ status, headers, body: new Uint8Array(), received });
      };
      if (Number(headers['content-length']) > bytesMax) return tooLarge();
      response.on('data', (chunk: Uint8Array) => {
        received += chunk.length;
        if (received > bytesMax) tooLarge();
        else if (status === 200) chunks.push(chunk);
      });
      response.on('end', () => {
        if (!response.complete) return fail(new TransportError('unreachable', 'answer broke off', true));
        settle();
        if (status !== 200) return resolve({ status, headers, body: new Uint8Array(), received });
        const raw = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
        decode(raw, headers['content-encoding'], bytesMax).then(
          (body) => resolve({ status, headers, body, received }),
          reject,
        );
      });
    });
    request.end();
  });
}

const DECODERS = {
  gzip: [zlib.gunzipSync, promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip)],
  deflate: [zlib.inflateSync, promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate)],
  br: [
    zlib.brotliDecompressSync,
    promisify<zlib.InputType, zlib.BrotliOptions, Buffer>(zlib.brotliDecompress),
  ],
} as const;

/** Undoes a content encoding. */
export async function decode(
  bytes: Uint8Array,
  encoding: string | undefined,
  bytesMax: number,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? '';
  if (name === '' || name === 'identity') return bytes;
  const decoder =
    name === 'x-gzip' ? DECODERS.gzip : Object.hasOwn(DECODERS, name) ? DECODERS[name as 'gzip'] : undefined;
  if (decoder === undefined) throw new TransportError('invalid', 'unknown content encoding', false);
  try {
    const [sync, async] = decoder;
    const options = { maxOutputLength: bytesMax };
    return bytes.length <= SYNC_BYTES_MAX ? sync(bytes, options) : await async(bytes, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw overLimit(bytesMax);
    throw new TransportError('invalid', 'broken compression', true);
  }
}

export function overLimit(bytesMax: number): TransportError {
  return new TransportError('too-large', `more than ${bytesMax} bytes`, false);
}

export function timeout(what: string, ms: number): TransportError {
  return new TransportError('unreachable', `${what} within ${Math.ceil(ms / 1000)} s`, true);
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
  if (code.startsWith('HPE_')) return new TransportError('invalid', 'not HTTP', false);
  if (/CERT|TLS|SSL|ISSUER|SIGNATURE|^EPROTO$/.test(code)) {
    return new TransportError('unreachable', `TLS: ${code}`, false);
  }
  return new TransportError(
    'unreachable',
    /^[A-Z][A-Z_0-9]{2,40}$/.test(code) ? code : 'connection failed',
    true,
  );
}
