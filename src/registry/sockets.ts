/** Sockets to one origin, plain or with TLS, as npm's configuration wants them. Whatever is read goes through one buffer each. */
import dns from 'node:dns';
import net, { type LookupFunction, type Socket } from 'node:net';
import tls from 'node:tls';
import { stopwatch } from '../core/clock.ts';

/** What npm's configuration says of the way to a host. */
export interface SocketOptions {
  readonly ca: unknown;
  readonly cert: unknown;
  readonly key: unknown;
  readonly localAddress: unknown;
  readonly strictSSL: boolean;
}

/** @param buffer  overwritten by the next read */
export type Read = (length: number, buffer: Uint8Array) => boolean;
export type Connect = () => { readonly socket: Socket; readonly onRead: (read: Read) => void };

/** One read from a socket. */
const BUFFER_BYTES = 65_536;
/** As npm keeps them. */
const ADDRESS_MS = 300_000;

/** @throws for certificates and keys that cannot be read */
export function connector(origin: URL, options: SocketOptions): Connect {
  const host = origin.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = origin.protocol === 'https:';
  const base = {
    host,
    port: Number(origin.port || (secure ? 443 : 80)),
    lookup: createLookup(),
    noDelay: true,
    keepAlive: true,
    ...(typeof options.localAddress === 'string' ? { localAddress: options.localAddress } : {}),
  };
  // Made once: CAs are read and put into it at each connection otherwise.
  const secureContext = secure
    ? tls.createSecureContext({
        ca: options.ca as string | string[] | undefined,
        cert: options.cert as string | undefined,
        key: options.key as string | undefined,
      })
    : undefined;
  let session: Buffer | undefined;

  return () => {
    let read: Read = () => true;
    const onread = {
      buffer: Buffer.allocUnsafeSlow(BUFFER_BYTES),
      callback: (length: number, buffer: Uint8Array) => read(length, buffer),
    };
    const onRead = (taker: Read): void => {
      read = taker;
    };
    if (secureContext === undefined) return { socket: net.connect({ ...base, onread }), onRead };
    const socket = tls.connect({
      ...base,
      onread,
      secureContext,
      rejectUnauthorized: options.strictSSL,
      ALPNProtocols: ['http/1.1'],
      ...(net.isIP(host) === 0 ? { servername: host } : {}),
      ...(session === undefined ? {} : { session }),
    } as tls.ConnectionOptions);
    // Emitted once the certificate and its name have been accepted: neither is looked at again when a session is resumed.
    socket.on('session', (latest) => {
      session = latest;
    });
    return { socket, onRead };
  };
}

type Found = Parameters<Parameters<LookupFunction>[2]>;

/** Asks for an address once, however many connections are made: the system's resolver works on the thread pool. */
function createLookup(): LookupFunction {
  const known = new Map<string, { readonly until: number; readonly found: Promise<Found> }>();
  return (hostname, options, callback) => {
    const id = `${hostname} ${options.family ?? 0} ${options.all ?? false}`;
    let entry = known.get(id);
    if (entry === undefined || stopwatch() >= entry.until) {
      const found = new Promise<Found>((resolve) => {
        dns.lookup(hostname, options, (...answer: unknown[]) => {
          if (answer[0] !== null) known.delete(id);
          resolve(answer as Found);
        });
      });
      entry = { until: stopwatch() + ADDRESS_MS, found };
      known.set(id, entry);
    }
    // Behind the promise, so that what a connection does with it is not taken for a failure of the look-up.
    void entry.found.then((answer) => setImmediate(callback, ...answer));
  };
}
