import { describe, expect, it } from 'vitest';
import { type BenchRow, summarize, table } from '../../scripts/bench-table.mjs';

const tree = { attested: 0.25, latency: 30, cache: 'cold' };
const row = (who: BenchRow['who'], wall: number): BenchRow => ({
  ...tree,
  who,
  wall,
  cpu: wall * 2,
  rssMB: 100,
  requests: 7,
  bytes: 1_500_000,
});
const facts = { packages: 10, runs: 3, npm: '11.0.0', node: 'v20.17.0', cpus: 2 };

describe('the table of the benchmark', () => {
  it('shows medians and how often ours fits into theirs', () => {
    const rows = [
      row('npm', 9),
      row('npm', 90),
      row('npm', 10),
      row('ours', 1),
      row('ours', 2),
      row('ours', 4),
    ];
    const [cell, ...more] = summarize(rows);
    expect(more).toEqual([]);
    expect(cell).toMatchObject({ ...tree, npm: { wall: 10, cpu: 20 }, ours: { wall: 2, cpu: 4 } });
    expect(table([cell!], facts).split('\n').at(-1)).toBe(
      '| 25 % | 30 ms | cold | 10.00 : 2.00 | **5.0** | 20.00 : 4.00 | **5.0** | 100 : 100 | 7 : 7 | 1.50 : 1.50 |',
    );
  });

  it('takes the middle between two runs, and goes without npm', () => {
    const [cell] = summarize([row('ours', 1), row('ours', 2)]);
    expect(cell).toMatchObject({ npm: undefined, ours: { wall: 1.5 } });
    const text = table([cell!], { ...facts, npm: undefined, runs: 2 });
    expect(text).not.toContain('npm');
    expect(text.split('\n').at(-1)).toContain('| 1.50 |  | 3.00 |  |');
  });
});
