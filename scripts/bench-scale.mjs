// How time and memory grow with the tree: ten times the packages, and what a package costs in trees of many sizes.
import { curveTable, scaleTable, summarizeCurve, summarizeScale } from './bench-table-parts.mjs';
import { checkTree, measured } from './bench-trees.mjs';

const ATTESTED = 0.25;
const TIMES = 10;
/** Multiples of the basic size. */
const SIZES = [0.1, 0.3, 1, 3, 10, 20];

const shape = (packages) => ({ packages, attested: ATTESTED });
export const scaleTrees = ({ base }) => [shape(base), shape(base * TIMES)];
export const curveTrees = ({ base }) => SIZES.map((factor) => shape(Math.round(base * factor)));

/** Warm runs of both trees, in turns. */
export async function benchScale(context) {
  const { trees, say, machine } = context;
  const runs = context.runs(5);
  const [small, large] = scaleTrees(context);
  const rows = [];
  await trees.use(small, (smallTree) =>
    trees.use(large, async (largeTree) => {
      const both = [
        [small.packages, smallTree],
        [large.packages, largeTree],
      ];
      for (const [, tree] of both) await checkTree(tree, 'cold');
      for (let run = 1; run <= runs; run++) {
        for (const [packages, tree] of both) {
          const row = { run, packages, ...(await measured(tree, () => checkTree(tree, 'warm'))) };
          rows.push(row);
          say(`scale, run ${run}: ${packages} packages ${row.wall.toFixed(2)} s, ${row.rssMB} MiB`);
        }
      }
    }),
  );
  const facts = { attested: ATTESTED, runs, ...machine };
  const summary = summarizeScale(rows);
  return { facts, rows, bars: summary.bars, text: scaleTable(summary, facts) };
}

/** Rounds over all sizes, so that a slow minute of the machine does not stand in one size alone. */
export async function benchCurve(context) {
  const { trees, say, machine } = context;
  const runs = context.runs(3);
  const rows = [];
  for (let run = 1; run <= runs; run++) {
    for (const size of curveTrees(context)) {
      await trees.use(size, async (tree) => {
        for (const cache of ['cold', 'warm']) {
          const row = { run, cache, packages: size.packages };
          rows.push(Object.assign(row, await measured(tree, () => checkTree(tree, cache))));
          say(
            `curve, run ${run}: ${row.packages} packages ${cache} ${row.wall.toFixed(2)} s, ${row.rssMB} MiB`,
          );
        }
      });
    }
  }
  const facts = { attested: ATTESTED, runs, ...machine };
  return { facts, rows, bars: [], text: curveTable(summarizeCurve(rows), facts) };
}
