// Cold runs against a registry that fails: is the result the same, and what does it cost?
import { faultsTable, summarizeFaults } from './bench-table-parts.mjs';
import { checkTree, measured, reportOf } from './bench-trees.mjs';

/** Answers a second before a storm begins: a third of what a run asks for unhindered, or less. */
const RATE = 300;
const CALM = { fail: '', maxRps: 0, rateMode: 'wait', retryAfter: '1' };
const storm = (retryAfter) => ({ ...CALM, maxRps: RATE, rateMode: '429', retryAfter });
const SCENARIOS = {
  none: CALM,
  '5 % answers of 500, 502 or 503, 1 % connections reset, 1 % answers cut short': {
    ...CALM,
    fail: '500:0.015,502:0.015,503:0.02,reset:0.01,truncate:0.01',
  },
  [`429 with \`Retry-After: 1\` above ${RATE} requests a second`]: storm('1'),
  [`429 without \`Retry-After\` above ${RATE} requests a second`]: storm(''),
};

export const faultsTrees = ({ base }) => [{ packages: base, attested: 0.25 }];

export async function benchFaults(context) {
  const { trees, base, say, machine } = context;
  const runs = context.runs(3);
  const rows = [];
  await trees.use(faultsTrees(context)[0], async (tree) => {
    let report;
    for (let run = 1; run <= runs; run++) {
      for (const [faults, options] of Object.entries(SCENARIOS)) {
        await tree.server.control('options', options);
        const row = { faults, run, rate: options.maxRps };
        rows.push(Object.assign(row, await measured(tree, () => checkTree(tree, 'cold'))));
        report ??= reportOf(tree);
        row.same = reportOf(tree).equals(report);
        say(
          `faults, run ${run}, ${faults}: ${row.wall.toFixed(2)} s, ${row.requests} requests, same: ${row.same}`,
        );
      }
    }
  });
  const cells = summarizeFaults(rows);
  const facts = { packages: base, attested: 0.25, runs, ...machine };
  return { facts, rows, bars: cells.map(({ bar }) => bar).filter(Boolean), text: faultsTable(cells, facts) };
}
