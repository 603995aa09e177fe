/** What has to hold of an answer whichever way it comes: directly, or over npm's agent. */
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import https from 'node:https';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { createDirect } from '../../src/registry/direct.ts';
import { exchange } from '../../src/registry/exchange.ts';
import type { Exchange, ExchangeOptions, UnderWay } from '../../src/registry/receiver.ts';
import { throughAgent } from '../../src/registry/through-agent.ts';
import type { Transport } from '../../src/registry/transport.ts';
import { tlsIdentity } from '../support/rig/sigstore.mjs';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

type Handler = (socket: Socket, request: string, connection: number) => void;

interface RawServer {
  readonly url: URL;
  readonly requests: string[];
  readonly connections: () => number;
}

/** A server that says whatever it likes to each request. */
async function serve(handle: Handler, identity?: tls.TlsOptions): Promise<RawServer> {
  const requests: string[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  const onSocket = (socket: Socket): void => {
    const connection = ++connections;
    let text = '';
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\r\n\r\n'); end >= 0; end = text.indexOf('\r\n\r\n')) {
        const request = text.slice(0, end + 4);
        text = text.slice(end + 4);
        requests.push(request);
        handle(socket, request, connection);
      }
    });
  };
  const server = identity === undefined ? createServer(onSocket) : tls.createServer(identity, onSocket);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const url = new URL(identity === undefined ? `http://127.0.0.1:${port}/` : `https://localhost:${port}/`);
  return { url, requests, connections: () => connections };
}

type Make = (
  url: URL,
  more?: { readonly idleMs?: number; readonly ca?: string; readonly strictSSL?: boolean },
) => Transport;

const WAYS: readonly { readonly way: string; readonly make: Make }[] = [
  {
    way: 'directly',
    make(url, { idleMs = 5_000, ca, strictSSL = true } = {}) {
      const transport = createDirect(url, {
        ca,
        cert: undefined,
        key: undefined,
        localAddress: '127.0.0.1',
        strictSSL,
        idleMs,
      });
      closers.push(() => transport.close());
      return transport;
    },
  },
  {
    way: 'over an agent',
    make(url, { ca, strictSSL = true } = {}) {
      const settings = { keepAlive: true, localAddress: '127.0.0.1' };
      const agent =
        url.protocol === 'https:'
          ? new https.Agent({ ...settings, ca, rejectUnauthorized: strictSSL })
          : new http.Agent(settings);
      closers.push(() => agent.destroy());
      return throughAgent(agent);
    },
  },
];

const underWay: UnderWay = new Set();

function ask(transport: Transport, url: URL, more: Partial<ExchangeOptions> = {}): Promise<Exchange> {
  return exchange(
    transport,
    { url, accept: 'application/json', userAgent: 'test', authorization: undefined },
    { bytesMax: 100_000, headMs: 5_000, transferMs: 5_000, ...more },
    underWay,
  );
}

const headed = (body: string | Buffer, ...fields: readonly string[]): Buffer =>
  Buffer.concat([
    Buffer.from(`${['HTTP/1.1 200 OK', `content-length: ${body.length}`, ...fields].join('\r\n')}\r\n\r\n`),
    Buffer.from(body),
  ]);
/** A compressed body in one chunk. */
const inChunks = (body: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n'),
    Buffer.from(`${body.length.toString(16)}\r\n`),
    body,
    Buffer.from('\r\n0\r\n\r\n'),
  ]);
const text = (answer: Exchange): string => Buffer.from(answer.body).toString();

describe.each(WAYS)('an answer that comes $way', ({ make }) => {
  const answerTo = async (handle: Handler, more: Partial<ExchangeOptions> = {}, idleMs?: number) => {
    const server = await serve(handle);
    const answer = ask(make(server.url, { ...(idleMs === undefined ? {} : { idleMs }) }), server.url, more);
    return answer;
  };

  test('is asked for as npm would ask, without a body', async () => {
    const server = await serve((socket) => socket.write(headed('ok')));
    const url = new URL('a%20b?c=d', server.url);
    await exchange(
      make(server.url),
      { url, accept: 'application/json', userAgent: 'npm/9', authorization: 'Bearer x' },
      { bytesMax: 10, headMs: 5_000, transferMs: 5_000 },
      underWay,
    );
    const lines = server.requests[0]!.toLowerCase().split('\r\n');
    expect(lines[0]).toBe('get /a%20b?c=d http/1.1');
    expect(lines.slice(1).filter(Boolean).toSorted()).toEqual(
      [
        'accept-encoding: gzip',
        'accept: application/json',
        'authorization: bearer x',
        'connection: keep-alive',
        `host: ${server.url.host}`,
        'user-agent: npm/9',
      ].toSorted(),
    );
  });

  test.each<[string, Buffer]>([
    ['plain', headed('{"a":1}')],
    ['gzip', headed(gzipSync('{"a":1}'), 'content-encoding: gzip')],
    ['x-gzip', headed(gzipSync('{"a":1}'), 'content-encoding: X-GZIP')],
    ['deflate', headed(deflateSync('{"a":1}'), 'content-encoding: deflate')],
    ['br', headed(brotliCompressSync('{"a":1}'), 'content-encoding: br')],
    ['identity', headed('{"a":1}', 'content-encoding: identity')],
    [
      'chunked',
      Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'),
    ],
  ])('is decoded: %s, whole or in pieces', async (_, bytes) => {
    const whole = await answerTo((socket) => socket.write(bytes));
    expect([whole.status, text(whole)]).toEqual([200, '{"a":1}']);
    const pieces = await answerTo(async (socket) => {
      for (const byte of bytes) {
        socket.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    });
    expect([pieces.status, text(pieces), pieces.received]).toEqual([200, '{"a":1}', whole.received]);
  });

  test('may be long', async () => {
    const body = Buffer.from(Array.from({ length: 90_000 }, (_, i) => String(i % 7)).join(''));
    const noise = randomBytes(90_000);
    for (const encoded of [headed(body), headed(gzipSync(body), 'content-encoding: gzip')]) {
      expect(text(await answerTo((socket) => socket.write(encoded)))).toBe(body.toString());
    }
    // More than is decoded on the main thread.
    const answer = await answerTo((socket) =>
      socket.write(headed(gzipSync(noise), 'content-encoding: gzip')),
    );
    expect(Buffer.compare(answer.body, noise)).toBe(0);
    expect(answer.received).toBeGreaterThan(65_536);
  });

  test('does not hold on to more memory than it has bytes', async () => {
    const body = Buffer.alloc(10_000, 0x61);
    for (const encoded of [headed(body), headed(gzipSync(body), 'content-encoding: gzip')]) {
      const answer = await answerTo((socket) => socket.write(encoded));
      expect(answer.body.length).toBe(10_000);
      expect(answer.body.buffer.byteLength).toBeLessThan(12_000);
    }
  });

  test('is kept apart from the next one', async () => {
    const server = await serve((socket, request) => socket.write(headed(request.split(' ')[1]!)));
    const transport = make(server.url);
    const kept: Exchange[] = [];
    for (let i = 0; i < 20; i++) kept.push(await ask(transport, new URL(`${i}`, server.url)));
    expect(kept.map(text)).toEqual(Array.from({ length: 20 }, (_, i) => `/${i}`));
    expect(server.connections()).toBe(1);
    const many = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(transport, new URL(`${i}`, server.url))),
    );
    expect(many.map(text)).toEqual(kept.map(text));
  });

  test.each<[string, string]>([
    ['a length that is not reached', 'content-length: 10\r\n\r\nhello'],
    [
      'a length that is not reached, on a connection that ends',
      'connection: close\r\ncontent-length: 10\r\n\r\nhello',
    ],
    ['a chunk that is cut', 'transfer-encoding: chunked\r\n\r\n9\r\nhello'],
    ['no last chunk', 'transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n'],
    [
      'no last chunk, on a connection that ends',
      'connection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n',
    ],
  ])('counts as none with %s', async (_, rest) => {
    for (const end of ['end', 'resetAndDestroy'] as const) {
      const answer = answerTo((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => setTimeout(() => socket[end](), 10));
      });
      await expect(answer).rejects.toMatchObject({ kind: 'unreachable', retryable: true });
    }
  });

  test('may go on until the connection ends', async () => {
    const answer = await answerTo((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'));
    expect(text(answer)).toBe('hello');
  });

  test.each<[string, Handler, Partial<ExchangeOptions>, object]>([
    ['a host that hangs up', (socket) => socket.end(), {}, { reason: 'connection reset', retryable: true }],
    ['a reset', (socket) => socket.resetAndDestroy(), {}, { reason: 'connection reset', retryable: true }],
    [
      'half a head',
      (socket) => socket.end('HTTP/1.1 200 OK\r\ncon'),
      {},
      { kind: 'unreachable', retryable: true },
    ],
    [
      'no HTTP',
      (socket) => socket.write('220 hello\r\n\r\n'),
      {},
      { kind: 'invalid', reason: 'not HTTP', retryable: false },
    ],
    ['silence', () => undefined, { headMs: 30 }, { reason: 'no answer within 1 s', retryable: true }],
    [
      'silence after the head',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n'),
      { headMs: 30, transferMs: 30 },
      { reason: 'transfer not done within 1 s', retryable: true },
    ],
    [
      'hints and nothing else',
      (socket) => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'),
      { headMs: 30 },
      { retryable: true },
    ],
    [
      'a head that is too large',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`),
      {},
      { reason: 'headers too large', retryable: false },
    ],
    [
      'more than wanted, told',
      (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n'),
      { bytesMax: 100 },
      { kind: 'too-large' },
    ],
    [
      'more than wanted, not told',
      (socket) => socket.write(`HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(101)}`),
      { bytesMax: 100 },
      { kind: 'too-large' },
    ],
    [
      'a bomb',
      (socket) => socket.write(headed(gzipSync(Buffer.alloc(1_000_000)), 'content-encoding: gzip')),
      {},
      { kind: 'too-large' },
    ],
    [
      'a bomb that lies about its size',
      (socket) => {
        const bomb = gzipSync(Buffer.alloc(1_000_000));
        bomb.writeUInt32LE(7, bomb.length - 4);
        socket.write(headed(bomb, 'content-encoding: gzip'));
      },
      {},
      { kind: 'too-large' },
    ],
    [
      'broken compression',
      (socket) => socket.write(headed('hello', 'content-encoding: gzip')),
      {},
      { reason: 'broken compression', retryable: true },
    ],
    [
      'unfinished compression',
      (socket) => socket.write(headed(gzipSync('hello').subarray(0, 15), 'content-encoding: gzip')),
      {},
      { reason: 'broken compression', retryable: true },
    ],
    [
      'two encodings',
      (socket) => socket.write(headed('x', 'content-encoding: gzip, gzip')),
      {},
      { reason: 'unknown content encoding', retryable: false },
    ],
  ])('is none with %s', async (_, handle, more, expected) => {
    await expect(answerTo(handle, more)).rejects.toMatchObject(expected);
    expect(underWay.size).toBe(0);
  });

  test('of another status counts by that, whatever its body', async () => {
    for (const status of [204, 301, 404, 500]) {
      const answer = await answerTo((socket) =>
        socket.write(`HTTP/1.1 ${status} X\r\nlocation: /b\r\ncontent-length: 0\r\n\r\n`),
      );
      expect([answer.status, answer.body.length, answer.head.location]).toEqual([status, 0, '/b']);
    }
    const endless: Handler = (socket) => {
      socket.write('HTTP/1.1 403 No\r\ncontent-encoding: gzip\r\n\r\n');
      const more = (): void => {
        while (!socket.destroyed && socket.write(Buffer.alloc(65_536))) {}
      };
      socket.on('drain', more);
      more();
    };
    expect((await answerTo(endless)).status).toBe(403);
    const told = await answerTo((socket) =>
      socket.write('HTTP/1.1 503 No\r\nretry-after: 7\r\ndate: x\r\ncontent-length: 99999999\r\n\r\n'),
    );
    expect(told).toMatchObject({ status: 503, head: { retryAfter: '7', date: 'x' } });
    expect(underWay.size).toBe(0);
  });

  test('can be given up', async () => {
    const reason = new Error('stopped');
    const server = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'));
    const answer = ask(make(server.url), server.url);
    const refused = expect(answer).rejects.toBe(reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const receiver of underWay) receiver.abandon(reason);
    await refused;
    expect(underWay.size).toBe(0);
  });

  describe('into a sink', () => {
    const sinkOf = (enough: number) => {
      const seen: Buffer[] = [];
      return {
        seen,
        write(bytes: Uint8Array) {
          seen.push(Buffer.from(bytes));
          return Buffer.concat(seen).length < enough;
        },
      };
    };
    const body = randomBytes(3_000_000);
    const options = { bytesMax: 4_000_000 };

    test.each<[string, Buffer]>([
      ['plain', headed(body)],
      ['gzip', headed(gzipSync(body), 'content-encoding: gzip')],
      [
        'small, and large when decoded',
        headed(gzipSync(Buffer.alloc(3_000_000, 0x20)), 'content-encoding: gzip'),
      ],
      ['br', headed(brotliCompressSync(Buffer.alloc(3_000_000, 0x20)), 'content-encoding: br')],
      ['small, large when decoded, without a length', inChunks(gzipSync(Buffer.alloc(3_000_000, 0x20)))],
      ['small', headed(gzipSync('hello'), 'content-encoding: gzip')],
    ])('goes bit by bit: %s', async (_, bytes) => {
      const sink = sinkOf(Number.POSITIVE_INFINITY);
      const answer = await answerTo((socket) => socket.write(bytes), { ...options, sink });
      expect([answer.status, answer.body.length]).toEqual([200, 0]);
      const whole = Buffer.concat(sink.seen);
      expect([5, 3_000_000]).toContain(whole.length);
      if (whole.length > 5)
        expect(Math.max(...sink.seen.map(({ length }) => length))).toBeLessThanOrEqual(1_048_576);
    });

    test('is bounded when decoded', async () => {
      const bomb = headed(gzipSync(Buffer.alloc(9_000_000)), 'content-encoding: gzip');
      const sink = sinkOf(Number.POSITIVE_INFINITY);
      await expect(answerTo((socket) => socket.write(bomb), { ...options, sink })).rejects.toMatchObject({
        kind: 'too-large',
      });
      expect(Buffer.concat(sink.seen).length).toBeLessThanOrEqual(4_000_000);
    });

    test('is none where it breaks off', async () => {
      for (const bytes of [headed(body), headed(gzipSync(body), 'content-encoding: gzip')]) {
        const answer = answerTo((socket) => socket.end(bytes.subarray(0, -10_000)), {
          ...options,
          sink: sinkOf(9_000_000),
        });
        await expect(answer).rejects.toMatchObject({ retryable: true });
      }
      const short = headed(gzipSync(body).subarray(0, -9), 'content-encoding: gzip');
      await expect(
        answerTo((socket) => socket.write(short), { ...options, sink: sinkOf(9_000_000) }),
      ).rejects.toMatchObject({ reason: 'broken compression' });
      expect(underWay.size).toBe(0);
    });

    test('ends when it has enough: the connection with it if much is left, else not', async () => {
      const open: Socket[] = [];
      const slowly =
        (bytes: Buffer, first: number): Handler =>
        (socket) => {
          open.push(socket);
          socket.write(bytes.subarray(0, first));
          setTimeout(() => socket.write(bytes.subarray(first)), 50);
        };
      const large = await serve(slowly(headed(body), 5_000));
      await ask(make(large.url), large.url, { ...options, sink: sinkOf(1_000) });
      await expect.poll(() => open[0]!.destroyed || open[0]!.readableEnded).toBe(true);
      const small = await serve(slowly(headed(body.subarray(0, 20_000)), 5_000));
      const transport = make(small.url);
      await ask(transport, small.url, { ...options, sink: sinkOf(1_000) });
      await expect.poll(() => underWay.size).toBe(0);
      await ask(transport, small.url, { ...options, sink: sinkOf(1_000) });
      await expect.poll(() => underWay.size).toBe(0);
      expect(small.connections()).toBe(1);
    });

    test('is held up where it comes faster than it is taken', async () => {
      const bytes = inChunks(gzipSync(body));
      const server = await serve((socket) => socket.write(bytes));
      const transport = make(server.url);
      for (let i = 0; i < 3; i++) {
        const sink = sinkOf(Number.POSITIVE_INFINITY);
        await ask(transport, server.url, { ...options, sink });
        expect(Buffer.compare(Buffer.concat(sink.seen), body)).toBe(0);
      }
      expect(server.connections()).toBe(1);
    });
  });

  describe('over TLS', () => {
    const identity = tlsIdentity('localhost');
    const stranger = tlsIdentity('registry.example');

    test('is taken from whom the certificate names', async () => {
      const server = await serve((socket) => socket.write(headed('ok')), identity);
      const transport = make(server.url, { ca: identity.ca });
      expect(text(await ask(transport, server.url))).toBe('ok');
      expect(text(await ask(transport, server.url))).toBe('ok');
      expect(server.connections()).toBe(1);
      expect(server.requests[0]).toContain(`${server.url.host}\r\n`);
    });

    test.each(['TLSv1.2', 'TLSv1.3'] as const)(
      'is not taken from anybody else, who gets to see nothing, however often (%s)',
      async (version) => {
        const only = { minVersion: version, maxVersion: version };
        const unknown = await serve((socket) => socket.write(headed('ok')), { ...identity, ...only });
        const other = await serve((socket) => socket.write(headed('ok')), { ...stranger, ...only });
        const toUnknown = make(unknown.url, { ca: stranger.ca });
        const toOther = make(other.url, { ca: stranger.ca });
        for (let i = 0; i < 4; i++) {
          await expect(ask(toUnknown, unknown.url)).rejects.toMatchObject({
            kind: 'unreachable',
            reason: expect.stringMatching(/^TLS: /),
            retryable: false,
          });
          await expect(ask(toOther, other.url)).rejects.toMatchObject({
            reason: 'TLS: ERR_TLS_CERT_ALTNAME_INVALID',
          });
        }
        expect([...unknown.requests, ...other.requests]).toEqual([]);
      },
    );

    test('counts as none where it breaks off, and may go on until the connection ends', async () => {
      const cut = await serve(
        (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'),
        identity,
      );
      await expect(ask(make(cut.url, { ca: identity.ca }), cut.url)).rejects.toMatchObject({
        retryable: true,
      });
      const open = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nhello'), identity);
      expect(text(await ask(make(open.url, { ca: identity.ca }), open.url))).toBe('hello');
    });

    test('is taken from anybody where npm is told so', async () => {
      const other = await serve((socket) => socket.write(headed('ok')), stranger);
      expect(text(await ask(make(other.url, { strictSSL: false }), other.url))).toBe('ok');
    });
  });
});

describe('a direct connection', () => {
  const direct = WAYS[0]!.make;

  test('that was kept too long is made again, once, and nobody waits', async () => {
    const server = await serve((socket, _request, connection) => {
      socket.write(headed(String(connection)));
    });
    const transport = direct(server.url);
    expect(text(await ask(transport, server.url))).toBe('1');
    expect(text(await ask(transport, server.url))).toBe('1');
    const closing = await serve((socket, _request, connection) => {
      // Each connection answers once, and hangs up at the next question.
      if (socket.bytesWritten > 0) socket.destroy();
      else socket.write(headed(String(connection)));
    });
    const again = direct(closing.url);
    for (const expected of ['1', '2', '3']) expect(text(await ask(again, closing.url))).toBe(expected);
    expect(closing.requests).toHaveLength(5);
  });

  test('that the host closes is not used again', async () => {
    const server = await serve((socket, _request, connection) => {
      socket.end(headed(String(connection)));
    });
    const transport = direct(server.url);
    expect(text(await ask(transport, server.url))).toBe('1');
    expect(text(await ask(transport, server.url))).toBe('2');
  });

  test.each([
    ['says so', 'connection: close', ''],
    ['keeps it for a second only', 'keep-alive: timeout=1', ''],
    ['sends more than was asked for', 'x: y', 'HTTP/1.1 200 OK\r\n\r\n'],
  ])('is not used again where the host %s', async (_, field, rest) => {
    const server = await serve((socket, _request, connection) => {
      socket.write(Buffer.concat([headed(String(connection), field), Buffer.from(rest)]));
    });
    const transport = direct(server.url);
    expect(text(await ask(transport, server.url))).toBe('1');
    expect(text(await ask(transport, server.url))).toBe('2');
  });

  test('on which something comes that nobody asked for is not used again', async () => {
    const server = await serve((socket, _request, connection) => {
      socket.write(headed(String(connection)));
      setTimeout(() => socket.write(headed('stray')), 10);
    });
    const transport = direct(server.url);
    expect(text(await ask(transport, server.url))).toBe('1');
    await new Promise((resolve) => setTimeout(resolve, 40));
    expect(text(await ask(transport, server.url))).toBe('2');
  });

  test('on which nothing moves is given up', async () => {
    const server = await serve((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhello'));
    await expect(ask(direct(server.url, { idleMs: 50 }), server.url)).rejects.toMatchObject({
      reason: 'connection idle for too long',
      retryable: true,
    });
  });

  test('is refused to a client without the certificate that npm has for the host', async () => {
    const identity = tlsIdentity('localhost');
    const client = tlsIdentity('client');
    const server = tls.createServer(
      { ...identity, ca: [client.ca], requestCert: true, rejectUnauthorized: false },
      (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () =>
          socket.write(headed(String(socket.getPeerCertificate().subject?.CN ?? 'nobody'))),
        );
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = new URL(`https://localhost:${(server.address() as AddressInfo).port}/`);
    const rest = { ca: identity.ca, localAddress: undefined, strictSSL: true, idleMs: 5_000 };
    const bare = createDirect(url, { ...rest, cert: undefined, key: undefined });
    const known = createDirect(url, { ...rest, cert: client.cert, key: client.key });
    expect(text(await ask(bare, url))).toBe('nobody');
    expect(text(await ask(known, url))).toBe('client');
    bare.close();
    known.close();
    server.close();
  });

  test('with a header that cannot be sent is not made', async () => {
    const server = await serve((socket) => socket.write(headed('ok')));
    const request = { url: server.url, accept: '*/*', userAgent: 'a\r\nx: y', authorization: undefined };
    const options = { bytesMax: 10, headMs: 1_000, transferMs: 1_000 };
    await expect(exchange(direct(server.url), request, options, underWay)).rejects.toMatchObject({
      reason: 'a header from .npmrc is not printable',
    });
    expect(server.connections()).toBe(0);
    expect(underWay.size).toBe(0);
  });

  test('is used by one request at a time', async () => {
    const server = await serve((socket, request) => {
      setTimeout(() => socket.write(headed(request.split(' ')[1]!)), 20);
    });
    const transport = direct(server.url);
    const asked = [0, 1, 2].map((i) => ask(transport, new URL(`${i}`, server.url)));
    expect((await Promise.all(asked)).map(text)).toEqual(['/0', '/1', '/2']);
    expect(server.connections()).toBe(3);
  });
});
