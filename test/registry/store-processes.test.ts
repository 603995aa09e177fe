/** Processes that work on one folder at once, that are killed at any moment, that find the disk full. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DAY, exitOf, folders, namesIn, openAt, rootOf, startProcess, version } from './store-support.ts';

const fresh = folders();

/** What every process writes for a version: as long as it is, it begins with its own number. */
const BODY = `const body = (i) => Buffer.alloc(3000 + (i % 7) * 1000, i + ' ');`;
const rightBody = (i: number): Buffer => Buffer.alloc(3000 + (i % 7) * 1000, `${i} `);

interface Standing {
  readonly wrong: readonly number[];
  readonly missing: readonly number[];
  readonly dropped: number;
}

interface Filled {
  readonly code?: string;
  readonly dropped: number;
  readonly lost: number;
  readonly left: readonly string[];
  readonly after: Standing;
}

/** Whether the store answers what was written or nothing. */
async function standingIn(folder: string, count: number): Promise<Standing> {
  const store = openAt(folder, Date.now());
  const wrong: number[] = [];
  const missing: number[] = [];
  for (let i = 0; i < count; i++) {
    const answer = store.read(version(i), 'manifest');
    if (answer === undefined) missing.push(i);
    else if (!rightBody(i).equals(answer.bytes)) wrong.push(i);
  }
  await store.flush();
  return { wrong, missing, dropped: store.state.dropped };
}

describe('several processes', () => {
  it('write, merge and evict in one folder, and each finds its answers', async () => {
    const folder = fresh();
    const script = `${BODY}
      for (let round = 0; round < 12; round++) {
        const store = open({ folder, clock: Date.now });
        for (let i = 0; i < 40; i++) {
          const answer = store.read(version(i), 'manifest');
          if (answer && !body(i).equals(answer.bytes)) process.exitCode = 9;
        }
        for (let i = round; i < 40; i += 4) {
          store.write(version(i), 'manifest', { outcome: 'found', bytes: body(i) }, 'long');
        }
        await store.flush();
        if (store.state.unwritable !== undefined || store.state.dropped > 0) process.exitCode = 8;
      }`;
    const codes = await Promise.all([1, 2, 3, 4].map(() => exitOf(startProcess(folder, script))));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await standingIn(folder, 40)).toEqual({ wrong: [], missing: [], dropped: 0 });
    expect(namesIn(folder).filter((name) => !name.endsWith('.pack'))).toEqual([]);
    // 48 runs have written; each merges what it finds.
    expect(namesIn(folder).length).toBeLessThan(20);
  });

  it('evict at once without harm', async () => {
    const folder = fresh();
    const script = `${BODY}
      for (let round = 0; round < 15; round++) {
        const store = open({ folder, clock: Date.now, bytesMax: 40_000 });
        for (let i = 0; i < 6; i++) {
          const at = (round * 6 + i) % 60;
          store.write(version(at), 'manifest', { outcome: 'found', bytes: body(at) }, 'long');
        }
        await store.flush();
        if (store.state.unwritable !== undefined || store.state.dropped > 0) process.exitCode = 8;
      }`;
    const codes = await Promise.all([1, 2, 3].map(() => exitOf(startProcess(folder, script))));
    expect(codes).toEqual([0, 0, 0]);
    const { wrong, missing, dropped } = await standingIn(folder, 60);
    expect({ wrong, dropped }).toEqual({ wrong: [], dropped: 0 });
    expect(missing.length).toBeLessThan(60);
  });
});

describe('a process that is killed', () => {
  it('leaves no half of anything that is read, whenever it was', async () => {
    const folder = fresh();
    const script = `${BODY}
      process.stdout.write('ready');
      for (let round = 0; ; round++) {
        const store = open({ folder, clock: Date.now });
        for (let i = 0; i < 60; i++) {
          store.write(version(i), 'manifest', { outcome: 'found', bytes: body(i) }, 'long');
        }
        await store.flush();
      }`;
    for (let round = 0; round < 6; round++) {
      const child = startProcess(folder, script);
      const ended = exitOf(child);
      await new Promise((resolve) => child.stdout?.once('data', resolve));
      // Somewhere within one of its rounds, which take a few milliseconds each.
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 9));
      child.kill('SIGKILL');
      expect(await ended).toBe('SIGKILL');
      const { wrong, dropped } = await standingIn(folder, 60);
      expect({ wrong, dropped }).toEqual({ wrong: [], dropped: 0 });
    }
    expect((await standingIn(folder, 60)).missing).toEqual([]);
    // What it left half written is swept by a later run.
    const later = openAt(folder, Date.now() + DAY);
    later.write(version(99), 'manifest', { outcome: 'found', bytes: rightBody(99) }, 'long');
    await later.flush();
    expect(namesIn(folder).filter((name) => !name.endsWith('.pack'))).toEqual([]);
  }, 60_000);
});

describe('a disk without room', () => {
  const FILL = `${BODY}
    const store = open({ folder, clock: Date.now });
    let lost = 0;
    for (let i = 0; i < 40; i++) {
      store.write(version(i), 'manifest', { outcome: 'found', bytes: body(i) }, 'long');
      await store.flush();
      if (store.read(version(i), 'manifest') === undefined) lost++;
    }
    process.stdout.write(JSON.stringify({ code: store.state.unwritable, dropped: store.state.dropped, lost }));`;

  async function fill(folder: string, prelude?: string): Promise<Filled> {
    const child = startProcess(folder, FILL, prelude);
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    expect(await exitOf(child)).toBe(0);
    const said = JSON.parse(Buffer.concat(chunks).toString());
    const left = readdirSync(rootOf(folder)).filter((name) => !name.endsWith('.pack'));
    return { ...said, left, after: await standingIn(folder, 40) };
  }

  it('does not stop the run, and what was written before stands', async (test) => {
    const folder = fresh();
    mkdirSync(folder, { recursive: true });
    // A full disk needs a file system of its own. The same code meets a limit on files below, whoever runs the tests.
    if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=100k', 'tmpfs', folder]).status !== 0)
      return test.skip('this user may not mount a file system');
    try {
      const { code, dropped, lost, left, after } = await fill(folder);
      expect({ code, dropped, left }).toEqual({ code: 'ENOSPC', dropped: 0, left: [] });
      // What was found out after that counts in this run, and is asked again in the next one.
      expect(lost).toBe(0);
      expect(after.missing.length).toBeGreaterThan(10);
      expect(after).toMatchObject({ wrong: [], dropped: 0 });
      expect(after.missing.length).toBeLessThan(30);
    } finally {
      expect(spawnSync('umount', [path.resolve(folder)]).status).toBe(0);
    }
  });

  it.skipIf(process.platform === 'win32')('has no half of a file afterwards', async () => {
    // Bodies have 3,000 to 9,000 bytes, files at most 8 blocks of 512 or 1,024.
    const { code, dropped, left, after } = await fill(fresh(), 'ulimit -f 8');
    expect({ code, dropped, left }).toEqual({ code: 'EFBIG', dropped: 0, left: [] });
    expect(after).toMatchObject({ wrong: [], dropped: 0 });
    expect(after.missing).not.toContain(0);
    expect(after.missing).toContain(6);
  });
});
