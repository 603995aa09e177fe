// Measures this tool on synthetic registries, holds it to its bars, and writes docs/performance.md.
//
//   node scripts/bench.mjs [--part audit,floor,scale,curve,start,npx,faults,bundles] [--runs N] [--packages 1000] [--scale 1]
//                          [--attested 0.25,1] [--latency 0,30] [--ours-only] [--json FILE] [--write]
//
// Without --part all parts run, in this order; what each measures stands above it in scripts/bench-*.mjs. --runs is for all
// parts but the bundles, which have a number each otherwise. --scale divides all sizes but that of the start, to try the
// benchmark itself. --write puts each table between its markers in docs/performance.md as soon as it is measured.
// Tables of other sizes are not written. The exit code is 1 if a part could not be measured; a bar that is missed is only told.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { isolatedEnv } from '../test/support/rig/environment.mjs';
import * as peer from '../test/support/rig/peer-npm.mjs';
import { auditTrees, benchAudit } from './bench-audit.mjs';
import { BUNDLE_OPTIONS, benchBundles } from './bench-bundles.mjs';
import { benchFaults, faultsTrees } from './bench-faults.mjs';
import { benchFloor, floorTrees } from './bench-floor.mjs';
import { benchNpx } from './bench-npx.mjs';
import { writePage } from './bench-page.mjs';
import { benchCurve, benchScale, curveTrees, scaleTrees } from './bench-scale.mjs';
import { benchStart, startTrees } from './bench-start.mjs';
import { barsText } from './bench-table.mjs';
import { openTrees } from './bench-trees.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const none = () => [];
/** What measures each part, and the trees it needs. */
const PARTS = {
  audit: [benchAudit, auditTrees],
  floor: [benchFloor, floorTrees],
  scale: [benchScale, scaleTrees],
  curve: [benchCurve, curveTrees],
  start: [benchStart, startTrees],
  npx: [benchNpx, none],
  faults: [benchFaults, faultsTrees],
  bundles: [({ say }) => benchBundles(BUNDLE_OPTIONS, say), none],
};

const { values: options } = parseArgs({
  options: {
    part: { type: 'string', default: Object.keys(PARTS).join() },
    runs: { type: 'string' },
    packages: { type: 'string', default: '1000' },
    scale: { type: 'string', default: '1' },
    attested: { type: 'string', default: '0.25,1' },
    latency: { type: 'string', default: '0,30' },
    'ours-only': { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const parts = options.part.split(',');
const unknown = parts.find((part) => !Object.hasOwn(PARTS, part));
if (unknown !== undefined) throw new Error(`no part is named ${unknown}: ${Object.keys(PARTS).join(', ')}`);

/** The bars, and what the page says, are for trees of this size. */
const SIZE = 1000;
const base = Math.max(10, Math.round(Number(options.packages) / Number(options.scale)));
if (options.write && (base !== SIZE || options['ours-only']))
  throw new Error(`only figures for ${SIZE} packages, with npm beside ours, go into the page`);

const say = (text) => process.stderr.write(`${text}\n`);
const { dir, clean } = temporaryFolder('verify-deps-bench-');
const numbers = (text) => text.split(',').map(Number);
const results = {};
try {
  const context = {
    dir,
    say,
    trees: openTrees(dir, say),
    base,
    shares: numbers(options.attested),
    latencies: numbers(options.latency),
    runs: (usual) => Number(options.runs ?? usual),
    npm: options['ours-only'] ? undefined : await npmVersion(dir),
    machine: { node: process.version, cpus: os.availableParallelism() },
  };
  await context.trees.prepare(parts.flatMap((part) => PARTS[part][1](context)));
  for (const part of parts) await measure(part, context);
} finally {
  clean();
}
const bars = Object.values(results).flatMap((result) => result.bars ?? []);
if (bars.length > 0) console.log(barsText(bars));
if (base !== SIZE) say(`the bars are for ${SIZE} packages; with ${base} they tell nothing`);

/** One part; another that fails does not undo it. */
async function measure(part, context) {
  const begun = Date.now();
  try {
    const { text, ...result } = await PARTS[part][0](context);
    results[part] = result;
    console.log(`${text}\n`);
    if (options.write) say(`wrote ${writePage(text, part)}`);
  } catch (error) {
    results[part] = { error: error.message };
    process.exitCode = 1;
    say(`${part} could not be measured: ${error.stack}`);
  }
  say(`${part} took ${Math.round((Date.now() - begun) / 1000)} s`);
  if (options.json) fs.writeFileSync(options.json, `${JSON.stringify(results, null, 1)}\n`);
}

async function npmVersion(folder) {
  const { code, out } = await peer
    .run([peer.npmCli(), '--version'], { env: isolatedEnv(folder) })
    .catch(() => ({}));
  if (code === 0 && Number(out.split('.')[0]) >= 10) return out.trim();
  throw new Error('npm 10 or newer is needed for the comparison; --ours-only measures without it');
}
