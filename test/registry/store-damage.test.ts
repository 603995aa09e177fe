/** What lies in the folder may be damaged, or put there by somebody else. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type EntryKind, questionId } from '../../src/registry/entry.ts';
import { digestOf, encodeTable } from '../../src/registry/pack.ts';
import { openPacks } from '../../src/registry/packs.ts';
import {
  DAY,
  folders,
  found,
  key,
  namesIn,
  onlyPack,
  openAt,
  readBack,
  rootOf,
  stateOf,
  version,
  writeOne,
} from './store-support.ts';

const fresh = folders();
const posix = process.platform !== 'win32';
const asRoot = process.getuid?.() === 0;

/** A pack by the rules of the format, whoever made it. */
function plant(
  folder: string,
  body: Buffer,
  row: { readonly time: number; readonly length?: number; readonly absent?: boolean },
  kind: EntryKind = 'manifest',
): string {
  const { table, name } = encodeTable([
    {
      question: questionId(key, kind),
      digest: digestOf(body),
      offset: 0,
      length: row.length ?? body.length,
      time: row.time,
      absent: row.absent ?? false,
      short: false,
    },
  ]);
  mkdirSync(rootOf(folder), { recursive: true, mode: 0o700 });
  writeFileSync(path.join(rootOf(folder), name), Buffer.concat([body, table.rows]));
  return path.join(rootOf(folder), name);
}

describe('a damaged pack', () => {
  it('gives no answer with any byte changed, and is asked for again', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    const file = onlyPack(folder);
    const good = readFileSync(file);
    for (let i = 0; i < good.length; i++) {
      const bad = Buffer.from(good);
      bad[i]! ^= 1 << (i % 8);
      writeFileSync(file, bad);
      const store = openAt(folder, 1000);
      expect(store.read(key, 'manifest')).toBeUndefined();
      expect(store.state.dropped).toBe(1);
    }
  });

  it('gives no answer where it is cut off, or longer than it was', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    const file = onlyPack(folder);
    const good = readFileSync(file);
    for (let i = 0; i < good.length; i++) {
      writeFileSync(file, good.subarray(0, i));
      expect(readBack(folder, 1000)).toBeUndefined();
    }
    writeFileSync(file, Buffer.concat([good, Buffer.from('x')]));
    expect(readBack(folder, 1000)).toBeUndefined();
    expect(namesIn(folder)).toEqual([]);
  });

  it('with one damaged answer still gives the others, and the damaged one after it was asked for', async () => {
    const folder = fresh();
    const store = openAt(folder, 1000);
    for (let i = 0; i < 3; i++) {
      store.write(version(i), 'manifest', { outcome: 'found', bytes: Buffer.from(`body ${i}`) }, 'long');
    }
    await store.flush();
    const file = onlyPack(folder);
    const bytes = readFileSync(file);
    bytes.write('!', bytes.indexOf('body 1'));
    writeFileSync(file, bytes);
    const all = (now: number): unknown => [0, 1, 2].map((i) => readBack(folder, now, version(i)));
    expect(all(1000)).toEqual(['body 0', undefined, 'body 2']);
    await writeOne(folder, 1001, version(1), 'again');
    expect(all(1001)).toEqual(['body 0', 'again', 'body 2']);
  });

  it('under the name of another is none', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    await writeOne(folder, 1000, version(2), 'of another version');
    const [one, other] = namesIn(folder).map((name) => path.join(rootOf(folder), name));
    renameSync(one!, other!);
    expect(readBack(folder, 1000)).toBeUndefined();
    expect(readBack(folder, 1000, version(2))).toBeUndefined();
    expect(namesIn(folder)).toEqual([]);
  });
});

describe('a pack of somebody who knows the format', () => {
  it('answers the question it is of, and no other', () => {
    const folder = fresh();
    plant(folder, Buffer.from('evidence'), { time: 1000 });
    expect(readBack(folder, 1000)).toBe('evidence');
    for (const other of [
      { ...key, name: 'b' },
      { ...key, version: '1.0.1' },
      { ...key, registry: 'https://mirror.example/' },
    ]) {
      expect(readBack(folder, 1000, other)).toBeUndefined();
    }
    expect(openAt(folder, 1000).read(key, 'attestations')).toBeUndefined();
  });

  it.each([
    ['from the future', { time: 1000 * DAY }],
    ['of the end of days', { time: 2 ** 48 - 1 }],
    ['of the age of the epoch', { time: 0 }],
    ['longer than its file', { time: 60 * DAY, length: 500_000 }],
    ['longer than any', { time: 60 * DAY, length: 2 ** 32 - 1 }],
    ['shorter than its digest says', { time: 60 * DAY, length: 3 }],
  ])('is not believed: %s', (_, row) => {
    const folder = fresh();
    plant(folder, Buffer.from('evidence'), row);
    expect(readBack(folder, 60 * DAY)).toBeUndefined();
  });

  it('does not say for long that there is none', () => {
    const folder = fresh();
    plant(folder, Buffer.alloc(0), { time: 1000, absent: true }, 'attestations');
    const outcome = (now: number) => openAt(folder, now).read(key, 'attestations')?.outcome;
    expect([outcome(1000), outcome(1000 + 900_000)]).toEqual(['absent', undefined]);
  });

  it('of a body larger than any is not read', () => {
    const folder = fresh();
    plant(folder, Buffer.alloc(524_289), { time: 1000 });
    expect(readBack(folder, 1000)).toBeUndefined();
    const other = fresh();
    plant(other, Buffer.alloc(524_288), { time: 1000 });
    expect(readBack(other, 1000)).toHaveLength(524_288);
  });

  it('and of thousands more is bounded in what it costs', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    for (let i = 0; i < 400; i++) plant(folder, Buffer.from('evidence'), { time: i });
    const packs = openPacks(rootOf(folder));
    packs.refresh();
    expect(packs.all).toHaveLength(256);
    for (let i = 0; i < 4000; i++) {
      writeFileSync(path.join(rootOf(folder), `${i.toString(16).padStart(64, '0')}.pack`), '');
    }
    const store = openAt(folder, 1000);
    store.read(version(2), 'manifest');
    expect(store.state.dropped).toBeLessThan(4097);
    // What is no pack is taken away, and upkeep makes one of many others.
    for (let i = 0; i < 3; i++) await writeOne(folder, 1000 + i, version(3));
    expect(namesIn(folder).length).toBeLessThan(400);
  });

  it('from the future does not stand before what is of now', async () => {
    const folder = fresh();
    plant(folder, Buffer.from('planted'), { time: 1000 * DAY });
    await writeOne(folder, 60 * DAY);
    expect(readBack(folder, 60 * DAY)).toBe('evidence');
  });
});

describe.skipIf(!posix)('in place of a pack', () => {
  const planted = (): { folder: string; file: string; bytes: Buffer } => {
    const folder = fresh();
    const file = plant(folder, Buffer.from('evidence'), { time: 1000 });
    return { folder, file, bytes: readFileSync(file) };
  };

  it('a symbolic link is not followed, and what it leads to stays', () => {
    const { folder, file } = planted();
    const target = path.join(folder, 'elsewhere');
    renameSync(file, target);
    symlinkSync(target, file);
    const store = openAt(folder, 1000);
    expect(store.read(key, 'manifest')).toBeUndefined();
    expect(store.state.dropped).toBe(1);
    expect(existsSync(target)).toBe(true);
    expect(namesIn(folder)).toEqual([]);
  });

  it('a pipe does not keep the run waiting', () => {
    const { folder, file } = planted();
    unlinkSync(file);
    execFileSync('mkfifo', [file]);
    expect(readBack(folder, 1000)).toBeUndefined();
  });

  it('a folder is left alone', () => {
    const { folder, file } = planted();
    unlinkSync(file);
    mkdirSync(file);
    writeFileSync(path.join(file, 'inside'), '');
    const store = openAt(folder, 1000);
    expect(store.read(key, 'manifest')).toBeUndefined();
    expect(store.state.dropped).toBe(1);
    expect(existsSync(path.join(file, 'inside'))).toBe(true);
  });

  it('a file larger than any pack is not read', () => {
    const { folder, file, bytes } = planted();
    const size = 2 ** 27;
    truncateSync(file, size);
    const end = bytes.subarray(bytes.length - 92);
    // By its end it is a pack with a body of 128 MB before the table.
    writeFileSync(file, end, { flag: 'a' });
    expect(readBack(folder, 1000)).toBeUndefined();
    expect(namesIn(folder)).toEqual([]);
  });

  it.runIf(asRoot)('a file of another user is not read', () => {
    const { folder, file } = planted();
    chownSync(file, 12_345, 12_345);
    expect(readBack(folder, 1000)).toBeUndefined();
  });

  it('names of other kinds are neither read nor taken away', async () => {
    const { folder, file } = planted();
    renameSync(file, path.join(rootOf(folder), 'notes.txt'));
    writeFileSync(`${file}.bak`, '');
    expect(readBack(folder, 1000)).toBeUndefined();
    await writeOne(folder, 1000);
    expect(namesIn(folder)).toHaveLength(3);
  });
});

describe.skipIf(!posix)('a folder that is not for this user alone', () => {
  const refused = async (folder: string, code: string): Promise<void> => {
    const said: unknown[] = [];
    const store = openAt(folder, 1000, { onUnwritable: (_, why) => said.push(why) });
    expect(store.read(key, 'manifest')).toBeUndefined();
    // Told also where nothing is to be written.
    expect(said).toEqual([code]);
    store.write(key, 'manifest', found, 'long');
    await store.flush();
    expect({ said, state: store.state.unwritable }).toEqual({ said: [code], state: code });
  };

  it.each([0o770, 0o707, 0o777])('is neither read nor written: mode %o', async (mode) => {
    const folder = fresh();
    await writeOne(folder, 1000);
    chmodSync(rootOf(folder), mode);
    const before = stateOf(folder);
    await refused(folder, 'EOWNER');
    expect(stateOf(folder)).toEqual(before);
    chmodSync(rootOf(folder), 0o755);
    expect(readBack(folder, 1000)).toBe('evidence');
  });

  it.runIf(asRoot)('is neither read nor written: of another user', async () => {
    const folder = fresh();
    await writeOne(folder, 1000);
    chownSync(rootOf(folder), 12_345, 12_345);
    await refused(folder, 'EOWNER');
  });

  it('is neither read nor written: a symbolic link to one', async () => {
    const [folder, other] = [fresh(), fresh()];
    await writeOne(other, 1000);
    mkdirSync(folder);
    symlinkSync(rootOf(other), rootOf(folder));
    await refused(folder, 'ENOTDIR');
    expect(lstatSync(rootOf(folder)).isSymbolicLink()).toBe(true);
    expect(readBack(other, 1000)).toBe('evidence');
  });
});
