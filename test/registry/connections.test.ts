import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { NpmOptions } from '../../src/registry/npmrc.ts';
import { createRequests, type Reply } from '../../src/registry/requests.ts';
import { tlsIdentity } from '../support/rig/sigstore.mjs';
import { json, npmOptions, startServer, type TestServer } from './server.ts';

let server: TestServer;
let proxy: TestServer;
beforeAll(async () => {
  server = await startServer((_, response) => json(response, { by: 'server' }));
  proxy = await startServer((_, response) => json(response, { by: 'proxy' }));
});
beforeEach(() => {
  server.seen.length = 0;
  proxy.seen.length = 0;
});
afterAll(async () => {
  await server.close();
  await proxy.close();
});

async function ask(url: string, npm: Partial<NpmOptions> = {}): Promise<Reply> {
  const requests = createRequests(npmOptions(url, { retries: 0, ...npm }), {
    concurrency: 4,
    backoffMs: { min: 1, max: 1 },
  });
  try {
    return await requests.get(url, { bytesMax: 1_000, accept: '*/*' });
  } finally {
    requests.close();
  }
}

describe('the way to a host', () => {
  // What is in the environment counts from the first look on, as with npm.
  test('is the proxy of the environment, however its name is written, unless it is excluded', async () => {
    vi.stubEnv('HTTP_Proxy', proxy.url);
    vi.stubEnv('no_proxy', '127.0.0.1');
    await ask('http://registry.example/a');
    await ask(server.url);
    expect(proxy.seen.map((seen) => seen.path)).toEqual(['http://registry.example/a']);
    expect(server.seen).toHaveLength(1);
    vi.unstubAllEnvs();
  });

  test('is the proxy of npmrc, with the credentials for the host', async () => {
    const npm = { flat: { proxy: proxy.url, '//registry.example/:_authToken': 'secret' } };
    await ask('http://registry.example/a', npm);
    expect(proxy.seen[0]?.headers.authorization).toBe('Bearer secret');
  });

  test('is none where a setting cannot be followed', async () => {
    const failure = 'unreachable';
    expect(await ask(server.url, { flat: { localAddress: 'nowhere' } })).toMatchObject({ failure });
    const token = `//127.0.0.1:${server.port}/:_authToken`;
    expect(await ask(server.url, { flat: { [token]: 'a\nb' } })).toMatchObject({ failure });
    const proxied = { flat: { proxy: 'gopher://127.0.0.1/' } };
    expect(await ask('http://registry.example/', proxied)).toMatchObject({ failure });
    expect(await ask('https://localhost:1/', { flat: { ca: 'no certificate' } })).toMatchObject({ failure });
    expect(server.seen).toEqual([]);
  });

  test('goes with the client certificate that npmrc has for it', async () => {
    const identity = tlsIdentity('localhost');
    const client = tlsIdentity('client');
    const folder = mkdtempSync(path.join(os.tmpdir(), 'verify-deps-test-'));
    const [certfile, keyfile] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
    writeFileSync(certfile, client.cert);
    writeFileSync(keyfile, client.key);
    const secure = tls.createServer(
      { ...identity, ca: [client.ca], requestCert: true, rejectUnauthorized: false },
      (socket) => {
        socket.on('error', () => undefined);
        const name = String(socket.getPeerCertificate().subject?.CN ?? 'nobody');
        socket.on('data', () =>
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`),
        );
      },
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const host = `localhost:${(secure.address() as AddressInfo).port}`;
    const text = async (flat: NpmOptions['flat']): Promise<string> => {
      const reply = await ask(`https://${host}/`, { flat: { ca: identity.ca, ...flat } });
      return reply.status === undefined ? reply.reason : Buffer.from(reply.body).toString();
    };
    expect(await text({})).toBe('nobody');
    expect(await text({ [`//${host}/:certfile`]: certfile, [`//${host}/:keyfile`]: keyfile })).toBe('client');
    expect(await text({ cert: client.cert, key: client.key })).toBe('client');
    expect(await text({ ca: client.ca })).toMatch(/^TLS: /);
    expect(await text({ ca: client.ca, strictSSL: false })).toBe('nobody');
    secure.close();
    rmSync(folder, { recursive: true });
  });
});
