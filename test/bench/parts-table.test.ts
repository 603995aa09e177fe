import { describe, expect, it } from 'vitest';
import {
  curveTable,
  type FaultsRow,
  faultsTable,
  floorTable,
  npxTable,
  type StartRow,
  scaleTable,
  startTable,
  summarizeCurve,
  summarizeFaults,
  summarizeFloor,
  summarizeNpx,
  summarizeScale,
  summarizeStart,
} from '../../scripts/bench-table-parts.mjs';

const machine = { node: 'v20.17.0', cpus: 2 };
const lines = (text: string) => text.split('\n').slice(4);

it('holds a warm run to a multiple of the least work, run by run', () => {
  const rows = [
    { who: 'ours', run: 1, wall: 1.2, cpu: 2 },
    { who: 'floor', run: 1, wall: 1, cpu: 1, signatures: 90 },
    { who: 'ours', run: 2, wall: 4.2, cpu: 4 },
    { who: 'floor', run: 2, wall: 3, cpu: 2, signatures: 90 },
  ] as const;
  const cell = summarizeFloor(rows);
  expect(cell.ratio.wall).toBeCloseTo(1.3);
  const facts = { packages: 10, runs: 2, rounds: 5, ...machine };
  const text = floorTable({ ...cell, bar: { ...cell.bar, value: 1.31 } }, facts);
  expect(text).toContain('90 signatures');
  expect(lines(text)).toEqual([
    '| wall | 2.70 | 2.00 | **1.30** | ≤ 1.3 **missed** |',
    '| CPU | 3.00 | 1.50 | **2.00** | – |',
  ]);
});

it('compares ten times the packages with one, whatever order they were measured in', () => {
  const rows = [
    { run: 1, packages: 10_000, wall: 10, cpu: 12, rssMB: 140 },
    { run: 1, packages: 1000, wall: 1, cpu: 1.5, rssMB: 100 },
  ];
  const summary = summarizeScale(rows);
  expect(summary.bars).toMatchObject([
    { value: 10, limit: 10.5 },
    { value: 1.4, limit: 1.3 },
  ]);
  expect(lines(scaleTable(summary, { attested: 0.25, runs: 1, ...machine }))).toEqual([
    '| 1000 | 1.00 | 1.50 | 100 |',
    '| 10000 | 10.00 | 12.00 | 140 |',
    '| ratio | **10.00** | **8.00** | **1.40** |',
    '| bar | ≤ 10.5 kept | – | ≤ 1.3 **missed** |',
  ]);
});

it('marks where a package costs more than in the next smaller tree', () => {
  const row = (packages: number, wall: number, cache = 'cold') => ({
    ...{ run: 1, cache, packages, wall, cpu: wall, rssMB: 100 },
  });
  const rows = [row(1000, 2.4), row(100, 0.2), row(300, 0.6), row(3000, 8.2), row(100, 9, 'warm')];
  const cells = summarizeCurve(rows);
  expect(cells.map(({ packages, rises }) => [packages, rises])).toEqual([
    [100, []],
    [300, []],
    [1000, ['wall', 'cpu']],
    [3000, []],
    [100, []],
  ]);
  expect(lines(curveTable(cells, { attested: 0.25, runs: 1, ...machine }))[2]).toBe(
    '| cold | 1000 | 2.40 | 2.40 ▲ | 2.40 ▲ | 100 | 102.4 |',
  );
});

describe('the start', () => {
  const row = (what: StartRow['what'], who: StartRow['who'], run: number, wall: number): StartRow => ({
    ...{ what, who, run, wall, cpu: wall, rssMB: 40 },
  });
  const pairs = (what: StartRow['what'], above: number) =>
    [0.04, 0.1, 0.03].flatMap((empty, run) => [
      row(what, 'node', run, empty),
      row(what, 'ours', run, empty + above),
    ]);
  const loaded = { help: { files: 4, bytes: 60_400 }, check: { files: 20, bytes: 700_000 } };

  it('is the difference to the empty process beside it', () => {
    const cells = summarizeStart([...pairs('help', 0.0601), ...pairs('check', 0.1999)], { loaded });
    expect(lines(startTable(cells, { runs: 3, ...machine }))).toEqual([
      '| `verify-deps --help` | 100 | 40 | **60** | ≤ 60 ms **missed** | 60 | 40 : 40 | 4 | 60 |',
      '| `verify-deps check`, 10 packages, warm | 240 | 40 | **200** | ≤ 200 ms kept | 200 | 40 : 40 | 20 | 700 |',
    ]);
  });
});

it('holds what npx downloads to one small package', () => {
  const rows = [
    { who: 'ours', run: 1, wall: 1.2, cpu: 1 },
    { who: 'one file', run: 1, wall: 1, cpu: 1 },
  ] as const;
  const facts = {
    runs: 1,
    npm: '11.0.0',
    packages: 2,
    files: 7,
    tarball: 800_000,
    unpacked: 3_000_001,
    ...machine,
  };
  const summary = summarizeNpx(rows, facts);
  expect(lines(npxTable(summary, facts))).toEqual([
    '| wall s | 1.20 | 1.00 | **1.20** | ≤ 1.3 kept |',
    '| CPU s | 1.00 | 1.00 | **1.00** | – |',
    '| packages | 2 | 1 |  | ≤ 1 **missed** |',
    '| files | 7 | 2 |  | – |',
    '| packed MB | 0.80 |  |  | – |',
    '| unpacked MB | 3.00 |  |  | ≤ 3 MB **missed** |',
  ]);
});

describe('faults', () => {
  const row = (faults: string, run: number, change: Partial<FaultsRow> = {}): FaultsRow => ({
    ...{ faults, run, rate: 0, wall: 1, cpu: 1, requests: 600, answers: { 200: 590, 404: 10 }, same: true },
    ...change,
  });
  const storm = { rate: 300, wall: 4, requests: 650, answers: { 200: 590, 404: 10, 429: 49, reset: 1 } };
  const facts = { packages: 500, attested: 0.25, runs: 2, ...machine };

  it('are beside the run without any of the same round', () => {
    const cells = summarizeFaults([
      row('none', 1),
      row('storm', 1, storm),
      row('none', 2),
      row('storm', 2, storm),
    ]);
    expect(lines(faultsTable(cells, facts))).toEqual([
      '| none | 1.00 | 0.00 | – | 600 | 0 | 0 | yes |',
      '| storm | 4.00 | 3.00 | 2.00 | 650 | 50 | 50 | yes |',
    ]);
    expect(cells.every(({ bar }) => bar.value === bar.limit)).toBe(true);
  });

  it('must not change the report in a single run', () => {
    const cells = summarizeFaults([
      row('none', 1),
      row('storm', 1, storm),
      row('storm', 2, { ...storm, same: false }),
    ]);
    expect(cells[1]!.bar).toMatchObject({ value: 1, limit: 2, least: true });
    expect(faultsTable(cells, facts)).toContain('**in 1 of 2 runs**');
  });
});
