import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { nameOf, type Outcome, runCell } from './matrix/cell.ts';
import { bareCells, cells } from './matrix/cells.ts';
import { gapOf } from './matrix/not-covered.ts';
import { pageOf } from './matrix/page.ts';
import { isComplete } from './matrix/runners.ts';

/** A run in parts: name of a JSON file with what earlier parts found, which is not tried again, and to which this one adds. */
const kept = process.env.VERIFY_DEPS_GATES_OUTCOMES;
const earlier = new Map<string, Outcome>(
  kept !== undefined && existsSync(kept)
    ? (JSON.parse(readFileSync(kept, 'utf8')) as [string, Outcome][])
    : [],
);
const outcomes = new Map<string, Outcome>();
const pageFile = path.join(import.meta.dirname, '..', '..', 'docs', 'gates.md');

describe.concurrent('without a gate', () => {
  test.each(bareCells.map((cell) => [nameOf(cell), cell] as const))('%s', async (_, cell) => {
    const { faults, transcript } = await runCell(cell);
    if (cell.tree === 'sound') {
      expect(faults, transcript).toEqual([]);
      return;
    }
    const { victim } = cell.situation;
    expect(faults, transcript).toContain('exit code 0');
    expect(faults, transcript).toContain(`${victim} is installed`);
    expect(faults.join('; '), transcript).toContain(`${victim}:postinstall`);
    expect(faults, transcript).toContain('the rule is not named');
  });
});

describe.concurrent('behind the gate', () => {
  test.each(cells.map((cell) => [nameOf(cell), cell] as const))('%s', async (name, cell) => {
    const outcome = earlier.get(name) ?? (await runCell(cell));
    const gap = gapOf(cell);
    if (gap === undefined) {
      expect(outcome.faults, outcome.transcript).toEqual([]);
    } else {
      if (gap.racy !== true)
        expect(outcome.faults, `holds, but is marked as not covered: ${gap.reason}`).not.toEqual([]);
      expect(
        outcome.faults.filter((fault) => !gap.faults.test(fault)),
        outcome.transcript,
      ).toEqual([]);
    }
    // What was not expected is tried again, and is in no table.
    outcomes.set(name, outcome);
  });
});

// Only when all of it was run, and here: part of the table would be another table.
test.runIf(isComplete)('docs/gates.md says what was found', async ({ skip }) => {
  if (outcomes.size < cells.length) skip('not all cells are as expected, or not all were run');
  await expect(pageOf(outcomes)).toMatchFileSnapshot(pageFile);
});

afterAll(() => {
  if (kept === undefined) return;
  const found = [...new Map([...earlier, ...outcomes])];
  const lines = found.map(([name, { faults }]) => JSON.stringify([name, { faults, transcript: '' }]));
  writeFileSync(kept, `[\n${lines.join(',\n')}\n]\n`);
});
