/**
 * The proxy of a company: it knows the way to the registry, which nobody finds without it, and answers 502 to everything else.
 * A request to a gate's own loopback port that arrives here has gone astray.
 */
import http from 'node:http';
import net from 'node:net';

export interface CorporateProxy {
  readonly url: string;
  /** Requests that it passed on to the registry. */
  passed(): number;
  /** Hosts that it was asked for and does not know. */
  swallowed(): readonly string[];
  close(): Promise<void>;
}

/** @param routes  host (as in a URL, without port 80) to a loopback port */
export async function serveCorporateProxy(routes: ReadonlyMap<string, number>): Promise<CorporateProxy> {
  let passed = 0;
  const swallowed: string[] = [];
  const sockets = new Set<net.Socket>();
  const portOf = (host: string): number | undefined => {
    const port = routes.get(host.replace(/:80$/, ''));
    if (port === undefined) swallowed.push(host);
    else passed++;
    return port;
  };
  const server = http.createServer((request, response) => {
    const url = URL.canParse(request.url ?? '') ? new URL(request.url ?? '') : undefined;
    const port = portOf(url?.host ?? request.headers.host ?? 'nobody');
    if (url === undefined || port === undefined) {
      request.resume();
      response
        .writeHead(502, { 'content-type': 'text/plain' })
        .end('the proxy of the company knows no such host');
      return;
    }
    const { method = 'GET', headers } = request;
    const onward = http.request(
      { host: '127.0.0.1', port, path: url.pathname + url.search, method, headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket: net.Socket) => {
    socket.on('error', () => undefined);
    const port = portOf(request.url ?? '');
    if (port === undefined) {
      socket.end('HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n');
      return;
    }
    const onward = net.connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.once('close', () => onward.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as net.AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    passed: () => passed,
    swallowed: () => swallowed,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
