// Times this tool against the real `npm audit signatures`, both as processes, on the same synthetic registry; then the
// verification of single bundles, see scripts/bench-bundles.mjs.
//
//   node scripts/bench.mjs [--packages 1000] [--attested 0.25,1] [--latency 0,30] [--cache cold,warm] [--runs 3]
//                          [--ours-only] [--bundles] [--json FILE] [--write]
//
// --bundles measures the single bundles only.
// The registry is a third process. Each run measures npm cold, ours cold, npm warm, ours warm, one right after the other, so
// that a ratio compares two numbers of the same minute. --write puts the tables into docs/performance.md.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isolatedEnv } from '../test/support/rig/environment.mjs';
import * as peer from '../test/support/rig/peer-npm.mjs';
import { makeRig, readRig, writeRig } from '../test/support/rig/registry.mjs';
import { freePort } from '../test/support/rig/server.mjs';
import { BUNDLE_OPTIONS, benchBundles } from './bench-bundles.mjs';
import { ourFolder, startServer } from './bench-rig.mjs';
import { summarize, table, writePage } from './bench-table.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

const CLI = path.join(import.meta.dirname, '..', 'bin', 'verify-deps.js');
const { values: options } = parseArgs({
  options: {
    packages: { type: 'string', default: '1000' },
    attested: { type: 'string', default: '0.25,1' },
    latency: { type: 'string', default: '0,30' },
    cache: { type: 'string', default: 'cold,warm' },
    runs: { type: 'string', default: '3' },
    'ours-only': { type: 'boolean', default: false },
    bundles: { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});
const numbers = (text) => text.split(',').map(Number);
const packages = Number(options.packages);
const runs = Number(options.runs);
const caches = options.cache.split(',');
const say = (text) => process.stderr.write(`${text}\n`);

const results = [...(options.bundles ? [] : [await benchRuns()]), await benchBundles(BUNDLE_OPTIONS, say)];
const tables = options.bundles ? ['bundles'] : ['run', 'bundles'];
for (const [index, { text }] of results.entries()) {
  console.log(`${text}\n`);
  if (options.write) say(`wrote ${writePage(text, tables[index])}`);
}
if (options.json) {
  const measured = results.map(({ facts, rows }, index) => [tables[index], { facts, rows }]);
  fs.writeFileSync(options.json, `${JSON.stringify(Object.fromEntries(measured), null, 1)}\n`);
}

/** The whole commands, on trees of the given shares of attested packages. */
async function benchRuns() {
  const { dir, clean } = temporaryFolder('verify-deps-bench-');
  try {
    const npm = options['ours-only'] ? undefined : await npmVersion(dir);
    const rows = [];
    for (const attested of numbers(options.attested)) rows.push(...(await measureTree(dir, attested, npm)));
    const facts = { packages, runs, npm, node: process.version, cpus: os.availableParallelism() };
    return { facts, rows, text: table(summarize(rows), facts) };
  } finally {
    clean();
  }
}

async function npmVersion(dir) {
  const { code, out } = await peer
    .run([peer.npmCli(), '--version'], { env: isolatedEnv(dir) })
    .catch(() => ({}));
  if (code === 0 && Number(out.split('.')[0]) >= 10) return out.trim();
  throw new Error('npm 10 or newer is needed for the comparison; --ours-only measures without it');
}

/** All measurements of one tree: { who, cache, attested, latency, wall, cpu, rssMB, requests, bytes }. */
async function measureTree(dir, attested, npm) {
  const home = path.join(dir, `tree-${attested}`);
  say(`making ${packages} packages, ${attested * 100} % attested`);
  const origin = `http://127.0.0.1:${await freePort()}`;
  writeRig(home, makeRig({ packages, attested, seed: packages, origin }));
  const { info, project, packages: installed } = readRig(home);
  const server = await startServer(home);
  try {
    const anchor = Buffer.from(server.anchor, 'base64');
    const tree = {
      server,
      anchor,
      trustedRoot: Buffer.from(server.trustedRoot, 'base64'),
      npm: peer.peerDir(path.join(home, 'npm'), { anchor, tlsCA: server.tlsCA, project }),
      ours: ourFolder(path.join(home, 'ours'), anchor, project),
      expected: {
        audited: info.installed,
        signed: new Set(installed.map((x) => `${x.name}@${x.version}`)).size,
        provenance: info.withAttestations,
      },
    };
    if (npm) {
      const ci = await peer.npmCi(tree.npm, server.url);
      if (ci.code !== 0) throw new Error(`npm ci ended with ${ci.code}: ${ci.err}`);
    }
    const rows = [];
    for (const latency of numbers(options.latency)) {
      await server.control('options', { latency });
      for (let k = 1; k <= runs; k++) {
        for (const cache of ['cold', 'warm']) {
          // A warm run needs the cold one before it, measured or not.
          for (const [who, go] of [...(npm ? [['npm', runNpm]] : []), ['ours', runOurs]]) {
            const row = { who, cache, attested, latency, ...(await measured(tree, () => go(tree, cache))) };
            if (caches.includes(cache)) rows.push(row);
            say(
              `${attested * 100} %, ${latency} ms, ${cache}, run ${k}: ${who} ${row.wall.toFixed(2)} s, ${row.cpu.toFixed(2)} s CPU, ${row.requests} requests`,
            );
          }
        }
      }
    }
    return rows;
  } finally {
    server.stop();
  }
}

async function measured({ server }, go) {
  await server.control('reset');
  const { wall, user, sys, rssMB } = await go();
  const { requests, bytes } = await server.control('stats');
  return { wall, cpu: user + sys, rssMB, requests, bytes };
}

async function runNpm(tree, cache) {
  if (cache === 'cold') peer.primeCache(tree.npm.cache, tree.anchor, tree.trustedRoot);
  const result = await peer.auditSignatures(tree.npm, tree.server.url);
  const { signatures } = peer.parseAudit(result.out);
  if (result.code !== 0 || signatures !== tree.expected.audited) {
    throw new Error(`npm audit signatures ended with ${result.code}: ${result.out}${result.err}`);
  }
  return result;
}

async function runOurs({ ours, server, expected }, cache) {
  if (cache === 'cold') fs.rmSync(ours.cache, { recursive: true, force: true });
  const report = path.join(ours.cwd, 'verify-deps.lock.json');
  fs.rmSync(report, { force: true });
  const flags = ['--registry', server.url, '--tuf-mirror', `${server.url}tuf`, '--tuf-root', ours.anchor];
  const result = await peer.run([process.execPath, CLI, 'check', ...flags, '--cache', ours.cache], {
    cwd: ours.cwd,
    env: ours.env,
  });
  const { counts } = result.code === 0 ? JSON.parse(fs.readFileSync(report, 'utf8')) : {};
  if (counts?.registrySigned !== expected.signed || counts.withProvenance !== expected.provenance) {
    throw new Error(`verify-deps ended with ${result.code}: ${result.out}${result.err}`);
  }
  return result;
}
