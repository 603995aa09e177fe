import { describe, expect, it } from 'vitest';
import { pageWith } from '../../scripts/bench-page.mjs';
import { type AuditRow, auditTable, barsText, barText, summarizeAudit } from '../../scripts/bench-table.mjs';

const tree = { attested: 0.25, latency: 0, cache: 'cold' };
const row = (who: AuditRow['who'], run: number, wall: number): AuditRow => ({
  ...tree,
  who,
  run,
  wall,
  cpu: wall * 2,
  rssMB: 100,
  requests: 7,
  bytes: 1_500_000,
});
const facts = { packages: 1000, runs: 3, npm: '11.0.0', node: 'v20.17.0', cpus: 2 };

describe('the table of whole commands', () => {
  // The machine was three times as slow during the second run, for both.
  const rows = [
    row('npm', 1, 20),
    row('ours', 1, 1),
    row('npm', 2, 63),
    row('ours', 2, 3),
    row('ours', 3, 2),
    row('npm', 3, 50),
  ];

  it('takes ratios within a run, and their median', () => {
    const [cell, ...more] = summarizeAudit(rows);
    expect(more).toEqual([]);
    expect(cell).toMatchObject({ ...tree, npm: { wall: 50, cpu: 100 }, ours: { wall: 2, cpu: 4 } });
    expect(cell!.ratio.wall).toBeCloseTo(21);
    expect(auditTable([cell!], facts).split('\n').at(-1)).toBe(
      '| 25 % | 0 ms | cold | 50.00 : 2.00 | **21.0** | ≥ 20 kept | 100.00 : 4.00 | **21.0** | 100 : 100 | 7 : 7 | 1.50 : 1.50 |',
    );
  });

  it('holds each row to its own bar, and rows without one to none', () => {
    const bar = (change: Partial<AuditRow>) => {
      const [cell] = summarizeAudit(rows.map((each) => ({ ...each, ...change })));
      return barText(cell!.bar);
    };
    expect(bar({ latency: 30 })).toBe('≥ 12 kept');
    expect(bar({ cache: 'warm' })).toBe('≥ 30 **missed**');
    expect(bar({ attested: 1 })).toBe('≥ 25 **missed**');
    expect(bar({ attested: 1, cache: 'warm' })).toBe('≥ 25 **missed**');
    expect(bar({ attested: 1, latency: 30 })).toBe('–');
  });

  it('goes without npm', () => {
    const [cell] = summarizeAudit([row('ours', 1, 1), row('ours', 2, 2)]);
    expect(cell).toMatchObject({ npm: undefined, ours: { wall: 1.5 }, bar: undefined });
    const text = auditTable([cell!], { ...facts, npm: undefined, runs: 2 });
    expect(text).not.toContain('npm');
    expect(text.split('\n').at(-1)).toContain('| 1.50 | – | – | 3.00 | – |');
  });

  it('leaves out runs that lack one of the two', () => {
    const [cell] = summarizeAudit(rows.filter(({ who, run }) => who === 'npm' || run === 3));
    expect(cell!.ratio.wall).toBeCloseTo(25);
  });
});

it('tells of bars how many are kept', () => {
  const bars = [
    { what: 'a', value: 60, limit: 60, unit: ' ms' },
    { what: 'b', value: 60.01, limit: 60 },
    { what: 'c', value: 60, limit: 60, least: true },
    { what: 'd', value: 59.99, limit: 60, least: true },
  ];
  expect(barsText(bars).split('\n')).toEqual([
    'a: 60 ms (≤ 60 ms kept)',
    'b: 60.01 (≤ 60 **missed**)',
    'c: 60 (≥ 60 kept)',
    'd: 59.99 (≥ 60 **missed**)',
    '2 of 4 bars kept',
  ]);
});

it('goes between its own markers, and leaves everything else alone', () => {
  const page =
    '# P\n\n<!-- bench-audit:start -->\nx\n<!-- bench-audit:end -->\n\nprose\n\n<!-- bench-npx:start -->\n<!-- bench-npx:end -->\n';
  const once = pageWith(page, 'first', 'npx');
  const twice = pageWith(once, 'second', 'npx');
  expect(twice).toBe(`${page.slice(0, page.lastIndexOf('\n<!--'))}\n\nsecond\n\n<!-- bench-npx:end -->\n`);
  expect(pageWith(twice, 'second', 'npx')).toBe(twice);
  expect(() => pageWith(page, 'x', 'curve')).toThrow('lacks');
});
