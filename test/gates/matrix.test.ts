/** The core of the matrix; the whole of it is `npm run test:gates`. */
import { describe, expect, test } from 'vitest';
import { type Cell, nameOf, runCell } from './matrix/cell.ts';
import { bareCells, cells } from './matrix/cells.ts';
import { isComplete } from './matrix/runners.ts';

/** As `nameOf` writes them. */
const CORE = [
  'npm-11 on Node 20 · npm · frozen · blocked',
  'npm-11 on Node 20 · npm · add · sound',
  'npm-12 on Node 24 · hook · frozen · blocked',
  'pnpm-12 on Node 24 · pnpm-plugin · warm · blocked',
  'pnpm-10 on Node 20 · pnpm-plugin · fresh · sound',
  'yarn-4 on Node 20 · yarn-plugin · warm · blocked',
  'bun on Node 20 · bun-scanner · fresh · blocked',
  'npm-11 on Node 20 · run · optional · blocked',
  'yarn-1 on Node 20 · run · warm · blocked',
  'pnpm-12 on Node 24 · run · scope · sound',
];
/** One for each kind of manager: what shows that the matrix can tell. */
const BARE = [
  'npm-11 on Node 20 · none · frozen · blocked',
  'pnpm-12 on Node 24 · none · optional · blocked',
  'bun on Node 20 · none · fresh · blocked',
];

function picked(from: readonly Cell[], names: readonly string[]): readonly (readonly [string, Cell])[] {
  // A manager that is not installed has no cells.
  return from.map((cell) => [nameOf(cell), cell] as const).filter(([name]) => names.includes(name));
}

describe.concurrent('behind a gate', () => {
  test.each(picked(cells, CORE))('%s', { timeout: 120_000 }, async (_, cell) => {
    const { faults, transcript } = await runCell(cell);
    expect(faults, transcript).toEqual([]);
  });
});

test.runIf(isComplete)('all that are named are cells', () => {
  expect(picked(cells, CORE)).toHaveLength(CORE.length);
  expect(picked(bareCells, BARE)).toHaveLength(BARE.length);
});

describe.concurrent('without one, the matrix says so', () => {
  test.each(picked(bareCells, BARE))('%s', { timeout: 120_000 }, async (_, cell) => {
    const { faults, transcript } = await runCell(cell);
    expect(faults, transcript).toContain('exit code 0');
    expect(faults, transcript).toContain('mallory is installed');
    expect(faults.join('; '), transcript).toContain('mallory:postinstall');
    expect(faults, transcript).toContain('the rule is not named');
  });
});
