/** A registry on a bad day: what is asked of it ends as on a good one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRegistryClient } from '../../src/registry/client.ts';
import type { Answer, RegistryClient } from '../../src/registry/types.ts';
import { makeRig } from '../support/rig/registry.mjs';
import { freePort, type RigServer, type ServerOptions, serve } from '../support/rig/server.mjs';
import { npmOptions } from './server.ts';

const PACKAGES = 60;
let server: RigServer;
let refs: readonly { readonly name: string; readonly version: string }[];
let sound: readonly unknown[];
let least = 0;
const calm: ServerOptions = { latency: 0, jitter: 0, fail: '', failFirst: 0, maxRps: 0 };

beforeAll(async () => {
  const port = await freePort();
  const rig = makeRig({
    packages: PACKAGES,
    attested: 30,
    medianKB: 8,
    seed: 3,
    origin: `http://127.0.0.1:${port}`,
  });
  server = await serve(rig, { port, ...calm });
  refs = rig.packages.map(({ name, version }) => ({ name, version }));
  const first = await everything();
  sound = first.answers;
  least = first.requests;
});
afterAll(() => server.close());

async function everything(
  watch: (client: RegistryClient) => void = () => undefined,
): Promise<{ readonly answers: readonly unknown[]; readonly requests: number }> {
  const client = createRegistryClient({
    npm: npmOptions(server.url),
    store: undefined,
    backoffMs: { min: 1, max: 10 },
  });
  const watching = setInterval(watch, 5, client);
  try {
    const answers = await Promise.all(
      refs.map(async (ref) => [
        await client.manifest(ref),
        textual(await client.attestations(ref)),
        await client.publishTime(ref),
      ]),
    );
    return { answers, requests: client.stats.requests };
  } finally {
    clearInterval(watching);
    await client.close();
  }
}

/** Many bytes are compared faster as a text. */
function textual(answer: Answer<Uint8Array>): unknown {
  return answer.status === 'found' ? { ...answer, value: Buffer.from(answer.value).toString() } : answer;
}

describe('everything is answered', { timeout: 60_000 }, () => {
  test('at first', () => {
    expect(sound).toHaveLength(refs.length);
    const statuses = (sound as { status: string }[][]).map((answer) => answer.map(({ status }) => status));
    expect(statuses.every(([manifest, , time]) => manifest === 'found' && time === 'found')).toBe(true);
    expect(statuses.filter(([, attestations]) => attestations === 'found').length).toBeGreaterThan(10);
  });

  test.each<[string, ServerOptions]>([
    ['one answer in twenty is a failure of the server', { fail: '503:0.05' }],
    ['some connections are reset', { fail: 'reset:0.05' }],
    ['some bodies break off', { fail: 'truncate:0.05' }],
    ['all of that, far away', { fail: '500:0.05,503:0.02,reset:0.02,truncate:0.02', latency: 5, jitter: 5 }],
    ['each question fails at first', { failFirst: 1 }],
  ])('where %s', async (_, options) => {
    server.reset();
    server.set({ ...calm, ...options });
    const { answers, requests } = await everything();
    expect(answers).toEqual(sound);
    expect(requests).toBeGreaterThan(least);
  });

  test('where the registry limits how often it is asked, and says for how long', async () => {
    server.reset();
    server.set({ ...calm, maxRps: 400, rateMode: '429' });
    const reasons = new Set<string | undefined>();
    const { answers } = await everything((client) => reasons.add(client.stats.waiting?.reason));
    expect(answers).toEqual(sound);
    expect(server.stats().limited).toBeGreaterThan(0);
    expect(reasons).toContain('too many requests');
  });

  test('where it does not say for how long', async () => {
    server.reset();
    server.set(calm);
    let refused = 0;
    const asked = refs.slice(0, 8).map(({ name, version }) => `manifest ${name}@${version}`);
    for (const key of asked) {
      const json = JSON.parse(JSON.stringify(await manifestBody(key))) as unknown;
      let tries = 0;
      server.overrides.set(key, {
        json,
        get status() {
          if (tries++ > 1) return 200;
          refused++;
          return 429;
        },
      });
    }
    const { answers } = await everything();
    server.overrides.clear();
    expect(refused).toBe(16);
    expect(answers).toEqual(sound);
  });
});

async function manifestBody(key: string): Promise<unknown> {
  const [name, version] = key.slice('manifest '.length).split(/(?!^)@/) as [string, string];
  const answer = await fetch(`${server.url}${name.replace('/', '%2f')}/${version}`);
  return answer.json();
}
