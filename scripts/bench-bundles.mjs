// Times the verification of single bundles: this tool, @sigstore/verify and the floor (scripts/floor.mjs), over the same
// bytes in one run.
//
//   node scripts/bench-bundles.mjs [--bundles 200] [--rounds 5] [--ms 1000] [--json FILE] [--write]
//
// Each contestant is a process of its own that has prepared all it can (keys, trust material) and is warm. In each round they
// take turns, so that a ratio compares two numbers of the same few seconds. --write puts the table into docs/performance.md.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { ModernInstance } from '../test/support/rig/modern.mjs';
import {
  githubIdentity,
  publishStatement,
  rng,
  Sigstore,
  sha,
  slsaV1,
} from '../test/support/rig/sigstore.mjs';
import { writePage } from './bench-page.mjs';
import { bundleTable, summarizeBundles } from './bench-table-bundles.mjs';
import { temporaryFolder } from './temporary-folder.mjs';

/** `bundles` of each kind, `rounds` measurements of each contestant, each of at least `ms`. */
export const BUNDLE_OPTIONS = { bundles: 200, rounds: 5, ms: 1000 };
const CONTESTANTS = ['sigstore', 'ours', 'floor'];
/** What @sigstore/verify cannot read: it does not know envelopes that are logged as `hashedrekord` 0.0.2. */
const UNREAD = new Set(['provenance, Rekor v2']);
const REGISTRY = 'https://registry.example/';
const NOW = Date.UTC(2026, 0, 15, 12);

/** Bundles of each kind, signed by one private Sigstore: kind to texts, with what a verifier of them needs. */
function makeBundles(count) {
  const sigstore = Sigstore.create({ now: NOW });
  const random = rng(count);
  const key = sigstore.registryKey(NOW);
  const modern = new ModernInstance(sigstore);
  const made = { provenance: [], 'provenance, Rekor v2': [], publish: [] };
  for (let i = 0; i < count; i++) {
    const name = `@acme/package-${i}`;
    const digest = sha('sha512', name).toString('hex');
    const identity = githubIdentity(random, `acme/package-${i}`);
    const statement = slsaV1(name, '1.0.0', digest, identity);
    const cert = sigstore.leafCert(identity, NOW);
    made.provenance.push(sigstore.attest({ statement, signer: { cert }, time: NOW + 3000, version: 'v0.3' }));
    made['provenance, Rekor v2'].push(modern.attest({ statement, cert, time: NOW + 3000 }));
    made.publish.push(
      sigstore.attest({
        statement: publishStatement(name, '1.0.0', digest, REGISTRY),
        signer: { registry: key },
        time: NOW + 6000,
        version: 'v0.2',
      }),
    );
    if (i % 8 !== 7 && i !== count - 1) continue;
    sigstore.seal();
    modern.seal();
  }
  return {
    trustedRoot: modern.trustedRoot(),
    keys: sigstore.npmKeys.map(({ keyid, der, start, end }) => ({
      hint: keyid,
      spki: der.toString('base64'),
      start,
      end: end ?? undefined,
    })),
    bundles: Object.fromEntries(
      Object.entries(made).map(([kind, list]) => [kind, list.map((bundle) => JSON.stringify(bundle))]),
    ),
  };
}

/**
 * One row for each kind, round and contestant: { kind, who, bundles, wall, cpu }, seconds.
 * @param say  gets a line after each measurement
 */
async function measureBundles({ bundles, rounds, ms }, say) {
  const { dir, clean } = temporaryFolder('verify-deps-bundles-');
  const runners = [];
  try {
    const made = makeBundles(bundles);
    fs.writeFileSync(path.join(dir, 'trusted_root.json'), JSON.stringify(made.trustedRoot));
    fs.writeFileSync(path.join(dir, 'keys.json'), JSON.stringify(made.keys));
    fs.writeFileSync(path.join(dir, 'bundles.json'), JSON.stringify(made.bundles));
    for (const who of CONTESTANTS) runners.push(await startRunner(who, dir));
    const rows = [];
    for (const kind of Object.keys(made.bundles)) {
      const takers = runners.filter(({ who }) => who !== 'sigstore' || !UNREAD.has(kind));
      for (const { measure } of takers) await measure({ kind, ms });
      for (let round = 0; round < rounds; round++) {
        for (const turn of takers.keys()) {
          const { who, measure } = takers[(turn + round) % takers.length];
          const row = { kind, round, who, ...(await measure({ kind, ms })) };
          rows.push(row);
          const rate = (row.bundles / row.wall).toFixed(0);
          const cpu = ((row.cpu / row.bundles) * 1000).toFixed(2);
          say(`${kind}, round ${round + 1}: ${who} ${rate} bundles/s, ${cpu} ms CPU each`);
        }
      }
    }
    return rows;
  } finally {
    for (const runner of runners) runner.stop();
    clean();
  }
}

async function startRunner(who, dir) {
  const child = fork(path.join(import.meta.dirname, 'bundle-runner.mjs'), [who, dir]);
  const answer = async () => {
    const ended = new AbortController();
    const failed = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
      throw new Error(`the runner of ${who} ended with ${code}`);
    });
    try {
      return (await Promise.race([once(child, 'message', { signal: ended.signal }), failed]))[0];
    } finally {
      ended.abort();
      failed.catch(() => {});
    }
  };
  await answer();
  return {
    who,
    measure: (task) => {
      child.send(task);
      return answer();
    },
    stop: () => child.connected && child.disconnect(),
  };
}

/** The Markdown table of a measurement. */
export async function benchBundles(options, say) {
  const rows = await measureBundles(options, say);
  const { version } = JSON.parse(
    fs.readFileSync(
      path.join(import.meta.dirname, '..', 'node_modules/@sigstore/verify/package.json'),
      'utf8',
    ),
  );
  const facts = { ...options, sigstore: version, node: process.version, cpus: os.availableParallelism() };
  return { facts, rows, text: bundleTable(summarizeBundles(rows), facts) };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({
    options: {
      bundles: { type: 'string', default: String(BUNDLE_OPTIONS.bundles) },
      rounds: { type: 'string', default: String(BUNDLE_OPTIONS.rounds) },
      ms: { type: 'string', default: String(BUNDLE_OPTIONS.ms) },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const say = (line) => process.stderr.write(`${line}\n`);
  const options = { bundles: Number(values.bundles), rounds: Number(values.rounds), ms: Number(values.ms) };
  const { facts, rows, text } = await benchBundles(options, say);
  console.log(text);
  if (values.json) fs.writeFileSync(values.json, `${JSON.stringify({ facts, rows }, null, 1)}\n`);
  if (values.write) say(`wrote ${writePage(text, 'bundles')}`);
}
