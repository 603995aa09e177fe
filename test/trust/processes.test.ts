/** Loading the trust root in processes of their own: killed, two at once, without room. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeState, encodeState, stateFile } from '../../src/trust/tuf-state.ts';
import { BIN, type Finished } from '../cli/command.ts';
import { type Mirror, serveMirror } from './mirror.ts';
import { DAY, makeKeys, makeRepository, type Repository } from './repository.ts';
import { KEYS, KEYS_NAME, TRUST_ROOT } from './setup.ts';

const keys = makeKeys();
/** The processes live by the clock of this machine. */
const now = Date.now();

function repository(version: number, roots = 1): Repository {
  return makeRepository({
    keys,
    now,
    roots: Array.from({ length: roots }, () => ({})),
    targets: { 'trusted_root.json': Buffer.concat([TRUST_ROOT, Buffer.alloc(version, ' ')]) },
    delegated: { [KEYS_NAME]: KEYS },
    versions: { timestamp: version, snapshot: version, targets: version },
  });
}

const children: ChildProcess[] = [];
let folder: string;
let mirror: Mirror;

beforeAll(async () => {
  mirror = await serveMirror();
});
afterAll(() => mirror.close());
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'verify-deps-test-'));
  await mkdir(path.join(folder, 'tmp'));
  await writeFile(path.join(folder, 'root.json'), repository(1).anchor);
  await writeFile(path.join(folder, '.npmrc'), 'registry=https://registry.example/\nfetch-retries=0\n');
  mirror.files = repository(1).files;
  mirror.status.clear();
  mirror.handlers.clear();
  mirror.asked.length = 0;
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

interface Options {
  readonly cache?: string;
  /** Of any file that the process writes, in blocks of 512 bytes. */
  readonly fileBlocksMax?: number;
}

interface Running {
  readonly finished: Promise<Finished>;
  kill(): void;
}

/** `verify-deps trust`, built. */
function start({ cache = path.join(folder, 'cache'), fileBlocksMax }: Options = {}): Running {
  const args = [
    BIN,
    'trust',
    '--json',
    '--tuf-mirror',
    mirror.url,
    '--tuf-root',
    'root.json',
    '--cache',
    cache,
  ];
  const command: readonly [string, ...string[]] =
    fileBlocksMax === undefined
      ? [process.execPath, ...args]
      : ['sh', '-c', `ulimit -f ${fileBlocksMax}; exec "$0" "$@"`, process.execPath, ...args];
  const child = spawn(command[0], command.slice(1), {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, USERPROFILE: folder, TMPDIR: path.join(folder, 'tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return {
    finished: new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    }),
    kill: () => child.kill('SIGKILL'),
  };
}

const run = (options?: Options): Promise<Finished> => start(options).finished;

/** What `verify-deps trust --json` says of the origin. */
function originOf({ code, stdout, stderr }: Finished): Record<string, unknown> {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return (JSON.parse(stdout) as { origin: Record<string, unknown> }).origin;
}

const cacheFile = (): string => stateFile(path.join(folder, 'cache'), mirror.url);

/** As if the last answer were so old that the mirror has to be asked again. */
async function age(): Promise<string> {
  const state = decodeState(await readFile(cacheFile()));
  const text = encodeState({ ...state, fetched: now - DAY });
  await writeFile(cacheFile(), text);
  return text;
}

/** The next answer for a file is held back until `release`. */
function hold(name: string): { readonly asked: Promise<void>; release(): void } {
  const waiting: ServerResponse[] = [];
  const body = mirror.files.get(name)!;
  const asked = new Promise<void>((resolve) => {
    mirror.handlers.set(name, (response) => {
      waiting.push(response);
      resolve();
    });
  });
  return {
    asked,
    release() {
      mirror.handlers.delete(name);
      for (const response of waiting) response.writeHead(200).end(body);
    },
  };
}

describe('killed in the middle of an update', () => {
  const updated = repository(2, 2);
  const targetFile = [...updated.files.keys()].find((name) => name.endsWith('trusted_root.json'))!;

  it.each(['2.root.json', 'timestamp.json', '2.snapshot.json', '2.targets.json', targetFile])(
    'while it waits for %s',
    async (name) => {
      expect(originOf(await run())).toMatchObject({ kind: 'tuf', metadata: { root: 1, timestamp: 1 } });
      const before = await age();

      mirror.files = updated.files;
      const held = hold(name);
      const victim = start();
      await held.asked;
      victim.kill();
      expect((await victim.finished).signal).toBe('SIGKILL');
      expect(await readFile(cacheFile(), 'utf8')).toBe(before);

      // Nothing of the half update counts, not even with nobody there to ask.
      mirror.handlers.clear();
      mirror.status.set('*', 404);
      expect(originOf(await run())).toMatchObject({ kind: 'cache', metadata: { root: 1, timestamp: 1 } });

      mirror.status.clear();
      expect(originOf(await run())).toMatchObject({ kind: 'tuf', metadata: { root: 2, timestamp: 2 } });
    },
  );

  it('with nothing in the cache yet', async () => {
    const held = hold('1.targets.json');
    const victim = start();
    await held.asked;
    victim.kill();
    await victim.finished;
    mirror.handlers.clear();
    mirror.status.set('*', 404);
    const { code, stderr } = await run();
    expect(code).toBe(3);
    expect(stderr).toContain('the cache has nothing of it that can be used');
    mirror.status.clear();
    expect(originOf(await run()).kind).toBe('tuf');
  });

  it('while it wrote the cache: what it leaves beside the file is not read', async () => {
    await run();
    const whole = await age();
    const beside = path.join(path.dirname(cacheFile()), `.${path.basename(cacheFile())}.1.abcdef.tmp`);
    await writeFile(beside, whole.slice(0, whole.length / 2));
    mirror.status.set('*', 404);
    expect(originOf(await run())).toMatchObject({ kind: 'cache', metadata: { timestamp: 1 } });
  });
});

describe('two at once on one cache', () => {
  it('both verify, and leave a cache that holds', async () => {
    mirror.files = repository(1, 3).files;
    const held = hold('timestamp.json');
    const both = [start(), start()];
    await held.asked;
    await expect.poll(() => mirror.asked.filter((name) => name === 'timestamp.json').length).toBe(2);
    held.release();
    for (const { finished } of both)
      expect(originOf(await finished)).toMatchObject({ kind: 'tuf', metadata: { root: 3, timestamp: 1 } });
    expect(await readdir(path.dirname(cacheFile()))).toEqual([path.basename(cacheFile())]);
    mirror.status.set('*', 404);
    expect(originOf(await run())).toMatchObject({ kind: 'cache', metadata: { root: 3 }, stale: null });
    expect(await readdir(path.join(folder, 'tmp'))).toEqual([]);
  });

  it('the slower one does not put the older state back, so that going back is still noticed', async () => {
    const older = repository(4).files;
    mirror.files = older;
    const held = hold('4.snapshot.json');
    const slow = start();
    await held.asked;
    mirror.files = repository(5).files;
    expect(originOf(await run())).toMatchObject({ kind: 'tuf', metadata: { timestamp: 5 } });
    const newer = await readFile(cacheFile(), 'utf8');
    mirror.files = older;
    held.release();
    expect(originOf(await slow.finished)).toMatchObject({ kind: 'tuf', metadata: { timestamp: 4 } });
    expect(await readFile(cacheFile(), 'utf8')).toBe(newer);

    await age();
    const { code, stderr } = await run();
    expect(code).toBe(3);
    expect(stderr).toContain('timestamp.json goes back in time: expected version 5 or later but got 4');
  });
});

describe.skipIf(process.platform === 'win32')('no room', () => {
  it('for the cache: it is done without, and nothing half-written is left', async () => {
    expect(originOf(await run({ fileBlocksMax: 16 })).kind).toBe('tuf');
    expect(await readdir(path.dirname(cacheFile()))).toEqual([]);
    expect(originOf(await run()).kind).toBe('tuf');
    const before = await age();
    expect(originOf(await run({ fileBlocksMax: 16 })).kind).toBe('tuf');
    expect(await readFile(cacheFile(), 'utf8')).toBe(before);
  });

  it('for the check itself: that is said, and not taken for a bad mirror', async () => {
    const { code, stderr } = await run({ fileBlocksMax: 0 });
    expect(code).toBe(2);
    expect(stderr).toContain('tuf metadata cannot be checked in the folder for temporary files');
    expect(stderr).toContain('set TMPDIR');
  });

  it.runIf(process.platform === 'linux')('a cache folder that nobody can write to', async () => {
    const cache = '/proc/self/verify-deps';
    expect(originOf(await run({ cache }))).toMatchObject({ kind: 'tuf', stale: null });
    expect(originOf(await run({ cache })).kind).toBe('tuf');
  });
});
