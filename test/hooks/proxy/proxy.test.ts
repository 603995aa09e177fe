import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type Setup, setUp } from './support.ts';

let blocked: Setup;
beforeAll(async () => {
  blocked = await setUp('blocked');
});
afterAll(() => blocked.close());

const ABBREVIATED = { accept: 'application/vnd.npm.install-v1+json' };
const NPM = { 'user-agent': 'npm/11.19.1 node/v20.20.2 linux x64' };

describe('a tarball', () => {
  test('that the policy accepts is sent, byte for byte', async () => {
    const direct = await ask({ url: blocked.lab.url }, '/app/-/app-1.2.0.tgz');
    const through = await ask(blocked.proxy, '/app/-/app-1.2.0.tgz');
    expect(through.status, through.reason).toBe(200);
    expect(through.body.equals(direct.body)).toBe(true);
    expect(blocked.decisions).toContainEqual(
      expect.objectContaining({ name: 'app', version: '1.2.0', outcome: 'passed', line: '' }),
    );
  });

  test('that it does not accept is refused, wherever a client looks for the reason', async () => {
    const answer = await ask(blocked.proxy, '/mallory/-/mallory-1.2.0.tgz');
    expect(answer.status).toBe(403);
    const line =
      /^verify-deps: blocked mallory@1\.2\.0: .*\(provenance-absent, require\.provenance .*verify-deps\.json:\d+:\d+/;
    expect(answer.reason).toMatch(line);
    expect(answer.headers['npm-notice']).toMatch(line);
    expect(answer.json().error).toMatch(/exemption in the policy/);
    expect(blocked.decisions).toContainEqual(expect.objectContaining({ name: 'mallory', outcome: 'failed' }));
  });
});

describe('a packument', () => {
  test('leads back here, whatever it names', async () => {
    const { body } = await ask(blocked.proxy, '/app', { headers: ABBREVIATED });
    const urls = Object.values(
      (JSON.parse(body.toString()) as { versions: Record<string, { dist: { tarball: string } }> }).versions,
    ).map(({ dist }) => dist.tarball);
    expect(urls).toContain(`${blocked.proxy.url}app/-/app-1.2.0.tgz`);
    expect(urls.every((url) => url.startsWith(blocked.proxy.url))).toBe(true);
    expect(blocked.proxy.originalOf(urls[0]!)).toMatch(new RegExp(`^${blocked.lab.url}app/-/app-`));
  });
  test('of a scope', async () => {
    const { body, status } = await ask(blocked.proxy, '/@acme%2ftool', {
      headers: { ...ABBREVIATED, ...NPM },
    });
    expect(status).toBe(200);
    expect(body.toString()).toContain(`${blocked.proxy.url}@acme/tool/-/tool-1.2.0.tgz`);
  });
});
