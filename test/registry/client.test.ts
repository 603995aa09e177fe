import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { limits } from '../../src/core/limits.ts';
import { createRegistryClient } from '../../src/registry/client.ts';
import { DownloadError } from '../../src/registry/download-error.ts';
import type { NpmOptions } from '../../src/registry/npmrc.ts';
import type { RegistryClient } from '../../src/registry/types.ts';
import { type Handler, json, manifestOf, npmOptions, startServer, type TestServer } from './server.ts';

let server: TestServer;
const clients: RegistryClient[] = [];

beforeAll(async () => {
  server = await startServer();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  server.seen.length = 0;
});
afterAll(() => server.close());

function clientOf(handle: Handler, npm: Partial<NpmOptions> = {}, signal?: AbortSignal): RegistryClient {
  server.handle = handle;
  const client = createRegistryClient({
    npm: npmOptions(server.url, npm),
    store: undefined,
    backoffMs: { min: 1, max: 2 },
    ...(signal === undefined ? {} : { signal }),
  });
  clients.push(client);
  return client;
}

const a = { name: 'a', version: '1.0.0' };
const scoped = { name: '@s/a', version: '1.0.0+b' };

describe('manifest', () => {
  it('asks for one version under an address nothing in the name can change', async () => {
    const client = clientOf((_, response) => json(response, manifestOf('@s/a', '1.0.0+b')));
    const answer = await client.manifest(scoped);
    expect(answer).toMatchObject({ status: 'found', value: { name: '@s/a', version: '1.0.0+b' } });
    expect(server.seen.map((seen) => seen.path)).toEqual(['/@s%2fa/1.0.0%2Bb']);
    expect(server.seen[0]?.headers).toMatchObject({ accept: 'application/json', 'user-agent': 'test' });
  });

  it.each([
    { name: '..', version: '1.0.0' },
    { name: 'a', version: '..' },
    { name: 'a/b', version: '1.0.0' },
    { name: '@s/..', version: '1.0.0' },
    { name: '@s/a/b', version: '1.0.0' },
    { name: '@s', version: '1.0.0' },
    { name: 'a', version: '1/../../b' },
    { name: 'a\\b', version: '1.0.0' },
    { name: '', version: '1.0.0' },
    { name: 'a b', version: '1.0.0' },
    { name: '\ud800', version: '1.0.0' },
    { name: 'a'.repeat(215), version: '1.0.0' },
  ])('sends nothing for $name $version', async (ref) => {
    const client = clientOf((_, response) => json(response, {}));
    expect(await client.manifest(ref)).toMatchObject({ status: 'uncovered', code: 'malformed' });
    expect(server.seen).toEqual([]);
  });

  it('says absent if neither the version nor the package is there', async () => {
    const client = clientOf((_, response) => json(response, { error: 'not found' }, 404));
    expect(await client.manifest(a)).toEqual({
      status: 'absent',
      code: 'version-absent',
      args: { registry: server.url, package: 'a@1.0.0' },
    });
  });

  it.each([404, 405, 400])(
    'reads the full document where the version has no address (%i)',
    async (status) => {
      const document = {
        name: 'a',
        versions: { '1.0.0': manifestOf('a', '1.0.0'), '2.0.0': manifestOf('a', '2.0.0') },
      };
      const client = clientOf((request, response) =>
        request.url === '/a' ? json(response, document) : json(response, {}, status),
      );
      expect(await client.manifest(a)).toMatchObject({ status: 'found', value: { version: '1.0.0' } });
      // Learned: the second version costs no request at all.
      expect(await client.manifest({ name: 'a', version: '2.0.0' })).toMatchObject({ status: 'found' });
      expect(await client.manifest({ name: 'a', version: '3.0.0' })).toMatchObject({
        code: 'version-absent',
      });
      expect(server.seen.map((seen) => seen.path)).toEqual(['/a/1.0.0', '/a']);
    },
  );

  it('does not take a server error for a missing version', async () => {
    const client = clientOf((request, response) => json(response, {}, request.url === '/a' ? 500 : 404));
    expect(await client.manifest(a)).toMatchObject({ status: 'unreachable', args: { status: 500 } });
  });

  it('asks once what is asked twice at a time', async () => {
    const client = clientOf((_, response) => json(response, manifestOf('a', '1.0.0')));
    await Promise.all([client.manifest(a), client.manifest(a)]);
    expect(server.seen).toHaveLength(1);
  });
});

describe('failures of the registry', () => {
  const bomb = gzipSync(Buffer.alloc(limits.manifestBytesMax + 1, 0x20));
  const cases: { name: string; handle: Handler; expect: object; requests: number }[] = [
    {
      name: 'HTML instead of JSON',
      handle: (_, response) => response.end('<!doctype html><p>log in</p>'),
      expect: { code: 'registry-response-invalid', args: { reason: 'manifest: not JSON' } },
      requests: 1,
    },
    {
      name: 'JSON of another shape',
      handle: (_, response) => json(response, ['a']),
      expect: { code: 'registry-response-invalid' },
      requests: 1,
    },
    {
      name: 'no name',
      handle: (_, response) => json(response, { version: '1.0.0' }),
      expect: { code: 'registry-response-invalid', args: { reason: 'manifest: no name' } },
      requests: 1,
    },
    {
      name: 'the same key twice',
      handle: (_, response) => response.end('{"name":"a","name":"b","version":"1.0.0"}'),
      expect: { code: 'registry-response-invalid' },
      requests: 1,
    },
    {
      name: 'too many signatures',
      handle: (_, response) =>
        json(
          response,
          manifestOf('a', '1.0.0', { signatures: Array(limits.registrySignaturesMax + 1).fill({}) }),
        ),
      expect: { code: 'limit-exceeded' },
      requests: 1,
    },
    {
      name: '401',
      handle: (_, response) => json(response, {}, 401),
      expect: { code: 'registry-refused', args: { status: 401 } },
      requests: 1,
    },
    {
      name: '403',
      handle: (_, response) => json(response, {}, 403),
      expect: { code: 'registry-refused', args: { status: 403 } },
      requests: 1,
    },
    {
      name: '418',
      handle: (_, response) => json(response, {}, 418),
      expect: { code: 'registry-response-invalid', args: { status: 418 } },
      requests: 1,
    },
    {
      name: '503 every time',
      handle: (_, response) => json(response, {}, 503),
      expect: { code: 'registry-unreachable', args: { status: 503 } },
      requests: 3,
    },
    {
      name: '429 with a wait that is too long',
      handle: (_, response) => response.writeHead(429, { 'retry-after': '3600' }).end(),
      expect: { code: 'registry-unreachable', args: { status: 429 } },
      requests: 1,
    },
    {
      name: 'reset',
      handle: (_, response) => response.socket?.resetAndDestroy(),
      expect: { code: 'registry-unreachable', args: { reason: 'connection reset' } },
      requests: 3,
    },
    {
      name: 'body that breaks off',
      handle: (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"name":', () => response.destroy());
      },
      expect: { code: 'registry-unreachable' },
      requests: 3,
    },
    {
      name: 'announced as too large',
      handle: (_, response) => {
        response.writeHead(200, { 'content-length': String(limits.manifestBytesMax + 1) });
        response.write('{');
      },
      expect: { code: 'limit-exceeded', args: { max: limits.manifestBytesMax, unit: 'bytes' } },
      requests: 1,
    },
    {
      name: 'endless body',
      handle: (_, response) => {
        const chunk = Buffer.alloc(262_144, 0x20);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) {}
        };
        response.on('drain', more);
        more();
      },
      expect: { code: 'limit-exceeded' },
      requests: 1,
    },
    {
      name: 'gzip bomb',
      handle: (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
      expect: { code: 'limit-exceeded' },
      requests: 1,
    },
    {
      name: 'gzip cut short',
      handle: (_, response) =>
        response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('{"name":"a"}').subarray(0, 12)),
      expect: { code: 'registry-response-invalid', args: { reason: 'broken compression' } },
      requests: 3,
    },
    {
      name: 'unknown encoding',
      handle: (_, response) => response.writeHead(200, { 'content-encoding': '__proto__' }).end('{}'),
      expect: { code: 'registry-response-invalid', args: { reason: 'unknown content encoding' } },
      requests: 1,
    },
    {
      name: 'redirect in a circle',
      handle: (_, response) => response.writeHead(302, { location: '/a/1.0.0' }).end(),
      expect: { code: 'registry-response-invalid', args: { reason: 'too many redirects' } },
      requests: 6,
    },
    {
      name: 'redirect to a file',
      handle: (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
      expect: { code: 'registry-response-invalid', args: { reason: 'redirect to another protocol' } },
      requests: 1,
    },
  ];

  it.each(cases)('$name', async (row) => {
    const client = clientOf(row.handle);
    const answer = await client.manifest(a);
    expect(answer).toMatchObject({ status: 'unreachable', ...row.expect });
    expect(answer).toMatchObject({ args: { registry: server.url, package: 'a@1.0.0' } });
    expect(server.seen).toHaveLength(row.requests);
  });

  it('an error answer with an endless body counts by its status', async () => {
    const client = clientOf((_, response) => {
      response.writeHead(403);
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) {}
      };
      response.on('drain', more);
      more();
    });
    expect(await client.manifest(a)).toMatchObject({ code: 'registry-refused' });
  });

  it('no answer in time', async () => {
    const client = clientOf(() => undefined, { timeoutMs: 50, retries: 0 });
    expect(await client.manifest(a)).toMatchObject({ status: 'unreachable', code: 'registry-unreachable' });
  });

  it('no server, no name, no HTTP, no TLS', async () => {
    const text = createServer((socket) => socket.resume().end('220 smtp\r\n\r\n'));
    await new Promise<void>((resolve) => text.listen(0, '127.0.0.1', resolve));
    const { port } = text.address() as AddressInfo;
    const free = await startServer();
    await free.close();
    const ask = async (url: string): Promise<unknown> => {
      const client = createRegistryClient({ npm: npmOptions(url, { retries: 0 }), store: undefined });
      clients.push(client);
      return client.manifest(a);
    };
    expect(await ask(free.url)).toMatchObject({ args: { reason: 'connection refused' } });
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ args: { reason: 'not HTTP' } });
    expect(await ask(`https://127.0.0.1:${port}/`)).toMatchObject({
      args: { reason: expect.stringMatching(/^TLS: /) },
    });
    await new Promise((resolve) => text.close(resolve));
  });

  it('succeeds after failures of every passing kind', async () => {
    const failures: Handler[] = [
      (_, response) => response.socket?.resetAndDestroy(),
      (_, response) => response.writeHead(429, { 'retry-after': '0' }).end(),
    ];
    const client = clientOf((request, response) => {
      const fail = failures.shift();
      if (fail === undefined) json(response, manifestOf('a', '1.0.0'));
      else fail(request, response);
    });
    expect(await client.manifest(a)).toMatchObject({ status: 'found' });
    expect(server.seen).toHaveLength(3);
  });

  it('stops asking a host that never answers', async () => {
    const client = clientOf((_, response) => json(response, {}, 500), { retries: 0 });
    for (let i = 0; i < 12; i++) await client.attestations({ name: 'a', version: `${i}.0.0` });
    expect(server.seen).toHaveLength(8);
    expect(await client.attestations(a)).toMatchObject({ code: 'registry-unreachable' });
  });
});

describe('credentials', () => {
  it('go to their own host only, also through a redirect', async () => {
    const other = await startServer((_, response) => json(response, manifestOf('a', '1.0.0')));
    const npm = { flat: { [`//127.0.0.1:${server.port}/:_authToken`]: 'secret' } };
    const client = clientOf((request, response) => {
      if (request.url === '/a/1.0.0') response.writeHead(307, { location: '/moved' }).end();
      else response.writeHead(302, { location: `${other.url}elsewhere` }).end();
    }, npm);
    expect(await client.manifest(a)).toMatchObject({ status: 'found' });
    expect(server.seen.map((seen) => seen.headers.authorization)).toEqual(['Bearer secret', 'Bearer secret']);
    expect(other.seen.map((seen) => seen.headers.authorization)).toEqual([undefined]);
    await other.close();
  });

  it('of a registry URL are sent as a header and shown nowhere', async () => {
    const basic = new Map([[server.url, 'Basic dTpw']]);
    const client = clientOf((_, response) => json(response, {}, 403), { basic });
    expect(await client.manifest(a)).toMatchObject({ args: { registry: server.url } });
    expect(server.seen[0]?.headers.authorization).toBe('Basic dTpw');
  });

  it('with a line break are an outcome', async () => {
    const npm = { flat: { [`//127.0.0.1:${server.port}/:_authToken`]: 'a\nx: y' } };
    const client = clientOf((_, response) => json(response, {}), npm);
    const answer = await client.manifest(a);
    expect(answer).toMatchObject({ status: 'unreachable', code: 'registry-unreachable' });
    expect(JSON.stringify(answer)).not.toContain('x: y');
    expect(server.seen).toEqual([]);
  });
});

describe('registries', () => {
  it('a scope goes to its own registry', async () => {
    const other = await startServer((_, response) => json(response, manifestOf('@s/a', '1.0.0')));
    const client = clientOf((_, response) => json(response, manifestOf('a', '1.0.0')), {
      scopes: new Map([['@s', other.url]]),
    });
    expect(client.registryFor('@s/a')).toBe(other.url);
    expect(client.registryFor('@sx/a')).toBe(server.url);
    expect(client.registryFor('a')).toBe(server.url);
    expect(client.defaultRegistry).toBe('https://registry.example/');
    expect(await client.manifest({ name: '@s/a', version: '1.0.0' })).toMatchObject({ status: 'found' });
    expect([server.seen.length, other.seen.length]).toEqual([0, 1]);
    await other.close();
  });

  it('the proxy of npmrc is used, except for hosts it does not serve', async () => {
    const proxy = await startServer((_, response) => json(response, manifestOf('a', '1.0.0')));
    const npm = { registry: 'http://registry.example/', flat: { proxy: proxy.url } };
    expect(await clientOf((_, r) => r.destroy(), npm).manifest(a)).toMatchObject({ status: 'found' });
    expect(proxy.seen.map((seen) => seen.path)).toEqual(['http://registry.example/a/1.0.0']);
    const direct = clientOf((_, response) => json(response, manifestOf('a', '1.0.0')), {
      flat: { proxy: proxy.url, noProxy: '127.0.0.1' },
    });
    expect(await direct.manifest(a)).toMatchObject({ status: 'found' });
    expect([proxy.seen.length, server.seen.length]).toEqual([1, 1]);
    await proxy.close();
  });
});

describe('attestations and keys', () => {
  it('hands the body on as served', async () => {
    const body = '{ "attestations": [ {} ] }';
    const client = clientOf((_, response) => response.end(body));
    const answer = await client.attestations(scoped);
    expect(answer.status === 'found' && Buffer.from(answer.value).toString()).toBe(body);
    expect(server.seen[0]?.path).toBe('/-/npm/v1/attestations/@s%2fa@1.0.0%2Bb');
  });

  it.each([
    [404, '', 'absent', 'attestations-absent'],
    [200, '<html>', 'unreachable', 'registry-response-invalid'],
    [200, 'null', 'unreachable', 'registry-response-invalid'],
    [200, '{"attestations":{}}', 'unreachable', 'registry-response-invalid'],
    [500, '', 'unreachable', 'registry-unreachable'],
  ])('%i %s is %s', async (status, body, outcome, code) => {
    const client = clientOf((_, response) => response.writeHead(status).end(body), { retries: 0 });
    expect(await client.attestations(a)).toMatchObject({ status: outcome, code });
  });

  it('reads keys', async () => {
    const key = {
      keyid: 'SHA256:a',
      keytype: 'ecdsa-sha2-nistp256',
      scheme: 'ecdsa-sha2-nistp256',
      key: 'AA==',
    };
    const client = clientOf((_, response) => json(response, { keys: [{ ...key, expires: null }] }));
    expect(await client.keys(server.url.slice(0, -1))).toEqual({
      status: 'found',
      value: [{ ...key, expires: undefined }],
    });
    expect(server.seen[0]?.path).toBe('/-/npm/v1/keys');
  });

  it.each([
    [{ keys: [null] }, 'registry-response-invalid'],
    [{ keys: [{ keyid: 'a' }] }, 'registry-response-invalid'],
    [{ keys: Array(limits.registryKeysMax + 1).fill({}) }, 'limit-exceeded'],
    [{}, 'registry-response-invalid'],
  ])('does not take other keys (%#)', async (value, code) => {
    const client = clientOf((_, response) => json(response, value));
    expect(await client.keys(server.url)).toMatchObject({ status: 'unreachable', code });
  });
});

describe('full documents', () => {
  const document = {
    name: 'a',
    versions: { '1.0.0': manifestOf('a', '1.0.0'), '2.0.0': 7, '3.0.0': manifestOf('a', '3.0.0') },
    time: { '1.0.0': '2024-01-02T03:04:05.006Z', '3.0.0': 'yesterday', '4.0.0': '2024-01-02T03:04:05Z' },
  };

  it('are asked for once, whatever is asked of them', async () => {
    const client = clientOf((_, response) => json(response, document));
    const [manifest, broken, time, again, wrongTime, gone] = await Promise.all([
      client.fullManifest(a),
      client.fullManifest({ name: 'a', version: '2.0.0' }),
      client.publishTime(a),
      client.publishTime({ name: 'a', version: '1.0.0' }),
      client.publishTime({ name: 'a', version: '3.0.0' }),
      client.publishTime({ name: 'a', version: '5.0.0' }),
    ]);
    expect(time).toEqual({ status: 'found', value: Date.UTC(2024, 0, 2, 3, 4, 5, 6) });
    expect(again).toEqual(time);
    expect(manifest).toMatchObject({ status: 'found', value: { version: '1.0.0' } });
    expect(broken).toMatchObject({ status: 'absent', code: 'version-absent' });
    expect(wrongTime).toMatchObject({ status: 'absent', code: 'signature-time-unknown' });
    expect(gone).toMatchObject({ status: 'absent' });
    expect(server.seen.map((seen) => seen.path)).toEqual(['/a']);
  });

  it('are asked for again where only their times were kept', async () => {
    const client = clientOf((_, response) => json(response, document));
    expect(await client.publishTime(a)).toMatchObject({ status: 'found' });
    expect(await client.fullManifest(a)).toMatchObject({ status: 'found', value: { version: '1.0.0' } });
    expect(server.seen.map((seen) => seen.path)).toEqual(['/a', '/a']);
  });

  it.each<[string, string | Buffer]>([
    [
      'one time that stands there twice',
      '{"time":{"1.0.0":"2024-01-01T00:00:00Z","1.0.0":"2020-01-01T00:00:00Z"}}',
    ],
    ['a list', '[{"time":{"1.0.0":"2024-01-01T00:00:00Z"}}]'],
    ['half a document', '{"time":{"1.0.0":"2024'],
    ['bytes that are not UTF-8', Buffer.from('7b2274696d65223a7b7d2c2278223a22ff227d', 'hex')],
  ])('tell no time from %s', async (_name, body) => {
    const client = clientOf((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    });
    expect((await client.publishTime(a)).status).not.toBe('found');
  });

  it('are not all held at once, since each may be very large', async () => {
    let open = 0;
    let most = 0;
    const client = clientOf((_, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        json(response, document);
      }, 15);
    });
    const names = Array.from({ length: 40 }, (_, i) => ({ name: `a${i}`, version: '1.0.0' }));
    const answers = await Promise.all(names.map((ref) => client.fullManifest(ref)));
    expect(answers.every(({ status }) => status === 'found')).toBe(true);
    expect(most).toBe(8);
  });

  it('are not read beyond their times, if much is left', async () => {
    const rest = Buffer.alloc(65_536, 0x20);
    const client = clientOf((_, response) => {
      response.write('{"name":"a","time":{"1.0.0":"2024-01-02T03:04:05Z"},"versions":{');
      const more = (): void => {
        while (!response.destroyed && response.write(rest)) {}
      };
      response.on('drain', more);
      more();
    });
    expect(await client.publishTime(a)).toEqual({ status: 'found', value: Date.UTC(2024, 0, 2, 3, 4, 5) });
    expect(client.stats.bytes).toBeLessThan(1_000_000);
    expect(server.seen).toHaveLength(1);
  });

  it('are bounded, wherever their times stand', { timeout: 30_000 }, async () => {
    const body = Buffer.concat([
      Buffer.from('{"versions":{'),
      Buffer.alloc(limits.packumentBytesMax, 0x20),
      Buffer.from('},"time":{"1.0.0":"2024-01-02T03:04:05Z"}}'),
    ]);
    const bomb = gzipSync(body, { level: 1 });
    const client = clientOf((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb),
    );
    expect(await client.publishTime(a)).toMatchObject({ status: 'unreachable', code: 'limit-exceeded' });
    expect(server.seen).toHaveLength(1);
  });

  it('tell the time of the registry, not one that a manifest carries along', async () => {
    const fake = { time: { '1.0.0': '2020-01-01T00:00:00Z' } };
    const versions = { '1.0.0': { ...fake, readme: '"time":{"1.0.0":"2021-01-01T00:00:00Z"}' } };
    const client = clientOf((_, response) => json(response, { readme: '{"time":{', versions }));
    expect((await client.publishTime(a)).status).toBe('absent');
  });
});

describe('tarballs', () => {
  const bytes = Buffer.from('not a tarball, and nobody unpacks it');
  const sri = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;

  it('are hashed', async () => {
    const client = clientOf((_, response) => response.end(bytes));
    expect(await client.tarballIntegrity(a, `${server.url}a/-/a-1.0.0.tgz`)).toEqual({
      status: 'found',
      value: sri,
    });
  });

  it('are taken from where the manifest says if the lockfile does not', async () => {
    const client = clientOf((request, response) =>
      request.url === '/t.tgz'
        ? response.end(bytes)
        : json(response, manifestOf('a', '1.0.0', { tarball: `${server.url}t.tgz` })),
    );
    expect(await client.tarballIntegrity(a, undefined)).toEqual({ status: 'found', value: sri });
  });

  it.each(['file:///etc/passwd', 'git+ssh://registry.example/a', 'a', ''])(
    'are not taken from %s',
    async (url) => {
      const client = clientOf((_, response) => response.end(bytes));
      expect(await client.tarballIntegrity(a, url)).toMatchObject({ status: 'uncovered' });
    },
  );

  it.each<[string, Handler, object]>([
    ['404', (_, r) => r.writeHead(404).end(), { status: 'absent', code: 'version-absent' }],
    ['403', (_, r) => r.writeHead(403).end(), { status: 'unreachable', code: 'registry-refused' }],
    ['500', (_, r) => r.writeHead(500).end(), { status: 'unreachable', args: { status: 500 } }],
    [
      'reset',
      (_, r) => r.socket?.resetAndDestroy(),
      { status: 'unreachable', args: { reason: 'connection reset' } },
    ],
    [
      'cut short',
      (_, r) => {
        r.writeHead(200, { 'content-length': '1000' });
        r.write('half', () => r.destroy());
      },
      { status: 'unreachable', code: 'registry-unreachable' },
    ],
    [
      'announced as a bomb under an error',
      (_, r) => r.writeHead(404, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000))),
      { status: 'absent' },
    ],
  ])('that fail (%s) are an outcome', async (_, handle, expected) => {
    const client = clientOf(handle, { retries: 0 });
    expect(await client.tarballIntegrity(a, `${server.url}a.tgz`)).toMatchObject(expected);
  });
});

describe('download', () => {
  it('gives the bytes or throws', async () => {
    const client = clientOf((request, response) =>
      request.url === '/ok' ? response.end('ok') : json(response, {}, 404),
    );
    expect(Buffer.from(await client.download(`${server.url}ok`, 10)).toString()).toBe('ok');
    await expect(client.download(`${server.url}ok`, 1)).rejects.toThrow(DownloadError);
    await expect(client.download(`${server.url}no`, 10)).rejects.toMatchObject({ status: 404 });
  });
});

describe('an aborted run', () => {
  it('rejects what is under way and what waits, with its reason', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const client = clientOf(() => stop.abort(reason), {}, stop.signal);
    const asked = Array.from({ length: 40 }, (_, i) => client.manifest({ name: 'a', version: `${i}.0.0` }));
    for (const outcome of await Promise.allSettled(asked)) {
      expect(outcome).toEqual({ status: 'rejected', reason });
    }
    await expect(client.manifest(a)).rejects.toBe(reason);
    await expect(client.download(server.url, 1)).rejects.toBe(reason);
  });

  it('rejects what waits for another attempt', async () => {
    const stop = new AbortController();
    const client = clientOf(
      (_, response) => {
        response.writeHead(503, { 'retry-after': '30' }).end();
        setTimeout(() => stop.abort(), 20);
      },
      {},
      stop.signal,
    );
    const outcome = await client.manifest(a).catch((error: unknown) => error);
    expect(outcome).toBe(stop.signal.reason);
  });
});

it('never has more requests under way than allowed', async () => {
  let now = 0;
  let most = 0;
  const own = await startServer((_, response) => {
    most = Math.max(most, ++now);
    setTimeout(() => {
      now--;
      json(response, { attestations: [] });
    }, 2);
  });
  const client = createRegistryClient({ npm: npmOptions(own.url), store: undefined, concurrency: 4 });
  clients.push(client);
  await Promise.all(
    Array.from({ length: 50 }, (_, i) => client.attestations({ name: 'a', version: `${i}.0.0` })),
  );
  expect(most).toBe(4);
  expect(client.stats).toEqual({ requests: 50, bytes: 50 * 19, fromStore: 0 });
  await own.close();
});
