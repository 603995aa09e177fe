// A warm run of the whole command on a tree of which all is attested, beside the least work that verifies the same evidence.
import path from 'node:path';
import { run } from '../test/support/rig/peer-npm.mjs';
import { floorTable, summarizeFloor } from './bench-table-parts.mjs';
import { checkTree, measured } from './bench-trees.mjs';

const RUNNER = path.join(import.meta.dirname, 'bench-floor-runner.mjs');
const ROUNDS = 5;

export const floorTrees = ({ base }) => [{ packages: base, attested: 1 }];

export async function benchFloor(context) {
  const { trees, base, say, machine } = context;
  const runs = context.runs(5);
  const rows = [];
  await trees.use(floorTrees(context)[0], async (tree) => {
    await checkTree(tree, 'cold');
    for (let k = 1; k <= runs; k++) {
      const ours = await measured(tree, () => checkTree(tree, 'warm'));
      const floor = await leastWork(tree);
      rows.push({ who: 'ours', run: k, ...ours }, { who: 'floor', run: k, ...floor });
      say(
        `floor, run ${k}: ours ${ours.wall.toFixed(2)} s (CPU ${ours.cpu.toFixed(2)}), least work ${floor.wall.toFixed(2)} s (CPU ${floor.cpu.toFixed(2)})`,
      );
    }
  });
  const facts = { packages: base, runs, rounds: ROUNDS, ...machine };
  const cell = summarizeFloor(rows);
  return { facts, rows, bars: [cell.bar], text: floorTable(cell, facts) };
}

async function leastWork({ home, expected }) {
  const result = await run([process.execPath, RUNNER, home, String(ROUNDS)]);
  if (result.code !== 0) throw new Error(`the least work ended with ${result.code}: ${result.err}`);
  const { packages, ...measures } = JSON.parse(result.out);
  if (packages !== expected.signed) throw new Error(`the least work verified ${packages} packages`);
  return measures;
}
