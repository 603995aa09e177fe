import { writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { LogSink } from '../../../src/hooks/service/log.ts';
import { type Service, type ServiceOptions, startService } from '../../../src/hooks/service/service.ts';
import { runOptions, type Served, serveRig, type TempProject, tempProject } from '../../support/project.ts';
import { get, type Reply, scratch, until } from './support.ts';

const TOKEN = 'team-token-0123456789';
const HEALTH = '-/verify-deps/health';
const METRICS = '-/verify-deps/metrics';
const POLICY = { version: 1, extends: 'recommended', require: { provenance: 'error' } };
const DAY = 86_400_000;

const { file } = scratch();
let served: Served;
let project: TempProject;
let service: Service | undefined;
let lines: string[] = [];
let troubles: string[] = [];
let reopened = 0;

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'sound', version: '2.1.0', days: 40, attested: 'v0.3' },
      { name: 'bare', version: '1.0.0', days: 40 },
    ],
  });
  project = await tempProject(served);
});

afterEach(async () => {
  await service?.stop(0);
  service = undefined;
  lines = [];
  troubles = [];
  served.server.overrides.clear();
  served.server.set({ fail: '', failOn: 'packument,manifest,att,tarball' });
});

afterAll(async () => {
  await served.server.close();
  await project.remove();
});

const sink: LogSink = {
  async write(text) {
    lines.push(...text.split('\n').filter((line) => line !== ''));
  },
  async reopen() {
    reopened++;
  },
  close: async () => undefined,
};

async function start(more: Partial<ServiceOptions> = {}, policy: object = POLICY): Promise<Service> {
  await project.write('verify-deps.json', policy);
  service = await startService({
    gate: { ...runOptions(served, project), ...more.gate },
    place: { host: '127.0.0.1', port: 0 },
    sink,
    renewMs: 3_600_000,
    onTrouble: (line) => troubles.push(line),
    usage: () => ({ memoryBytes: 12_345, cpuSeconds: 6.5 }),
    ...more,
    ...(more.gate === undefined ? {} : { gate: { ...runOptions(served, project), ...more.gate } }),
  });
  return service;
}

const events = (name: string) =>
  lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter(({ event }) => event === name);
const tarball = (name: string, version: string, headers: Record<string, string> = {}): Promise<Reply> =>
  get(`${service!.url}${name}/-/${name}-${version}.tgz`, { headers });
const metric = async (line: string) => {
  const { text } = await get(`${service!.url}${METRICS}`);
  return text.split('\n').find((found) => found.startsWith(`${line} `));
};

describe('decisions', () => {
  test('a sound package is served, a blocked one is not; both are in the log and counted', async () => {
    const { url } = await start();
    expect((await tarball('sound', '2.1.0')).status).toBe(200);
    const blocked = await tarball('bare', '1.0.0');
    expect(blocked.status).toBe(403);
    expect(blocked.text).toContain('provenance-absent');
    await until(() => events('tarball').length === 2);
    const { integrity } = served.rig.project['package-lock.json'].packages['node_modules/bare']!;
    expect(events('decision')).toMatchObject([
      {
        package: 'sound',
        version: '2.1.0',
        verdict: 'passed',
        code: 'none',
        rule: null,
        client: '127.0.0.1',
      },
      {
        package: 'bare',
        version: '1.0.0',
        integrity,
        verdict: 'failed',
        code: 'provenance-absent',
        rule: 'require.provenance',
        at: expect.stringMatching(/^verify-deps\.json:\d+:\d+$/),
        client: '127.0.0.1',
        registry: served.server.url,
      },
    ]);
    expect(events('tarball')).toMatchObject([
      {
        package: 'sound@2.1.0',
        status: 200,
        bytes: served.rig.docs.get('tarball sound@2.1.0')!.body!.length,
      },
      { package: 'bare@1.0.0', status: 403 },
    ]);
    expect(await metric('verify_deps_decisions_total{outcome="passed",code="none"}')).toMatch(/ 1$/);
    expect(await metric('verify_deps_decisions_total{outcome="failed",code="provenance-absent"}')).toMatch(
      / 1$/,
    );
    expect(await metric('verify_deps_requests_total{class="tarball",status="403"}')).toMatch(/ 1$/);
    const { text } = await get(`${url}${METRICS}`);
    expect(text).not.toContain('bare');
    expect(text).toMatch(/^verify_deps_upstream_seconds_count\{class="tarball",outcome="2xx"\} 2$/m);
    expect(text).toMatch(/^verify_deps_policy_info\{digest="[0-9a-f]{64}"\} 1$/m);
    expect(text).toMatch(/^verify_deps_trust_root_age_seconds \d+(?:\.\d+)?$/m);
    expect(text).toMatch(/^verify_deps_evidence_requests_total [1-9]\d*$/m);
    expect(text).toMatch(/^verify_deps_resident_memory_bytes 12345$/m);
    expect(text).toMatch(/^verify_deps_cpu_seconds_total 6\.5$/m);
    expect(text).toMatch(/^verify_deps_requests_in_flight 0$/m);
  });

  test('an exemption lets through, and the log says which', async () => {
    const { integrity } = served.rig.project['package-lock.json'].packages['node_modules/bare']!;
    await start(
      {},
      {
        ...POLICY,
        exemptions: [
          {
            package: 'bare@1.0.0',
            integrity,
            codes: ['provenance-absent'],
            reason: 'looked into',
            owner: 'team@acme.example',
            expires: new Date(Date.now() + 30 * DAY).toISOString().slice(0, 10),
          },
        ],
      },
    );
    expect((await tarball('bare', '1.0.0')).status).toBe(200);
    expect(events('decision')).toMatchObject([
      {
        verdict: 'passed-with-exemption',
        code: 'exemption-used',
        at: expect.stringContaining('verify-deps.json:'),
      },
    ]);
  });

  test('a path that is no package of any registry gets nothing into log and labels', async () => {
    const { url } = await start();
    await get(`${url}-/user/token/secret-of-a-client`, { method: 'DELETE' });
    await get(`${url}x%0a%7b%22event%22:1%7d/-/x-1.0.0.tgz`);
    await service!.stop(1_000);
    expect(lines.join('\n')).not.toContain('secret-of-a-client');
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('event');
    service = undefined;
  });
});

describe('who may ask', () => {
  test('without a token, the health and nothing else', async () => {
    const { url } = await start({ tokenFile: await file('tokens', `${TOKEN}\n`) });
    expect((await get(`${url}${HEALTH}`)).status).toBe(200);
    for (const path of ['sound', 'sound/-/sound-2.1.0.tgz', METRICS, '-/ping', 'nothing']) {
      const { status, headers } = await get(`${url}${path}`);
      expect([path, status]).toEqual([path, 401]);
      expect(headers['www-authenticate']).toMatch(/^Bearer /);
    }
    const by = { authorization: `Bearer ${TOKEN}` };
    expect((await tarball('sound', '2.1.0', by)).status).toBe(200);
    expect((await get(`${url}${METRICS}`, { headers: by })).text).toContain(
      'verify_deps_requests_total{class="refused",status="401"} 5\n',
    );
    expect(lines.join('\n')).not.toContain(TOKEN);
  });

  test('the token of a client goes to no registry', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const registry = http.createServer(({ headers }, response) => {
      seen.push(headers);
      response.writeHead(404).end('{}');
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = registry.address() as AddressInfo;
      const tokenFile = await file('tokens', `${TOKEN}\n`);
      const gate = { ...runOptions(served, project), registry: `http://127.0.0.1:${port}/` };
      const { url } = await start({ tokenFile, gate });
      const headers = { authorization: `Bearer ${TOKEN}`, cookie: `token=${TOKEN}`, 'npm-otp': TOKEN };
      for (const asked of [
        'sound',
        'sound/-/sound-2.1.0.tgz',
        '-/npm/v1/attestations/sound@2.1.0',
        '-/ping',
      ]) {
        await get(`${url}${asked}`, { headers });
      }
      expect(seen.length).toBeGreaterThanOrEqual(4);
      expect(JSON.stringify(seen)).not.toContain(TOKEN);
    } finally {
      registry.close();
      registry.closeAllConnections();
    }
  });

  test.each([
    ['a whole URL', 'GET', 'http://registry.example/sound', 400],
    ['a URL too long', 'GET', `/${'a'.repeat(3_000)}`, 414],
    ['a body too large', 'POST', '/-/npm/v1/security/advisories/bulk', 413],
    ['publishing', 'PUT', '/sound', 403],
    ['a host of another name', 'GET', '/sound', 421],
  ])('%s is refused', async (what, method, path, status) => {
    const { url } = await start();
    const headers: Record<string, string> =
      status === 413
        ? { 'content-length': '5000000' }
        : what.startsWith('a host')
          ? { host: 'evil.example' }
          : {};
    const asked = get(url, { method, path, headers });
    expect((await asked).status).toBe(status);
    expect((await tarball('sound', '2.1.0')).status).toBe(200);
  });
});

describe('health', () => {
  test('well, as soon as it serves', async () => {
    const { url } = await start();
    const { status, text } = await get(`${url}${HEALTH}`);
    expect([status, JSON.parse(text)]).toEqual([200, { status: 'ok', troubles: [] }]);
  });

  test('a registry that has not answered', async () => {
    await start({ gate: { ...runOptions(served, project), registry: 'http://127.0.0.1:9/' } });
    const { status, text } = await get(`${service!.url}${HEALTH}`);
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      status: 'failing',
      troubles: [expect.stringMatching(/^the registry has not answered yet/)],
    });
    expect(await metric('verify_deps_healthy')).toMatch(/ 0$/);
  });

  test('a trust root that got too old: nothing is served any more, and the health says so', async () => {
    let now = Date.now();
    await start({ gate: { ...runOptions(served, project), clock: () => now }, trustMsMax: DAY / 2 });
    expect((await tarball('sound', '2.1.0')).status).toBe(200);
    now += DAY / 2 + 1;
    const { status, text } = await get(`${service!.url}${HEALTH}`);
    expect([status, text]).toEqual([503, expect.stringContaining('the trust root was last refreshed at')]);
    const refused = await tarball('sound', '2.1.0');
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('the trust root was last refreshed at');
    expect(await metric('verify_deps_decisions_total{outcome="undecided",code="verifier"}')).toMatch(/ 1$/);
    await service!.renew();
    expect((await tarball('sound', '2.1.0')).status).toBe(200);
  });
});

describe('renewal', () => {
  test('a policy that has changed counts from then on, and what was judged before is forgotten', async () => {
    await start();
    expect((await tarball('bare', '1.0.0')).status).toBe(403);
    const digestOf = async () =>
      /^verify_deps_policy_info\{digest="(\w{64})"\} 1$/m.exec(
        (await get(`${service!.url}${METRICS}`)).text,
      )![1];
    const digest = await digestOf();
    await project.write('verify-deps.json', { version: 1, extends: 'observe' });
    expect((await tarball('bare', '1.0.0')).status).toBe(403);
    await service!.renew();
    expect((await tarball('bare', '1.0.0')).status).toBe(200);
    expect(await digestOf()).not.toBe(digest);
    expect(await metric('verify_deps_renewals_total{outcome="done"}')).toMatch(/ 1$/);
    expect(events('renewed')).toHaveLength(1);
    expect(events('decision').map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'passed']);
    // What the one before has counted still counts.
    expect(await metric('verify_deps_upstream_requests_total')).toMatch(/ [3-9]$/);
  });

  test('one that does not load changes nothing, and is told', async () => {
    await start();
    await writeFile(path.join(project.cwd, 'verify-deps.json'), '{ "version": 1, ');
    await service!.renew();
    expect((await tarball('bare', '1.0.0')).status).toBe(403);
    expect((await get(`${service!.url}${HEALTH}`)).status).toBe(200);
    expect(troubles).toEqual([expect.stringMatching(/^policy or trust root cannot be read anew/)]);
    expect(events('renewal-failed')).toMatchObject([{ what: 'policy or trust root' }]);
    expect(await metric('verify_deps_renewals_total{outcome="failed"}')).toMatch(/ 1$/);
  });

  test('by itself, again and again', async () => {
    await start({ renewMs: 50 });
    await until(() => events('renewed').length >= 2);
  });

  test('tokens and log as well', async () => {
    const tokenFile = await file('changing', `${TOKEN}\n`);
    await start({ tokenFile });
    await file('changing', 'other-token-0123456789\n');
    reopened = 0;
    await service!.renew();
    expect(reopened).toBe(1);
    expect((await tarball('sound', '2.1.0', { authorization: `Bearer ${TOKEN}` })).status).toBe(401);
    await file('changing', 'short\n');
    await service!.renew();
    const by = { authorization: 'Bearer other-token-0123456789' };
    expect((await tarball('sound', '2.1.0', by)).status).toBe(200);
    expect(troubles.join()).not.toContain('short');
  });
});

describe('beginning and end', () => {
  test('without a policy that loads, or a trust root, it does not serve', async () => {
    await expect(start({}, { version: 1, nonsense: true })).rejects.toMatchObject({
      code: 'policy-unknown-key',
    });
    await expect(
      start({
        gate: {
          ...runOptions(served, project),
          tufMirror: 'http://127.0.0.1:9/',
          cacheDir: `${project.dir}/none`,
        },
      }),
    ).rejects.toMatchObject({ code: 'trust-root-unreachable' });
  });

  test('the end waits for what is under way, and the log has it', async () => {
    await start();
    served.server.set({ latency: 300 });
    const under = tarball('sound', '2.1.0');
    await new Promise((resolve) => setTimeout(resolve, 100));
    await service!.stop(20_000);
    served.server.set({ latency: 0 });
    expect((await under).status).toBe(200);
    expect(events('tarball')).toMatchObject([{ package: 'sound@2.1.0', status: 200 }]);
    expect(events('stopped')).toMatchObject([{ broken: 0 }]);
    service = undefined;
  });
});
