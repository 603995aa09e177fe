import net from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Setup, setUp } from './support.ts';

let setup: Setup;
beforeAll(async () => {
  setup = await setUp('sound');
});
afterAll(() => setup.close());

function raw(text: string): Promise<string> {
  const { port } = new URL(setup.proxy.url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(Number(port), '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

describe('it is a proxy for nothing else', () => {
  test('not in absolute form', async () => {
    const host = new URL(setup.proxy.url).host;
    const answer = await raw(
      `GET http://elsewhere.example/app HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 verify-deps: this is a registry/);
  });
  test('not by CONNECT', async () => {
    expect(
      await raw('CONNECT elsewhere.example:443 HTTP/1.1\r\nhost: elsewhere.example:443\r\n\r\n'),
    ).toMatch(/^HTTP\/1\.1 403/);
  });
  test('not by another protocol', async () => {
    const host = new URL(setup.proxy.url).host;
    const answer = await raw(
      `GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403/);
  });
  test.each(['elsewhere.example', 'localhost', '127.0.0.1', '127.0.0.1:1'])(
    'not under the name "%s"',
    async (host) => {
      const { status } = await ask(setup.proxy, '/app', { headers: { host } });
      expect(status).toBe(421);
    },
  );
  test('but as localhost with its port', async () => {
    const { port } = new URL(setup.proxy.url);
    expect((await ask(setup.proxy, '/app', { headers: { host: `LOCALHOST:${port}` } })).status).toBe(200);
  });
});

describe('writes', () => {
  test.each([
    ['PUT', '/app'],
    ['PUT', '/-/user/org.couchdb.user:me'],
    ['POST', '/-/v1/login'],
    ['POST', '/app'],
    ['DELETE', '/app/-/app-1.2.0.tgz'],
    ['PUT', '/-/package/app/dist-tags/latest'],
    ['PATCH', '/app'],
    ['OPTIONS', '/app'],
  ])('%s %s is refused and reaches nobody', async (method, path) => {
    setup.lab.served.server.reset();
    const answer = await ask(setup.proxy, path, { method, body: method === 'OPTIONS' ? '' : '{}' });
    expect(answer.status).toBe(403);
    expect(answer.json().error).toMatch(/is not passed on/);
    expect(setup.lab.served.server.stats().requests).toBe(0);
  });
});

test.each(['/../etc/passwd', '/%2e%2e/app', '/app%00', '//elsewhere.example/app', '/app/', '/%'])(
  'the path %s reaches nobody',
  async (path) => {
    setup.lab.served.server.reset();
    expect((await ask(setup.proxy, path)).status).toBe(400);
    expect(setup.lab.served.server.stats().requests).toBe(0);
  },
);

test.each(['/-/whoami', '/-/npm/v1/tokens', '/-/all', '/'])('%s is nothing it knows', async (path) => {
  expect((await ask(setup.proxy, path)).status).toBe(404);
});

describe('what an install may ask besides', () => {
  test.each(['/-/ping', '/-/npm/v1/keys', '/-/npm/v1/attestations/app@1.2.0'])('%s', async (path) => {
    expect((await ask(setup.proxy, path)).status).toBe(200);
  });
  test('advisories', async () => {
    const path = '/-/npm/v1/security/advisories/bulk';
    expect((await ask(setup.proxy, path, { method: 'POST', body: '{}' })).status).toBe(200);
    expect((await ask(setup.proxy, path)).status).toBe(404);
  });
  test('a manifest, by version and by tag', async () => {
    for (const wanted of ['1.2.0', 'latest']) {
      const { body } = await ask(setup.proxy, `/app/${wanted}`);
      expect(body.toString()).toContain(`${setup.proxy.url}app/-/app-1.2.0.tgz`);
    }
  });
});

test('a credential of the client is not passed on', async () => {
  const scoped = await setUp('sound', {}, { scope: true });
  try {
    const headers = { authorization: 'Bearer of-the-client' };
    // The scope's own registry is asked with the token of the configuration, and with none of anybody else's.
    expect((await ask(scoped.proxy, '/@acme%2ftool', { headers })).status).toBe(200);
    expect((await ask(scoped.proxy, '/@acme/tool/-/tool-1.2.0.tgz', { headers })).status).toBe(200);
    expect(scoped.lab.scope?.refused()).toBe(0);
    expect(JSON.stringify([scoped.records, scoped.decisions])).not.toContain(scoped.lab.scope?.token);
  } finally {
    await scoped.close();
  }
});
