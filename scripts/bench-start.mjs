// What a run costs before the first package: this command beside `node -e 0`, and the files of code it loads.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../test/support/rig/peer-npm.mjs';
import { startTable, summarizeStart } from './bench-table-parts.mjs';
import { CLI, checkArgs, checkTree } from './bench-trees.mjs';

const PACKAGES = 10;
const PROBE = pathToFileURL(path.join(import.meta.dirname, 'bench-loaded.mjs')).href;

export const startTrees = () => [{ packages: PACKAGES, attested: 0.25 }];

export async function benchStart(context) {
  const { trees, dir, say, machine } = context;
  const runs = context.runs(15);
  const rows = [];
  const loaded = {};
  await trees.use(startTrees()[0], async (tree) => {
    await checkTree(tree, 'cold');
    const go = (args) => run([process.execPath, ...args], { cwd: tree.ours.cwd, env: tree.ours.env });
    const commands = {
      node: () => go(['-e', '0']),
      help: () => go([CLI, '--help']),
      check: () => checkTree(tree, 'warm'),
    };
    for (const command of Object.values(commands)) await command();
    for (let k = 1; k <= runs; k++) {
      // Each beside an empty process of its own, in turns of which is first.
      for (const what of ['help', 'check']) {
        const order = k % 2 === 0 ? ['node', what] : [what, 'node'];
        for (const who of order) {
          const { code, wall, user, sys, rssMB } = await commands[who]();
          if (code !== 0) throw new Error(`${who} ended with ${code}`);
          rows.push({ what, who: who === 'node' ? 'node' : 'ours', run: k, wall, cpu: user + sys, rssMB });
        }
      }
    }
    loaded.help = await filesOf(dir, tree, [CLI, '--help']);
    loaded.check = await filesOf(dir, tree, checkArgs(tree));
  });
  const facts = { packages: PACKAGES, runs, loaded, ...machine };
  const cells = summarizeStart(rows, facts);
  for (const { bar } of cells) say(`start: ${bar.what} ${bar.value.toFixed(0)} ms`);
  return { facts, rows, bars: cells.map(({ bar }) => bar), text: startTable(cells, facts) };
}

/** `{ files, bytes }` of code that a command loads. */
async function filesOf(dir, { ours }, args) {
  const file = path.join(dir, 'loaded.json');
  const { code, err } = await run([process.execPath, '--import', PROBE, ...args], {
    cwd: ours.cwd,
    env: { ...ours.env, LOADED_FILE: file },
  });
  if (code !== 0) throw new Error(`${args[1]} ended with ${code}: ${err}`);
  const list = JSON.parse(fs.readFileSync(file, 'utf8'));
  return { files: list.length, bytes: list.reduce((sum, { bytes }) => sum + bytes, 0) };
}
