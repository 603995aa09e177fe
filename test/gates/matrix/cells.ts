/** All cells of the matrix, in the order of the page. */
import type { Cell } from './cell.ts';
import { type GateKind, gates, none } from './gates.ts';
import { type Runner, runners } from './runners.ts';
import { type Situation, situations } from './situations.ts';

const TREES = ['sound', 'blocked'] as const;
/** What is tried on the second version of Node.js as well. */
const USUAL = ['frozen', 'fresh', 'add'];

/** A situation is tried with this manager on this Node.js. */
export function isTried(runner: Runner, { id }: Situation): boolean {
  return runner.isFirst || USUAL.includes(id);
}

function cellsOf(gate: GateKind, of = runners): readonly Cell[] {
  return of
    .filter((runner) => gate.suits(runner))
    .flatMap((runner) =>
      situations
        .filter((situation) => isTried(runner, situation))
        .flatMap((situation) => TREES.map((tree) => ({ runner, gate, situation, tree }))),
    );
}

export const cells: readonly Cell[] = gates.flatMap((gate) => cellsOf(gate));

/** The same without any gate, each manager once: what shows that the matrix can tell. */
export const bareCells: readonly Cell[] = cellsOf(
  none,
  runners.filter(({ isFirst }) => isFirst),
);
