import https from 'node:https';
import net from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { readCertificate } from '../../../src/hooks/service/certificate.ts';
import {
  type Handler,
  type Listener,
  listen,
  type TurnedAway,
} from '../../../src/hooks/service/http-server.ts';
import { SERVICE_LIMITS, type ServiceLimits } from '../../../src/hooks/service/limits.ts';
import { tlsIdentity } from '../../support/rig/sigstore.mjs';
import { converse, get, scratch, until } from './support.ts';

const { file } = scratch();
let listener: Listener | undefined;
let away: TurnedAway[] = [];
const sockets: net.Socket[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await listener?.stop(0);
  listener = undefined;
  away = [];
});

const hello: Handler = (_request, response) => void response.end('hello');

async function start(
  limits: Partial<ServiceLimits> = {},
  handler = hello,
  identity?: { cert: string; key: string },
) {
  listener = await listen({
    place: { host: '127.0.0.1', port: 0 },
    certificate: identity && (await certificateOf(identity)),
    limits: { ...SERVICE_LIMITS, ...limits },
    handler,
    onTurnedAway: (why) => away.push(why),
  });
  const { port } = listener.place;
  return { port, url: `http${identity ? 's' : ''}://127.0.0.1:${port}/`, listener };
}

async function certificateOf({ cert, key }: { cert: string; key: string }) {
  const name = `${cert.length}-${cert.slice(200, 220).replace(/\W/g, '')}`;
  return readCertificate({
    certFile: await file(`${name}.cert`, cert),
    keyFile: await file(`${name}.key`, key),
  });
}

/** Connections that say this and then nothing more. */
async function hold(port: number, count: number, text = ''): Promise<void> {
  for (let index = 0; index < count; index++) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(text);
  }
}

test('answers, and says where it listens', async () => {
  const { url } = await start();
  expect(await get(url)).toMatchObject({ status: 200, text: 'hello' });
});

test('a place that is taken is one clear line', async () => {
  const { port } = await start();
  await expect(
    listen({
      place: { host: '127.0.0.1', port },
      certificate: undefined,
      limits: SERVICE_LIMITS,
      handler: hello,
      onTurnedAway: () => undefined,
    }),
  ).rejects.toMatchObject({
    code: 'service-listen',
    message: `cannot listen on 127.0.0.1:${port}: EADDRINUSE`,
  });
});

test.each([
  ['no protocol at all', 'hello\r\n\r\n', 400, 'malformed'],
  ['a header too large', `GET / HTTP/1.1\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`, 431, 'malformed'],
  ['a URL too large', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`, 431, 'malformed'],
  [
    'two lengths',
    'GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
    400,
    'malformed',
  ],
  [
    'length and chunks',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
    'malformed',
  ],
  ['a tunnel', 'CONNECT registry.example:443 HTTP/1.1\r\nhost: registry.example:443\r\n\r\n', 405, 'connect'],
])('%s is refused and the connection ended', async (_, text, status, why) => {
  const { port } = await start();
  expect(await converse(port, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(away).toEqual([why]);
});

test('headers that never end are not waited for, and others are answered meanwhile', async () => {
  const { port, url } = await start({ headersMs: 300, checkMs: 50 });
  await hold(port, 40, 'GET / HTTP/1.1\r\nx-slow: ');
  expect(await get(url)).toMatchObject({ status: 200 });
  await until(() => away.length === 40);
  expect(new Set(away)).toEqual(new Set(['timeout']));
  await until(() => listener!.connections === 0);
});

test('a body that never ends is not waited for', async () => {
  const { port } = await start({ headersMs: 200, requestMs: 300, checkMs: 50 }, (request, response) => {
    request.on('end', () => response.end('all of it'));
    request.resume();
  });
  await converse(port, 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc');
  expect(away).toEqual(['timeout']);
});

test('an answer that takes too long is broken off', async () => {
  const { port } = await start({ answerMs: 200 }, (_request, response) => void response.write('begun'));
  expect(await converse(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')).toContain('begun');
});

test('one address gets its share of the connections, and not those of others', async () => {
  const { port, listener } = await start({ connectionsMax: 20, connectionsOfOneMax: 5 });
  await hold(port, 9);
  await until(() => away.length === 4);
  expect(new Set(away)).toEqual(new Set(['connections-of-one']));
  expect(listener.connections).toBe(5);
});

test('more connections than there are places are turned away', async () => {
  const { port, listener } = await start({ connectionsMax: 3, connectionsOfOneMax: 50 });
  await hold(port, 8);
  await until(() => away.length === 5);
  expect(new Set(away)).toEqual(new Set(['connections']));
  expect(listener.connections).toBe(3);
});

test('connections kept open for nothing make room for those that want something', async () => {
  const { port, url } = await start({ connectionsMax: 50, connectionsOfOneMax: 4 });
  await hold(port, 3, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await until(() => sockets.every(({ bytesRead }) => bytesRead > 0));
  for (let index = 0; index < 4; index++) expect(await get(url)).toMatchObject({ status: 200 });
  expect(away).toEqual([]);
});

test('stopping waits for the answer under way, and takes no more', async () => {
  let finish: () => void = () => undefined;
  const { url, port, listener } = await start({}, (_request, response) => {
    response.write('begun ');
    finish = () => response.end('and done');
  });
  await hold(port, 2);
  const under = get(url, { headers: { connection: 'keep-alive' } });
  await until(() => listener.connections === 3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const stopped = listener.stop(10_000);
  await expect(get(url)).rejects.toThrow(/ECONNREFUSED|ECONNRESET/);
  for (const socket of sockets) socket.destroy();
  finish();
  expect(await under).toMatchObject({ status: 200, text: 'begun and done' });
  expect(await stopped).toBe(0);
});

test('stopping does not wait for ever', async () => {
  const { port, listener } = await start({}, (_request, response) => void response.write('begun'));
  await hold(port, 2, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await until(() => sockets.every(({ bytesRead }) => bytesRead > 0));
  expect(await listener.stop(100)).toBe(2);
});

test('TLS, with another certificate from one connection to the next', async () => {
  const [first, second] = [tlsIdentity('localhost'), tlsIdentity('localhost')];
  const { url, listener } = await start({}, hello, first);
  expect(listener.secure).toBe(true);
  const by = (ca: string) => secure(url, ca);
  expect(await by(first.ca)).toBe('hello');
  await expect(by(second.ca)).rejects.toThrow(/certificate|self.signed/i);
  listener.replaceCertificate(await certificateOf(second));
  expect(await by(second.ca)).toBe('hello');
  await expect(by(first.ca)).rejects.toThrow(/certificate|self.signed/i);
});

test('what is no TLS is no reason to stop', async () => {
  const identity = tlsIdentity('localhost');
  const { port, url } = await start({}, hello, identity);
  await converse(port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n');
  await until(() => away.includes('tls'));
  expect(await secure(url, identity.ca)).toBe('hello');
});

test('a TLS handshake that never ends is not waited for', async () => {
  const { port, listener } = await start({ headersMs: 200 }, hello, tlsIdentity('localhost'));
  await hold(port, 5);
  await until(() => listener.connections === 0);
  expect(new Set(away)).toEqual(new Set(['tls']));
});

function secure(url: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    https
      .get(url, { ca, servername: 'localhost', agent: false }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.once('end', () => resolve(text));
      })
      .once('error', reject);
  });
}
