import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { NpmOptions } from '../../src/registry/npmrc.ts';
import { createRequests } from '../../src/registry/requests.ts';
import { createStreams, type Streams } from '../../src/registry/streams.ts';

interface Served {
  readonly url: string;
  readonly seen: http.IncomingMessage[];
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  close(): Promise<void>;
}

async function serve(): Promise<Served> {
  const served: { -readonly [K in keyof Served]: Served[K] } = {
    url: '',
    seen: [],
    answer: (_, response) => response.end('ok'),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  const server = http.createServer((request, response) => {
    served.seen.push(request);
    served.answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  served.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return served;
}

let own: Served;
let other: Served;
let npm: NpmOptions;
const open: Streams[] = [];
beforeAll(async () => {
  [own, other] = [await serve(), await serve()];
  const token = `${own.url.replace('http:', '')}:_authToken`;
  npm = {
    registry: own.url,
    basic: new Map(),
    flat: { registry: own.url, [token]: 'secret' },
    userAgent: 'test',
    maxSockets: undefined,
    retries: 0,
    timeoutMs: 1_000,
  } as unknown as NpmOptions;
});
beforeEach(() => {
  for (const served of [own, other]) {
    served.seen.length = 0;
    served.answer = (_, response) => response.end('ok');
  }
});
afterAll(async () => {
  for (const streams of open) streams.close();
  await own.close();
  await other.close();
});

function streamsOf(): Streams {
  const streams = createStreams(npm, { concurrency: 2, headMs: 200, idleMs: 200, transferMs: 1_000 });
  open.push(streams);
  return streams;
}
function get(url: string, signal = new AbortController().signal, bytesMax = 100): Promise<string> {
  return streamsOf().open(url, { method: 'GET', headers: {}, signal }, async (answer) =>
    Buffer.from(await answer.whole(bytesMax)).toString(),
  );
}

describe('credentials', () => {
  test('go to the host they are for', async () => {
    expect(await get(`${own.url}app`)).toBe('ok');
    expect(own.seen[0]?.headers.authorization).toBe('Bearer secret');
  });
  test('and not along with a redirect', async () => {
    own.answer = (_, response) => response.writeHead(302, { location: `${other.url}blob` }).end();
    expect(await get(`${own.url}app`)).toBe('ok');
    expect(own.seen[0]?.headers.authorization).toBe('Bearer secret');
    expect(other.seen[0]?.headers.authorization).toBeUndefined();
  });
});

test.each([
  ['file:///etc/passwd', /another protocol/],
  ['', /nowhere/],
])('a redirect to "%s" ends there', async (location, expected) => {
  own.answer = (_, response) => response.writeHead(302, location === '' ? {} : { location }).end();
  await expect(get(`${own.url}app`)).rejects.toThrow(expected);
});

test('redirects in a circle end', async () => {
  own.answer = (_, response) => response.writeHead(302, { location: '/app' }).end();
  await expect(get(`${own.url}app`)).rejects.toThrow(/too many redirects/);
});

describe('bounds', () => {
  test('on what is announced, and on what comes', async () => {
    own.answer = (_, response) => response.end('x'.repeat(101));
    await expect(get(`${own.url}app`)).rejects.toMatchObject({ kind: 'too-large' });
    own.answer = (_, response) => {
      response.write('x'.repeat(60));
      response.end('x'.repeat(60));
    };
    await expect(get(`${own.url}app`)).rejects.toMatchObject({ kind: 'too-large' });
  });
  test('on silence before the answer, and in the middle of it', async () => {
    own.answer = () => undefined;
    await expect(get(`${own.url}app`)).rejects.toThrow(/no answer within/);
    own.answer = (_, response) => {
      response.write('x');
    };
    await expect(get(`${own.url}app`)).rejects.toThrow(/nothing more within/);
  });
  test('on an answer that breaks off', async () => {
    own.answer = (_, response) => {
      response.writeHead(200, { 'content-length': 10 }).write('x');
      setTimeout(() => response.destroy(), 20);
    };
    await expect(get(`${own.url}app`)).rejects.toMatchObject({ kind: 'unreachable' });
  });
  test('by whoever does not want it any more', async () => {
    const gone = new AbortController();
    own.answer = () => gone.abort(new Error('gone'));
    await expect(get(`${own.url}app`, gone.signal)).rejects.toThrow('gone');
  });
});

test('a host that failed eight times is left alone, and asked again after a minute', async () => {
  let now = 0;
  const requests = createRequests(npm, {
    concurrency: 1,
    backoffMs: { min: 1, max: 1 },
    clock: () => now,
  });
  const ask = (): Promise<unknown> => requests.get(`${own.url}app`, { bytesMax: 10, accept: '*/*' });
  own.answer = (_, response) => response.writeHead(503).end();
  for (let i = 0; i < 10; i++) await ask();
  expect(own.seen).toHaveLength(8);
  own.answer = (_, response) => response.end('ok');
  now = 59_000;
  expect(await ask()).toMatchObject({ status: 503 });
  now = 60_000;
  expect(await ask()).toMatchObject({ status: 200 });
  requests.close();
});
