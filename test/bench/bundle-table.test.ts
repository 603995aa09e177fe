import { describe, expect, it } from 'vitest';
import { type BundleRow, bundleTable, summarizeBundles } from '../../scripts/bench-table-bundles.mjs';

const row = (who: BundleRow['who'], round: number, wall: number): BundleRow => ({
  kind: 'provenance',
  round,
  who,
  bundles: 1000,
  wall,
  cpu: wall * 2,
});

describe('the table of single bundles', () => {
  // The second round ran on a machine three times as slow; the ratios within a round are not touched by that.
  const rows = [
    row('sigstore', 0, 20),
    row('ours', 0, 1),
    row('floor', 0, 0.8),
    row('ours', 1, 3),
    row('floor', 1, 2.4),
    row('sigstore', 1, 60),
    row('floor', 2, 1.6),
    row('sigstore', 2, 40),
    row('ours', 2, 2),
  ];

  it('takes ratios within a round, and their median', () => {
    const [cell, ...more] = summarizeBundles(rows);
    expect(more).toEqual([]);
    expect(cell).toMatchObject({ kind: 'provenance', ours: { rate: 500, cpu: 4 }, floor: { rate: 625 } });
    expect(cell!.speed.sigstore).toBeCloseTo(20);
    expect(cell!.speed.floor).toBeCloseTo(1.25);
    expect(cell!.work.sigstore).toBeCloseTo(20);
    expect(cell!.work.floor).toBeCloseTo(1.25);
  });

  it('shows the three beside one another', () => {
    const facts = { bundles: 200, rounds: 3, sigstore: '3.0.0', node: 'v20.17.0', cpus: 2 };
    const lines = bundleTable(summarizeBundles(rows), facts).split('\n');
    expect(lines[0]).toContain('200 bundles of each kind, medians of 3 rounds; Node 20.17.0');
    expect(lines.at(-1)).toBe(
      '| provenance | 25 : 500 : 625 | **20.0** | **1.25** | 80.00 : 4.00 : 3.20 | **20.0** | **1.25** |',
    );
  });

  it('goes without @sigstore/verify where it cannot read a kind', () => {
    const [cell] = summarizeBundles(rows.filter(({ who }) => who !== 'sigstore'));
    expect(cell).toMatchObject({ sigstore: undefined, speed: { sigstore: undefined } });
    const facts = { bundles: 200, rounds: 3, sigstore: '3.0.0', node: 'v20.17.0', cpus: 2 };
    expect(bundleTable([cell!], facts).split('\n').at(-1)).toBe(
      '| provenance | – : 500 : 625 |  | **1.25** | – : 4.00 : 3.20 |  | **1.25** |',
    );
  });
});
