// Feeds every parser of hostile bytes with random and with structured input: `npm run fuzz`. See docs/fuzzing.md.
//
//   node scripts/fuzz.mjs [--only NAME,NAME] [--runs N] [--seconds N] [--seed N] [--workers N] [--out FOLDER]
//   node scripts/fuzz.mjs --only NAME --seed N --case N      one case again, with its input
//   node scripts/fuzz.mjs --replay FILE                      a finding or a vector again
import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { replay } from '../test/fuzz/replay.mjs';
import { summary } from '../test/fuzz/summary.mjs';
import { runParser } from '../test/fuzz/supervise.mjs';
import { names } from '../test/fuzz/targets/index.mjs';
import { work } from '../test/fuzz/worker.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    runs: { type: 'string', default: '1000000' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '20261122' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string' },
    case: { type: 'string' },
    replay: { type: 'string' },
    task: { type: 'string' },
  },
});

const count = (flag) => {
  const number = values[flag] === undefined ? undefined : Number(values[flag]);
  if (number === undefined || (Number.isSafeInteger(number) && number >= 0)) return number;
  console.error(`--${flag} ${values[flag]} is not a whole number`);
  process.exit(2);
};

async function again(one) {
  const { text, passed } = await replay(one);
  console.log(text);
  process.exitCode = passed ? 0 : 1;
}

async function main() {
  const only = values.only?.split(',') ?? names;
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`no parser ${unknown.join(', ')}; there are ${names.join(', ')}`);
    process.exit(2);
  }
  const seed = count('seed');
  if (values.replay !== undefined) return again(JSON.parse(readFileSync(values.replay, 'utf8')));
  if (values.case !== undefined) return again({ parser: only[0], seed, case: count('case') });
  const out = values.out ?? mkdtempSync(path.join(tmpdir(), 'verify-deps-fuzz-found-'));
  mkdirSync(out, { recursive: true });
  console.log(`seed ${seed}; inputs that are found go to ${out}`);
  let found = 0;
  for (const parser of only) {
    const result = await runParser({
      parser,
      seed,
      runs: count('runs'),
      seconds: count('seconds'),
      workers: count('workers'),
      out,
    });
    found += result.findings.length;
    console.log(summary(parser, result));
  }
  process.exitCode = found > 0 ? 1 : 0;
}

// The processes that do the work are this script again, with a task.
if (values.task !== undefined) await work(JSON.parse(values.task));
else await main();
