import http from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { VerifyDepsError } from '../../../src/core/errors.ts';
import type { Gate } from '../../../src/gate.ts';
import { ask, type Setup, setUp } from './support.ts';

const TARBALL = '/app/-/app-1.2.0.tgz';

let setup: Setup;
let judge: Gate['judge'] | undefined;
beforeAll(async () => {
  setup = await setUp('sound', {
    limits: { headMs: 300, idleMs: 300, transferMs: 2_000, memoryBytesMax: 64 },
  });
});
afterEach(() => {
  setup.lab.served.server.set({ fail: '', latency: 0 });
  setup.lab.served.server.overrides.clear();
  judge = undefined;
});
afterAll(() => setup.close());

describe('a registry that fails', () => {
  test.each([
    ['503:1', 502],
    ['reset:1', 502],
    ['truncate:1', 502],
    ['hang:1', 504],
    ['429:1', 429],
    ['404:1', 404],
    ['401:1', 401],
  ])('%s becomes %i in a bounded time, for tarballs and packuments', async (fail, status) => {
    setup.lab.served.server.set({ fail, failOn: 'packument,tarball' });
    for (const path of [TARBALL, '/app']) {
      const answer = await ask(setup.proxy, path);
      expect(answer.status, answer.reason).toBe(status);
      expect(answer.json().error).toMatch(/^verify-deps: /);
    }
    expect(setup.proxy.stats.spoolBytes).toBe(0);
  });

  test('is asked again when the client asks again', async () => {
    setup.lab.served.server.set({ fail: '503:1', failOn: 'tarball' });
    expect((await ask(setup.proxy, TARBALL)).status).toBe(502);
    setup.lab.served.server.set({ fail: '' });
    expect((await ask(setup.proxy, TARBALL)).status).toBe(200);
  });

  test.each([
    ['packument', 'full app', '[]'],
    ['packument', 'full app', 'not JSON'],
    ['packument', 'full app', '{"name":"deep","versions":{}}'],
    ['packument', 'full app', '{"name":"app","versions":{},"versions":{}}'],
  ])('with a %s that is none', async (_, key, body) => {
    setup.lab.served.server.overrides.set(key, { body: Buffer.from(body), ct: 'application/json' });
    expect((await ask(setup.proxy, '/app')).status).toBe(502);
  });

  test('that sends other bytes than were proven is stopped', async () => {
    const body = Buffer.from('something else entirely');
    setup.lab.served.server.overrides.set('tarball deep@1.2.0', { body });
    const answer = await ask(setup.proxy, '/deep/-/deep-1.2.0.tgz');
    expect(answer.status).toBe(403);
    expect(answer.reason).toMatch(/integrity-mismatch|tarball-mismatch/);
  });
});

test('a tarball that is asked for by many at once is fetched and judged once', async () => {
  setup.lab.served.server.reset();
  setup.decisions.length = 0;
  setup.lab.served.server.set({ latency: 50 });
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => ask(setup.proxy, '/mallory/-/mallory-1.2.0.tgz')),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  expect(new Set(answers.map(({ body }) => body.toString('base64'))).size).toBe(1);
  expect(setup.lab.served.server.stats().byClass.tarball?.requests).toBe(1);
  expect(setup.decisions).toHaveLength(1);
  await expect.poll(() => setup.proxy.stats.spoolBytes).toBe(0);
});

test('a client that goes away ends what was asked for it', async () => {
  setup.lab.served.server.set({ latency: 200 });
  setup.records.length = 0;
  await new Promise<void>((resolve) => {
    const request = http.get(`${setup.proxy.url}extra/-/extra-1.1.0.tgz`);
    request.on('error', () => resolve());
    setTimeout(() => request.destroy(), 50);
  });
  await expect.poll(() => setup.records).toContainEqual(expect.objectContaining({ status: 499 }));
  expect(setup.decisions.some(({ name }) => name === 'extra')).toBe(false);
  await expect.poll(() => setup.proxy.stats).toMatchObject({ active: 0, spoolBytes: 0 });
});

describe('a gate that fails', () => {
  test.each([
    [
      'says why',
      new VerifyDepsError('trust-root-unreachable', 'no trust root', { hint: 'look' }),
      /no trust root/,
    ],
    ['or is broken', new TypeError('x'), /the verifier failed/],
  ])('%s, and stops the package', async (_, error, expected) => {
    judge = () => Promise.reject(error);
    const gate = { ...setup.gate, judge } as Gate;
    const broken = await setUp('sound', { gate: () => gate });
    try {
      const answer = await ask(broken.proxy, TARBALL);
      expect(answer.status).toBe(403);
      expect(answer.reason).toMatch(expected);
      expect(broken.decisions).toContainEqual(expect.objectContaining({ outcome: 'undecided' }));
    } finally {
      await broken.close();
    }
  });
});

test('bounds hold: a tarball that is too large, and too many at a time', async () => {
  const small = await setUp('sound', { limits: { tarballBytesMax: 100 } });
  const narrow = await setUp('sound', { limits: { spoolBytesMax: 100 } });
  try {
    expect((await ask(small.proxy, TARBALL)).status).toBe(403);
    const { status, headers } = await ask(narrow.proxy, TARBALL);
    expect([status, headers['retry-after']]).toEqual([503, '1']);
    expect(narrow.proxy.stats.spoolBytes).toBe(0);
  } finally {
    await small.close();
    await narrow.close();
  }
});
