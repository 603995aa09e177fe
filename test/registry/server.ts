/** A registry on loopback whose every answer the test writes itself. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NpmOptions } from '../../src/registry/npmrc.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  /** With a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Method and path of each request, in order. */
  readonly seen: { readonly path: string; readonly headers: IncomingMessage['headers'] }[];
  handle: Handler;
  close(): Promise<void>;
}

export async function startServer(
  handle: Handler = (_, response) => response.destroy(),
): Promise<TestServer> {
  const seen: TestServer['seen'] = [];
  const server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', headers: request.headers });
    own.handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const own: TestServer = {
    url: `http://127.0.0.1:${port}/`,
    port,
    seen,
    handle,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return own;
}

/** Sends a body as JSON. */
export function json(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

export function manifestOf(name: string, version: string, dist: object = {}): object {
  return {
    name,
    version,
    dist: { integrity: 'sha512-AA==', signatures: [{ keyid: 'SHA256:a', sig: 'AA==' }], ...dist },
  };
}

/** Options as `loadNpmrc` would give them for one registry. */
export function npmOptions(registry: string, more: Partial<NpmOptions> = {}): NpmOptions {
  return {
    registry,
    defaultRegistry: 'https://registry.example/',
    scopes: new Map(),
    scope: undefined,
    basic: new Map(),
    userAgent: 'test',
    maxSockets: undefined,
    retries: 2,
    timeoutMs: 5_000,
    ...more,
    flat: { registry, ...more.flat },
  };
}
