/** The proxy as a server of its own, on loopback. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHandler } from './handler.ts';
import type { ProxyHandler, ProxyOptions, VerifyingProxy } from './types.ts';

const HEADERS_MS_MAX = 30_000;
const REQUEST_MS_MAX = 120_000;
const KEEP_ALIVE_MS = 60_000;

/** Rejects with what the system says if the address cannot be listened on. */
export async function createProxy(options: ProxyOptions): Promise<VerifyingProxy> {
  const { host = '127.0.0.1', port = 0, publicUrl, ...rest } = options;
  let handler: ProxyHandler | undefined;
  const server = http.createServer(
    {
      headersTimeout: HEADERS_MS_MAX,
      requestTimeout: REQUEST_MS_MAX,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 32_768,
    },
    (request, response) => handler!.handle(request, response),
  );
  // Tunnels and protocol changes: this is a registry, and a proxy for nothing else.
  for (const event of ['connect', 'upgrade']) {
    server.on(event, (_request, socket: NodeJS.WritableStream) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, () => resolve());
  });
  const bound = (server.address() as AddressInfo).port;
  const own = `http://${host.includes(':') ? `[${host}]` : host}:${bound}/`;
  const url = publicUrl ?? own;
  handler = createHandler({
    ...rest,
    publicUrl: url,
    hosts: [...(rest.hosts ?? []), new URL(own).host, `localhost:${bound}`, `127.0.0.1:${bound}`],
  });
  const { handle: _handle, originalOf } = handler;
  return {
    url,
    origin: url.replace(/\/$/, ''),
    get stats() {
      return handler.stats;
    },
    originalOf,
    async stop() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      server.closeAllConnections();
      await handler.close();
      await closed;
    },
  };
}
