/** The listening side of a service: connections and their bounds, TLS, and an end that breaks nothing off. */
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { VerifyDepsError } from '../../core/errors.ts';
import { authority, type Place } from '../../core/listen.ts';
import { printable } from '../../core/text.ts';
import type { Certificate } from './certificate.ts';
import type { ServiceLimits } from './limits.ts';

export type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;

/** Why somebody was turned away before there was anything to answer. */
export type TurnedAway = 'connections' | 'connections-of-one' | 'malformed' | 'timeout' | 'tls' | 'connect';

export interface ListenOptions {
  readonly place: Place;
  readonly certificate: Certificate | undefined;
  readonly limits: ServiceLimits;
  readonly handler: Handler;
  readonly onTurnedAway: (why: TurnedAway) => void;
}

export interface Listener {
  /** Where it listens in fact. */
  readonly place: Place;
  readonly secure: boolean;
  readonly connections: number;
  /** For connections from now on. */
  replaceCertificate(certificate: Certificate): void;
  /** Accepts nobody any more and waits for answers under way. @returns how many connections were broken off */
  stop(graceMs: number): Promise<number>;
}

/** For node to end it first, with its words. */
const HANDSHAKE_GRACE_MS = 250;

/** @throws {VerifyDepsError} `service-listen` */
export async function listen(options: ListenOptions): Promise<Listener> {
  const { limits, certificate, onTurnedAway } = options;
  let stopping = false;
  const settings = {
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: limits.checkMs,
  };
  const handler: Handler = (request, response) => {
    if (stopping) response.setHeader('connection', 'close');
    // A client that reads a byte a minute would hold its answer in memory for as long as it likes.
    const deadline = setTimeout(() => request.socket.destroy(), limits.answerMs);
    response.once('close', () => {
      clearTimeout(deadline);
      if (stopping) setImmediate(() => server.closeIdleConnections());
    });
    options.handler(request, response);
  };
  const secure = certificate !== undefined;
  const server = secure
    ? https.createServer(
        {
          ...settings,
          cert: certificate.cert,
          key: certificate.key,
          minVersion: 'TLSv1.2',
          handshakeTimeout: limits.headersMs,
        },
        handler,
      )
    : http.createServer(settings, handler);
  const sockets = boundConnections(server, limits, onTurnedAway);
  if (server instanceof https.Server) boundHandshakes(server, limits.headersMs);
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const status = statusOf(error.code ?? '');
    // A reset, or no TLS, which is told below.
    if (status === undefined || !socket.writable) return void socket.destroy();
    onTurnedAway(status === '408 Request Timeout' ? 'timeout' : 'malformed');
    end(socket as Socket, status);
  });
  server.on('tlsClientError', () => onTurnedAway('tls'));
  // No tunnel to anywhere.
  server.on('connect', (_request, socket: Socket) => {
    onTurnedAway('connect');
    end(socket, '405 Method Not Allowed');
  });
  await started(server, options.place);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.place.port;
  return {
    place: { host: options.place.host, port },
    secure,
    get connections() {
      return sockets.size;
    },
    replaceCertificate({ cert, key }) {
      if (server instanceof https.Server) server.setSecureContext({ cert, key, minVersion: 'TLSv1.2' });
    },
    stop(graceMs) {
      stopping = true;
      return stopped(server, sockets, graceMs);
    },
  };
}

function started(server: http.Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code ?? 'unknown';
      reject(
        new VerifyDepsError('service-listen', `cannot listen on ${printable(authority(place))}: ${why}`, {
          hint: 'is something else listening there? --listen HOST:PORT names another place',
          cause,
        }),
      );
    });
    server.listen(place.port, place.host, () => {
      server.removeAllListeners('error');
      // What a listening socket says later (too many open files) must not end the process.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function boundConnections(
  server: http.Server,
  limits: ServiceLimits,
  onTurnedAway: (why: TurnedAway) => void,
): ReadonlySet<Socket> {
  const sockets = new Set<Socket>();
  const byAddress = new Map<string, number>();
  server.maxConnections = limits.connectionsMax;
  server.on('drop', () => onTurnedAway('connections'));
  server.on('connection', (socket: Socket) => {
    const from = socket.remoteAddress ?? '';
    const others = byAddress.get(from) ?? 0;
    // Those that are kept open for nothing make room for those that want something.
    if (others + 1 >= limits.connectionsOfOneMax || sockets.size + 1 >= limits.connectionsMax)
      server.closeIdleConnections();
    if (others >= limits.connectionsOfOneMax) {
      onTurnedAway('connections-of-one');
      socket.destroy();
      return;
    }
    sockets.add(socket);
    byAddress.set(from, others + 1);
    socket.once('close', () => {
      sockets.delete(socket);
      const left = (byAddress.get(from) ?? 1) - 1;
      if (left === 0) byAddress.delete(from);
      else byAddress.set(from, left);
    });
    // A reset before there is a request.
    socket.on('error', () => undefined);
  });
  return sockets;
}

/**
 * Node gives up a handshake in time, but only says goodbye then: a client that does not answer that either keeps its
 * connection.
 */
function boundHandshakes(server: https.Server, headersMs: number): void {
  const waiting = new Map<string, NodeJS.Timeout>();
  const nameOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;
  const done = (name: string): void => {
    clearTimeout(waiting.get(name));
    waiting.delete(name);
  };
  server.on('connection', (socket: Socket) => {
    const name = nameOf(socket);
    waiting.set(
      name,
      setTimeout(() => socket.destroy(), headersMs + HANDSHAKE_GRACE_MS),
    );
    socket.once('close', () => done(name));
  });
  server.on('secureConnection', (socket: Socket) => done(nameOf(socket)));
}

async function stopped(server: http.Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<number> {
  let broken = 0;
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => {
    broken = sockets.size;
    for (const socket of sockets) socket.destroy();
  }, graceMs);
  await closed;
  clearTimeout(timer);
  return broken;
}

/** What node cannot parse, in the words of the protocol; undefined where the connection itself failed. */
function statusOf(code: string): string | undefined {
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout';
  return /^(?:HPE_|ERR_HTTP_)/.test(code) ? '400 Bad Request' : undefined;
}

function end(socket: Socket, status: string): void {
  socket.on('error', () => undefined);
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
  // Whoever does not close in return is not waited for.
  socket.destroySoon();
}
