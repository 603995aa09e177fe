/**
 * Connections to hosts that no proxy stands before. Over `node:http`, a request costs five times the CPU: objects for
 * request, answer and streams on each of them, where bytes in one buffer are enough. TLS, its certificates and the sockets
 * are those of Node.js; what comes over them is read by `http1.ts`. A connection serves one request at a time.
 */
import type { Socket } from 'node:net';
import { stopwatch } from '../core/clock.ts';
import { ResponseReader } from './http1.ts';
import { type Connect, connector, type SocketOptions } from './sockets.ts';
import {
  brokenOff,
  type Carrier,
  type RequestHead,
  type Taker,
  type Transport,
  TransportError,
} from './transport.ts';

/** How long a connection is kept without use where the host does not say: shorter than what servers are known to keep. */
const KEPT_MS = { default: 4_000, max: 60_000, margin: 1_000 } as const;

export interface DirectOptions extends SocketOptions {
  /** Without a byte in either direction, while an answer is due. */
  readonly idleMs: number;
}

/** Everything that goes to one origin with one client certificate. */
export function createDirect(origin: URL, options: DirectOptions): Transport {
  const idle: Connection[] = [];
  const all = new Set<Connection>();
  const connect = connector(origin, options);
  const host = `host: ${origin.host}\r\n`;

  const start = (text: string, taker: Taker): void => {
    const connection = new Connection(connect(), origin.protocol === 'https:', options.idleMs, {
      idle,
      all,
      again: start,
    });
    all.add(connection);
    connection.send(text, taker);
  };

  return {
    send(request, taker) {
      const text = requestText(request, host);
      for (let kept = idle.pop(); kept !== undefined; kept = idle.pop()) {
        if (kept.usable) {
          kept.send(text, taker);
          return;
        }
        kept.close();
      }
      start(text, taker);
    },
    close() {
      for (const connection of all) connection.close();
    },
  };
}

function requestText({ url, accept, userAgent, authorization }: RequestHead, host: string): string {
  if (!isHeaderValue(userAgent) || !isHeaderValue(accept) || !isHeaderValue(authorization ?? '')) {
    throw new TransportError('unreachable', 'a header from .npmrc is not printable', false);
  }
  const value = authorization ?? userInfo(url);
  const credentials = value === undefined ? '' : `authorization: ${value}\r\n`;
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${host}connection: keep-alive\r\naccept: ${accept}\r\naccept-encoding: gzip\r\nuser-agent: ${userAgent}\r\n${credentials}\r\n`;
}

/** As `node:http` sends it. */
function userInfo({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(text);
}

interface Pool {
  readonly idle: Connection[];
  readonly all: Set<Connection>;
  /** Over a new connection. */
  again(text: string, taker: Taker): void;
}

class Connection implements Carrier {
  readonly #socket: Socket;
  readonly #pool: Pool;
  #reader: ResponseReader | undefined = undefined;
  #taker: Taker | undefined = undefined;
  #text = '';
  #ready = false;
  #served = false;
  #error: unknown = undefined;
  #keptUntil = 0;

  constructor({ socket, onRead }: ReturnType<Connect>, secure: boolean, idleMs: number, pool: Pool) {
    this.#socket = socket;
    this.#pool = pool;
    onRead((length, buffer) => this.#read(buffer as Buffer, length));
    // Nothing is sent before the certificate of the other end has been accepted.
    socket.once(secure ? 'secureConnect' : 'connect', () => {
      this.#ready = true;
      socket.setTimeout(idleMs);
      if (this.#taker !== undefined) socket.write(this.#text, 'latin1');
    });
    socket.on('timeout', () => {
      if (this.#taker === undefined) {
        this.close();
        return;
      }
      socket.destroy(new TransportError('unreachable', 'connection idle for too long', true));
    });
    socket.on('error', (error) => {
      this.#error = error;
    });
    socket.on('end', () => this.#finished());
    socket.on('close', () => this.#lost());
  }

  get usable(): boolean {
    return !this.#socket.destroyed && this.#socket.writable && stopwatch() < this.#keptUntil;
  }

  send(text: string, taker: Taker): void {
    taker.carrier = this;
    this.#taker = taker;
    this.#text = text;
    this.#reader = new ResponseReader(taker);
    if (!this.#ready) return;
    this.#socket.ref();
    this.#socket.write(text, 'latin1');
  }

  drop(): void {
    this.#reader?.stop();
    this.close();
  }

  close(): void {
    this.#taker = undefined;
    this.#pool.all.delete(this);
    this.#socket.destroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  #read(buffer: Buffer, length: number): boolean {
    const reader = this.#reader;
    // Nobody asked for this.
    if (reader === undefined || this.#taker === undefined) {
      this.close();
      return true;
    }
    try {
      reader.read(buffer.subarray(0, length) as Buffer);
    } catch (error) {
      const taker = this.#taker;
      this.drop();
      taker?.onError(error);
      return true;
    }
    if (reader.done && this.#taker !== undefined) this.#release(reader);
    return true;
  }

  #release(reader: ResponseReader): void {
    this.#taker = undefined;
    this.#reader = undefined;
    this.#served = true;
    const told = reader.keepAliveSeconds;
    const keptMs =
      told === undefined ? KEPT_MS.default : Math.min(told * 1_000 - KEPT_MS.margin, KEPT_MS.max);
    if (!reader.keepAlive || keptMs <= 0 || this.#socket.destroyed) {
      this.close();
      return;
    }
    this.#keptUntil = stopwatch() + keptMs;
    // A process does not stay for a connection that nobody uses.
    this.#socket.unref();
    this.#pool.idle.push(this);
  }

  /** The other end has said that it sends no more. */
  #finished(): void {
    if (this.#taker !== undefined && this.#reader?.closed() === true) this.#taker = undefined;
    this.#socket.destroy();
  }

  #lost(): void {
    this.#pool.all.delete(this);
    const at = this.#pool.idle.indexOf(this);
    if (at >= 0) this.#pool.idle.splice(at, 1);
    const taker = this.#taker;
    const reader = this.#reader;
    this.#taker = undefined;
    if (taker === undefined || reader === undefined) return;
    const idle = this.#error instanceof TransportError;
    // The other end closed a kept connection while the request was on its way: RFC 9112 section 9.3.1 allows to ask again.
    if (this.#served && !reader.started && !idle) {
      try {
        this.#pool.again(this.#text, taker);
      } catch (error) {
        taker.onError(error);
      }
      return;
    }
    if (reader.headSeen && !idle) {
      taker.onError(brokenOff());
      return;
    }
    taker.onError(this.#error ?? new TransportError('unreachable', 'connection reset', true));
  }
}
