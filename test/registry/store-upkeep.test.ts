/** The folder stays small, and what is of use stays in it. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { questionId } from '../../src/registry/entry.ts';
import { digestOf, encodeTable } from '../../src/registry/pack.ts';
import type { PackEntry } from '../../src/registry/pack-writer.ts';
import { openPacks } from '../../src/registry/packs.ts';
import { keepUp } from '../../src/registry/upkeep.ts';
import {
  absent,
  DAY,
  folders,
  found,
  HOUR,
  key,
  namesIn,
  openAt,
  readBack,
  rootOf,
  stateOf,
  version,
  writeOne,
} from './store-support.ts';

const fresh = folders();
const NOW = 1000 * DAY;
const body = (i: number): string => `${i} `.repeat(500);

/** Runs of their own, one answer each. */
async function runs(folder: string, numbers: readonly number[], now = NOW): Promise<void> {
  for (const i of numbers) await writeOne(folder, now + i, version(i), body(i), { bytesMax: 1e9 });
}
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const standing = (folder: string, numbers: readonly number[], now = NOW + 100): readonly number[] =>
  numbers.filter((i) => readBack(folder, now, version(i)) === body(i));

/** A folder of packs as a run would make it. */
function made(): string {
  const root = rootOf(fresh());
  mkdirSync(root, { recursive: true, mode: 0o700 });
  return root;
}

function entryOf(name: string, bytes: Buffer, none = false): PackEntry {
  return { question: questionId({ ...key, name }, 'manifest'), bytes, time: NOW, absent: none, short: none };
}

/** Rows of all packs, as their ends tell. */
function answersIn(folder: string): number {
  return namesIn(folder).reduce((sum, name) => {
    const bytes = readFileSync(path.join(rootOf(folder), name));
    return sum + bytes.readUInt32BE(bytes.length - 12);
  }, 0);
}

/** Sets when the pack of an answer was of use. */
function usedAt(folder: string, i: number, time: number): void {
  for (const name of namesIn(folder)) {
    const file = path.join(rootOf(folder), name);
    if (readFileSync(file, 'latin1').startsWith(body(i))) utimesSync(file, time / 1000, time / 1000);
  }
}

describe('the size of the store', () => {
  it('is bounded; what was of no use for longest goes first', async () => {
    const folder = fresh();
    await runs(folder, upTo(6));
    for (const [i, days] of [3, 1, 5, 2, 4, 0].entries()) usedAt(folder, i, NOW - days * DAY);
    // 7 packs of 1,000 to 1,100 bytes and one more: room for four.
    await writeOne(folder, NOW + 50, version(9), body(9), { bytesMax: 4500 });
    expect(standing(folder, [...upTo(6), 9])).toEqual([1, 3, 5, 9]);
  });

  it('is bounded by the number of answers too', async () => {
    const folder = fresh();
    await runs(folder, upTo(6));
    usedAt(folder, 2, NOW - DAY);
    usedAt(folder, 4, NOW - 2 * DAY);
    await writeOne(folder, NOW + 50, version(9), body(9), { rowsMax: 5 });
    expect(standing(folder, [...upTo(6), 9])).toEqual([0, 1, 3, 5, 9]);
  });

  it('stays as it is where there is room to the byte', async () => {
    const folder = fresh();
    await runs(folder, upTo(3));
    const bytes = namesIn(folder).reduce(
      (sum, name) => sum + statSync(path.join(rootOf(folder), name)).size,
      0,
    );
    const more = { bytesMax: bytes + body(9).length + 92, rowsMax: 4 };
    await writeOne(folder, NOW + 50, version(9), body(9), more);
    expect(standing(folder, [0, 1, 2, 9])).toEqual([0, 1, 2, 9]);
  });

  it('a reading run keeps what it reads', async () => {
    const folder = fresh();
    await runs(folder, upTo(3), NOW);
    await runs(folder, [3], NOW + 2 * DAY);
    expect(readBack(folder, NOW + 3 * DAY, version(1))).toBe(body(1));
    await writeOne(folder, NOW + 3 * DAY, version(9), body(9), { bytesMax: 3500 });
    expect(standing(folder, [...upTo(4), 9], NOW + 3 * DAY)).toEqual([1, 3, 9]);
  });

  it('a time far ahead saves nothing', async () => {
    const folder = fresh();
    await runs(folder, upTo(2));
    usedAt(folder, 0, NOW + 100 * DAY);
    await writeOne(folder, NOW + 50, version(9), body(9), { bytesMax: 2500 });
    expect(standing(folder, [0, 1, 9])).toEqual([1, 9]);
  });

  it('may be nothing', async () => {
    const folder = fresh();
    await writeOne(folder, NOW, key, 'evidence', { bytesMax: 0 });
    expect(namesIn(folder)).toEqual([]);
  });

  it('is left to whoever writes', async () => {
    const folder = fresh();
    await runs(folder, upTo(3));
    const before = stateOf(folder);
    const store = openAt(folder, NOW + 50, { bytesMax: 0 });
    expect(store.read(version(1), 'manifest')).toBeDefined();
    await store.flush();
    expect(stateOf(folder)).toEqual(before);
  });
});

describe('small packs', () => {
  it('become one, and all answers stand', async () => {
    const folder = fresh();
    await runs(folder, upTo(40));
    expect(namesIn(folder).length).toBeLessThanOrEqual(12);
    expect(standing(folder, upTo(40))).toEqual(upTo(40));
  });

  it('lose what is superseded and what is of no use to anybody', async () => {
    const folder = fresh();
    for (let i = 0; i < 12; i++) await writeOne(folder, NOW + i, key, body(i));
    const store = openAt(folder, NOW + 20);
    store.write(key, 'attestations', absent, 'short');
    store.write(key, 'time', found, 'long');
    await store.flush();
    // Of 14 answers in 13 packs; the merged one has the newest of several to the same question.
    expect(answersIn(folder)).toBeLessThan(10);
    expect(readBack(folder, NOW + 100)).toBe(body(11));
    expect(openAt(folder, NOW + 100).read(key, 'attestations')).toMatchObject({ outcome: 'absent' });
    expect(openAt(folder, NOW + 100).read(key, 'time')).toBeDefined();
  });

  it('lose that there was none, once that is not known any more', async () => {
    const folder = fresh();
    for (let i = 0; i < 12; i++) {
      const store = openAt(folder, NOW);
      store.write(version(i), 'attestations', absent, 'short');
      await store.flush();
    }
    expect(answersIn(folder)).toBe(12);
    await writeOne(folder, NOW + HOUR);
    expect(answersIn(folder)).toBeLessThan(8);
    expect(readBack(folder, NOW + HOUR)).toBe('evidence');
  });

  it('take nothing damaged along', async () => {
    const folder = fresh();
    await runs(folder, upTo(12));
    for (const name of namesIn(folder)) {
      const file = path.join(rootOf(folder), name);
      const bytes = readFileSync(file);
      if (!bytes.includes(body(3))) continue;
      bytes[0]! ^= 1;
      writeFileSync(file, bytes);
    }
    await writeOne(folder, NOW + 50, version(99), body(99));
    expect(namesIn(folder).length).toBeLessThan(12);
    expect(standing(folder, [...upTo(12), 99])).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 99]);
  });

  it('become none that is larger than a pack may be', async () => {
    const root = made();
    const packs = openPacks(root);
    const bytes = Buffer.alloc(500_000, 'x');
    const entry = (name: string): PackEntry => entryOf(name, bytes);
    for (let i = 0; i < 13; i++)
      packs.write(
        [...'abcdefghij'].map((one) => entry(one + i)),
        NOW,
      );
    await keepUp(packs, { folder: root, bytesMax: 1e9, rowsMax: 1e6, now: NOW, keeps: () => true });
    const sizes = packs.all.map((pack) => pack.bytes).sort((a, b) => b - a);
    expect(sizes[0]).toBeGreaterThan(4_000_000);
    expect(sizes[0]).toBeLessThan(33_554_433);
    expect(packs.all.reduce((sum, pack) => sum + pack.table.count, 0)).toBe(13 * 10);
    packs.close();
  });

  it('whose answers share their bytes are taken away, for they would become a thousand times as large', async () => {
    const folder = made();
    const packs = openPacks(folder);
    for (let i = 0; i < 13; i++) packs.write([entryOf(`real${i}`, Buffer.from(`${i}`))], NOW);
    const bytes = Buffer.alloc(100_000, 1);
    const row = {
      digest: digestOf(bytes),
      offset: 0,
      length: bytes.length,
      time: NOW,
      absent: false,
      short: false,
    };
    const shared = Array.from({ length: 50 }, (_, i) => ({
      ...row,
      question: questionId({ ...key, name: `shared${i}` }, 'manifest'),
    }));
    const { table, name } = encodeTable(shared);
    writeFileSync(path.join(folder, name), Buffer.concat([bytes, table.rows]));
    await keepUp(packs, { folder, bytesMax: 1e9, rowsMax: 1e9, now: NOW, keeps: () => true });
    expect(readdirSync(folder)).not.toContain(name);
    const sizes = readdirSync(folder).map((file) => statSync(path.join(folder, file)).size);
    expect(Math.max(...sizes)).toBeLessThan(100_000);
    expect(packs.all.reduce((sum, pack) => sum + pack.table.count, 0)).toBe(13);
  });

  it('become none with more answers than a pack may have', async () => {
    const root = made();
    const packs = openPacks(root);
    const many = (i: number): PackEntry[] =>
      Array.from({ length: 5000 }, (_, at) => entryOf(`${i} ${at}`, Buffer.of()));
    for (let i = 0; i < 13; i++) packs.write(many(i), NOW);
    await keepUp(packs, { folder: root, bytesMax: 1e9, rowsMax: 1e6, now: NOW, keeps: () => true });
    packs.close();
    const again = openPacks(root);
    again.refresh();
    expect(again.dropped).toBe(0);
    expect(again.all.length).toBeLessThan(13);
    expect(again.all.reduce((sum, pack) => sum + pack.table.count, 0)).toBe(13 * 5000);
  });

  it('that another process has taken away are not counted', () => {
    const root = made();
    const [one, other] = [openPacks(root), openPacks(root)];
    one.write([entryOf('a', Buffer.from('evidence'))], NOW);
    other.refresh();
    expect(other.all).toHaveLength(1);
    one.remove(one.all[0]!);
    other.refresh();
    expect(other.all).toEqual([]);
  });

  it('of which one is all that is worth keeping leave that one', async () => {
    const root = made();
    const packs = openPacks(root);
    const entry = (name: string, none: boolean): PackEntry =>
      entryOf(name, Buffer.from(none ? '' : 'evidence'), none);
    packs.write([entry('a', false)], NOW);
    const kept = packs.all[0]!.name;
    for (let i = 0; i < 12; i++) packs.write([entry(`x${i}`, true), entry(`y${i}`, true)], NOW);
    const upkeep = { folder: root, bytesMax: 1e9, rowsMax: 1e6, now: NOW };
    await keepUp(packs, { ...upkeep, keeps: ({ absent: none }) => !none });
    expect(packs.all).toHaveLength(6);
    expect(readdirSync(root)).toContain(kept);
    const one = packs.find(questionId({ ...key, name: 'a' }, 'manifest'), NOW)!;
    expect(packs.read(one)).toEqual(Buffer.from('evidence'));
    // And where nothing is, nothing is left of them.
    for (let i = 0; i < 8; i++) packs.write([entry(`z${i}`, true)], NOW);
    await keepUp(packs, { ...upkeep, keeps: () => false });
    expect(readdirSync(root)).toHaveLength(5);
    packs.close();
  });

  it('of no use for long are not made younger', async () => {
    const folder = fresh();
    await runs(folder, upTo(4), NOW - 20 * DAY);
    await runs(
      folder,
      upTo(9).map((i) => i + 10),
    );
    const old = namesIn(folder).filter(
      (name) => statSync(path.join(rootOf(folder), name)).mtimeMs < NOW - 19 * DAY,
    );
    expect(namesIn(folder).length).toBeLessThan(13);
    expect(old).toHaveLength(4);
  });

  it('that are merged while a run reads are found again', async () => {
    const folder = fresh();
    await runs(folder, upTo(12));
    const reading = openAt(folder, NOW + 100);
    expect(reading.read(version(0), 'manifest')).toBeDefined();
    await runs(folder, [12, 13]);
    for (const i of upTo(12)) expect(reading.read(version(i), 'manifest')).toBeDefined();
    expect(reading.state.dropped).toBe(0);
  });

  it('of a process that runs for weeks become few', async () => {
    const folder = fresh();
    let now = NOW;
    const store = openAt(folder, 0, { clock: () => now });
    for (let i = 0; i < 120; i++) {
      store.write(version(i), 'manifest', { outcome: 'found', bytes: Buffer.from(body(i)) }, 'long');
      now += 6000;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await expect.poll(() => namesIn(folder).length, { timeout: 10_000 }).toBeLessThan(30);
    expect(upTo(120).filter((i) => store.read(version(i), 'manifest') === undefined)).toEqual([]);
    await store.flush();
    expect(standing(folder, upTo(120), now)).toEqual(upTo(120));
  });
});

describe('what killed runs have left', () => {
  const leave = (file: string, age: number): string => {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, 'half');
    utimesSync(file, (NOW - age) / 1000, (NOW - age) / 1000);
    return file;
  };

  it('is swept after an hour, and nothing else', async () => {
    const folder = fresh();
    const name = (what: string): string => `.${what}.4711.0123456789ab.tmp`;
    const left = [
      leave(path.join(rootOf(folder), name('pack')), HOUR + 1000),
      leave(path.join(folder, 'tuf', name('host.json')), HOUR + 1000),
      leave(path.join(folder, 'policies-v1', name('sha512-00')), HOUR + 1000),
    ];
    const kept = [
      leave(path.join(rootOf(folder), `.pack.4712.0123456789ab.tmp`), HOUR - 60_000),
      leave(path.join(rootOf(folder), 'mine.tmp'), DAY),
      leave(path.join(rootOf(folder), '.pack.tmp'), DAY),
      leave(path.join(folder, name('pack')), DAY),
      leave(path.join(folder, 'others', name('pack')), DAY),
    ];
    mkdirSync(path.join(rootOf(folder), name('folder')));
    await writeOne(folder, NOW);
    expect(left.filter(existsSync)).toEqual([]);
    expect(kept.filter(existsSync)).toEqual(kept);
    expect(existsSync(path.join(rootOf(folder), name('folder')))).toBe(true);
  });

  it.skipIf(process.platform === 'win32')('is not looked for beyond a symbolic link', async () => {
    const [folder, elsewhere] = [fresh(), fresh()];
    const file = leave(path.join(elsewhere, '.pack.4711.0123456789ab.tmp'), DAY);
    mkdirSync(folder, { recursive: true });
    symlinkSync(elsewhere, path.join(folder, 'tuf'));
    await writeOne(folder, NOW);
    expect(existsSync(file)).toBe(true);
  });
});
