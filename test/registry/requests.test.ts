import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { NpmOptions } from '../../src/registry/npmrc.ts';
import { createRequests, type Requests } from '../../src/registry/requests.ts';
import { json, npmOptions, startServer, type TestServer } from './server.ts';

let server: TestServer;
const open: Requests[] = [];
beforeAll(async () => {
  server = await startServer();
});
afterEach(() => {
  for (const requests of open.splice(0)) requests.close();
  server.seen.length = 0;
});
afterAll(() => server.close());

function requestsOf(
  npm: Partial<NpmOptions> = {},
  backoffMs = { min: 1, max: 2 },
  concurrency = 8,
): Requests {
  const requests = createRequests(npmOptions(server.url, npm), { concurrency, backoffMs });
  open.push(requests);
  return requests;
}
const options = { bytesMax: 1_000, accept: '*/*' };
const asked = (path: string): number => server.seen.filter((seen) => seen.path === path).length;

describe('a question that fails', () => {
  /** `/bad` fails for so many times; everything else is answered. */
  const flaky = (failures: number): void => {
    let left = failures;
    server.handle = (request, response) => {
      if (request.url === '/bad' && left-- > 0) response.writeHead(503).end();
      else json(response, {});
    };
  };
  const meanwhile = async (requests: Requests): Promise<unknown> => {
    const bad = requests.get(`${server.url}bad`, options);
    for (let i = 0; i < 40; i++) await requests.get(`${server.url}good`, options);
    return bad;
  };

  test('is asked again as often as npm would where the host answers nothing', async () => {
    flaky(99);
    expect(await requestsOf().get(`${server.url}bad`, options)).toMatchObject({ status: 503 });
    expect(asked('/bad')).toBe(3);
  });

  test('is asked again more often where the host answers others meanwhile', async () => {
    flaky(5);
    const requests = requestsOf({}, { min: 5, max: 5 });
    expect(await meanwhile(requests)).toMatchObject({ status: 200 });
    expect(asked('/bad')).toBe(6);
  });

  test('is given up at last', async () => {
    flaky(99);
    const requests = requestsOf({}, { min: 5, max: 5 });
    expect(await meanwhile(requests)).toMatchObject({ status: 503 });
    expect(asked('/bad')).toBe(6);
  });

  test('at a host that answers nothing is not asked at all, until a minute has passed or the clock was set back', async () => {
    server.handle = (_, response) => response.writeHead(503).end();
    let now = 1e12;
    const requests = createRequests(npmOptions(server.url, { retries: 0 }), {
      concurrency: 8,
      backoffMs: { min: 1, max: 2 },
      clock: () => now,
    });
    open.push(requests);
    const ask = (): Promise<unknown> => requests.get(`${server.url}bad`, options);
    for (let i = 0; i < 9; i++) await ask();
    expect(asked('/bad')).toBe(8);
    now += 59_999;
    await ask();
    expect(asked('/bad')).toBe(8);
    now -= 86_400_000;
    await ask();
    expect(asked('/bad')).toBe(9);
  });

  test('is not asked again where npm is told so', async () => {
    flaky(99);
    expect(await meanwhile(requestsOf({ retries: 0 }))).toMatchObject({ status: 503 });
    expect(asked('/bad')).toBe(1);
  });
});

describe('what is waited for', () => {
  test('is told while a host asks for patience', async () => {
    let limited = 0;
    server.handle = (_, response) => {
      if (limited++ === 0) response.writeHead(429, { 'retry-after': '1' }).end();
      else json(response, {});
    };
    const requests = requestsOf();
    expect(requests.waiting()).toBeUndefined();
    const answer = requests.get(server.url, options);
    await expect
      .poll(() => requests.waiting())
      .toMatchObject({
        host: new URL(server.url).host,
        reason: 'too many requests',
      });
    const left = requests.waiting()!.until - Date.now();
    expect(left > 0 && left <= 1_000).toBe(true);
    expect(await answer).toMatchObject({ status: 200 });
    expect(requests.waiting()).toBeUndefined();
  });

  test('is told before the next attempt', async () => {
    server.handle = (_, response) => response.writeHead(503, { 'retry-after': '30' }).end();
    const stop = new AbortController();
    const requests = createRequests(
      npmOptions(server.url),
      { concurrency: 1, backoffMs: { min: 1, max: 1 } },
      stop.signal,
    );
    const answer = requests.get(server.url, options).catch((error: unknown) => error);
    await expect.poll(() => requests.waiting()).toMatchObject({ reason: 'status 503' });
    stop.abort();
    expect(await answer).toBe(stop.signal.reason);
    requests.close();
  });
});

describe('a sink', () => {
  test('is a new one for each attempt', async () => {
    let tries = 0;
    server.handle = (_, response) => {
      if (tries++ > 0) {
        response.end('whole');
        return;
      }
      response.writeHead(200, { 'content-length': '9' });
      response.write('half', () => response.destroy());
    };
    const sinks: string[] = [];
    const sink = () => {
      const at = sinks.push('') - 1;
      return {
        write(bytes: Uint8Array) {
          sinks[at] += Buffer.from(bytes).toString();
          return true;
        },
      };
    };
    const reply = await requestsOf().get(server.url, { ...options, sink });
    expect(reply).toMatchObject({ status: 200 });
    expect(sinks).toEqual(['half', 'whole']);
  });
});

test('what is under way ends when nobody wants it any more', async () => {
  server.handle = () => undefined;
  const requests = requestsOf({ retries: 0 });
  const answer = requests.get(server.url, options);
  await expect.poll(() => server.seen.length).toBe(1);
  requests.close();
  expect(await answer).toMatchObject({ status: undefined, reason: 'closed' });
});

test('nothing is asked again, and nobody new, once nobody wants an answer any more', async () => {
  server.handle = (_, response) => {
    response.statusCode = 503;
    response.end();
  };
  const requests = requestsOf({ retries: 9 }, { min: 60_000, max: 60_000 });
  const answer = requests.get(server.url, options);
  await expect.poll(() => server.seen.length).toBe(1);
  // Long enough for the answer to be there, and for the pause to have begun.
  await new Promise((resolve) => setTimeout(resolve, 50));
  requests.close();
  expect(await answer).toMatchObject({ status: undefined, reason: 'closed' });
  expect(await requests.get(server.url, options)).toMatchObject({ status: undefined, reason: 'closed' });
  expect(server.seen).toHaveLength(1);
});

test('a host that refuses a few is asked for fewer at a time, also where most are answered', async () => {
  let open = 0;
  let held: (() => void)[] | undefined = [];
  const since: number[] = [];
  server.handle = (_, response) => {
    open++;
    response.once('finish', () => open--);
    const answer = (): void => void setTimeout(() => json(response, {}), 5);
    if (held === undefined) {
      since.push(open);
      answer();
      return;
    }
    // As many as it begins with: the last of them is one too many.
    if (held.push(answer) < 48) return;
    held.pop();
    for (const go of held.splice(0)) go();
    held = undefined;
    response.writeHead(429, { 'retry-after': '0' }).end();
  };
  const requests = requestsOf({}, undefined, 64);
  await Promise.all(Array.from({ length: 140 }, () => requests.get(server.url, options)));
  expect(since).toHaveLength(140 - 47);
  expect(Math.max(...since.slice(-40))).toBeLessThanOrEqual(24);
  requests.close();
});

test('what all packages wait for is asked before what waits for a place', async () => {
  const held: (() => void)[] = [];
  server.handle = (_, response) => void held.push(() => json(response, {}));
  const requests = requestsOf({}, undefined, 1);
  const ask = (what: string, strict: boolean): Promise<unknown> =>
    requests.get(`${server.url}${what}`, { ...options, strict });
  const all = [ask('a', false), ask('b', false), ask('trust', true)];
  for (let i = 1; i <= 3; i++) {
    await expect.poll(() => held.length).toBe(i);
    held.at(-1)!();
  }
  await Promise.all(all);
  expect(server.seen.map(({ path }) => path)).toEqual(['/a', '/trust', '/b']);
  requests.close();
});

test('credentials in a URL are sent where there are no others', async () => {
  server.handle = (_, response) => json(response, {});
  const url = server.url.replace('//', '//u%40x:p@');
  await requestsOf().get(url, options);
  const own = { flat: { [`//127.0.0.1:${server.port}/:_authToken`]: 'secret' } };
  await requestsOf(own).get(url, options);
  const basic = `Basic ${Buffer.from('u@x:p').toString('base64')}`;
  expect(server.seen.map((seen) => seen.headers.authorization)).toEqual([basic, 'Bearer secret']);
});
