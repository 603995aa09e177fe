/** The command as a process: signals, exit codes, the log file and what it says at the start. Needs `npm run build`. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Served, serveRig, type TempProject, tempProject } from '../../support/project.ts';
import { tlsIdentity } from '../../support/rig/sigstore.mjs';
import { get, scratch, until } from './support.ts';

const CLI = path.join(import.meta.dirname, '..', '..', '..', 'bin', 'verify-deps.js');
const { dir, file } = scratch();
let served: Served;
let project: TempProject;
const running: Running[] = [];

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  out(): string;
  errors(): string;
  ended: Promise<number | null>;
}

beforeAll(async () => {
  served = await serveRig({
    catalogue: [
      { name: 'sound', version: '2.1.0', days: 40, attested: 'v0.3' },
      { name: 'bare', version: '1.0.0', days: 40 },
    ],
  });
  project = await tempProject(served);
  await project.write('.npmrc', `registry=${served.server.url}\n`);
  await project.write('verify-deps.json', {
    version: 1,
    extends: 'recommended',
    require: { provenance: 'error' },
  });
});

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    child.kill('SIGKILL');
    await ended;
  }
});

afterAll(async () => {
  await served.server.close();
  await project.remove();
});

function spawnProxy(args: readonly string[]): Running {
  const child = spawn(process.execPath, [CLI, '-C', project.cwd, 'proxy', ...args], {
    env: {
      ...project.env,
      PATH: process.env.PATH,
      VERIFY_DEPS_TUF_MIRROR: `${served.server.url}tuf`,
      VERIFY_DEPS_TUF_ROOT: project.tufRoot,
      VERIFY_DEPS_CACHE: project.cacheDir,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const one: Running = {
    child,
    out: () => out,
    errors: () => errors,
    ended,
    get url() {
      return /serving (\S+)/.exec(errors)![1]!;
    },
  };
  running.push(one);
  return one;
}

async function start(args: readonly string[] = []): Promise<Running> {
  const one = spawnProxy(['--listen', '127.0.0.1:0', ...args]);
  await until(() => one.errors().includes('serving ') || one.child.exitCode !== null);
  return one;
}

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it with 0, after what is under way', async (signal) => {
  const one = await start();
  served.server.set({ latency: 400 });
  const under = get(`${one.url}sound/-/sound-2.1.0.tgz`);
  await until(() => served.server.stats().maxConcurrent > 0);
  await new Promise((resolve) => setTimeout(resolve, 150));
  one.child.kill(signal);
  const { status } = await under;
  served.server.set({ latency: 0 });
  expect(status).toBe(200);
  expect(await one.ended).toBe(0);
  const events = one
    .out()
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { event: string }).event);
  expect(events).toEqual(['started', 'decision', 'tarball', 'stopped']);
});

test('it does not wait for ever, and not at all after a second signal', async () => {
  for (const [args, signals, code] of [
    [['--grace', '1'], 1, 0],
    [['--grace', '600'], 2, 143],
  ] as const) {
    const one = await start(args);
    served.server.overrides.set('tarball sound@2.1.0', { drop: 'hang' });
    const under = get(`${one.url}sound/-/sound-2.1.0.tgz`).catch((error: Error) => error.message);
    await new Promise((resolve) => setTimeout(resolve, 200));
    one.child.kill('SIGTERM');
    if (signals === 2) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      one.child.kill('SIGTERM');
    }
    expect(await one.ended).toBe(code);
    expect(await under).toMatch(/hang up|ECONNRESET|aborted/);
    served.server.overrides.clear();
  }
});

test('SIGHUP: log, policy, certificate and tokens are those on disk from then on', async () => {
  const [before, after] = [tlsIdentity('localhost'), tlsIdentity('localhost')];
  const log = path.join(dir, 'decisions.log');
  const write = async (identity: typeof before, token: string): Promise<void> => {
    await file('chain.pem', identity.cert);
    await file('key.pem', identity.key);
    await file('tokens', `${token}\n`);
  };
  await write(before, 'token-of-yesterday-1');
  const one = await start([
    ...['--tls-cert', path.join(dir, 'chain.pem'), '--tls-key', path.join(dir, 'key.pem')],
    ...['--client-token-file', path.join(dir, 'tokens'), '--log', log],
    ...['--public-url', 'https://localhost/'],
  ]);
  const ask = (ca: string, token: string) =>
    get(`${one.url}bare/-/bare-1.0.0.tgz`, {
      ca,
      servername: 'localhost',
      headers: { authorization: `Bearer ${token}` },
    } as object);
  expect(one.url).toMatch(/^https:/);
  expect((await ask(before.ca, 'token-of-yesterday-1')).status).toBe(403);
  await until(async () => (await readFile(log, 'utf8')).includes('"tarball"'));
  await rename(log, `${log}.1`);
  await write(after, 'token-of-today-00001');
  await project.write('verify-deps.json', { version: 1, extends: 'observe' });
  one.child.kill('SIGHUP');
  await until(async () => (await readFile(log, 'utf8').catch(() => '')).includes('"renewed"'));
  await expect(ask(before.ca, 'token-of-today-00001')).rejects.toThrow(/certificate|self.signed/i);
  expect((await ask(after.ca, 'token-of-yesterday-1')).status).toBe(401);
  expect((await ask(after.ca, 'token-of-today-00001')).status).toBe(200);
  one.child.kill('SIGTERM');
  expect(await one.ended).toBe(0);
  const text = (await readFile(`${log}.1`, 'utf8')) + (await readFile(log, 'utf8'));
  expect(text).toContain('"verdict":"failed"');
  expect(text).toContain('"verdict":"passed"');
  expect(text + one.out() + one.errors()).not.toMatch(/token-of-(?:yesterday|today)/);
  expect(one.out()).toBe('');
});

test.each<[string, readonly string[], RegExp]>([
  [
    'beyond this machine without TLS',
    ['--listen', '0.0.0.0:0', '--public-url', 'http://a.example'],
    /needs --tls-cert and --tls-key/,
  ],
  [
    'beyond this machine without tokens',
    ['--listen', '0.0.0.0:0', '--public-url', 'http://a.example', '--insecure-http'],
    /needs --client-token-file/,
  ],
  [
    'at no address without a public one',
    ['--listen', '0.0.0.0:0', '--insecure-http', '--client-token-file', 'tokens'],
    /needs --public-url/,
  ],
  ['with half a certificate', ['--tls-cert', 'chain.pem'], /go together/],
  [
    'with a certificate that is not there',
    ['--tls-cert', 'none.pem', '--tls-key', 'none.pem'],
    /is not there/,
  ],
  ['with a token file that is not there', ['--client-token-file', 'none'], /is not there/],
  ['with a log nobody can write', ['--log', 'none/x.log'], /cannot be opened: ENOENT/],
  ['at no place', ['--listen', 'here'], /--listen needs HOST:PORT/],
  ['with a path as address', ['--public-url', 'https://a.example/npm/'], /without a path/],
  ['for no time', ['--renew', '0'], /1 to 1440 minutes/],
])('%s it does not begin', async (_, args, expected) => {
  const one = spawnProxy(args);
  expect(await one.ended).toBe(2);
  expect(one.errors()).toMatch(expected);
  expect(one.errors()).toMatch(/^verify-deps: [^\n]+\n(?: {2}[^\n]+\n)?$/);
  expect(one.out()).toBe('');
});

test('two at one place: the second says so', async () => {
  const one = await start();
  const two = spawnProxy(['--listen', new URL(one.url).host]);
  expect(await two.ended).toBe(2);
  expect(two.errors()).toMatch(/cannot listen on 127\.0\.0\.1:\d+: EADDRINUSE/);
});
