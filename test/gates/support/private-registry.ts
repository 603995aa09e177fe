/** A registry that shows nothing to whoever has no token: a wrapper on loopback in front of a served rig. */
import http from 'node:http';
import type { Served } from '../../support/project.ts';
import type { CatalogueEntry, Rig } from '../../support/rig/registry.mjs';
import { makeRig } from '../../support/rig/registry.mjs';
import { freePort, serve } from '../../support/rig/server.mjs';

export interface PrivateRegistry {
  /** With trailing slash. */
  readonly url: string;
  readonly token: string;
  readonly served: Served;
  /** Requests that came without the token, or with another one. */
  refused(): number;
  close(): Promise<void>;
}

/** @param sigstore  of the registry beside it, so that one trust root is enough */
export async function servePrivate(
  catalogue: readonly CatalogueEntry[],
  sigstore: Rig['sigstore'],
): Promise<PrivateRegistry> {
  const token = 'lab-token-0123456789';
  let refused = 0;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const rig = makeRig({ catalogue, sigstore, origin });
  const server = await serve(rig, {});
  const front = http.createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      refused++;
      request.resume();
      response
        .writeHead(401, { 'content-type': 'application/json', 'www-authenticate': 'Bearer' })
        .end(JSON.stringify({ error: 'no token' }));
      return;
    }
    const { host: _host, ...headers } = request.headers;
    const onward = http.request(
      server.origin + (request.url ?? '/'),
      { method: request.method ?? 'GET', headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    onward.once('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject).listen(port, '127.0.0.1', () => resolve());
  });
  return {
    url: `${origin}/`,
    token,
    served: { rig, server },
    refused: () => refused,
    async close() {
      await new Promise((resolve) => {
        front.close(resolve);
        front.closeAllConnections();
      });
      await server.close();
    },
  };
}
