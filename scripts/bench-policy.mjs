// Times the judgement within whole runs: a synthetic tree is verified, cold and warm, in fresh processes, by a policy of
// `strict` and many rules, most of which name one package of that tree.
//
//   node scripts/bench-policy.mjs [--packages 5000] [--rules 500] [--attested 0.25] [--runs 3]
//
// Printed are the medians. The exit code is 1 unless the judgement stays below 2 % of what verifying took, in time and in CPU,
// where nothing is cached; what a warm run spends on it is told beside it.
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../test/support/rig/peer-npm.mjs';
import { makeRig, readRig, writeRig } from '../test/support/rig/registry.mjs';
import { freePort } from '../test/support/rig/server.mjs';
import { ourFolder, startServer } from './bench-rig.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const SHARE_MAX = 0.02;
const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '5000' },
    rules: { type: 'string', default: '500' },
    attested: { type: 'string', default: '0.25' },
    runs: { type: 'string', default: '3' },
  },
});
const [packages, rules, attested, runs] = [
  options.packages,
  options.rules,
  options.attested,
  options.runs,
].map(Number);

const { dir, clean } = temporaryFolder('verify-deps-bench-policy-');
try {
  const origin = `http://127.0.0.1:${await freePort()}`;
  writeRig(dir, makeRig({ packages, attested, seed: packages, origin }));
  const { project, packages: installed } = readRig(dir);
  const server = await startServer(dir);
  try {
    const ours = ourFolder(path.join(dir, 'ours'), Buffer.from(server.anchor, 'base64'), project);
    fs.writeFileSync(path.join(ours.cwd, 'verify-deps.json'), JSON.stringify(policyFor(installed)));
    const measured = { cold: [], warm: [] };
    for (let i = 0; i < runs; i++) {
      fs.rmSync(ours.cache, { recursive: true, force: true });
      // The first run of a project has no record to hold packages to: the report of the run before stays.
      for (const cache of ['cold', 'warm']) measured[cache].push(await runOnce(ours, server));
    }
    console.log(`${packages} packages, ${attested * 100} % attested, ${rules} rules, medians of ${runs}`);
    for (const [cache, times] of Object.entries(measured)) report(cache, times);
  } finally {
    server.stop();
  }
} finally {
  clean();
}

/** Rules as a large organisation has them: most about one name, some about a scope, few about everything. */
function policyFor(installed) {
  const names = [...new Set(installed.map(({ name }) => name))];
  const list = Array.from({ length: rules }, (_, i) => {
    const name = `rule ${i}`;
    if (i < 5) {
      const match = { name: '*', version: `^${i + 1}`, dependency: i % 2 ? 'dev' : 'prod' };
      return { name, match, require: { inclusionProof: 'warn' } };
    }
    if (i % 5 === 0)
      return { name, match: `@scope-${i}/*`, identity: { owner: `https://github.com/scope-${i}` } };
    if (i % 5 === 1) return { name, match: `prefix-${i}-*`, require: { baseline: 'warn' } };
    const match = { name: names[(i * 7) % names.length], version: '>=0.0.0-0' };
    return { name, match, require: { publishAttestation: 'warn' }, deny: { trigger: 'pull_request_target' } };
  });
  return { version: 1, extends: 'strict', rules: list };
}

/** @returns milliseconds of what came before the judgement and of the judgement: { verify, judge }, each { wall, cpu } */
async function runOnce(ours, server) {
  const script = path.join(import.meta.dirname, 'bench-policy-run.mjs');
  const settings = {
    cwd: ours.cwd,
    registry: server.url,
    tufMirror: `${server.url}tuf`,
    tufRoot: ours.anchor,
    cacheDir: ours.cache,
  };
  const result = await run([process.execPath, script, JSON.stringify(settings)], {
    cwd: ours.cwd,
    env: ours.env,
  });
  if (result.code !== 0) throw new Error(`the run ended with ${result.code}: ${result.out}${result.err}`);
  const { verify, judge, judged } = JSON.parse(result.out);
  if (judged < packages) throw new Error(`${judged} packages were judged instead of ${packages}`);
  return { verify, judge };
}

function report(cache, times) {
  const line = ['wall', 'cpu'].map((kind) => {
    const verify = median(times.map((time) => time.verify[kind]));
    const judge = median(times.map((time) => time.judge[kind]));
    const share = judge / verify;
    if (cache === 'cold' && !(share < SHARE_MAX)) process.exitCode = 1;
    return `${kind} ${judge.toFixed(0)} ms of ${verify.toFixed(0)} ms (${(share * 100).toFixed(2)} %)`;
  });
  console.log(`${cache}: ${line.join(', ')}`);
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}
